"""One's own page in a browser: from the number to the page and out again, at 320, 360 and 1280 pixels, without script."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from channels.simulators.running import Running, start_simulators
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Base, Database
from profiles import consent, contacts
from profiles.models import HouseholdCrop, Resident
from tests.browser.public.conftest import NOON
from tests.browser.public.test_pages import LONG_LINES, RULES, SMALL_TARGETS, SMALL_TEXT
from tests.schema import load_models
from tests.servers import free_port
from tests.web.public import own, sample

PHONE = "19906400131"


@dataclass
class Place:
    """A site with one resident, and the telephones of its vendors."""

    address: str
    vendors: Running
    clock: SetClock

    def code(self, after: int) -> str:
        """The digits that arrive on the telephone after a message."""
        until = time.monotonic() + 15
        while time.monotonic() < until:
            for message in self.vendors.inbox.since(after, address=PHONE):
                if found := re.search(r"验证码(\d{6})", message["text"]):
                    return found[1]
            time.sleep(0.05)
        raise AssertionError("no code arrived")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder, clock, port, keyring = tmp_path_factory.mktemp("own"), SetClock(NOON), free_port(), Keyring([b"k" * 32])
    load_models()
    database = Database(f"sqlite:///{folder / 'zhida.db'}")
    Base.metadata.create_all(database.engine)
    sample.fill(database, clock)
    _family(database, keyring, clock)
    with start_simulators(hooks=f"http://127.0.0.1:{port}/hooks", clock=clock) as vendors:
        site = sample.open_site(database, keyring, clock, folder, vendors.config)
        server = make_server("127.0.0.1", port, site, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Place(f"http://127.0.0.1:{port}", vendors, clock)
        server.shutdown()
    database.close()


def _family(database: Database, keyring: Keyring, clock: SetClock) -> None:
    wang = own.resident(database, keyring, "王家", "王秀英", PHONE, clock.now(), birth_date=date(1960, 3, 1))
    with database.writing() as session:
        session.add(HouseholdCrop(household_id=session.get_one(Resident, wang).household_id, name="玉米", mu=5))
        contacts.bind(session, keyring, wang, "wechat", "o-wang", clock.now())
        consent.refuse(session, consent.PERSON, "sms", "养殖", "web", clock.now(), wang)


def opened(chromium: Browser, place: Place, width: int) -> Page:
    place.clock.advance(timedelta(hours=7))
    page = chromium.new_context(viewport={"width": width, "height": 720}, java_script_enabled=True).new_page()
    page.goto(f"{place.address}/me")
    return page


def is_well_set(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.evaluate(SMALL_TEXT, 18) == []
    assert page.evaluate(LONG_LINES) == []
    if width == 360:
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_every_step_fits_its_screen_and_can_be_read_and_pressed(chromium: Browser, place: Place, width: int) -> None:
    page, before = opened(chromium, place, width), place.vendors.inbox.last
    is_well_set(page, width)
    page.get_by_label("您的手机号").fill(PHONE)
    page.get_by_role("button", name="发验证码").click()
    expect(page.get_by_label("短信里的 6 个数字")).to_be_visible()
    is_well_set(page, width)
    page.get_by_label("短信里的 6 个数字").fill("1")
    page.get_by_role("button", name="核对").click()
    expect(page.get_by_role("alert")).to_contain_text("验证码不对")
    is_well_set(page, width)
    page.get_by_label("短信里的 6 个数字").fill(place.code(before))
    page.get_by_role("button", name="核对").click()
    expect(page.locator("main")).to_contain_text("您好，王*英")
    page.locator("#contacts summary").first.click()
    is_well_set(page, width)
    page.context.close()


def test_a_wish_is_kept_without_script(chromium: Browser, place: Place) -> None:
    place.clock.advance(timedelta(hours=7))
    before = place.vendors.inbox.last
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(f"{place.address}/me")
    page.get_by_label("您的手机号").fill(PHONE)
    page.get_by_role("button", name="发验证码").click()
    page.get_by_label("短信里的 6 个数字").fill(place.code(before))
    page.get_by_role("button", name="核对").click()
    box = page.get_by_label("种植，短信")
    assert box.is_checked()
    box.uncheck()
    page.get_by_role("button", name="记下").click()
    expect(page.get_by_role("status")).to_contain_text("记下了")
    assert not page.get_by_label("种植，短信").is_checked()
    page.get_by_role("button", name="看完了，退出").click()
    expect(page.locator("main")).not_to_contain_text("您好")
    page.context.close()
