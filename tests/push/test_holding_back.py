"""What keeps a call that is written down from leaving: a rest that binds every process and is not the same for all, and its own age."""

from __future__ import annotations

import time
from datetime import timedelta

from sqlalchemy import func, select

from channels.limits import OwnRate
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from push.models import Attempt, Delivery
from push.states import AttemptState
from tests.push.county import County, phone
from tests.push.test_delivery import FAST, ON_SQLITE, open_house, people, release

REST_SECONDS = 4.0


class Board:
    """Rates of a process that hears of others' rests and tells of its own."""

    def __init__(self, heard: float = 0.0) -> None:
        self.heard, self.told = heard, dict[str, float]()
        self.heard_at = 0.0

    def of(self, gateway: str, per_second: float, size: float) -> OwnRate:
        board = self

        class Heard(OwnRate):
            async def rest(self, seconds: float) -> None:
                board.told[gateway] = seconds

            async def resting(self) -> float:
                # Once: whoever hears a rest keeps to it without being told again.
                if gateway != "aliyun" or not board.heard:
                    return 0.0
                seconds, board.heard, board.heard_at = board.heard, 0.0, time.time()
                return seconds

        return Heard(per_second, size)

    async def close(self) -> None:
        """Nothing was opened."""


@ON_SQLITE
def test_whoever_is_told_to_be_quiet_tells_the_other_processes(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    board = Board()
    with open_house(both_databases, keyring, clock, SMS_GATEWAYS="aliyun") as house:
        house.vendors.faults.add("status", 429, vendor="aliyun", times=1)
        people(county, 5)
        number = release(house, county)
        with house.worker(rates=board):
            house.until_states(number, delivered=5)
    assert board.told["aliyun"] > 0


@ON_SQLITE
def test_nothing_leaves_while_another_process_lets_the_gateway_rest(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    board = Board(heard=REST_SECONDS)
    with open_house(both_databases, keyring, clock, SMS_GATEWAYS="aliyun") as house:
        people(county, 5)
        number = release(house, county)
        with house.worker(rates=board):
            house.until_states(number, delivered=5)
        heard_at = house.clock.start + timedelta(seconds=board.heard_at - house.clock.since)
        assert all((call.at - heard_at).total_seconds() > REST_SECONDS - 0.1 for call in house.vendors.ledger.calls)


@ON_SQLITE
def test_calls_that_were_told_to_wait_do_not_all_come_again_at_once(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock, SMS_GATEWAYS="aliyun", ALIYUN_SMS_BULK="1") as house:
        house.vendors.faults.add("errcode", "Throttling.User", vendor="aliyun")
        people(county, 12)
        release(house, county)

        def rests() -> list[float]:
            with both_databases.reading() as session:
                told = session.execute(select(Delivery.due_at, Attempt.answered_at).join(Attempt, Attempt.id == Delivery.attempt_id)
                                       .where(Delivery.due_at.is_not(None), Attempt.answered_at.is_not(None)))
                return [(due - answered).total_seconds() for due, answered in told]

        with house.worker():
            house.until(lambda: len(rests()) == 12, "twelve that rest")
        assert max(rests()) - min(rests()) > 1


@ON_SQLITE
def test_a_call_that_waited_for_its_turn_too_long_is_taken_back_and_written_down_anew(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    """Its lease may be over, and others may be asking about it; four a second do not all leave within half a lease."""
    hasty = FAST.model_copy(update={"lease": 1.5})
    with open_house(both_databases, keyring, clock, hasty, SMS_GATEWAYS="aliyun", ALIYUN_SMS_BULK="1", ALIYUN_SMS_PER_SECOND="4") as house:
        people(county, 12)
        number = release(house, county)
        with house.worker():
            house.until_states(number, delivered=12)
        assert house.taken() == {phone(family): 1 for family in range(1, 13)}
    with both_databases.reading() as session:
        assert session.scalar(select(func.count()).where(Attempt.state == AttemptState.UNSENT))
