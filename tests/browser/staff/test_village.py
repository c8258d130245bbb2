"""A cadre's telephone: what to post, take down, pass on and whom to visit, with the thumb and without any script."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from notices.models import Notice
from profiles.models import Household
from push import noticeboards
from push.models import Dispatch
from push.states import DispatchState
from push.visits import Why, ask_for
from tests.browser.staff.conftest import LiveOffice
from tests.browser.staff.test_console import RULES

VILLAGE = "/staff/village"


def _fill(live: LiveOffice) -> None:
    """Sheets to post and two households to visit."""
    now = live.house.clock.now()
    noticeboards.keep_up(live.house.database, now)
    with live.house.database.writing() as session:
        notice = session.scalars(select(Notice).where(Notice.reference == "PY-2026-016")).one()
        dispatch = Dispatch(notice_id=notice.id, notice_reference=notice.reference, title=notice.title, topic="住房", digest="d",
                            purpose="notice", state=DispatchState.FINISHED, content={}, channels=["sms"], divisions=["640425"],
                            sent_by="赵推送", created_at=now, release_at=now)
        session.add(dispatch)
        session.flush()
        ask_for(session, dispatch.id, select(Household.id).where(Household.reference.in_(("H-WANG", "H-LI"))), Why.POSSIBLY, now)


def _stands_up(page: Page, width: int) -> None:
    """Fits its screen, every target is as large as a thumb, and a screen reader finds its way."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    heights = page.eval_on_selector_all("main button, main .links a", "all => all.map(one => one.getBoundingClientRect().height)")
    assert min(heights, default=44) >= 43.5
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()


def test_whoever_sets_the_text_twice_as_large_gets_all_of_it_so_and_loses_nothing(live: LiveOffice, chromium: Browser) -> None:
    _fill(live)
    page = live.sit_down(chromium, "韩村干", 360)
    sizes = """() => ["h1", "h2", ".small", ".todo b"].map(one => parseFloat(getComputedStyle(document.querySelector(one)).fontSize))"""
    for path in (VILLAGE, f"{VILLAGE}/visits"):
        page.goto(live.address + path)
        usual = page.evaluate(sizes)
        page.add_style_tag(content="html{font-size:187.5%}")
        assert [large / small for large, small in zip(page.evaluate(sizes), usual, strict=True)] == [pytest.approx(2)] * len(usual)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.context.close()


def test_a_cadre_posts_takes_back_and_visits_on_a_small_telephone_without_any_script(live: LiveOffice, chromium: Browser) -> None:
    _fill(live)
    page = live.sit_down(chromium, "韩村干", 320, script=False)
    expect(page.locator(".waits")).to_contain_text("张紧急通知要张贴")
    page.goto(live.address + VILLAGE)
    first = page.locator(".todo li").first
    expect(first).to_contain_text("紧急")
    first.get_by_role("button").click()
    expect(page.locator("[role=status]")).to_have_text("记下了：已张贴。")
    expect(page.locator("section", has_text="现在贴着的")).to_contain_text("紧急")
    page.get_by_role("button", name=re.compile("点错了，撤销")).first.click()
    expect(page.locator("[role=status]")).to_contain_text("回到“待张贴”")
    page.locator(".within a", has_text="入户名单").click()
    page.locator(".todo li", has_text="王建国").get_by_role("button", name=re.compile("已入户")).click()
    expect(page.locator("section", has_text="已经去过的")).to_contain_text("王建国")
    page.locator(".todo li", has_text="李秀英").get_by_role("button", name=re.compile("没见到人")).click()
    expect(page.locator("section", has_text="要去的")).to_contain_text("去过，没见到人")


def test_the_villages_pages_stand_up_at_every_width(live: LiveOffice, chromium: Browser) -> None:
    for width in (320, 360, 1280):
        page = live.sit_down(chromium, "韩村干", width)
        for path in (VILLAGE, f"{VILLAGE}/visits"):
            page.goto(live.address + path)
            _stands_up(page, width)
        page.goto(live.address + VILLAGE)
        page.locator("a", has_text="转到村微信群").first.click()
        expect(page.locator("#words")).to_have_value(re.compile("全文：http"))
        expect(page.locator("[data-copy]")).to_be_visible()
        _stands_up(page, width)
        page.context.close()
