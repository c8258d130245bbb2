"""The processes of this room: the worker that sends, and the clock that tidies up and rings.

Without Redis no message crosses a process: each worker looks for itself every fifth of a second and rings its own
in-process bell, so that a worker alone finishes a dispatch. With Redis the clock rings for all.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial

import structlog
import uvloop
from dramatiq import Worker
from dramatiq.broker import Broker
from dramatiq.brokers.stub import StubBroker
from sqlalchemy.exc import SQLAlchemyError

from channels.contract import Sender
from channels.limits import Rates
from kernel.clock import Clock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.http import Network
from kernel.queue import ring
from profiles.facts import REGISTER, Catalogue
from push.delivery import Delivery
from push.settings import PushSettings
from push.tasks import Sweeper, open_bell

LOOK_SECONDS = 0.2
# Where a clock rings for all, a worker still looks now and then: the clock may be down.
SELDOM_SECONDS = 5.0
# How long a listener that hears nothing takes to notice that it should end; it ends in two such steps.
LISTEN_MILLISECONDS = 200
# The thread at the rows and the one at the line take turns. Python's own 5 ms are longer than a whole call: the line
# would stand still whenever it gave up its turn for a moment, to hash a body or to draw a nonce.
TURN_SECONDS = 0.0005

log = structlog.get_logger(__name__)


def run_worker(database: Database, keyring: Keyring, senders: Mapping[str, Sender], network: Network, broker: Broker,
               clock: Clock, settings: PushSettings, stop: threading.Event, rates: Rates | None = None,
               catalogue: Catalogue = REGISTER) -> None:
    """Send until `stop` is set, then finish what is in flight; raises what brought the sending down.

    `rates` are the gateways' rates where other processes send too; `catalogue` reads the conditions of what is released by now.
    """
    sys.setswitchinterval(TURN_SECONDS)
    delivery = Delivery(database, keyring, senders, network, clock, settings, worker_name(), rates)
    bell = open_bell(broker, delivery.ring)
    listener = Worker(broker, worker_threads=1, worker_timeout=LISTEN_MILLISECONDS)
    failed: list[BaseException] = []
    sweeper = Sweeper(database, clock, settings, partial(ring, bell), catalogue)
    seconds = LOOK_SECONDS if isinstance(broker, StubBroker) else SELDOM_SECONDS
    threads = [threading.Thread(target=_kept, args=(lambda: _deliver(delivery), failed, stop), name="delivery-loop"),
               threading.Thread(target=_kept, args=(lambda: _look_until(stop, sweeper, seconds), failed, stop), name="sweep")]
    for thread in threads:
        thread.start()
    listener.start()
    log.info("worker started", channels=",".join(sorted(senders)))
    try:
        # Nothing else here: a signal is heard between two steps of this thread, not in the middle of a statement of the sweep.
        stop.wait()
    finally:
        stop.set()
        delivery.stop()
        # One whose broker is gone sleeps three seconds between two tries: nothing it has is of worth.
        listener.stop(timeout=5 * LISTEN_MILLISECONDS)
        for thread in threads:
            thread.join()
        log.info("worker ended")
    if failed:
        raise failed[0]


def run_clock(database: Database, broker: Broker, clock: Clock, settings: PushSettings, stop: threading.Event,
              catalogue: Catalogue = REGISTER) -> None:
    """Tidy up until `stop` is set, and ring for what is due where a bell reaches other processes."""
    reaches_others = not isinstance(broker, StubBroker)
    rung: Callable[[int], object] = partial(ring, open_bell(broker, _deaf)) if reaches_others else _deaf
    _look_until(stop, Sweeper(database, clock, settings, rung, catalogue), LOOK_SECONDS if reaches_others else 1.0)


def worker_name() -> str:
    """A name no other process has, also after this one's number is used again."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"


def _deliver(delivery: Delivery) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(delivery.run())


def _kept(work: Callable[[], None], failed: list[BaseException], stop: threading.Event) -> None:
    """Do a thread's work; what brings it down ends the process, which says so."""
    try:
        work()
    except BaseException as error:
        log.exception("the worker broke down", thread=threading.current_thread().name)
        failed.append(error)
        stop.set()


def _look_until(stop: threading.Event, sweeper: Sweeper, seconds: float) -> None:
    while not stop.is_set():
        try:
            sweeper.look()
        except SQLAlchemyError as error:
            log.warning("the sweep could not look, trying again", kind=type(error).__name__)
        stop.wait(seconds)


def _deaf(batch_id: int) -> None:
    """A bell in a process that sends nothing itself."""
