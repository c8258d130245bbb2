"""The bell: dramatiq carries ids of work that is already written down, and nothing that matters is lost with it."""

from __future__ import annotations

from collections.abc import Callable

import dramatiq
from dramatiq.broker import Broker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AgeLimit, ShutdownNotifications

# Measured: with these, what a killed worker held is handed on after some 5 s; the defaults took 466 s.
HEARTBEAT_MS = 10_000
MAINTENANCE_CHANCE = 1_000_000
BELL_LIFE_MS = 60_000


def open_broker(redis_url: str | None) -> Broker:
    """The in-process broker, or Redis when an address is given; retries stay with the rows, not the bell."""
    middleware = [AgeLimit(), ShutdownNotifications()]
    if redis_url:
        return RedisBroker(  # type: ignore[no-untyped-call]
            url=redis_url, middleware=middleware, heartbeat_timeout=HEARTBEAT_MS,
                           maintenance_chance=MAINTENANCE_CHANCE)
    return StubBroker(middleware=middleware)


def bind(broker: Broker, name: str, queue: str, work: Callable[[int], None]) -> dramatiq.Actor[[int], None]:
    """Bind a plain function of one id to the broker as an actor.

    The function must not raise: the stub keeps dead letters for ever, and the sweep rings again anyway.
    """
    return dramatiq.Actor(work, broker=broker, actor_name=name, queue_name=queue, priority=0,
                          options={"max_age": BELL_LIFE_MS})
