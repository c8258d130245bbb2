"""A clerk fills what people could not find, on an office PC and on a telephone, with and without a script."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from knowledge import gap_figures
from knowledge.gap_models import Gap
from tests.browser.staff.conftest import LiveOffice
from tests.web.staff import office

LIST = "/staff/knowledge/gaps"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


def suggested(live: LiveOffice) -> int:
    with live.house.database.writing() as session:
        gap = session.scalars(select(Gap).where(Gap.title == "路灯坏了找谁")).one()
        gap.suggested_id, gap.suggested_score = "med-pay", 0.42
    gap_figures.count_days(live.house.database, office.NOW, 730)
    return gap.id


@pytest.mark.parametrize("width", [360, 1280])
def test_the_pages_fit_their_screen_and_stand_up_to_a_screen_reader(live: LiveOffice, chromium: Browser, width: int) -> None:
    number, page = suggested(live), live.sit_down(chromium, "祁坐席", width)
    for path in (LIST, f"{LIST}?state=closed", f"{LIST}/{number}", f"{LIST}/report"):
        page.goto(live.address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, found.generate_report()


def test_one_click_adds_the_wording_and_the_desk_counts_one_less(live: LiveOffice, chromium: Browser) -> None:
    suggested(live)
    page = live.sit_down(chromium, "祁坐席", 360, script=False)
    expect(page.locator("main")).to_contain_text("2 个问题群众没问到")
    page.goto(live.address + LIST)
    page.locator("tr", has_text="路灯坏了找谁").get_by_role("button", name="补进").click()
    expect(page.locator("main")).to_contain_text("等另一位同事审定")
    page.goto(live.address + "/staff/")
    expect(page.locator("main")).to_contain_text("1 个问题群众没问到")
    page.goto(f"{live.address}{LIST}?state=writing")
    expect(page.locator("main")).to_contain_text("祁坐席 在写")
