"""What people of the demo county wrote and called about in the last weeks: a consultation in every state. All invented."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import Actor
from kernel.clock import today
from kernel.crypto import Keyring
from knowledge import calls, casework, consultations, overdue, rating
from knowledge.case_models import Rating
from knowledge.models import Consultation, Entry
from web.demo.families import GUCHENG, HONGHE, XINJI, YAOHE
from web.house import House

COUNTY, BAIYANG = "640425", "640425100"
AGENT = Actor("坐席", frozenset({"agent"}), COUNTY)
HEAD = Actor("复审", frozenset({"second_reviewer"}), COUNTY)
HOURS_BETWEEN = 5
AGRICULTURE, TRAFFIC, WATER, TOWN = "彭阳县农业农村局", "彭阳县交通运输局", "彭阳县水务局", "白阳镇政府"
Act = Callable[["Case", Session, datetime], None]


@dataclass(frozen=True)
class Case:
    """One consultation while its story is told."""

    keyring: Keyring
    number: str


@dataclass(frozen=True)
class Story:
    """Asked so many days ago, from where, by what, about what; then each act so many days ago."""

    days: int
    village: str
    channel: str
    text: str
    acts: tuple[tuple[int, Act], ...] = ()
    phone: str = ""


def tell(house: House) -> None:
    """Put the stories down, each at its own time, unless anybody has asked anything yet."""
    now = house.clock.now()
    with house.database.writing() as session:
        if session.scalar(select(Consultation.id).limit(1)) is not None:
            return
        for story in STORIES:
            began = now - timedelta(days=story.days, hours=HOURS_BETWEEN if story.days else 1)
            case = Case(house.keyring, _taken(session, house.keyring, story, began))
            for days, act in story.acts:
                act(case, session, max(now - timedelta(days=days, hours=1), began + timedelta(minutes=10)))
        for entry_id, days, words in READ_OUT:
            entry = session.get_one(Entry, entry_id)
            used = calls.Used(entry.id, entry.answer, entry.office)
            calls.answered_at_once(session, house.keyring, calls.Call("", YAOHE, words), used, AGENT, now - timedelta(days=days))
        overdue.escalate(session, today(house.clock), now)


def _taken(session: Session, keyring: Keyring, story: Story, at: datetime) -> str:
    if story.channel == calls.CHANNEL:
        call = calls.Call(story.phone, story.village, story.text, by_call=True)
        return calls.hand_over(session, keyring, call, AGENT, at).number
    return consultations.take(session, keyring, story.channel, "", story.village, story.text, at).number


def _passed(office: str, reason: str, handler: str = "") -> Act:
    return lambda case, session, at: casework.pass_on(session, case.number, office, handler, reason, AGENT, at)


def _given_back(reason: str) -> Act:
    return lambda case, session, at: casework.give_back(session, case.number, reason, AGENT, at)


def _extended(days: int, reason: str) -> Act:
    def act(case: Case, session: Session, at: datetime) -> None:
        casework.extend(session, case.number, days, reason, AGENT, at, days)
    return act


def _answered(words: str) -> Act:
    def act(case: Case, session: Session, at: datetime) -> None:
        consultations.answer(session, case.number, words, AGENT, at)
    return act


def _rated(thought: Rating, reason: str = "") -> Act:
    def act(case: Case, session: Session, at: datetime) -> None:
        rating.rate(session, case.number, thought, at)
        if reason:
            rating.explain(session, case.keyring, case.number, reason, at)
    return act


def _reopened(reason: str) -> Act:
    def act(case: Case, session: Session, at: datetime) -> None:
        rating.rate(session, case.number, Rating.BAD, at)
        rating.reopen(session, case.keyring, case.number, reason, at)
    return act


def _urged(words: str) -> Act:
    def act(case: Case, session: Session, at: datetime) -> None:
        session.flush()
        overdue.escalate(session, at.date(), at)
        session.flush()
        overdue.urge(session, case.number, words, HEAD, at.date(), at)
    return act


def _content(days: int, village: str, text: str, words: str, thought: Rating = Rating.GOOD) -> Story:
    """Passed to the office of agriculture, answered in time, rated."""
    return Story(days, village, "web", text, ((days - 1, _passed(AGRICULTURE, "归农业农村局管")), (days - 3, _answered(words)),
                                              (days - 4, _rated(thought))))


STORIES = (
    Story(0, YAOHE, "web", "院子外头的自来水表井盖烂了，怕娃娃掉进去，找谁换一个？"),
    Story(1, HONGHE, "web", "养蜂有没有补贴？我家有三十箱，问村上说不清楚。"),
    Story(4, YAOHE, "web", "村口到学校那段路灯黑了半个月，娃娃放学看不见路。",
          ((3, _passed(TOWN, "路灯归镇上管护", BAIYANG)),)),
    Story(5, GUCHENG, "phone", "去沟里地头的那段路塌了一半，三轮车过不去，想请来看看。",
          ((4, _passed(TRAFFIC, "道路的事请交通局看")), (2, _given_back("这一段是田间路，不归我们养护"))), phone="19906400191"),
    Story(6, XINJI, "web", "我家承包地量出来比本子上少了八分，补贴按哪个面积发？",
          ((5, _passed(AGRICULTURE, "归农业农村局管")), (3, _extended(5, "要到地里核实面积")))),
    Story(22, HONGHE, "phone", "机井坏了一个多月，果树浇不上水，报过一次没人来。",
          ((21, _passed(WATER, "归水务局管")), (2, _urged("请两天内到现场看，先给对方回个话"))), phone="19906400192"),
    Story(16, GUCHENG, "web", "村上文化广场的健身器材断了两件，修不修？"),
    Story(4, YAOHE, "web", "我在外地打工，冬天家里老人的取暖补贴要本人回来办吗？",
          ((1, _answered("不用本人回来。带上老人的身份证和户口本，由家里人或村干部到镇政府便民大厅代办，12月15日前办完。问 0954-7000131。")),)),
    Story(3, XINJI, "phone", "孩子转学回县里上初二，要哪些手续？",
          ((0, _answered("带户口本、原学校的转学证明，到要转去的学校报名，学校报县教体局核准，一般五个工作日。")),), phone="19906400193"),
    Story(12, HONGHE, "web", "公交车从十月起不进村了，老人上县里看病咋走？",
          ((11, _passed(TRAFFIC, "归交通局管")), (8, _answered("线路正在调整，请耐心等待。")),
           (7, _rated(Rating.BAD, "等到啥时候没有说，也没说现在咋走。")))),
    Story(15, YAOHE, "web", "危房改造验收过了三个月，钱还没到卡上。",
          ((14, _passed("彭阳县住房和城乡建设局", "归住建局管")), (11, _answered("已经报财政，正在走程序。")),
           (1, _reopened("没说是哪一批、几号能到。")))),
    _content(27, YAOHE, "玉米晚霜冻坏了，能不能补种？种子哪里领？", "能补种。到镇农技站领早熟种子，带身份证，5月25日前。"),
    _content(26, XINJI, "牛耳标掉了，影响不影响保险？", "影响理赔。请打村防疫员电话补打，不收钱。"),
    _content(25, HONGHE, "土豆种薯发芽了还能不能退？", "芽长过一厘米的不退，可以到镇农技站换一次。", Rating.FAIR),
    _content(24, GUCHENG, "农机补贴的购机发票丢了咋办？", "请卖家在税务系统里重新打一份，盖章就能用。"),
    _content(23, YAOHE, "合作社欠的土地租金能不能找你们调解？", "可以。带合同到镇政府经管站，先由镇上调解，不收钱。"),
)
READ_OUT = (("pen-verify", 9, "人在外地，养老金认证咋做"), ("med-pay", 6, "今年医保一个人交多少"), ("med-pay", 5, "医保几号截止"),
            ("dibao-apply", 2, "低保到村上申请还是镇上"), ("card-lost", 1, "社保卡丢了补办要几天"))
