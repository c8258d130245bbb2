"""Whatever is said, in whatever order: nothing breaks, something is answered, every step can be left, nothing leaks."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.conversation import step
from bot.effects import TakeConsultation
from bot.phrases import brief
from bot.reception import Reception
from bot.state import Claims, Fit, Offer, Pushed, State
from channels.messages import Incoming, IncomingKind, Reply
from channels.splitting import sms_length
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from knowledge.answers import Library
from profiles import contacts
from profiles.models import Household, Resident
from tests.bot.village import MISSING, Known, done, talks
from tests.notices import offices

LONGEST = 8
SAID = sorted({said for _, lines in talks() for speaker, said in lines if speaker == "群众" and not said.startswith("（")})
PIECES = ("嗯", "那个", "这个", "要带什么", "我", "俺家", "医保", "1", "2", "亩", "返回", "算了", "人工", "不对，是", "六", "满意", "退订", "绑定", "19906400141",
          "123456", "着火", "补助", "电话", "是谁", "？", "\n", "🙏", "\u200b", "%s", "{0}", "<b>", "'; --", "\x00", "：", "…")
TEXTS = st.one_of(st.sampled_from(SAID), st.lists(st.sampled_from(PIECES), max_size=6).map("".join), st.text(max_size=40),
                  st.integers(-5, 10**18).map(str), st.just("说" * 3000))
PLACES = st.none() | st.tuples(st.floats(allow_nan=True, allow_infinity=True), st.floats(allow_nan=True, allow_infinity=True))
SCENES = st.none() | st.sampled_from(["姚河村", "n_PY-1", "姚河村.n_PY-2", "latest", "claims", "n_", ".n_", "gone"]) | st.text(max_size=70)
CHANNELS = st.sampled_from(["wechat", "sms", "web", "telegram"])
EVENTS = st.tuples(st.sampled_from([IncomingKind.TEXT] * 12 + list(IncomingKind)), TEXTS, SCENES, PLACES)
BOUND = Claims((Offer("PY-1", "玉米良种补贴开始登记", ("种玉米6亩",), "按您家登记情况，可以申请", "身份证", "村委会", date(2026, 12, 31)),), "", MISSING[0])
LIBRARIES = st.sampled_from(["stranger", "household", "questions", "pushed", "unnamed", "rating"])


def library(name: str) -> Known:
    sent = Pushed("PY-1", datetime(2026, 11, 22, tzinfo=UTC), is_named=name == "pushed") if name in ("pushed", "unnamed") else None
    return Known(household=BOUND if name == "household" else None, questions=MISSING if name == "questions" else (),
                 answered=("M2N3P4",) if name == "rating" else (), sent=sent, fit=Fit.UNKNOWN)


def turned(state: State, incoming: Incoming, known: Known) -> tuple[State, list[Reply]]:
    turn = step(state, incoming, known)
    state, replies = turn.state, list(turn.replies)
    for effect in turn.effects:
        state, more = done(effect, state, known, incoming.channel)
        replies += more
    return state, replies


@settings(max_examples=40, deadline=None)
@given(channel=CHANNELS, name=LIBRARIES, events=st.lists(EVENTS, max_size=8))
def test_any_talk_is_answered_shortly_and_can_be_left(
        channel: str, name: str, events: list[tuple[IncomingKind, str, str | None, tuple[float, float] | None]]) -> None:
    known, state = library(name), State()
    for number, (kind, text, scene, place) in enumerate(events):
        state, replies = turned(state, Incoming(channel, "who", str(number), kind, text, scene, place), known)
        assert State.from_json(json.loads(json.dumps(state.as_json()))) == state
        assert replies or kind is IncomingKind.UNFOLLOW
        for reply in replies:
            assert reply.text.strip()
            assert len(reply.text.splitlines()) + len(reply.choices) <= LONGEST, reply
            assert channel != brief.CHANNEL or (sms_length(reply.text) <= brief.ROOM and not reply.choices), reply
    left, _ = turned(state, Incoming(channel, "who", "left", IncomingKind.TEXT, "算了"), known)
    assert left.awaiting in ("", "place")
    turn = step(left, Incoming(channel, "who", "human", IncomingKind.TEXT, "人工"), known)
    assert turn.state.awaiting == "question" or any(isinstance(one, TakeConsultation) for one in turn.effects)


NAME, LAND, INCOME = "欧阳铁蛋", 37.25, 13579.0
SECRETS = (NAME, "铁蛋", "37.25", "13579", "特困", "19906400177")


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(st.tuples(CHANNELS, TEXTS.filter(lambda text: not any(one in text for one in SECRETS))), min_size=3, max_size=6))
def test_nothing_of_a_household_is_told_before_it_is_bound(
        database: Database, keyring: Keyring, clock: SetClock, tmp_path: Path, events: list[tuple[str, str]]) -> None:
    with database.writing() as session:
        if session.get(Resident, 1) is None:
            offices.found_places(session)
            offices.put_up(session, clock.now(), condition={"fact": "household.land", "at_least": 5})
            session.add(Household(id=1, reference="欧阳家", division=offices.VILLAGE, land=LAND,
                                  income_per_head=INCOME, updated_at=clock.now()))
            session.flush()
            session.add(Resident(id=1, household_id=1, reference="欧阳家-1", name=keyring.encrypt(NAME, "name"),
                                 name_index=keyring.index(NAME, "name"), is_head=True, updated_at=clock.now()))
            session.flush()
            contacts.bind(session, keyring, 1, "sms", "19906400177", clock.now()).verified = False
    reception = Reception(database, keyring, Library(database, tmp_path), clock, "http://zhida.test", b"0" * 32)
    addresses = {"wechat": "o-stranger", "sms": "19906400177", "web": "a" * 32, "telegram": "77"}
    for channel, text in (*events, ("sms", "我能办什么"), ("wechat", "我能享受什么"), ("sms", "我符合吗")):
        clock.advance(timedelta(seconds=5))
        incoming = Incoming(channel, addresses[channel], f"{clock.now().timestamp()}", IncomingKind.TEXT, text)
        for reply in reception.receive(incoming, clock.now()):
            said = " ".join((reply.text, *reply.choices, reply.link or ""))
            assert not any(secret in said for secret in SECRETS), said
