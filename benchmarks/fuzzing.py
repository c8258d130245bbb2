"""Ten thousand callbacks that nobody honest sends: no 5xx, no file or connection opened, memory that stays where it was."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from channels.simulators.running import start_simulators

PATIENCE = 3600
UNANSWERED = "the bot could not answer"


def fuzzed(count: int, seed: int = 5, folder: Path | None = None) -> dict[str, Any]:
    """Strike a site of its own process; `unanswered` are the callbacks the bot could only apologise for."""
    with tempfile.TemporaryDirectory() as name, start_simulators() as vendors:
        here = folder or Path(name)
        with open(here / "errors.log", "wb") as errors:
            done = subprocess.run([sys.executable, "-m", "tests.fuzzed_site", str(count), str(seed), str(here), vendors.address],
                                  stdout=subprocess.PIPE, stderr=errors, timeout=PATIENCE, check=False)
        said = (here / "errors.log").read_text("utf-8", "replace")
        if done.returncode:
            raise RuntimeError(f"the site under test ended with {done.returncode}: {said[-3000:]}")
        told: dict[str, Any] = json.loads(done.stdout.decode().strip().splitlines()[-1])
        return {**told, "unanswered": said.count(UNANSWERED)}
