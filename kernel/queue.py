"""The bell: dramatiq carries ids of work that is already written down, and nothing that matters is lost with it."""

from __future__ import annotations

from collections.abc import Callable

import dramatiq
from dramatiq.broker import Broker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import BrokerConnectionError
from dramatiq.middleware import AgeLimit, ShutdownNotifications
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

# Measured: with these, what a killed worker held is handed on after some 5 s; the defaults took 466 s.
HEARTBEAT_MS = 10_000
MAINTENANCE_CHANCE = 1_000_000
BELL_LIFE_MS = 60_000
# The client would try for seconds: whoever rings waits for nobody, and what is not heard is found by looking.
ANSWER_SECONDS = 2.0


class Unheard(Exception):
    """The bell cannot be rung now: the broker is gone for a while."""


def open_broker(redis_url: str | None) -> Broker:
    """The in-process broker, or Redis when an address is given; retries stay with the rows, not the bell."""
    middleware = [AgeLimit(), ShutdownNotifications()]
    if redis_url:
        return RedisBroker(  # type: ignore[no-untyped-call]
            url=redis_url, middleware=middleware, heartbeat_timeout=HEARTBEAT_MS, maintenance_chance=MAINTENANCE_CHANCE,
            retry=Retry(NoBackoff(), 1), socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS)
    return StubBroker(middleware=middleware)


def bind(broker: Broker, name: str, queue: str, work: Callable[[int], None]) -> dramatiq.Actor[[int], None]:
    """Bind a plain function of one id to the broker as an actor.

    The function must not raise: the stub keeps dead letters for ever, and the sweep rings again anyway.
    """
    return dramatiq.Actor(work, broker=broker, actor_name=name, queue_name=queue, priority=0,
                          options={"max_age": BELL_LIFE_MS})


def ring(bell: dramatiq.Actor[[int], None], number: int) -> None:
    """Send an id; Unheard where the broker is gone."""
    try:
        bell.send(number)
    except (RedisError, BrokerConnectionError, OSError) as error:
        raise Unheard(type(error).__name__) from error
