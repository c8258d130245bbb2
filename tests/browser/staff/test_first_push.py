"""From the first word to the telephone, as people click: editor, three reviewers, editor, sender."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.browser.staff.conftest import LiveOffice

TITLE = "玉米秸秆打捆补贴开始登记"


def write(page: Page) -> None:
    page.click("text=写一条信息")
    page.fill("#title", TITLE)
    page.fill("#summary", "打了捆的，每亩补20元，12月20日前到村委会登记。")
    page.fill("#body", "打了捆的，每亩补 20 元。\n\n### 带什么\n\n户主身份证、社保卡。")
    page.fill("#deadline", "2026-12-20")
    page.fill("#where", "所在村委会")
    page.fill("#office", "彭阳县农业农村局")
    page.fill("#phone", "0954-7000102")
    page.check("input[name=audience][value=rows]")
    page.select_option("#row-0-fact", "crop.")
    page.fill("#row-0-name", "玉米")
    page.fill("#row-0-value", "3")
    expect(page.locator("#count")).to_contain_text("种玉米不少于 3 亩的农户")
    expect(page.locator("#count")).to_contain_text("缺：玉米")
    page.fill("#short_text", "秸秆打捆补贴可以申请，12月20日前到村委会")
    page.click(".bottom button[value=save]")


def review(live: LiveOffice, chromium: Browser, name: str, task: str) -> None:
    page = live.sit_down(chromium, name)
    page.click(f"text={task}")
    if TITLE not in page.locator("h1").inner_text():
        page.click(f"text={TITLE}")
    page.click("text=去审核")
    expect(page.locator("p.sms")).to_contain_text("【彭阳县政务公开】秸秆打捆补贴可以申请")
    if name == "虎签发":
        page.click("text=可以公开，不涉及国家秘密")
        page.click("text=同意签发")
    else:
        page.click("text=通过，送下一道")
    page.get_by_role("button", name="意见").click()
    expect(page.locator(".note.good")).to_contain_text("已办理")


def test_a_notice_goes_from_the_first_word_to_the_telephone(live: LiveOffice, chromium: Browser) -> None:
    editor = live.sit_down(chromium, "马编辑")
    write(editor)
    expect(editor.locator(".slip .now")).to_contain_text("等编辑送审")
    sms = editor.locator("p.sms").inner_text()
    editor.get_by_role("button", name="送审", exact=True).click()
    expect(editor.locator(".slip .now")).to_contain_text("等初审")
    for name, task in (("杨初审", "条信息等您初审"), ("海复审", "条信息等您复审"), ("虎签发", "条信息等您签发")):
        review(live, chromium, name, task)
    editor.reload()
    editor.click("text=去发布")
    editor.get_by_role("button", name="发布", exact=True).click()
    expect(editor.locator(".slip .done").last).to_contain_text("发布")

    sender = live.sit_down(chromium, "赵推送")
    sender.click("text=定向推送")
    sender.click(f"text={TITLE}")
    expect(sender.locator(".figures")).to_contain_text("发得到")
    sender.click("text=下一步：最后确认")
    expect(sender.locator("#wrong")).to_contain_text("请决定资料不全的户怎么办")
    sender.click("text=入户核实")
    sender.click("text=下一步：最后确认")
    expect(sender.locator("h2.question")).to_have_text("现在发给 1 户？")
    sender.click("button[value=send]")
    expect(sender.locator(".head")).to_contain_text("已完成", timeout=30_000)
    expect(sender.locator("#progress tr", has_text="已送达")).to_contain_text("1", timeout=30_000)

    (arrived,) = [one for one in live.vendors.inbox.since(0) if "秸秆打捆" in one["text"]]
    assert arrived["text"] == sms
    assert arrived["address"] == "13900000001"

    sender.goto(f"{live.address}/staff/push")
    assert TITLE not in sender.locator("section").first.inner_text()
    sender.click(f"text={TITLE}")
    expect(sender.locator("main")).to_contain_text("入户核实")


def test_sending_twice_is_refused_with_the_earlier_task(live: LiveOffice, chromium: Browser) -> None:
    sender = live.sit_down(chromium, "赵推送")
    sender.goto(f"{live.address}/staff/push/of/PY-2026-006")
    sender.click("text=下一步：最后确认")
    address = sender.url
    sender.click("button[value=send]")
    expect(sender.locator(".note.good")).to_contain_text("已放行")
    sender.goto(address.removesuffix("/confirm"))
    expect(sender.locator(".note.bad")).to_contain_text("已经发过：推送任务")
    assert sender.locator("text=下一步：最后确认").count() == 0
