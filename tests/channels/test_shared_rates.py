"""One rate for all processes: a bucket in Redis, a rest that binds everybody, and a share of one's own while Redis is away."""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

import pytest
import uvloop

from channels.limits import OwnRate, Rate
from channels.shared_rates import ANSWER_SECONDS, SharedRates
from tests.servers import free_port

RATE, SIZE = 200.0, 20.0

TAKER = """
import asyncio, sys, time
from channels.shared_rates import SharedRates

async def main(url, gateway):
    rates = SharedRates(url)
    rate, taken = rates.of(gateway, 200.0, 20.0), 0
    print("ready", flush=True)
    sys.stdin.readline()
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        wait = await rate.take(5)
        taken += 0 if wait else 5
        await asyncio.sleep(min(wait, 0.05))
    await rates.close()
    print(taken)

asyncio.run(main(*sys.argv[1:]))
"""


def test_two_processes_share_one_rate(redis_url: str) -> None:
    gateway = secrets.token_hex(4)
    takers = [subprocess.Popen([sys.executable, "-c", TAKER, redis_url, gateway], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        for one in takers:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        began = time.monotonic()
        for one in takers:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        taken = [int(one.stdout.readline()) for one in takers if one.stdout is not None]
        spent = time.monotonic() - began
    finally:
        for one in takers:
            one.kill()
            one.communicate()
    assert all(taken)
    assert sum(taken) <= SIZE + RATE * spent


async def taken_at_once(rate: Rate, count: int = 1) -> int:
    taken = 0
    while not await rate.take(count):
        taken += count
    return taken


def test_a_rest_of_one_binds_the_other_and_a_shorter_one_does_not_cut_it(redis_url: str) -> None:
    async def scene() -> None:
        gateway = secrets.token_hex(4)
        here, there = SharedRates(redis_url), SharedRates(redis_url)
        one, other = here.of(gateway, RATE, SIZE), there.of(gateway, RATE, SIZE)
        assert await other.take(1) == 0
        await one.rest(60)
        await other.rest(1)
        assert 50 < await other.take(1) <= 60
        assert 50 < await other.resting() <= 60
        await here.close()
        await there.close()

    asyncio.run(scene())


def test_without_redis_each_process_keeps_to_its_share_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    async def scene() -> int:
        rates = SharedRates(f"redis://127.0.0.1:{free_port()}/0", share=0.25)
        rate = rates.of("aliyun", 4.0, 40.0)
        taken = await taken_at_once(rate)
        assert await rate.resting() == 0
        await rates.close()
        return taken

    assert asyncio.run(scene()) == 10
    assert capsys.readouterr().out.count("keeps to its own share") == 1


@pytest.mark.parametrize("made", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_who_waits_for_redis_can_be_told_to_end_at_any_step(redis_url: str, made: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """A lane ends what looks for rests; an end that gets lost on the way lets the worker stand for ever."""

    async def steps_in_vain(question: Callable[[Rate], Awaitable[float]]) -> list[int]:
        in_vain = []
        for step in range(30):
            rates = SharedRates(redis_url)
            rate = rates.of(secrets.token_hex(4), RATE, SIZE)
            if step % 2:
                await rate.resting()  # the connection stands
            task = asyncio.ensure_future(question(rate))
            for _ in range(step // 2):
                await asyncio.sleep(0)
            is_told = task.cancel()
            await asyncio.wait([task])
            if is_told and not task.cancelled():
                in_vain.append(step)
            await rates.close()
        return in_vain

    with asyncio.Runner(loop_factory=made) as runner:
        assert runner.run(steps_in_vain(lambda rate: rate.resting())) == []
        assert runner.run(steps_in_vain(lambda rate: rate.take(1))) == []


def test_redis_that_takes_the_call_and_says_nothing_is_not_waited_for() -> None:
    async def scene() -> float:
        silent = await asyncio.start_server(lambda reader, writer: asyncio.sleep(30), "127.0.0.1", 0)
        port = silent.sockets[0].getsockname()[1]
        rates = SharedRates(f"redis://127.0.0.1:{port}/0")
        began = time.monotonic()
        assert await rates.of("aliyun", RATE, SIZE).take(1) == 0
        spent = time.monotonic() - began
        await rates.close()
        silent.close()
        return spent

    assert asyncio.run(scene()) < 2 * ANSWER_SECONDS


def test_a_call_larger_than_the_bucket_goes_when_it_is_full() -> None:
    clock = [0.0]
    rate = OwnRate(2.0, 10.0, lambda: clock[0])

    async def scene() -> None:
        assert await rate.take(15) == 0
        assert await rate.take(15) == pytest.approx(7.5)
        clock[0] = 7.5
        assert await rate.take(15) == 0

    asyncio.run(scene())
