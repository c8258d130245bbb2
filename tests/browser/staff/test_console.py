"""The console as eyes, keyboards and thumbs meet it: an office PC and a cadre's telephone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.staff.conftest import LiveOffice
from tests.web.staff.office import YAOHE

PAGES = {
    "/staff/": "马编辑", "/staff/notices": "马编辑", "/staff/funds": "马编辑", "/staff/notices/new": "马编辑", "/staff/notices/of/PY-2026-001": "马编辑",
    "/staff/notices/of/PY-2026-021/review": "虎签发", "/staff/notices/import": "马编辑", "/staff/push": "赵推送",
    "/staff/push/of/PY-2026-001": "赵推送", "/staff/consultations": "祁坐席", "/staff/consultations/calls/new": "祁坐席", "/staff/consultations/calls/back": "祁坐席",
    "/staff/knowledge": "祁坐席",
    "/staff/knowledge/new": "祁坐席", "/staff/knowledge/gaps": "祁坐席", "/staff/households": "韩村干",
    "/staff/households/of/H-WANG": "韩村干", "/staff/households/trial": "赵推送", "/staff/households/import": "马编辑",
    "/staff/households/facts": "马编辑", "/staff/households/changes": "韩村干", "/staff/households/doubles": "马编辑",
    "/staff/codes": "韩村干", "/staff/ledger": "安审计", "/staff/ledger/push": "安审计", "/staff/ledger/consultations": "海复审", "/staff/system": "石管理",
    "/staff/system/accounts/new": "石管理", "/staff/system/trail": "安审计",
}
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@pytest.fixture(scope="module")
def desks(live: LiveOffice, chromium: Browser) -> dict[tuple[str, int], Page]:
    """A desk for each person and width, opened once."""
    return {(name, width): live.sit_down(chromium, name, width) for name in set(PAGES.values()) for width in (360, 1280)}


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_its_screen_and_stands_up_to_a_screen_reader(
    live: LiveOffice, desks: dict[tuple[str, int], Page], path: str, width: int
) -> None:
    page = desks[PAGES[path], width]
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    answer = page.goto(live.address + path)
    assert answer is not None
    assert answer.status == 200
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    assert faults == []


def test_the_menu_opens_on_a_telephone_without_any_script(live: LiveOffice, chromium: Browser) -> None:
    page = live.sit_down(chromium, "韩村干", 360, script=False)
    expect(page.locator("#rooms")).to_be_hidden()
    page.click("text=菜单")
    page.click("#rooms >> text=农户信息")
    expect(page.locator("h1")).to_have_text("农户信息")
    page.select_option("#village", YAOHE)
    page.click("text=翻看")
    page.click("text=H-WANG")
    expect(page.locator("main")).to_contain_text("王建国")


def test_a_condition_is_built_and_counted_without_any_script(live: LiveOffice, chromium: Browser) -> None:
    page = live.sit_down(chromium, "赵推送", script=False)
    page.goto(f"{live.address}/staff/households/trial")
    page.select_option("#row-0-fact", "livestock.")
    page.fill("#row-0-name", "肉牛")
    page.select_option("#row-0-operator", "at_least")
    page.fill("#row-0-value", "1")
    page.click("#count button")
    expect(page.locator("#count")).to_contain_text("养肉牛不少于 1 头的农户")
    expect(page.locator("#shares")).to_contain_text("白阳镇")


def test_pressing_a_word_puts_it_into_the_condition(live: LiveOffice, chromium: Browser) -> None:
    page = live.sit_down(chromium, "赵推送")
    page.goto(f"{live.address}/staff/households/trial")
    page.select_option("#row-0-fact", "household.kind")
    page.click("button:text-is('脱贫户')")
    page.click("button:text-is('监测对象')")
    expect(page.locator("#row-0-value")).to_have_value("脱贫户、监测对象")
    expect(page.locator("#count")).to_contain_text("脱贫户或监测对象")
    page.click("button:text-is('脱贫户')")
    expect(page.locator("#row-0-value")).to_have_value("监测对象")


def test_faults_are_heard_first_and_lead_to_their_field(live: LiveOffice, chromium: Browser) -> None:
    page = live.sit_down(chromium, "马编辑")
    page.goto(f"{live.address}/staff/notices/new")
    page.click(".bottom button[value=save]")
    expect(page.locator("#wrong")).to_be_focused()
    page.click("#wrong a >> nth=0")
    expect(page.locator("#title")).to_be_focused()


def test_enter_in_a_field_saves_and_never_deletes_a_row(live: LiveOffice, chromium: Browser) -> None:
    page = live.sit_down(chromium, "马编辑")
    page.goto(f"{live.address}/staff/notices/of/PY-2026-018/edit")
    page.press("#title", "Enter")
    expect(page.locator("h1")).to_have_text("满80岁老人高龄津贴怎么领")
    expect(page.locator(".note.good")).to_contain_text("没有改动")


def test_what_a_table_is_about_is_read_along_its_line_on_a_telephone(live: LiveOffice, chromium: Browser) -> None:
    page = live.sit_down(chromium, "马编辑", 360)
    page.goto(f"{live.address}/staff/knowledge/import")
    page.locator("input[type=file]").set_input_files({
        "name": "条目.csv", "mimeType": "text/csv", "buffer": "编号,问题,答案,状态\na,,答,作废\n".encode()})
    page.locator("main form button").first.click()
    caption = page.locator("caption", has_text="拒收的行和改法")
    expect(caption).to_be_visible()
    box = caption.bounding_box()
    assert box is not None
    assert box["height"] < 60
    page.context.close()


def test_what_is_printed_has_no_rail_no_rule_of_it_and_no_heading_without_its_table(live: LiveOffice, chromium: Browser) -> None:
    page = live.sit_down(chromium, "安审计")
    page.goto(live.address + "/staff/ledger/push")
    page.emulate_media(media="print")
    expect(page.locator("#rooms")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.querySelector('main')).borderLeftWidth") == "0px"
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<h2>各村</h2><details><summary>看各村</summary>表</details>')")
    expect(page.locator("details")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.querySelector('h2')).breakAfter") == "avoid"
    page.context.close()
