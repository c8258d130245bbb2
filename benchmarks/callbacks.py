"""The vendors' callbacks: two hundred residents at once on a real site, and ten thousand callbacks that nobody honest sends.

`callbacks.sqlite`, `callbacks.postgresql` and `callbacks.fuzz` measure one alone. On each database the site runs once with each
number of processes in PROCESSES (1,2), and on each stand three scenes: everybody says one thing at the same instant (burst);
everybody says something, waits for the answer, thinks one to three seconds and goes on, which is quicker than people read and
type (stress); the same with five to fifteen seconds (life). The residents and the simulated vendors share the machine with the
site: `processor_seconds` tells whose work it was. The county is the demo's, with ENTRIES entries more.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.answering import synthetic
from benchmarks.processor import Meter, family, resident_megabytes
from benchmarks.residents import Crowd
from channels.simulators.identity import demo_config, demo_environment
from tests.servers import free_port, start_postgres, wait_for_port

RESIDENTS = int(os.environ.get("RESIDENTS", "200"))
ENTRIES = int(os.environ.get("ENTRIES", "0"))
PROCESSES = tuple(int(one) for one in os.environ.get("PROCESSES", "1,2").split(","))
STRESS, LIFE = (1.0, 3.0), (5.0, 15.0)
"""Seconds between an answer and the next message, evenly spread."""
STRESS_SECONDS = float(os.environ.get("STRESS_SECONDS", "20"))
LIFE_SECONDS = float(os.environ.get("LIFE_SECONDS", "30"))
WARMING = 5.0
PARTS = ("sqlite", "postgresql", "fuzz")
ZHIDA = Path(sys.executable).with_name("zhida")


def measure(part: str = "") -> dict[str, Any]:
    """All parts, or one of them."""
    return {name: _fuzzed() if name == "fuzz" else residents(name) for name in PARTS if part in ("", name)}


def residents(kind: str) -> dict[str, Any]:
    """Two hundred residents on one database."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder, meter = Path(name), Meter()
        folder.chmod(0o755)
        vendors = stack.enter_context(_running([sys.executable, "-m", "channels.simulators", "--failing", "0"], {**os.environ}, None))
        url = f"sqlite:///{folder / 'zhida.db'}" if kind == "sqlite" else stack.enter_context(_postgres(folder, meter))
        environment = {**os.environ, **demo_environment(vendors[0]), "DATABASE_URL": url, "SIMULATE": "force",
                       "SIMULATORS_URL": vendors[0], "SMS_GATEWAYS": "aliyun", "DATA_KEY": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
                       "SECRET_KEY": "measured", "QUIET_HOURS": ""}
        questions = _filled(folder, environment)
        return {f"{count} site processes": _site(count, environment, folder, vendors[0], questions, meter) for count in PROCESSES}


def _site(processes: int, environment: dict[str, str], folder: Path, vendors: str, questions: list[str], meter: Meter) -> dict[str, Any]:
    """The three scenes on a site of so many processes."""
    role = f"site of {processes}"
    with _running([str(ZHIDA), "serve"], {**environment, "SITE_PROCESSES": str(processes)}, folder / "site.log") as (address, pid):
        meter.watch(role, pid)

        def crowd(residents: int, messages: int, seed: int) -> Crowd:
            return Crowd(address, demo_config(vendors).wechat, questions, residents, messages, seed)

        # The first question waits until the answers are in memory, in each process.
        asyncio.run(crowd(4 * processes, 60, 1).talk(WARMING, (0.1, 0.3)))
        burst, stress = crowd(RESIDENTS, 1, 2), crowd(RESIDENTS, int(STRESS_SECONDS / STRESS[0]) + 1, 3)
        life = crowd(RESIDENTS, int(LIFE_SECONDS / LIFE[0]) + 1, 4)
        figures = {"burst": _scene(burst, burst.at_once(), vendors, meter, role)}
        figures["stress"] = _scene(stress, stress.talk(STRESS_SECONDS, STRESS), vendors, meter, role)
        figures["life"] = _scene(life, life.talk(LIFE_SECONDS, LIFE), vendors, meter, role)
        return {"residents": RESIDENTS, "entries": ENTRIES, "site_megabytes": round(sum(map(resident_megabytes, family(pid)))), **figures}


def _scene(crowd: Crowd, doing: Coroutine[Any, Any, None], vendors: str, meter: Meter, role: str) -> dict[str, Any]:
    late, before, own, begun = _said_late(vendors), meter.spent(), time.process_time(), time.monotonic()
    asyncio.run(doing)
    took, spent, tally, own = time.monotonic() - begun, meter.since(before), crowd.tally, time.process_time() - own
    time.sleep(3.0)
    calls = sum(tally.statuses.values())
    return {
        "seconds": round(took, 1), "callbacks": calls, "per_second": round(calls / took, 1), "milliseconds": {
            name: round(tally.quantile(share) * 1000) for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("most", 1.0))},
        "statuses": {str(status): count for status, count in sorted(tally.statuses.items())}, "not_answered_in_time": tally.lost,
        "messages": tally.messages, "answered": tally.answered, "said_late": _said_late(vendors) - late, "repeats": tally.repeats,
        "two_answers": len(tally.two_answers), "site_milliseconds_a_callback": round(1000 * spent[role] / calls, 2) if calls else None,
        "site_cores": round(spent[role] / took, 2), "processor_seconds": {**spent, "residents": round(own, 1)},
    }


def _said_late(vendors: str) -> int:
    """客服消息 that went out: answers that came too late for the callback."""
    with urllib.request.urlopen(f"{vendors}/control/ledger", timeout=30) as answer:
        return sum(1 for vendor, *_ in json.load(answer)["taken"] if vendor == "wechat_custom")


def _filled(folder: Path, environment: dict[str, str]) -> list[str]:
    """The demo county and the entries; gives what the residents ask."""
    entries = synthetic(ENTRIES, 2 * ENTRIES) if ENTRIES else []
    lines = [json.dumps({"id": one.id, "question": one.question, "similar": list(one.similar), "answer": f"{one.question}：请到村委会办理，带身份证。",
                         "office": "县政务服务中心", "source": "演示"}, ensure_ascii=False) for one in entries]
    (folder / "entries.jsonl").write_text("\n".join(lines), encoding="utf-8")
    steps: list[tuple[str, ...]] = [("db", "upgrade"), ("demo", "load")]
    if entries:
        steps.append(("knowledge", "import", str(folder / "entries.jsonl")))
    for step in steps:
        done = subprocess.run([ZHIDA, *step], env=environment, check=False, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"zhida {' '.join(step)}: {done.stdout[-500:]} {done.stderr[-2000:]}")
    asked = [json.loads(line)["query"] for line in Path("web/demo/data/resident-questions.jsonl").read_text("utf-8").splitlines()]
    return asked + [f"请问{one.question}" for one in entries[:400]]


@contextmanager
def _running(program: list[str], environment: dict[str, str], log: Path | None) -> Iterator[tuple[str, int]]:
    """A process that answers HTTP, its address and pid."""
    port = free_port()
    given = [] if log else ["--port", str(port)]
    with open(log or os.devnull, "ab") as out:
        process = subprocess.Popen([*program, *given], env={**environment, "PORT": str(port)}, stdout=out, stderr=out)
        try:
            wait_for_port(port, process, 120)
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def _postgres(folder: Path, meter: Meter) -> Iterator[str]:
    data = folder / "postgres"
    data.mkdir()
    with start_postgres(data) as server:
        meter.watch("database", int((data / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0]))
        yield f"{server}/postgres"


def _fuzzed() -> dict[str, Any]:
    from benchmarks.fuzzing import fuzzed

    return fuzzed(int(os.environ.get("CALLBACKS", "10000")))
