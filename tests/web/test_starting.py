"""What a process does not need it does not load: a worker stands by on an old machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("rooms", ["web.commands.processes", "web.commands.people", "web.app"])
def test_only_a_training_loads_the_library_that_trains(rooms: str) -> None:
    words = f"import sys, {rooms}; print(any(name in sys.modules for name in ('sklearn', 'onnxruntime', 'telegram')))"
    told = subprocess.run([sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_a_site_told_to_end_hears_it_before_it_loads_the_house() -> None:
    words = "import sys, web.wsgi; print('web.app' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
