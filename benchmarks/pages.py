"""Landing pages a second through the whole application, against a bare Flask page behind the same server."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.servers import free_port, wait_for_port

SECONDS = 4.0
CLIENTS = 8
BARE = '''
from flask import Flask
def create():
    app = Flask(__name__)
    app.add_url_rule("/", "page", lambda: "<!doctype html><title>x</title><p>hello")
    return app
'''


def measure() -> dict[str, Any]:
    """Pages a second of both, and their ratio, taken turn by turn so that a slow minute hits both."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "bare_page.py").write_text(BARE, encoding="utf-8")
        environment = {**os.environ, "DATABASE_URL": f"sqlite:///{folder / 'zhida.db'}", "SIMULATE": "1",
                       "PYTHONPATH": f"{folder}:{Path.cwd()}"}
        zhida = Path(sys.executable).with_name("zhida")
        for step in (("db", "upgrade"), ("demo", "load")):
            subprocess.run([zhida, *step], env=environment, check=True, stdout=subprocess.DEVNULL)
        path = f"/q/{_token(environment)}"
        with _serving("web.wsgi:create", environment) as ours, _serving("bare_page:create", environment) as bare:
            rounds = [(_rate(f"{ours}{path}"), _rate(f"{bare}/")) for _ in range(3)]
    landing, plain = sorted(rounds, key=lambda pair: pair[0] / pair[1])[1]
    return {"landing_pages_per_second": round(landing), "bare_pages_per_second": round(plain),
            "ratio": round(landing / plain, 3), "clients": CLIENTS}


def _token(environment: dict[str, str]) -> str:
    program = ("from web.compose import compose\nfrom sqlalchemy import select\nfrom qrcodes.models import Code\n"
               "from qrcodes import tokens\nhouse = compose()\nwith house.database.reading() as s:\n"
               " print(tokens.make(s.scalars(select(Code.id).where(Code.target == '640425100200')).one(), house.token_key))")
    done = subprocess.run([sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True)
    return done.stdout.strip().splitlines()[-1]


@contextmanager
def _serving(factory: str, environment: dict[str, str]) -> Iterator[str]:
    port = free_port()
    program = [str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--factory", "--port", str(port),
               "--workers", "1", "--blocking-threads", "16", "--no-ws", "--log-level", "error", factory]
    server = subprocess.Popen(program, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port, server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def _rate(address: str) -> float:
    counts = [0] * CLIENTS
    until = time.perf_counter() + SECONDS

    def ask(number: int) -> None:
        request = urllib.request.Request(address, headers={"User-Agent": "Mozilla/5.0 benchmark"})
        while time.perf_counter() < until:
            with urllib.request.urlopen(request, timeout=10) as answer:
                answer.read()
            counts[number] += 1

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS
