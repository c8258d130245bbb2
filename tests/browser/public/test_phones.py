"""/phones in a browser: messages arrive while one looks, and one may type as a resident."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from channels.simulators.running import Running

SMS = "【彭阳政务】您家有一项养牛补贴可以登记，明年3月31日前到村委会。问0954-7000123，核实拨12345"


def test_a_message_arrives_while_one_looks(chromium: Browser, address: str, vendors: Running) -> None:
    page = chromium.new_page()
    page.goto(f"{address}/phones")
    expect(page.locator(".phone")).to_have_count(6)
    expect(page.locator("#PY000006 .stream")).to_contain_text("还没有消息")
    vendors.inbox.arrive("sms", ("19906400106",), vendors.simulators.world.clock.now(), lambda _: {"text": SMS})
    expect(page.locator("#PY000006 .sms")).to_have_text(SMS)
    expect(page.locator("#PY000001 .stream")).to_contain_text("还没有消息")
    page.close()


def test_a_resident_types_and_the_bot_answers_on_the_telephone(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(f"{address}/phones")
    phone = page.locator("#PY000002")
    phone.get_by_role("textbox").fill("城乡居民医保怎么缴费")
    phone.get_by_role("button", name="发").click()
    expect(phone.locator(".mine")).to_have_text("城乡居民医保怎么缴费")
    expect(phone.locator(".said").last).to_contain_text("依据：")
    expect(phone.get_by_role("textbox")).to_have_value("")
    page.close()


def test_the_telephones_can_be_read_without_script(chromium: Browser, address: str) -> None:
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(f"{address}/phones")
    page.locator("#PY000003 input[type=text]").fill("我能办啥")
    page.locator("#PY000003 button").click()
    expect(page.locator("#PY000003 .mine")).to_have_text("我能办啥")
    page.context.close()


def test_a_click_on_the_board_code_opens_the_village(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(f"{address}/phones")
    with page.expect_popup() as opened:
        page.locator(".poster").click()
    expect(opened.value.locator("h1")).to_have_text("白阳镇 姚河村")
    expect(opened.value.locator(".note.ours")).to_contain_text("这张码是真的")
    opened.value.close()
    page.close()
