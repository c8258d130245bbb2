"""A site of two processes: every event answered once whichever hears it, one process begun anew beside the other, a polite end."""

from __future__ import annotations

import os
import signal
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from channels.simulators.identity import demo_config, demo_environment
from channels.simulators.letters import WechatLetters
from channels.simulators.running import start_simulators
from tests.journeys.conftest import Office
from tests.servers import free_port, wait_for_port

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are looked up under /proc")


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Office]:
    """A site of two processes on an empty installation."""
    port = free_port()
    with ExitStack() as stack:
        simulators = stack.enter_context(start_simulators(hooks=f"http://127.0.0.1:{port}/hooks"))
        environment = {**os.environ, **demo_environment(simulators.address), "PORT": str(port), "SIMULATE": "1", "SITE_PROCESSES": "2",
                       "DATABASE_URL": f"sqlite:///{tmp_path / 'zhida.db'}", "COUNTY": "640425", "SIMULATORS_URL": simulators.address}
        made = Office(tmp_path, environment, simulators, f"http://127.0.0.1:{port}")
        stack.callback(made.end)
        made.zhida("db", "upgrade")
        wait_for_port(port, made.start("serve"))
        yield made


def brought(office: Office, letters: WechatLetters, words: str, number: int) -> str | None:
    """One try of the platform's over a connection of its own."""
    one = letters.text("o-wang", words, number, datetime.now(UTC))
    asked = urllib.request.Request(f"{office.site}/hooks/{one.hook}", one.body, {"Content-Type": one.content_type})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return letters.reply_text(answer.read())


def workers(office: Office) -> set[int]:
    """The pids of the processes that answer."""
    parent = office.processes[0].pid
    return set(map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()))


def test_two_processes_answer_each_event_once_and_end_politely(two: Office) -> None:
    letters = WechatLetters(demo_config(two.simulators.address).wechat)
    with ThreadPoolExecutor(8) as platform:
        for number, words in enumerate(("人工", "房子漏雨找谁"), start=1):
            told = set(platform.map(lambda _, number=number, words=words: brought(two, letters, words, number), range(8)))
            # On a machine so busy that the answer is late it comes as a message of its own, and no try gets one.
            assert len(told - {None}) <= 1
    before = workers(two)
    assert len(before) == 2
    killed = min(before)
    os.kill(killed, signal.SIGKILL)
    until = time.monotonic() + 60
    while time.monotonic() < until and (killed in workers(two) or len(workers(two)) < 2):
        time.sleep(0.2)
    assert len(workers(two) - before) == 1
    wait_for_port(int(two.environment["PORT"]), two.processes[0])  # the one that was left may only have begun to load
    assert brought(two, letters, "人工", 1) is not None
    left = workers(two)
    two.processes[0].terminate()
    assert two.processes[0].wait(30) == 0
    assert not [pid for pid in left if Path(f"/proc/{pid}").exists()]


def test_a_site_that_is_still_starting_ends_when_told(two: Office) -> None:
    two.processes[0].terminate()
    assert two.processes[0].wait(30) == 0
