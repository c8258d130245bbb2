"""A call is typed in and answered, handed on and called back; the asker reads the answer on a telephone and says it was no good."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.staff.conftest import LiveOffice
from tests.browser.staff.test_console import RULES

CALL = "/staff/consultations/calls/new"
ANSWER = "到镇自然资源所申请调解，带上土地证，问 0954-7000112。"


def stands_up(page: Page, width: int) -> None:
    """Fits its screen, and a screen reader finds its way."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()


def handed_over(page: Page, live: LiveOffice) -> tuple[str, str]:
    """A call that nobody can answer at once; its number and what opens the answer."""
    page.goto(live.address + CALL)
    page.fill("#phone", "0954-7000109")
    page.fill("#words", "我家和邻居的地界说不清")
    page.check("input[name=back][value=call]")
    page.click("button[name=act][value=take]")
    told = re.search(r"编号 (\w{6})，查询码 (\d{6})", page.inner_text(".note"))
    assert told is not None
    return told[1], told[2]


@pytest.mark.parametrize("width", [360, 1280])
def test_answers_appear_while_the_agent_types_and_one_closes_the_call(live: LiveOffice, chromium: Browser, width: int) -> None:
    page = live.sit_down(chromium, "祁坐席", width)
    page.goto(live.address + CALL)
    page.locator("#words").press_sequentially("城乡居民医保怎么缴费")
    expect(page.locator("#found")).to_contain_text("420 元")
    expect(page.locator("#found")).to_contain_text("依据：彭医保发〔2026〕21号")
    stands_up(page, width)
    page.click("#found button[name=entry]")
    expect(page.locator(".note")).to_contain_text("办结")


def test_a_call_is_handed_on_and_called_back_without_any_script(live: LiveOffice, chromium: Browser) -> None:
    page = live.sit_down(chromium, "祁坐席", 360, script=False)
    page.goto(live.address + CALL)
    page.fill("#words", "城乡居民医保怎么缴费")
    page.click("button.plain[name=act][value=find]")
    expect(page.locator("#found")).to_contain_text("420 元")
    number, _ = handed_over(page, live)
    page.goto(f"{live.address}/staff/consultations/{number}")
    page.fill("#answer", ANSWER)
    page.click("form:has(#answer) button")
    page.goto(f"{live.address}/staff/consultations/calls/back")
    page.click(f"a:has-text('{number}')")
    page.click("#call-back button[value=reached]")
    expect(page.locator("main")).to_contain_text("打电话告诉对方了")


@pytest.mark.parametrize("width", [360, 1280])
def test_the_asker_opens_the_answer_with_the_code_and_has_it_done_again(live: LiveOffice, chromium: Browser, width: int) -> None:
    desk = live.sit_down(chromium, "祁坐席")
    number, secret = handed_over(desk, live)
    desk.goto(f"{live.address}/staff/consultations/{number}")
    desk.fill("#answer", ANSWER)
    desk.click("form:has(#answer) button")
    asker = chromium.new_context(viewport={"width": width, "height": 800}, locale="zh-CN", java_script_enabled=False).new_page()
    asker.goto(f"{live.address}/cases")
    asker.fill("#number", number.lower())
    asker.click("form.own button")
    expect(asker.locator("main")).to_contain_text("已答复")
    expect(asker.locator("main")).not_to_contain_text("自然资源所")
    asker.fill("#secret", secret)
    asker.click("form.own button")
    expect(asker.locator("main")).to_contain_text("带上土地证")
    asker.click("button[name=rating][value=bad]")
    asker.fill("#reason", "没说星期几上班")
    asker.click("button.go")
    expect(asker.locator("main")).to_contain_text("重新办")
    desk.goto(f"{live.address}/staff/consultations/{number}")
    expect(desk.locator("main")).to_contain_text("要求重办：没说星期几上班")
    stands_up(desk, 1280)


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_of_a_number_stands_up_to_a_screen_reader(live: LiveOffice, chromium: Browser, width: int) -> None:
    page = chromium.new_context(viewport={"width": width, "height": 800}, locale="zh-CN").new_page()
    for path in ("/cases", "/cases?number=222ZZZ"):
        page.goto(live.address + path)
        stands_up(page, width)
