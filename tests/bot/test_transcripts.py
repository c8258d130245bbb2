"""Talks written down by hand, replayed on every channel through the pure conversation."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from bot.conversation import step
from bot.phrases import words
from bot.state import Answer, Finding, News, Refuse, Restore, State, TakeConsultation
from channels.messages import Incoming, IncomingKind

TALKS = Path(__file__).resolve().parents[1] / "transcripts"
YAOHE = "640425100200"
DEADLINE = date(2026, 11, 30)
ENTRIES = {
    "yibao": Answer("yibao", "医保怎么交", "在手机上或村委会都能交，每人400元。", "县医疗保障局", "0954-7000101", "彭医保发〔2026〕3号", None),
    "jiao": Answer("jiao", "养老保险怎么交", "到村委会或手机上交。", "县社保局", "0954-7000103", "", None),
    "ling": Answer("ling", "养老金怎么领", "满60岁的当月到村委会登记。", "县社保局", "0954-7000103", "", None),
}
NEWS = (
    News("PY-1", "玉米良种补贴开始登记", "种玉米3亩以上的农户，每亩补60元。", date(2026, 12, 31), "县农业农村局", "0954-7000102"),
    News("PY-2", "公路封闭施工", "11月底前绕行。", None, "县交通局", "0954-7000105"),
)


@dataclass
class Known:
    """A library with a memory of its own instead of rooms."""

    cases: list[str] = field(default_factory=list)

    def ask(self, text: str, division: str | None) -> Finding:
        if text == "医保怎么交":
            return Finding("answer", (ENTRIES["yibao"],), "yibao", 0.99)
        if text == "养老":
            return Finding("clarify", (ENTRIES["jiao"], ENTRIES["ling"]), "jiao", 0.5)
        return Finding("hand_over", ())

    def entry(self, entry_id: str) -> Answer | None:
        return ENTRIES.get(entry_id)

    def news(self, division: str | None) -> tuple[News, ...]:
        return NEWS if division == YAOHE else ()

    def notice(self, reference: str) -> News | None:
        return next((one for one in NEWS if one.reference == reference), None)

    def place_named(self, text: str) -> str | None:
        return YAOHE if re.fullmatch(r"(我是)?(白阳镇)?姚河村的?", text) else None

    def place_of_scene(self, scene: str) -> str | None:
        return YAOHE if scene == "姚河村" else None

    def place_of_address(self, incoming: Incoming) -> str | None:
        return None

    def name_of(self, division: str) -> str:
        return "白阳镇 姚河村"

    def progress(self, number: str) -> tuple[str, str, date] | None:
        return (number, "已受理", DEADLINE) if number in self.cases else None

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
    done = re.fullmatch(r"（(关注|图片|扫码) ?(.*)）", said)
    if done is None:
        return Incoming(channel, "who", str(key), IncomingKind.TEXT, said)
    kind = {"关注": IncomingKind.FOLLOW, "图片": IncomingKind.IMAGE, "扫码": IncomingKind.SCAN}[done[1]]
    return Incoming(channel, "who", str(key), kind, scene=done[2] or None)


def fits(expected: str, told: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in expected.split("…"))
    return re.fullmatch(pattern, told, re.DOTALL) is not None


@pytest.mark.parametrize("channel", ["wechat", "sms", "web", "telegram"])
@pytest.mark.parametrize(("name", "lines"), talks(), ids=[name for name, _ in talks()])
def test_a_talk_goes_as_it_was_written_down(name: str, lines: list[tuple[str, str]], channel: str) -> None:
    library, state, told = Known(), State(), ""
    for number, (speaker, said) in enumerate(lines):
        if speaker == "直达":
            assert fits(said, told), f"{name}: expected {said!r}, told {told!r}"
            continue
        turn = step(state, incoming_of(said, channel, number), library)
        state = State.from_json(turn.state.as_json())
        parts = [reply.text + "".join(f"\n{i}. {choice}" for i, choice in enumerate(reply.choices, start=1))
                 for reply in turn.replies]
        for effect in turn.effects:
            if isinstance(effect, TakeConsultation):
                library.cases.append("K7M2PQ")
                parts.append(words.taken("K7M2PQ", DEADLINE))
        told = "\n".join(parts)


def test_leaving_and_coming_back_ask_for_the_register_to_be_changed() -> None:
    left = step(State(), incoming_of("退订", "sms", 1), Known())
    assert left.effects == (Refuse(),)
    assert step(left.state, incoming_of("恢复", "sms", 2), Known()).effects == (Restore(),)


def test_the_answer_begins_within_the_first_hundred_and_twenty_characters() -> None:
    for text in ("医保怎么交", "养老", "不知道的事"):
        turn = step(State(), incoming_of(text, "wechat", 1), Known())
        assert len(turn.replies[0].text.splitlines()[0]) <= 120
