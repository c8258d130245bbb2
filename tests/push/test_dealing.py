"""Calls dealt out among gateways: by weight, around those that rest, and never twice to one that refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Limits, Road
from channels.failures import Fault, Outcome, OutcomeKind
from channels.limits import OwnRates
from channels.messages import Purpose
from push.gateways import ASIDE_SECONDS, LONGEST_REST, Gateways
from push.pacing import TOLERATED
from push.planning import Word, word_on
from push.states import DeliveryState, Reason

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=72)
NOTICE = Purpose.NOTICE


@dataclass(frozen=True)
class Waiting:
    id: int
    alone: bool = False
    tried: str | None = None


class Silent:
    """A sender nobody sends over here."""

    def __init__(self, gateway: str, bulk: int = 10) -> None:
        self.gateway, self.limits, self.name = gateway, Limits(bulk=bulk, in_flight=4), "sms"


class Steady:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def gateways(clock: Steady | None = None, bulk: int = 10, **weights: int) -> Gateways:
    roads = [Road(Silent(name, bulk), weight) for name, weight in weights.items()]  # type: ignore[arg-type]
    return Gateways(roads, OwnRates(), clock or Steady())


def carried(pool: Gateways, rows: list[Waiting]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for name, part in pool.deal(rows, NOTICE)[0]:
        counted[name] = counted.get(name, 0) + len(part)
    return counted


def several(count: int, **more: Any) -> list[Waiting]:
    return [Waiting(number, **more) for number in range(1, count + 1)]


@given(first=st.integers(1, 9), second=st.integers(1, 9), groups=st.lists(st.integers(1, 400), min_size=4, max_size=30))
def test_each_gateway_carries_its_share_within_three_in_a_hundred(first: int, second: int, groups: list[int]) -> None:
    pool, counted = gateways(aliyun=first, tencent=second), {"aliyun": 0, "tencent": 0}
    for count in [*groups, 2000]:
        for name, messages in carried(pool, several(count)).items():
            counted[name] += messages
    total = sum(counted.values())
    assert counted["aliyun"] / total == pytest.approx(first / (first + second), abs=0.03)


def test_however_long_a_gateway_is_to_rest_it_is_tried_again_after_a_while() -> None:
    clock = Steady()
    pool = gateways(clock, aliyun=1)
    assert pool["aliyun"].let_rest(86_400) == pool.rest() == LONGEST_REST
    clock.at += LONGEST_REST
    assert carried(pool, several(5)) == {"aliyun": 5}


def test_a_gateway_without_a_share_stands_by() -> None:
    assert carried(gateways(aliyun=1, tencent=0), several(500)) == {"aliyun": 500}


def test_every_row_is_dealt_once_and_in_order() -> None:
    rows = [Waiting(number, alone=number % 7 == 0, tried="aliyun," if number % 5 == 0 else None) for number in range(1, 200)]
    calls, left = gateways(aliyun=2, tencent=1).deal(rows, NOTICE)
    assert left == 0
    assert [row.id for _, part in calls for row in part] == [row.id for row in rows]
    for name, part in calls:
        assert len(part) == 1 or not any(row.alone for row in part)
        assert len({row.tried for row in part}) == 1
        assert not (name == "aliyun" and part[0].tried)


def test_while_one_rests_the_others_carry_everything_and_nobody_makes_up_for_it_after() -> None:
    clock = Steady()
    pool = gateways(clock, aliyun=1, tencent=1)
    pool["aliyun"].let_rest(60)
    assert carried(pool, several(1000)) == {"tencent": 1000}
    clock.at += 60
    assert carried(pool, several(1000)) == pytest.approx({"aliyun": 500, "tencent": 500}, abs=10)


def test_a_gateway_on_trial_gets_one_call() -> None:
    clock = Steady()
    pool = gateways(clock, aliyun=1, tencent=0)
    for _ in range(TOLERATED):
        pool["aliyun"].breaker.note(is_good=False)
    assert carried(pool, several(100)) == {"tencent": 100}
    clock.at += pool["aliyun"].rest()
    assert carried(pool, several(100)) == {"aliyun": 10, "tencent": 90}


def test_who_refused_a_message_does_not_get_it_again_and_it_waits_for_the_other() -> None:
    pool = gateways(aliyun=1, tencent=0)
    pool["tencent"].let_rest(5)
    calls, left = pool.deal(several(20, tried="aliyun,"), NOTICE)
    assert (calls, left) == ([], 20)
    assert pool.patience() == pytest.approx(5)


def test_a_gateway_set_up_wrongly_is_passed_over_for_that_purpose_alone_and_tried_again_later() -> None:
    clock = Steady()
    pool = gateways(clock, aliyun=1, tencent=0)
    pool["aliyun"].set_aside(NOTICE)
    assert carried(pool, several(30)) == {"tencent": 30}
    assert pool.deal(several(30), Purpose.EMERGENCY)[0][0][0] == "aliyun"
    clock.at += ASIDE_SECONDS
    assert carried(pool, several(30)) == {"aliyun": 10, "tencent": 20}


def judged(pool: Gateways, kind: OutcomeKind, fault: Fault = Fault.GATEWAY, tried: str | None = None,
           wait: float = 60.0, **more: Any) -> tuple[Word, Word, bool]:
    outcome = Outcome(1, kind, code="x", words="y", wait=timedelta(seconds=wait), fault=fault, **more)
    alone = word_on(outcome, NOW, LATER)
    shift = pool.turn(outcome, alone, pool["aliyun"], tried, NOTICE, NOW, LATER)
    return alone, shift.word, shift.is_refused


@pytest.mark.parametrize("fault", [Fault.GATEWAY, Fault.LINE])
def test_a_refusal_for_the_gateways_own_sake_goes_on_over_another(fault: Fault) -> None:
    _, word, is_refused = judged(gateways(aliyun=1, tencent=0), OutcomeKind.REFUSED, fault)
    assert (word.state, word.due_at, is_refused) == (DeliveryState.PLANNED, NOW, True)


@pytest.mark.parametrize(("kind", "fault"), [
    (OutcomeKind.REFUSED, Fault.NUMBER), (OutcomeKind.REFUSED, Fault.CONTENT), (OutcomeKind.RECIPIENT_GONE, Fault.GATEWAY),
    (OutcomeKind.UNKNOWN, Fault.GATEWAY), (OutcomeKind.THROTTLED, Fault.NUMBER), (OutcomeKind.ACCEPTED, Fault.GATEWAY)])
def test_what_is_unknown_or_the_numbers_or_the_words_fault_stays_as_it_is(kind: OutcomeKind, fault: Fault) -> None:
    alone, word, is_refused = judged(gateways(aliyun=1, tencent=0), kind, fault)
    assert (word, is_refused) == (alone, False)


def test_a_message_refused_by_all_has_failed() -> None:
    _, word, is_refused = judged(gateways(aliyun=1, tencent=0), OutcomeKind.REFUSED, tried="tencent,")
    assert (word.state, word.reason, is_refused) == (DeliveryState.FAILED, Reason.VENDOR_REFUSED, False)


def test_a_throttled_message_goes_at_once_over_another_or_when_the_first_is_back() -> None:
    pool = gateways(aliyun=1, tencent=0)
    assert judged(pool, OutcomeKind.THROTTLED)[1].due_at == NOW
    pool["tencent"].let_rest(20)
    due_at = judged(pool, OutcomeKind.THROTTLED)[1].due_at
    assert due_at is not None
    assert timedelta(seconds=15) < due_at - NOW <= timedelta(seconds=20)
    pool["tencent"].let_rest(200)
    assert judged(pool, OutcomeKind.THROTTLED)[1].due_at == NOW + timedelta(seconds=60)


def test_only_when_no_gateway_is_left_the_dispatch_is_held() -> None:
    pool = gateways(aliyun=1, tencent=0)
    assert not judged(pool, OutcomeKind.MISCONFIGURED)[1].holds
    pool["tencent"].set_aside(NOTICE)
    assert judged(pool, OutcomeKind.MISCONFIGURED)[1].holds


def test_where_one_refused_and_the_others_are_set_up_wrongly_the_refusal_is_the_answer() -> None:
    _, word, _ = judged(gateways(aliyun=1, tencent=0), OutcomeKind.MISCONFIGURED, tried="tencent,")
    assert (word.state, word.holds) == (DeliveryState.FAILED, False)


def test_the_only_gateway_keeps_todays_ways() -> None:
    for kind in OutcomeKind:
        alone, word, _ = judged(gateways(aliyun=1), kind)
        assert word == alone
