"""A session ends in the middle of a long form: nothing that was written is lost, with and without script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.staff.conftest import LiveOffice
from tests.web.staff import office

BODY = "### 怎么办\n带上身份证到村委会。\n" * 8


def write(page: Page, live: LiveOffice, title: str) -> None:
    page.goto(f"{live.address}/staff/notices/new")
    page.fill("[name=title]", title)
    page.fill("[name=body]", BODY)


def save(page: Page) -> None:
    page.get_by_role("button", name="保存草稿，看各版面").click()


@pytest.mark.parametrize(("width", "script"), [(320, False), (1280, True)])
def test_what_was_written_waits_behind_the_way_in(live: LiveOffice, chromium: Browser, width: int, script: bool) -> None:
    page, title = live.sit_down(chromium, "马编辑", width, script=script), f"写到一半登录就结束了 {width}"
    write(page, live, title)
    elsewhere = live.sit_down(chromium, "马编辑")
    elsewhere.get_by_role("button", name="退出").click()
    expect(elsewhere.locator("[role=status]")).to_contain_text("也一起结束了")
    save(page)
    expect(page.locator("main")).to_contain_text("刚才填的还在，登录后接着提交")
    for password in ("wrong wrong wrong", office.PASSWORD):
        page.fill("#name", "马编辑")
        page.fill("#password", password)
        page.get_by_role("button", name="登录").click()
    expect(page.locator("h1")).to_have_text("刚才填的还在")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_text("看看填了什么").click()
    expect(page.locator(".lined").first).to_be_visible()
    page.get_by_role("button", name="接着提交").click()
    expect(page.locator("h1")).to_have_text(title)
    page.get_by_role("link", name="修改", exact=True).click()
    assert page.input_value("[name=body]").strip() == BODY.strip()
    for one in (page, elsewhere):
        one.context.close()


def test_a_form_of_before_is_handed_in_by_whoever_came_in_again_in_another_tab(live: LiveOffice, chromium: Browser) -> None:
    page, title = live.sit_down(chromium, "马编辑"), "换过登录的长表"
    write(page, live, title)
    page.context.clear_cookies()
    with page.expect_response("**/notices/count"):
        page.get_by_text("符合条件的人每人一份").click()
    expect(page.locator("#count")).not_to_contain_text("密码")
    other = page.context.new_page()
    other.goto(f"{live.address}/staff/sign-in")
    other.fill("#name", "马编辑")
    other.fill("#password", office.PASSWORD)
    other.get_by_role("button", name="登录").click()
    save(page)
    page.get_by_role("button", name="接着提交").click()
    expect(page.locator("h1")).to_have_text(title)
    page.context.close()


def test_an_act_of_one_question_is_asked_again_on_its_page(live: LiveOffice, chromium: Browser) -> None:
    page = live.sit_down(chromium, "赵推送")
    page.goto(f"{live.address}/staff/push/of/PY-2026-006")
    page.get_by_role("button", name="下一步").click()
    page.context.clear_cookies()
    page.click("button[value=send]")
    expect(page.locator("[role=status]")).to_contain_text("刚才那一步没有办成")
    page.fill("#name", "赵推送")
    page.fill("#password", office.PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.locator("h1")).not_to_contain_text("不能这样用")
    page.goto(f"{live.address}/staff/push")
    expect(page.locator("main")).not_to_contain_text("推送任务 1")
    page.context.close()
