"""Talks written down by hand, replayed on every channel through the pure conversation."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from bot.conversation import fitting, step
from bot.effects import (
    AskForCode,
    BeOneOf,
    ByDay,
    KeepAnswer,
    Only,
    Refuse,
    RememberQuestion,
    Restore,
    TakeConsultation,
    TryCode,
    Unbind,
    Want,
)
from bot.flows.binding import told as told_of
from bot.flows.telling import heard
from bot.phrases import brief, wishes, words
from bot.state import (
    Answer,
    Asked,
    Claims,
    Elsewhere,
    Expected,
    Finding,
    Fit,
    News,
    Offer,
    Opening,
    Progress,
    Proof,
    Pushed,
    State,
)
from channels.messages import Incoming, IncomingKind, Reply
from channels.splitting import sms_length
from notices.topics import Topic

TALKS = Path(__file__).resolve().parents[1] / "transcripts"
YAOHE, OTHER_YAOHE = "640425100200", "640425200215"
DEADLINE = date(2026, 11, 30)
ENTRIES = {
    "yibao": Answer("yibao", "医保怎么交", "在手机上或村委会都能交，每人400元。", "县医疗保障局", "0954-7000101", "彭医保发〔2026〕3号", None),
    "jiao": Answer("jiao", "养老保险怎么交", "到村委会或手机上交。", "县社保局", "0954-7000103", "", None),
    "ling": Answer("ling", "养老金怎么领", "满60岁的当月到村委会登记。", "县社保局", "0954-7000103", "", None),
    "gaoling": Answer("gaoling", "高龄津贴怎么领", "满80岁，到村委会登记，按月发。\n带什么：身份证、社保卡。\n走不动的：村干部上门办。\n问谁：县民政局 0954-7000106。",
                      "县民政局", "0954-7000106", "彭民发〔2026〕9号", date(2027, 12, 31), "满80岁到村委会登记，按月发津贴。问0954-7000106"),
    "dian": Answer("dian", "停电了找谁", "拨 95598 报修，也可打县供电公司 0954-7000120。", "县供电公司", "0954-7000120", "", None),
}
NEWS = (
    News("PY-1", "玉米良种补贴开始登记", "种玉米3亩以上的农户，每亩补60元。", date(2026, 12, 31), "县农业农村局", "0954-7000102", "身份证、社保卡",
         "村委会", is_open_to_all=False),
    News("PY-2", "公路封闭施工", "11月底前绕行。", None, "县交通局", "0954-7000105"),
)


AS_TOLD = Offer("PY-1", "玉米良种补贴开始登记", ("种玉米5亩",), "按您自己说的情况，可以申请；村里核对后，以县农业农村局审核结果为准", "身份证", "村委会")
MISSING = (
    Asked("crop.玉米", "请问您家今年种玉米吗？种了多少亩？", Expected.NUMBER, "亩"),
    Asked("household.relocated", "请问您家是易地搬迁的吗？", Expected.TRUTH),
    Asked("household.house_grade", "请问您家住房鉴定的等级是 A、B、C、D 哪一级？", Expected.WORD, "", False, ("A", "B", "C", "D", "无")),
)


NEAR = {"医保怎么交": ("yibao", "jiao", "ling"), "养老": ("jiao", "ling", "gaoling")}


@dataclass
class Known:
    """A library with a memory of its own instead of rooms."""

    taken: list[str] = field(default_factory=list)
    household: Claims | None = None
    is_known: bool = False
    asked: list[str] = field(default_factory=list)
    phone: str = ""
    questions: tuple[Asked, ...] = ()
    said: dict[str, bool | float | str] = field(default_factory=dict)
    answered: tuple[str, ...] = ()
    rated: list[str] = field(default_factory=list)
    sent: Pushed | None = None
    fit: Fit = Fit.UNBOUND
    is_holiday: bool = False

    def ask(self, text: str, division: str | None) -> Finding:
        known = {"医保怎么交": "yibao", "高龄津贴怎么领": "gaoling", "停电了找谁": "dian"}.get(text)
        if known:
            return Finding("answer", (ENTRIES[known],), known, 0.99)
        if text == "养老":
            return Finding("clarify", (ENTRIES["jiao"], ENTRIES["ling"]), "jiao", 0.5)
        return Finding("hand_over", ())

    def entry(self, entry_id: str) -> Answer | None:
        return ENTRIES.get(entry_id)

    def near(self, text: str, division: str | None) -> tuple[Answer, ...]:
        return tuple(ENTRIES[name] for name in NEAR.get(text, ()))

    def news(self, division: str | None, incoming: Incoming | None = None) -> tuple[News, ...]:
        return NEWS if division == YAOHE else ()

    def notice(self, reference: str) -> News | None:
        return next((one for one in NEWS if one.reference == reference), None)

    def claims(self, incoming: Incoming, said: Mapping[str, bool | float | str], skipped: Sequence[str]) -> Claims | None:
        if incoming.channel != "wechat" or not self.questions:
            return self.household if incoming.channel == "wechat" else None
        self.said |= said
        asked = next((one for one in self.questions if one.fact not in {*self.said, *skipped}), None)
        offers = (AS_TOLD,) if float(self.said.get("crop.玉米", 0)) >= 3 else ()
        return Claims(offers, asked.words if asked else "", asked, is_told=bool(self.said))

    def question(self, fact: str) -> Asked | None:
        return next((one for one in self.questions if one.fact == fact), None)

    def own_page(self) -> str:
        return "http://127.0.0.1/me"

    def places_named(self, text: str) -> tuple[str, ...]:
        if re.fullmatch(r"(我是)?姚河的?", text):
            return YAOHE, OTHER_YAOHE
        return (YAOHE,) if re.fullmatch(r"(我是)?(白阳镇)?姚河村的?", text) else ()

    def place_of_scene(self, scene: str) -> str | None:
        return YAOHE if scene == "姚河村" else None

    def place_near(self, incoming: Incoming) -> str | None:
        return YAOHE if incoming.place is not None and abs(incoming.place[0] - 35.8) < 1 else None

    def place_of_address(self, incoming: Incoming) -> str | None:
        return None

    def name_of(self, division: str) -> str:
        return "白阳镇 姚河村" if division == YAOHE else "新集乡 姚河村"

    def knows(self, incoming: Incoming) -> bool:
        return self.is_known

    def progress(self, number: str, incoming: Incoming) -> Progress | None:
        told = {"A2B3C4": Progress("A2B3C4", "已答复", DEADLINE, is_open=False),
                "M2N3P4": Progress("M2N3P4", "已答复", DEADLINE, False, False, "路灯下周修，县城管局会打电话。", "M2N3P4" not in self.rated),
                "D5E6F7": Progress("D5E6F7", "已转办", DEADLINE, is_overdue=True)}
        return Progress(number, "已受理", DEADLINE) if number in self.taken else told.get(number)

    def cases(self, incoming: Incoming, numbers: Sequence[str]) -> tuple[Progress, ...]:
        told = (self.progress(number, incoming) for number in dict.fromkeys((*self.answered, *numbers)))
        return tuple(one for one in told if one is not None)

    def elsewhere(self, incoming: Incoming) -> Elsewhere:
        return Elsewhere()

    def to_rate(self, incoming: Incoming) -> str | None:
        return next((one for one in self.answered if one not in self.rated), None)

    def pushed(self, incoming: Incoming) -> Pushed | None:
        return self.sent if incoming.channel in ("wechat", "sms") else None

    def fits(self, incoming: Incoming, reference: str) -> Fit:
        if reference == "PY-2":
            return Fit.EVERYBODY
        return self.fit if incoming.channel == "wechat" else Fit.UNBOUND

    def opening(self, office: str) -> Opening:
        return Opening("8:30–12:00、14:30–18:00", False, not self.is_holiday, date(2026, 11, 23))

    def address(self, reference: str) -> str:
        return f"http://127.0.0.1/notices/{reference}"


def talks() -> list[tuple[str, list[tuple[str, str]]]]:
    found = []
    for path in sorted(TALKS.glob("*.txt")):
        for number, talk in enumerate(path.read_text(encoding="utf-8").split("---\n"), start=1):
            lines: list[tuple[str, str]] = []
            for line in talk.splitlines():
                speaker, colon, said = line.partition("：")
                if line.startswith("#") or not line.strip():
                    continue
                if colon and speaker in ("群众", "直达"):
                    lines.append((speaker, said))
                else:
                    lines[-1] = (lines[-1][0], f"{lines[-1][1]}\n{line}")
            found.append((f"{path.stem}-{number}", lines))
    return found


def incoming_of(said: str, channel: str, key: int) -> Incoming:
    done = re.fullmatch(r"（(关注|图片|扫码|语音) ?(.*)）", said)
    if done is None:
        return Incoming(channel, "who", str(key), IncomingKind.TEXT, said)
    kind = {"关注": IncomingKind.FOLLOW, "图片": IncomingKind.IMAGE, "扫码": IncomingKind.SCAN,
            "语音": IncomingKind.VOICE}[done[1]]
    is_voice = kind is IncomingKind.VOICE
    return Incoming(channel, "who", str(key), kind, text=done[2] if is_voice else "",
                    scene=None if is_voice else done[2] or None)


def channels_of(name: str) -> tuple[str, ...]:
    return next(((one,) for one in ("sms", "wechat", "web", "telegram") if name.startswith(one)),
                ("wechat", "web", "telegram"))


FAMILIES = {"19906400141": ((1, "王*英"),), "19906400142": ((2, "李*山"), (1, "王*英"))}


def proof_of(effect: object, library: Known) -> Proof | None:
    """What a register of two families makes of a step towards being known."""
    match effect:
        case AskForCode(phone):
            if len(phone) != 11 or not phone.startswith("1"):
                return Proof("no_number")
            is_soon, library.phone = bool(library.asked), phone
            library.asked.append(phone)
            return Proof("too_soon" if is_soon else "sent")
        case TryCode(code):
            people = FAMILIES.get(library.phone, ())
            if code != "123456" or not people:
                return Proof("over" if code == "999999" else "wrong")
            return Proof("which", people) if len(people) > 1 else Proof("bound", name=people[0][1])
        case BeOneOf(number):
            return Proof("bound", name=dict(FAMILIES[library.phone])[number])
        case Unbind():
            return Proof("unbound")
    return None


REPLAYS = [(name, lines, channel) for name, lines in talks() for channel in channels_of(name)]


def fits(expected: str, told: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in expected.split("…"))
    return re.fullmatch(pattern, told, re.DOTALL) is not None


@pytest.mark.parametrize(("name", "lines", "channel"), REPLAYS, ids=[f"{name}-{channel}" for name, _, channel in REPLAYS])
def test_a_talk_goes_as_it_was_written_down(name: str, lines: list[tuple[str, str]], channel: str) -> None:
    library, state, told = Known(questions=MISSING if name.startswith("wechat-claims") else ()), State(), ""
    for number, (speaker, said) in enumerate(lines):
        if speaker == "直达":
            assert fits(said, told), f"{name}: expected {said!r}, told {told!r}"
            continue
        turn = step(state, incoming_of(said, channel, number), library)
        state = State.from_json(turn.state.as_json())
        parts = [reply.text + "".join(f"\n{i}. {choice}" for i, choice in enumerate(reply.choices, start=1))
                 for reply in turn.replies]
        for effect in turn.effects:
            proof = proof_of(effect, library)
            if proof is not None:
                after = told_of(state, proof)
                state = State.from_json(after.state.as_json())
                parts += [reply.text + "".join(f"\n{i}. {choice}" for i, choice in enumerate(reply.choices, start=1))
                          for reply in after.replies]
            if isinstance(effect, TakeConsultation):
                library.taken.append("K7M2PQ")
                about = "" if channel == brief.CHANNEL else effect.text
                parts += [one.text for one in fitting([Reply(words.taken("K7M2PQ", DEADLINE, about))], channel)]
        told = "\n".join(parts)
        assert channel != brief.CHANNEL or all(sms_length(part) <= brief.ROOM for part in parts), told


def test_leaving_and_coming_back_ask_for_the_register_to_be_changed() -> None:
    left = step(State(), incoming_of("退订", "sms", 1), Known())
    assert left.effects == (Refuse(),)
    assert step(left.state, incoming_of("恢复", "sms", 2), Known()).effects == (Restore(),)


@pytest.mark.parametrize(("said", "effect"), [
    ("不要养殖的", Refuse(("养殖",))), ("养殖的消息不要了", Refuse(("养殖",))), ("退订惠农补贴", Refuse(("种植",))),
    ("别发短信了", Refuse(channel="sms")), ("只要社保和医疗的", Only(("养老", "医保"))), ("还要养牛的", Want(("养殖",))),
    ("晚上别发", ByDay()), ("都不要了", Refuse()),
])
def test_a_wish_in_plain_words_asks_for_the_right_line(said: str, effect: object) -> None:
    assert step(State(), incoming_of(said, "wechat", 1), Known(is_known=True)).effects == (effect,)


@pytest.mark.parametrize("said", ["不要钱吗", "养殖补贴还有吗", "取消养老保险", "养殖", "只要身份证吗", "恢复医保怎么弄", "不要彩礼的政策"])
def test_a_question_is_not_taken_for_a_wish(said: str) -> None:
    effects = step(State(), incoming_of(said, "wechat", 1), Known()).effects
    assert all(isinstance(one, RememberQuestion) for one in effects)


def test_every_answer_to_a_wish_fits_a_text_message() -> None:
    named = [topic.value for topic in Topic]
    for one, other in itertools.permutations(named, 2):
        for topics in ((one,), (one, other)):
            for told in (wishes.refused(topics, is_brief=True), wishes.only(topics, is_brief=True),
                         wishes.owed(topics, is_brief=True), wishes.wanted(topics)):
                assert sms_length(told) <= brief.ROOM, told


def test_who_is_known_is_not_sent_to_the_telephone() -> None:
    told = step(State(), incoming_of("退订", "wechat", 1), Known(is_known=True)).replies[0].text
    assert "手机短信要停" not in told


def test_the_answer_begins_within_the_first_hundred_and_twenty_characters() -> None:
    for text in ("医保怎么交", "养老", "不知道的事"):
        turn = step(State(), incoming_of(text, "wechat", 1), Known())
        assert len(turn.replies[0].text.splitlines()[0]) <= 120


CORN = Offer("PY-1", "玉米良种补贴开始登记", ("种玉米6亩",), "按您家登记情况，可以申请；以县农业农村局审核结果为准", "身份证", "村委会")


def test_a_bound_household_hears_what_it_may_apply_for_and_why_as_far_as_may_be_read() -> None:
    library = Known(household=Claims((CORN,), "您家养了几头牛？"))
    listed = step(State(), incoming_of("我家能领个啥钱？", "wechat", 1), library)
    assert listed.replies[0].text.startswith(f"{CORN.words}。\n还差一条登记：您家养了几头牛？")
    assert listed.replies[0].choices == ("玉米良种补贴开始登记",)
    told = step(listed.state, incoming_of("第一个", "wechat", 2), library).replies[0]
    assert "因为：种玉米6亩。" in told.text
    assert CORN.words in told.text
    assert told.link == "http://127.0.0.1/notices/PY-1"


def test_an_offer_that_closed_meanwhile_is_not_told() -> None:
    listed = step(State(), incoming_of("我能办什么", "wechat", 1), Known(household=Claims((CORN,))))
    told = step(listed.state, incoming_of("1", "wechat", 2), Known(household=Claims(())))
    assert "玉米" not in told.replies[0].text


def test_a_long_story_that_ends_in_the_question_is_heard() -> None:
    story = "我今年六十八了前年住院花了三万多剩下的钱都是借的娃在外头打工村上说有个补助我不知道咋弄你给我说说我到底能领个啥钱"
    assert "先核对是本人才能说" in step(State(), incoming_of(story, "wechat", 1), Known()).replies[0].text


@pytest.mark.parametrize("text", ["我能领多少养老金", "医保怎么交", "高龄津贴怎么领", "我能不能替老人交医保"])
def test_a_question_about_one_thing_is_not_taken_for_everything(text: str) -> None:
    told = step(State(), incoming_of(text, "wechat", 1), Known()).replies[0].text
    assert "先核对是本人才能说" not in told


def test_every_fixed_sentence_fits_a_text_message() -> None:
    sentences = [value for name, value in vars(words).items() if name.isupper() and isinstance(value, str)]
    sentences.append(f"{words.NOT_FOUND}\n{words.OFFER_HUMAN}")
    long = {one: told for one in sentences if sms_length(told := brief.fitted(Reply(one)).text) > brief.ROOM}
    assert long == {}


def test_a_short_text_loses_its_telephone_before_it_is_cut() -> None:
    entry = Answer("a", "问", "答", "县局", "0954-7000103", "", None, "明年医保每人420元，12月31日前在手机或村委会交。问0954-7000103")
    assert brief.answer(entry) == "明年医保每人420元，12月31日前在手机或村委会交"


def test_the_telephone_of_an_answer_is_said_once() -> None:
    for name in ENTRIES:
        assert words.answered(ENTRIES[name]).count(ENTRIES[name].phone) == 1
        assert ENTRIES[name].phone not in words.rest_of(ENTRIES[name])


@pytest.mark.parametrize(("said", "unit", "value"), [
    ("5", "亩", 5.0), ("五亩", "亩", 5.0), ("大概三亩半", "亩", 3.5), ("种了十二亩吧", "亩", 12.0), ("3亩5分", "亩", 3.5), ("没有", "亩", 0.0),
    ("一亩也没有", "亩", 0.0), ("两百只", "只", 200.0), ("养了 30 多只", "只", 30.0), ("三千五", "元", 3500.0), ("一万二", "元", 12000.0),
    ("1.2万", "元", 12000.0), ("每人大约8000块钱", "元", 8000.0), ("三千零五元", "元", 3005.0), ("两口", "人", 2.0), ("四口人", "人", 4.0),
    ("三四亩", "亩", 3.0), ("-3", "亩", None), ("医保怎么交", "亩", None), ("999999999999999999", "亩", None),
])
def test_an_amount_is_heard_as_people_say_it(said: str, unit: str, value: float | None) -> None:
    assert heard(said, Asked("x", "多少？", Expected.NUMBER, unit)) == value


@pytest.mark.parametrize(("said", "value"), [("是的", True), ("有啊", True), ("对", True), ("不是", False), ("没有", False), ("没搬过", False),
                                             ("搬迁补贴多少", None), ("可能吧", None)])
def test_yes_and_no_are_heard(said: str, value: bool | None) -> None:
    assert heard(said, Asked("x", "吗？", Expected.TRUTH)) is value


def test_whole_things_are_not_halved_and_strange_words_are_no_choice() -> None:
    assert heard("两个半", Asked("x", "几口？", Expected.NUMBER, "口", is_whole=True)) is None
    assert heard("E级", MISSING[2]) is None
    assert heard("没有", MISSING[2]) == "无"
    assert heard("三组", Asked("household.group", "哪个组？", Expected.WORD)) == "三组"
    assert heard("我能办什么", Asked("household.group", "哪个组？", Expected.WORD)) is None


def test_an_answer_is_kept_and_a_number_on_offer_is_not_taken_for_one() -> None:
    library = Known(questions=MISSING)
    first = step(State(), incoming_of("我能办什么", "wechat", 1), library)
    second = step(first.state, incoming_of("5亩", "wechat", 2), library)
    assert second.effects == (KeepAnswer("crop.玉米", 5.0),)
    third = step(second.state, incoming_of("1", "wechat", 3), library)
    assert not any(isinstance(one, KeepAnswer) for one in third.effects)
    assert "5.0" not in repr(second.effects)
