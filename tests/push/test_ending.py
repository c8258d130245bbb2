"""A worker that is told to end sends nothing more, whatever else it is busy with."""

from __future__ import annotations

import threading

import pytest

from channels.registry import Channels
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.http import Network, loopback_only
from kernel.queue import open_broker
from push import dispatches, worker
from push.settings import PushSettings
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone
from tests.push.running import SECONDS, house_around


def test_the_sending_ends_while_a_look_at_the_rows_still_lasts(
        both_databases: Database, keyring: Keyring, channels: Channels, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    looking, looked, stop = threading.Event(), threading.Event(), threading.Event()

    class Slow:
        """A look that lasts, as one does at the rows of a whole county or behind another's lock."""

        def __init__(self, *given: object) -> None:
            """Whatever a sweeper is given."""

        def look(self) -> int:
            looking.set()
            looked.wait(2 * SECONDS)
            return 0

    monkeypatch.setattr(worker, "Sweeper", Slow)
    running = threading.Thread(target=worker.run_worker, args=(
        both_databases, keyring, channels.senders, Network(loopback_only), open_broker(None), clock, PushSettings(), stop))
    running.start()
    try:
        assert looking.wait(SECONDS)
        sending = next(thread for thread in threading.enumerate() if thread.name == "delivery-loop")
        stop.set()
        sending.join(SECONDS)
        assert not sending.is_alive()
        assert running.is_alive()
    finally:
        looked.set()
        running.join(SECONDS)
    assert not running.is_alive()


@pytest.mark.parametrize("both_databases", ["sqlite"], indirect=True)
def test_a_worker_whose_redis_is_gone_sends_by_itself_and_ends_without_waiting_for_it(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    # Longer than the worker may take to end here.
    monkeypatch.setattr("dramatiq.worker.CONSUMER_RESTART_DELAY_SECS", 2 * SECONDS)
    county.household_with_phone("王家", phone(1))
    approve_notice(county.session, clock.now(), deadline=None)
    county.session.commit()
    with house_around(both_databases, keyring, clock.now(), PushSettings(quiet_hours="")) as house:
        number = dispatches.send(both_databases, house.channels, reference=REFERENCE, actor=SENDER, now=clock.now(),
                                 settings=house.settings).dispatch
        with house.worker(open_broker("redis://127.0.0.1:9/0")):
            house.until_states(number, delivered=1)
