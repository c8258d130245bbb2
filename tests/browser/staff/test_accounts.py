"""An administrator keeps the accounts, and a newcomer chooses a password, on an office PC and on a telephone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser.staff.conftest import LiveOffice
from tests.web.staff import office

LIST, OF, OWN = "/staff/system", "/staff/system/accounts/of/", "/staff/account"
BEYOND = """() => [...document.querySelectorAll("main table")].filter(
    one => one.getBoundingClientRect().right > one.parentElement.getBoundingClientRect().right + 1).map(one => one.className)"""
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@pytest.mark.parametrize("width", [320, 1280])
def test_the_pages_fit_their_screen_and_stand_up_to_a_screen_reader(live: LiveOffice, chromium: Browser, width: int) -> None:
    page = live.sit_down(chromium, "石管理", width)
    for path in (LIST, f"{OF}祁坐席", f"{OF}祁坐席/change", f"{OF}祁坐席/password", f"{OF}祁坐席/close", OWN, f"{LIST}/checkup"):
        page.goto(live.address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(BEYOND) == [], path
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, found.generate_report()


def test_a_one_time_password_goes_from_hand_to_hand_and_a_stolen_session_ends(live: LiveOffice, chromium: Browser) -> None:
    stolen = live.sit_down(chromium, "祁坐席", 360, script=False)
    expect(stolen.locator("main")).to_contain_text("等我办")
    admin = live.sit_down(chromium, "石管理", script=False)
    admin.goto(f"{live.address}{OF}祁坐席/password")
    admin.get_by_role("button", name="重设密码").click()
    given = admin.locator("dd.question").inner_text()
    stolen.goto(f"{live.address}/staff/")
    expect(stolen).to_have_title("登录 · 直达工作台")
    stolen.fill("#name", "祁坐席")
    stolen.fill("#password", given)
    stolen.get_by_role("button", name="登录").click()
    expect(stolen.locator("h1")).to_have_text("请先换成自己的密码")
    for field in ("#new", "#again"):
        stolen.fill(field, office.PASSWORD + " again")
    stolen.get_by_role("button", name="改好，开始办事").click()
    expect(stolen.locator("main")).to_contain_text("等我办")
