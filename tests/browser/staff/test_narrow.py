"""The smallest telephone still in use, 320 px wide and without any script: everything is read whole and pressed with a thumb."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from knowledge import consultations
from tests.browser.staff.conftest import LiveOffice
from tests.web.staff.office import YAOHE

CORN = "/staff/push/of/PY-2026-001"
ROOMS = {
    "祁坐席": ("/staff/consultations", "/staff/knowledge/try", "/staff/knowledge/gaps/report", "/staff/knowledge/documents"),
    "海复审": ("/staff/ledger/consultations",), "石管理": ("/staff/system/checkup", "/staff/system/templates/new"),
    "赵推送": (CORN, "/staff/push/broadcasts"),
}
ADDRESS = "https://example.org/" + "subsidy-" * 12
# What a thumb has to hit; the whole line of a waiting thing opens it.
SMALL = """() => [...document.querySelectorAll("main a, main button, main summary")]
    .filter(one => one.getClientRects().length && !one.closest(".waits"))
    .filter(one => one.getBoundingClientRect().height < 43.5 || one.getBoundingClientRect().width < 24)
    .map(one => one.textContent.trim())"""


@pytest.mark.parametrize("name", ROOMS)
def test_everything_fits_and_is_as_large_as_a_thumb_on_the_smallest_telephone(live: LiveOffice, chromium: Browser, name: str) -> None:
    with live.house.database.writing() as session:
        consultations.take(session, live.house.keyring, "web", "", YAOHE, f"{ADDRESS} 这是真的吗？", live.house.clock.now())
    page = live.sit_down(chromium, name, 320, script=False)
    for path in ROOMS[name]:
        page.goto(live.address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert page.evaluate(SMALL) == []
    if name == "赵推送":
        page.goto(live.address + CORN)
        page.get_by_role("button", name="下一步").click()
        expect(page.locator("#wrong a").first).to_be_visible()
        assert page.evaluate(SMALL) == []
    page.context.close()


def test_a_head_urges_a_late_office_from_the_smallest_telephone(live: LiveOffice, chromium: Browser) -> None:
    page = live.sit_down(chromium, "海复审", 320, script=False)
    page.goto(f"{live.address}/staff/ledger/consultations")
    urge = page.get_by_role("button", name="督办").first
    box = urge.bounding_box()
    assert box is not None
    assert (box["width"] >= 60, box["height"] < 50) == (True, True)
    first, second = (one.bounding_box() for one in page.locator(".dense tbody tr").first.locator("td.num").all()[:2])
    assert first is not None
    assert second is not None
    assert first["y"] == second["y"]
    urge.click()
    expect(page.locator("[role=status]")).to_contain_text("已督办留言")
    page.context.close()


def test_a_push_is_set_for_later_and_tells_its_latest_figures_with_and_without_script(live: LiveOffice, chromium: Browser) -> None:
    page = live.sit_down(chromium, "赵推送", 320, script=False)
    page.goto(live.address + CORN)
    page.get_by_text("暂不处理").first.click()
    page.fill("textarea[name=reason]", "下周统一核实")
    page.get_by_text("定时", exact=True).click()
    page.fill("input[type=datetime-local]", f"{live.house.clock.now() + timedelta(minutes=6):%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="定时放行").click()
    expect(page.locator("[role=status]")).to_contain_text("已定时")
    expect(page.get_by_text("数字自己更新")).to_be_hidden()
    page.get_by_role("link", name="看最新的数字").click()
    expect(page.locator("h2", has_text="发到哪了")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    with_script = live.sit_down(chromium, "赵推送", 320)
    with_script.goto(page.url)
    expect(with_script.get_by_text("数字自己更新")).to_be_visible()
    expect(with_script.get_by_text("看最新的数字")).to_be_hidden()
    for one in (page, with_script):
        one.context.close()


def test_what_a_document_takes_with_it_can_be_opened_with_a_thumb_before_it_is_abolished(live: LiveOffice, chromium: Browser) -> None:
    page = live.sit_down(chromium, "马编辑", 320, script=False)
    page.goto(f"{live.address}/staff/knowledge/documents")
    page.fill("[name=document]", "彭农发〔2026〕18号（演示）")
    page.fill("[name=reason]", "被新文件代替")
    page.get_by_role("button", name="看会停用哪些条目").click()
    expect(page.get_by_role("button", name="登记废止")).to_be_visible()
    expect(page.locator("main ul a").first).to_be_visible()
    assert page.evaluate(SMALL) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.context.close()
