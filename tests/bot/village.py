"""A village of a few entries and two families, as the transcripts know it, and what the reception would do there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from bot.conversation import fitting
from bot.effects import (
    AskForCode,
    BeOneOf,
    JudgeAnswer,
    RateCase,
    RememberQuestion,
    ReopenCase,
    TakeConsultation,
    TryCode,
    Unbind,
)
from bot.flows.binding import told as told_of
from bot.phrases import brief, rating, words
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

TALKS = Path(__file__).resolve().parents[1] / "transcripts"
YAOHE, OTHER_YAOHE = "640425100200", "640425200215"
DEADLINE = date(2026, 11, 30)
ENTRIES = {
    "yibao": Answer("yibao", "医保怎么交", "在手机上或村委会都能交，每人400元。", "县医疗保障局", "0954-7000101", "彭医保发〔2026〕3号", None),
    "jiao": Answer("jiao", "养老保险怎么交", "到村委会或手机上交。", "县社保局", "0954-7000103", "", None),
    "ling": Answer("ling", "养老金怎么领", "满60岁的当月到村委会登记。", "县社保局", "0954-7000103", "", None),
    "gaoling": Answer("gaoling", "高龄津贴怎么领", "满80岁，到村委会登记，按月发。\n带什么：身份证、社保卡。\n走不动的：村干部上门办。\n问谁：县民政局 0954-7000106。",
                      "县民政局", "0954-7000106", "彭民发〔2026〕9号", date(2027, 12, 31), "满80岁到村委会登记，按月发津贴。问0954-7000106"),
    "liangxiang": Answer("liangxiang", "残疾人两项补贴怎么申请", "到乡镇民政办申请。\n两项是：生活补贴，一级、二级的护理补贴。\n符合的，两项可以一起领。",
                         "县民政局", "0954-7000106", "", None),
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
    judged: list[bool] = field(default_factory=list)
    sent: Pushed | None = None
    fit: Fit = Fit.UNBOUND
    is_holiday: bool = False

    def ask(self, text: str, division: str | None) -> Finding:
        known = {"医保怎么交": "yibao", "高龄津贴怎么领": "gaoling", "停电了找谁": "dian", "屋里老人的，怎么领津贴": "gaoling", "高龄津贴和医保能一起领吗": "gaoling",
                 "生活补贴和护理补贴能一起领吗": "liangxiang", "低保和残疾补贴能一起领吗": "liangxiang"}.get(text)
        if known:
            return Finding("answer", (ENTRIES[known],), known, 0.99)
        if text == "养老":
            return Finding("clarify", (ENTRIES["jiao"], ENTRIES["ling"]), "jiao", 0.5)
        return Finding("hand_over", ())

    def entry(self, entry_id: str) -> Answer | None:
        return ENTRIES.get(entry_id)

    def entries(self, ids: Sequence[str]) -> tuple[Answer, ...]:
        return tuple(one for entry_id in ids if (one := self.entry(entry_id)) is not None)

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

    def places_within(self, text: str) -> tuple[str, ...]:
        return (YAOHE, OTHER_YAOHE) if "姚河村" in text and "白阳镇" not in text else ()

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

    def telephones(self, office: str) -> Sequence[tuple[str, str]]:
        given = [(one.office, one.phone) for one in ENTRIES.values() if one.office.endswith(office)]
        return sorted(dict.fromkeys(given), key=lambda one: (-given.count(one), one))

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


KINDS = {"关注": IncomingKind.FOLLOW, "图片": IncomingKind.IMAGE, "扫码": IncomingKind.SCAN, "语音": IncomingKind.VOICE,
         "位置": IncomingKind.LOCATION, "菜单": IncomingKind.CLICK, "取消关注": IncomingKind.UNFOLLOW}


def incoming_of(said: str, channel: str, key: int) -> Incoming:
    done = re.fullmatch(r"（(关注|图片|扫码|语音|位置|菜单|取消关注) ?(.*)）", said)
    if done is None:
        return Incoming(channel, "who", str(key), IncomingKind.TEXT, said)
    kind = KINDS[done[1]]
    if kind is IncomingKind.LOCATION:
        north, east = map(float, done[2].split())
        return Incoming(channel, "who", str(key), kind, place=(north, east))
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


def done(effect: object, state: State, library: Known, channel: str) -> tuple[State, list[Reply]]:
    """What the reception would make of an effect, and what it would say."""
    proof = proof_of(effect, library)
    if proof is not None:
        after = told_of(state, proof)
        return after.state, fitting(after.replies, channel)
    match effect:
        case TakeConsultation(text):
            library.taken.append("K7M2PQ")
            about = "" if channel == brief.CHANNEL else text
            kept, replies = replace(state, cases=(*state.cases, "K7M2PQ")), [Reply(words.taken("K7M2PQ", DEADLINE, about))]
            named = () if state.division else library.places_within(text)
            if len(named) > 1:
                kept = replace(kept, offered=tuple(f"at:K7M2PQ:{code}" for code in named))
                replies.append(Reply(words.WHICH_VILLAGE, tuple(map(library.name_of, named))))
            return kept, fitting(replies, channel)
        case RememberQuestion():
            return replace(state, note=7), []
        case JudgeAnswer(_, helpful):
            library.judged.append(helpful)
        case RateCase(number, mark):
            library.rated.append(number)
            return state, fitting([Reply(rating.WHAT_WAS_WRONG if mark == "bad" else rating.THANKS)], channel)
        case ReopenCase():
            return state, fitting([Reply(rating.REOPENED.format(day="11月30日"))], channel)
    return state, []


def library_of(name: str) -> Known:
    """What is known in a transcript, by its file's name."""
    library = Known(questions=MISSING if name.startswith("wechat-claims") else ())
    if "push" in name:
        library.sent = Pushed("PY-1", datetime(2026, 11, 22, 8, 0, tzinfo=UTC), is_named="unnamed" not in name)
        library.fit = Fit.YES if "fits" in name else Fit.UNBOUND
    if "rating" in name:
        library.answered = ("M2N3P4",)
    return library


def fits(expected: str, told: str) -> bool:
    """Whether what was told is what was written down, … standing for any words."""
    pattern = ".*".join(re.escape(part) for part in expected.split("…"))
    return re.fullmatch(pattern, told, re.DOTALL) is not None
