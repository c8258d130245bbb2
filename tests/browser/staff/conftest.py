"""The console on a real port with its worker and simulated vendors, and Debian's Chromium at several desks."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from channels.simulators.running import Running, start_simulators
from push.worker import run_worker
from tests import houses
from tests.push.running import RunningClock
from tests.servers import free_port
from tests.web.staff import office
from web.app import create_app
from web.house import House

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass(frozen=True)
class LiveOffice:
    """Where the console answers, the house behind it, and the telephones it sends to."""

    address: str
    house: House
    vendors: Running

    def sit_down(self, browser: Browser, name: str, width: int = 1280, *, script: bool = True) -> Page:
        """A desk of one's own: a fresh browser signed in through the form."""
        context = browser.new_context(viewport={"width": width, "height": 800}, locale="zh-CN", java_script_enabled=script)
        page = context.new_page()
        page.goto(f"{self.address}/staff/sign-in")
        page.fill("#name", name)
        page.fill("#password", office.PASSWORD)
        page.click("button[type=submit]")
        return page


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; under CI it has to be there."""
    if not CHROMIUM.exists() and os.environ.get("CI") != "true":
        pytest.skip("没有 Chromium，浏览器测试未做：apt-get install chromium fonts-wqy-microhei")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    """The small county, open for work: site, worker, vendors; all on loopback, all ended with the module."""
    port, clock = free_port(), RunningClock(office.NOW)
    with ExitStack() as stack:
        vendors = stack.enter_context(start_simulators(hooks=f"http://127.0.0.1:{port}/hooks", clock=clock))
        folder = tmp_path_factory.mktemp("console")
        (folder / "zhida.db").write_bytes(office.filled_file())
        house = replace(houses.build(houses.sqlite_url(folder), vendors.config, simulators_url=vendors.address, **office.KEYS),
                        clock=clock)
        server = make_server("127.0.0.1", port, create_app(house), threaded=True)
        stop = threading.Event()
        threads = [threading.Thread(target=server.serve_forever, daemon=True),
                   threading.Thread(target=run_worker, daemon=True, args=(
                       house.database, house.keyring, house.channels.senders, house.network, house.broker, clock,
                       house.settings.push, stop))]
        for thread in threads:
            thread.start()
        yield LiveOffice(f"http://127.0.0.1:{port}", house, vendors)
        server.shutdown()
        stop.set()
        for thread in threads:
            thread.join(20)
        house.database.close()
