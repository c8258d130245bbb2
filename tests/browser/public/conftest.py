"""The public pages on a real port, and Debian's Chromium to look at them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from channels.simulators.running import Running, start_simulators
from kernel.clock import CHINA, SetClock
from kernel.crypto import Keyring
from kernel.database import Base, Database
from tests.schema import load_models
from tests.servers import free_port
from tests.web.public import sample

CHROMIUM = Path("/usr/bin/chromium")
# Callbacks must be fresh, so vendors and site live at the same moment.
NOON = datetime(2026, 11, 23, 10, 0, tzinfo=CHINA)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; under CI it has to be there.

    Not kept for the session: while Playwright is open its event loop runs in this thread, and other tests want theirs.
    """
    if not CHROMIUM.exists() and os.environ.get("CI") != "true":
        pytest.skip("没有 Chromium，浏览器测试未做：apt-get install chromium fonts-wqy-microhei")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def port() -> int:
    """Where the site will answer; the vendors must know it before it is there."""
    return free_port()


@pytest.fixture(scope="session")
def vendors(port: int) -> Iterator[Running]:
    """The simulated vendors with their telephones; they bring callbacks to the site."""
    with start_simulators(hooks=f"http://127.0.0.1:{port}/hooks", clock=SetClock(NOON)) as running:
        yield running


@pytest.fixture(scope="session")
def codes() -> dict[str, str]:
    """The codes of the sample county once its site answers."""
    return {}


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory, vendors: Running, port: int, codes: dict[str, str]) -> Iterator[str]:
    """Where the sample county's site answers."""
    folder = tmp_path_factory.mktemp("site")
    clock = SetClock(NOON)
    load_models()
    database = Database(f"sqlite:///{folder / 'zhida.db'}")
    Base.metadata.create_all(database.engine)
    sample.fill(database, clock)
    codes.update(sample.tokens_of(database, clock))
    site = sample.open_site(database, Keyring([b"k" * 32]), clock, folder, vendors.config, simulate="1",
                            simulators_url=vendors.address)
    server = make_server("127.0.0.1", port, site, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.shutdown()
    thread.join(10)
    database.close()
