"""The public pages as eyes, thumbs and screen readers meet them, at 320, 360 and 1280 pixels."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.web.public.sample import BAIYANG, WITHDRAWN, YAOHE

PAGES = {
    "county": "/", "township": f"/divisions/{BAIYANG}", "village": f"/divisions/{YAOHE}", "notice": "/notices/PY-2026-001",
    "list": "/lists/PY-2026-008", "withdrawn": f"/notices/{WITHDRAWN}", "catalogue": "/catalogue", "search": "/search?q=医保",
    "ask": "/ask", "mine": "/me", "missing": "/notices/nothing", "large": f"/divisions/{YAOHE}?large=1", "phones": "/phones",
}
WIDTHS = (320, 360, 1280)
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
# Links inside a sentence are as tall as their line (WCAG 2.5.8 exempts them); all others are for thumbs.
SMALL_TARGETS = """() => [...document.querySelectorAll("a, button, input:not([type=hidden]), summary, select")].filter(one => {
    const box = one.getBoundingClientRect(), stretched = getComputedStyle(one, "::after").position === "absolute";
    const within = one.closest("p, dd, td, .ways, .walk, .prose");
    return box.width && one.checkVisibility() && !stretched && !within && !one.matches(".skip") && box.height < 44;
}).map(one => one.outerHTML.slice(0, 80))"""
SMALL_TEXT = """least => [...document.querySelectorAll("body *")].filter(one => one.checkVisibility() &&
    [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()) &&
    parseFloat(getComputedStyle(one).fontSize) < least && !one.closest("svg")).map(one => one.outerHTML.slice(0, 80))"""
LONG_LINES = """() => [...document.querySelectorAll("main p, main li, main dd")].filter(one => one.checkVisibility() &&
    one.getBoundingClientRect().width > 36.5 * parseFloat(getComputedStyle(one).fontSize) && one.innerText.length > 36)
    .map(one => one.outerHTML.slice(0, 80))"""


def open_page(chromium: Browser, address: str, width: int, **context: bool) -> Page:
    page = chromium.new_context(viewport={"width": width, "height": 720}, **context).new_page()  # type: ignore[arg-type]
    page.goto(address)
    return page


@pytest.fixture
def keep() -> Path | None:
    """Where pictures go when ZHIDA_PICTURES names a folder."""
    named = os.environ.get("ZHIDA_PICTURES")
    return Path(named) if named else None


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_screen_and_can_be_read_and_pressed(
    chromium: Browser, address: str, keep: Path | None, name: str, width: int
) -> None:
    page = open_page(chromium, address + PAGES[name], width)
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=keep / f"{name}-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.evaluate(SMALL_TEXT, 24 if name == "large" else 18) == []
    assert page.evaluate(LONG_LINES) == []
    page.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_breaks_no_rule_of_accessibility(chromium: Browser, address: str, name: str) -> None:
    page = open_page(chromium, address + PAGES[name], 360)
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []
    page.context.close()


def test_the_large_print_has_a_contrast_of_seven(chromium: Browser, address: str) -> None:
    page = open_page(chromium, address + PAGES["large"], 360)
    rules = {"runOnly": {"type": "rule", "values": ["color-contrast-enhanced"]}}
    assert Axe().run(page, options=rules).response["violations"] == []
    page.context.close()


def test_the_first_press_of_tab_shows_the_way_past_the_head(chromium: Browser, address: str) -> None:
    page = open_page(chromium, address, 360)
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    expect(skip).to_have_text("直接看正文")
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Tab")
    outline = page.locator(":focus").evaluate("one => getComputedStyle(one).outline")
    assert "rgb(11, 92, 173)" in outline
    assert "3px" in outline
    page.context.close()


def test_a_whole_card_opens_its_notice(chromium: Browser, address: str) -> None:
    page = open_page(chromium, f"{address}/divisions/{YAOHE}", 360)
    page.locator("article.card").nth(1).click(position={"x": 300, "y": 20}, no_wait_after=True)
    page.wait_for_url(re.compile("/notices/"))
    page.context.close()


@pytest.mark.parametrize("has_script", [True, False])
def test_a_question_is_answered_with_and_without_script(chromium: Browser, address: str, has_script: bool) -> None:
    page = open_page(chromium, f"{address}/ask", 360, java_script_enabled=has_script)
    page.get_by_label("您想问什么").fill("城乡居民医保怎么缴费")
    page.get_by_role("button", name="问", exact=True).click()
    expect(page.locator(".talk")).to_contain_text("420 元")
    expect(page.locator(".talk .behind")).to_contain_text("依据：")
    page.context.close()


@pytest.mark.parametrize("has_script", [True, False])
def test_a_choice_is_a_button(chromium: Browser, address: str, has_script: bool) -> None:
    page = open_page(chromium, f"{address}/ask?division={YAOHE}", 320, java_script_enabled=has_script)
    page.get_by_label("您想问什么").fill("最新")
    page.get_by_role("button", name="问", exact=True).click()
    page.get_by_role("button", name="1. 天冷了").click()
    page.get_by_role("link", name="看全文").click()
    expect(page.locator("h1")).to_contain_text("天冷了")
    page.context.close()


def test_blanks_add_nothing_to_the_talk(chromium: Browser, address: str) -> None:
    page = open_page(chromium, f"{address}/ask", 360)
    page.get_by_label("您想问什么").fill("   ")
    page.get_by_role("button", name="问", exact=True).click()
    expect(page.locator("#words:invalid")).to_have_value("")
    page.get_by_label("您想问什么").fill("城乡居民医保怎么缴费")
    page.get_by_role("button", name="问", exact=True).click()
    expect(page.locator(".talk .me")).to_have_count(1)
    expect(page.locator("main")).to_have_count(1)
    page.context.close()


def test_a_telephone_number_is_seen_whole_at_twice_the_size(chromium: Browser, address: str) -> None:
    page = open_page(chromium, f"{address}/me", 360)
    page.add_style_tag(content="html{font-size:225%}")
    box = page.get_by_label("您的手机号")
    box.fill("13800000000")
    assert box.evaluate("one => one.scrollWidth <= one.clientWidth")
    page.context.close()


def test_a_thumb_reaches_the_number_to_ring_in_danger(chromium: Browser, address: str, keep: Path | None) -> None:
    context = chromium.new_context(viewport={"width": 320, "height": 640}, has_touch=True)
    page = context.new_page()
    page.goto(f"{address}/ask")
    page.get_by_label("您想问什么").fill("窑洞塌了，里头还有人")
    page.get_by_role("button", name="问", exact=True).click()
    expect(page.locator(".talk a.tel")).to_have_text(["119", "120"])
    if keep is not None:
        page.screenshot(path=keep / "ask-danger-320.png")
    # A browser without a telephone does nothing with the number: what is heard is the tap.
    page.evaluate("""() => document.addEventListener("click", event => {
        window.rung = event.target.closest("a")?.href; event.preventDefault(); })""")
    for number in ("119", "120"):
        box = page.locator(f'.talk a[href="tel:{number}"]').bounding_box()
        assert box is not None
        assert box["height"] >= 28, "as tall as its line"
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert page.evaluate("window.rung") == f"tel:{number}"
    context.close()


def test_with_script_the_talk_grows_on_one_page(chromium: Browser, address: str) -> None:
    page = open_page(chromium, f"{address}/ask", 360)
    for words in ("城乡居民医保怎么缴费", "最新"):
        page.locator("#words").fill(words)
        page.get_by_role("button", name="问", exact=True).click()
        expect(page.locator(".talk .me", has_text=words)).to_be_visible()
    expect(page.locator(".talk .me")).to_have_count(2)
    page.context.close()


def test_a_board_prints_on_paper_without_what_only_a_screen_needs(chromium: Browser, address: str, tmp_path: Path) -> None:
    from pypdf import PdfReader

    page = open_page(chromium, f"{address}/divisions/{YAOHE}", 1280)
    page.pdf(path=tmp_path / "board.pdf", format="A4")
    sheets = PdfReader(tmp_path / "board.pdf").pages
    words = "".join(sheet.extract_text() for sheet in sheets)
    assert len(sheets) <= 3
    assert "姚河村" in words
    assert "大字版" not in words
    assert "您想问什么" not in words
    page.context.close()
