"""The site's processes end when they are told to, also before they answer."""

from __future__ import annotations

import subprocess
import sys

BEGINNING = """
import multiprocessing, signal, time
from web import serving

def begin():
    signal.signal(signal.SIGTERM, lambda *_: None)  # as the server does before it begins its processes
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
    child.start()
    child.terminate()
    child.join(30)
    print(child.exitcode)
    child.kill()

serving.entrypoint = begin
serving.main()
"""


def test_a_process_told_to_end_before_it_has_begun_does_not_swallow_it() -> None:
    done = subprocess.run([sys.executable, "-c", BEGINNING], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "-15"
