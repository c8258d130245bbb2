"""Rates that bind every worker process: one bucket a gateway in Redis, counted by the server's own time.

Where Redis does not answer, each process keeps to its declared share by itself and says so in the log; it tries again soon.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from channels.limits import OwnRate, Rate

PREFIX = "zhida:rate:"
ANSWER_SECONDS = 1.0
AGAIN_SECONDS = 5.0
# A bucket nobody takes from is full again long before it is forgotten.
KEPT_SECONDS = 3600

# KEYS: the bucket, the rest. ARGV: rate, size, count. Gives milliseconds to wait, 0 when the messages may go.
_TAKE = """
local rest = redis.call('PTTL', KEYS[2])
if rest > 0 then return rest end
local rate, size, count = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if rate <= 0 then return 0 end
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local kept = redis.call('HMGET', KEYS[1], 'level', 'at')
local level, at = tonumber(kept[1] or size), tonumber(kept[2] or now)
level = math.min(size, level + math.max(0, now - at) * rate)
local wanted = math.min(count, size)
if level < wanted then return math.max(1, math.ceil((wanted - level) / rate * 1000)) end
redis.call('HSET', KEYS[1], 'level', tostring(level - count), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 0
"""
# A longer rest stands; a shorter one does not cut it.
_REST = """
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) end
return 0
"""

log = structlog.get_logger(__name__)


class SharedRates:
    """Rates of all processes together."""

    def __init__(self, url: str, share: float = 1.0) -> None:
        """`share` of a rate is what this process keeps to while Redis is away: 1 over the number of worker processes."""
        # No `socket_timeout`: with one the client writes inside `asyncio.wait_for`, which on Python 3.11 now and then loses the
        # cancellation of its task. Who waits is told by `_asked` when it was long enough.
        self._redis = Redis.from_url(url, socket_timeout=None, socket_connect_timeout=ANSWER_SECONDS, decode_responses=True)
        self._share = share

    def of(self, gateway: str, per_second: float, size: float) -> Rate:
        """The one rate of a gateway for all."""
        return SharedRate(self._redis, gateway, per_second, size, self._share)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()


class SharedRate:
    """One gateway's rate."""

    def __init__(self, redis: Redis, gateway: str, per_second: float, size: float, share: float) -> None:
        """`per_second` and `size` hold for all processes together."""
        self._redis = redis
        self._gateway = gateway
        self._keys = (f"{PREFIX}{gateway}", f"{PREFIX}{gateway}:rest")
        self._figures = (per_second, size)
        self._own = OwnRate(per_second * share, max(1.0, size * share))
        self._take, self._rest = redis.register_script(_TAKE), redis.register_script(_REST)
        self._away_until = 0.0

    async def take(self, count: int) -> float:
        """0 when `count` messages may go now; otherwise seconds after which to ask again."""
        if self._figures[0] <= 0:
            return 0.0  # a rest is looked for now and then, not before every call
        wait = await self._asked(lambda: self._take(keys=self._keys, args=[*self._figures, count, KEPT_SECONDS]))
        return await self._own.take(count) if wait is None else int(wait) / 1000

    async def rest(self, seconds: float) -> None:
        """Let the gateway rest for all processes."""
        if seconds > 0:
            await self._asked(lambda: self._rest(keys=self._keys[1:], args=[math.ceil(seconds * 1000)]))

    async def resting(self) -> float:
        """Seconds for which the gateway still rests."""
        return max(0, int(await self._asked(lambda: self._redis.pttl(self._keys[1])) or 0)) / 1000

    async def _asked(self, question: Callable[[], Awaitable[Any]]) -> Any:
        """What Redis answers; None while it is away."""
        if time.monotonic() < self._away_until:
            return None
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await question()
        except (RedisError, OSError) as error:
            self._away_until = time.monotonic() + AGAIN_SECONDS
            log.warning("redis did not answer: this process keeps to its own share of the rate", gateway=self._gateway,
                        kind=type(error).__name__, again_in=AGAIN_SECONDS)
            return None
