"""The bot's sentences: the first answers, the second says source and until when, the third offers the next step."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bot.phrases.days import with_weekday
from bot.state import Answer, Progress
from channels.splitting import split_text

LONGEST_POINT = 120
"""Characters before which the answer must have been given."""
LONGEST_WHOLE = 300
"""An answer of one paragraph up to this length is said whole: cutting it would only cost a tap."""
MOST_LINES = 6

WELCOME = ("您好，这里是县里的办事问答。想问什么，直接说就行，比如“医保怎么交”。\n"
           "回“最新”看您村的新消息，回“人工”找人答复。")
NOT_CAUGHT = "那是我没听懂。换个说法再问一次。\n或者回“人工”，我把问题转给工作人员；急事请拨 12345。"
NOT_FOUND = "抱歉，这件事我还没有准确的答案。"
OFFER_HUMAN = "回“人工”，我把问题转给工作人员；急事请拨 12345。"
STILL_NOT_FOUND = "这件事我也答不上来。\n回“人工”，这句话就转给工作人员；也可以拨 12345。"
WHICH = "您想问的是哪一件？回数字就行："
WHICH_PLACE = "叫这个名字的不止一个。您是哪里的？回数字就行："
WHICH_VILLAGE = "叫这个名字的村不止一个，您说的是哪个？回数字就行："
PLACED_CASE = "好的，记下了：{place}。编号 {number} 的事就按这个村办。"
NONE_OF_THESE = "都不是"
ANOTHER_VILLAGE = "不是，我自己说村名"
HERE = "对，就是这里"
ASK_ON = "想知道要带什么、去哪儿办，直接问。"
NOT_FOUND_PLACE = "没查到附近是哪个村。您是哪个村的？回村名就行。"
NO_SUCH_PLACE = "没有查到“{name}”，这里只有本县的村。\n请回镇名加村名，比如“白阳镇姚河村”；扫您村公示栏上的码也行。"
WITHOUT_A_PLACE = "不要紧。扫您村公示栏上的码就行，也可以发位置。\n不说村名也能问事，直接说就行。"
MORE = "看怎么办、带什么"
NOT_CLEAR = "没说清，转给工作人员"
UNCLEAR_NUMBER = "没有这个选项。请回上面的数字，或者直接说您想问的事。"
NOTHING_OFFERED = "现在没有要选的数字。想问什么，直接说就行。\n回“最新”看您村的新消息。"
ONLY_DIGITS = "只有数字，我看不出您想问什么，请用一句话说。\n身份证号、银行卡号不要发到这里。"
LATE_CODE = "只有数字，我看不出您想问什么。\n要是验证码，现在用不上了：想核对，回“绑定”再要一个。"
ONE_AT_A_TIME = "“{asked}”我没听准，请单独再问一遍。"
SAY_MORE = "请说说是什么事，一两句话就行。说完我转给工作人员。\n不想说了，回“算了”。"
TAKEN_BEFORE = "这件事已经转了，编号 {number}，{day}前答复您。\n有新情况，换句话说清，再回“人工”。"
ENOUGH_TODAY = "今天已经替您转了 {most} 件，先等等答复。\n还有急事，请拨 12345。"
ENOUGH_HERE = "从这里转给工作人员的问题太多了，请过一小时再转，或拨 12345。"
UNDO = "已经转给工作人员的，这里撤不回来。\n不想办了，拨 12345，报编号 {number}，说一声就行。"
LEFT_IT = "好的，没有转。想起来了随时再说。"
COMPLAINT = "可以替您转给工作人员：回“人工”就转。\n也可以直接拨 12345。"
ONLY_WORDS = "这里只看得懂文字和语音。请把想问的事打出来，或者说出来。\n打字不方便，拨 12345。"
CALL_US = "这里打不了电话，可以发语音，不用打字。\n想跟人说，拨 12345；想让工作人员答复，回“人工”。"
VOICE_NOT_HEARD = "这段语音没听清。请凑近些、慢些再说一遍，或者打字。\n急事请拨 12345。"
IN_CHARACTERS = "这里只看得懂汉字。请用汉字写，不会打就发语音说。\n打字不方便，拨 12345。"
NO_WORDS = "没有收到字。想问什么，写一句话或者发语音就行。\n打字不方便，拨 12345。"
WELCOME_BACK = "不客气，应该的。有事随时问。"
AT_HAND = "好的。还有事，随时问。"
WHO_WE_ARE = "我是县里的自动问答，不是真人。答案来自各单位，不收钱，不问密码和验证码。\n不放心，拨 12345 核实；想找真人，回“人工”。"
NOT_OURS = "这个我答不了，我只管县里办事、补贴、政策的事。\n想问什么事，直接说就行。"
CONDOLENCE = "节哀，您保重身体。\n后事怎么办手续、有什么补助，问我就行，不急这一时。\n心里难受，打 12356，有人听您说。"
GONE_OR_LOST = ("是找不见了，还是人不在了？\n找不见了：马上打 110，不用等，喊上邻居、村干部一起找。\n"
                "人不在了：您节哀。后事手续、补助，问我就行；心里难受打 12356。")
NO_HURRY = "好的，不急。您方便了再说。"
COMFORT = "您别一个人扛着。心里话可以打 12356 说，有人听。\n身边的邻居、村干部也可以找。有事要办，跟我说就行。"
SAY_IT_OTHERWISE = "换个说法再问一次，说清是什么事，比如“高龄补贴怎么领”。\n回“人工”，转给工作人员。"
HEAR_IT = "看不明白不要紧，打 {phone} 问，有人给您讲。\n回“人工”，转给工作人员。"
PATIENCE = "让您着急了。您说说是什么事，我再查一遍。\n回“人工”，转给工作人员；也可以拨 12345。"
REFUSED = "好的，以后不再给您发推广和一般提醒。\n医保、养老这类关系您自己的通知和紧急通知还会发。\n想重新接收，回“恢复”。"
RESTORED = "好的，已经恢复接收。有和您有关的消息会发给您。"
LISTS = ("公示名单贴在村公示栏，也登在县里网站您村的页面上，公示期过了就撤下。\n这里不报名单。回“最新”看您村新发了什么。\n"
         "对名单有意见，回“人工”，或拨 12345。")
NO_NEWS = "您那里近期没有新消息。"
WHERE = "您是哪个村的？回村名就行，比如“白阳镇姚河村”。"
WHAT_CAN_I_CLAIM = ("这要看您家登记的情况，先核对是本人才能说。\n在微信里回“绑定”，用登记的手机号核对；也可以带身份证到村委会。\n"
                    "想先看有哪些政策，回“最新”。")
UNNAMED_OFFER = "您家有一项可办事项"
NO_SUCH_NUMBER = "没有查到这个编号。请核对后再发，编号是 6 位字母和数字。"
YOUR_CASES = "您的留言，回数字看办到哪一步："
NO_CASES = "这里没有查到您的留言。\n有编号就回编号；有事要问，回“人工”。"

PHONE = re.compile(r"0\d{2,3}-\d{7,8}|\b1\d{10}\b|\b1[12]\d{3}\b|\b95\d{3}\b")
ASK_WHOM = "问谁："
STEP = re.compile(r"^\d{1,2}[.、]\s*(?=\D)")


def answered(answer: Answer, besides: Sequence[str] = ()) -> str:
    """An answer's point, then `besides` what else was asked of it, who stands behind it and until when; a telephone is named once."""
    point = point_of(answer)
    phone = f"（电话 {answer.phone}）" if answer.phone and answer.phone not in point else ""
    held = f"有效到{answer.until.year}年{_day(answer.until)}" if answer.until else ""
    source = f"依据：{answer.source}" if answer.source else ""
    return "\n".join(filter(None, (point, *besides, "，".join(filter(None, (f"{answer.office}{phone}", source, held))))))


def point_of(answer: Answer) -> str:
    """The first line of an answer, cut at a sentence when it is long."""
    first, *more = flowing(answer.answer).split("\n", 1)
    if not more and len(first) <= LONGEST_WHOLE:
        return first
    return split_text(first, LONGEST_POINT)[0] if first else ""


def flowing(text: str) -> str:
    """An answer with its numbered steps in the line of their name: a number at the head of a line would be taken for a choice."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        told = STEP.sub("", line)
        if told != line and lines and lines[-1].endswith("："):
            lines[-1] += told
        elif told != line and lines and not line.startswith("1."):
            lines[-1] = f"{lines[-1].rstrip('。；')}；{told}"
        else:
            lines.append(told)
    return "\n".join(lines)


def rest_of(answer: Answer) -> str:
    """How to do it, what to bring: what follows the point, without a line that only repeats the office's telephone."""
    rest = flowing(answer.answer).removeprefix(point_of(answer)).strip()
    lines = [line for line in rest.splitlines() if line.strip() and not _repeats(line, answer.phone)]
    kept = lines if len(lines) <= MOST_LINES else [*lines[:MOST_LINES - 1], f"还有几句，打 {answer.phone or '12345'} 问。"]
    return "\n".join(kept)


def taken(number: str, due: date, about: str = "", secret: str = "") -> str:
    """A question was handed to people; `about` is what they were given, so that nothing goes unseen.

    `secret` opens the answer for whoever leaves no address to be known by again.
    """
    if not about:
        return f"已转给工作人员，编号 {number}。{_day(due)}前答复您。"
    if secret:
        return (f"“{shortened(about)}”已转给工作人员，编号 {number}，查询码 {secret}。\n{_day(due)}前答复您。\n"
                "请记下来：凭编号查办到哪了，加上查询码看答复。")
    return f"“{shortened(about)}”已转给工作人员，编号 {number}。\n{_day(due)}前答复您。\n回这个编号可以查进度。"


def closed(following: date) -> str:
    """Nobody is there today: when somebody is."""
    return f"今天休息，{with_weekday(following)}上班后有人看。"


def not_together(office: str, phone: str) -> str:
    """Whether two things may be had at once is not written: whom to ask."""
    whom = f"打 {phone} 问{office}最准" if phone else "打 12345 问最准"
    return f"两样能不能都要，这里没有写，{whom}。"


def not_found_of(answer: Answer) -> str:
    """Nothing was found to words that may go on about an answer: who knows the rest of it."""
    return f"{NOT_FOUND}\n要是还在说“{answer.question}”，打 {answer.phone} 问{answer.office}最准。\n回“人工”，我把问题转给工作人员。"


def progress(case: Progress) -> str:
    """Where a consultation stands."""
    if case.answer and not case.is_open:
        return f"编号 {case.number}：{case.words}。\n{case.answer}\n没说清，回“人工”再问。"
    if not case.is_open:
        return f"编号 {case.number}：{case.words}。\n没收到答复，拨 12345，报这个编号听。\n没说清，回“人工”再问。"
    if case.is_overdue:
        return f"编号 {case.number}：{case.words}，应在{_day(case.due)}前答复，已经超期。\n请拨 12345 催办，报这个编号。"
    return f"编号 {case.number}：{case.words}，{_day(case.due)}前答复。"


def near(place: str) -> str:
    """A place that was sent lies near a village."""
    return f"您在{place}附近，对吗？回数字就行："


def case_line(case: Progress) -> str:
    """A consultation in a list."""
    return f"{case.number} {case.words}" + ("，已超期" if case.is_overdue else "")


def placed(place: str) -> str:
    """The village is known now."""
    return f"好的，记住了：{place}。\n回“最新”看这里的新消息，有事直接问。"


def news(place: str, titles: list[str]) -> str:
    """What is new in a place."""
    return f"{place}最近的消息，回数字看内容：" if titles else NO_NEWS


def notice(title: str, summary: str, until: date | None, office: str, phone: str) -> str:
    """One notice in short."""
    lines = [title, summary]
    if until:
        lines.append(f"{_day(until)}截止。")
    lines.append(f"{office}，电话 {phone}。" if phone not in summary else f"{office}。")
    return "\n".join(line for line in lines if line)


def claim(title: str, spoken: str, told: tuple[str, ...], bring: str, where: str, until: date | None, phone: str) -> str:
    """One offer to a household, with the reasons that may be read."""
    lines = [f"{title}。{spoken}。", f"因为：{'；'.join(told)}。" if told else "", f"到哪办：{where}" if where else "",
             f"带什么：{bring}" if bring else "", f"{_day(until)}前办理。" if until else "", f"电话 {phone}。"]
    return "\n".join(line for line in lines if line)


def late(asked: str, told: str) -> str:
    """An answer that comes when its question may be forgotten."""
    return f"回晚了，对不起。{f'您问的是“{shortened(asked)}”。' if asked.strip() else ''}\n{told}"


def _repeats(line: str, phone: str) -> bool:
    return line.startswith(ASK_WHOM) and set(PHONE.findall(line)) <= {phone, "12345"}


def shortened(text: str) -> str:
    """Somebody's own words as far as they are needed to know them again."""
    whole = " ".join(text.split())
    return whole if len(whole) <= 16 else f"{whole[:15]}…"


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"
