"""An office's own installation: commands, web server and worker as processes, vendors simulated on the wire."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from channels.simulators.identity import demo_environment
from channels.simulators.running import Running, start_simulators
from tests.servers import free_port, wait_for_port

ROOT = Path(__file__).resolve().parents[2]
ZHIDA = Path(sys.executable).with_name("zhida")


@dataclass
class Office:
    """An installation and the vendors it talks to."""

    folder: Path
    environment: dict[str, str]
    simulators: Running
    site: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def zhida(self, *words: str, expect: int = 0, given: str = "") -> dict[str, Any]:
        """Run a command with --json; its object, after checking the exit code."""
        done = subprocess.run([ZHIDA, *words, "--json"], env=self.environment, cwd=self.folder, input=given,
                              capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == expect, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return told

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a long-lived process of the installation."""
        process = subprocess.Popen([ZHIDA, *words], env=self.environment, cwd=self.folder)
        self.processes.append(process)
        return process

    def page(self, path: str) -> str:
        """What a browser gets."""
        with urllib.request.urlopen(f"{self.site}{path}", timeout=20) as answer:
            return str(answer.read().decode())

    def end(self) -> None:
        """End every process that was started."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(30)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An empty installation with its schema, its site up and its vendors listening; no worker yet."""
    port = free_port()
    with ExitStack() as stack:
        simulators = stack.enter_context(start_simulators(hooks=f"http://127.0.0.1:{port}/hooks"))
        environment = {**os.environ, **demo_environment(simulators.address), "PORT": str(port), "SIMULATE": "1",
                       "DATABASE_URL": f"sqlite:///{tmp_path / 'zhida.db'}", "QUIET_HOURS": "", "COUNTY": "640425",
                       "PUBLIC_URL": f"http://127.0.0.1:{port}", "SIMULATORS_URL": simulators.address}
        made = Office(tmp_path, environment, simulators, f"http://127.0.0.1:{port}")
        stack.callback(made.end)
        made.zhida("db", "upgrade")
        wait_for_port(port, made.start("serve"))
        yield made
