"""Screens on walls: whatever a notice says, all of it stands on one screen, for nobody can scroll it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Route, expect

from channels.board.screen import size_on_screen

WORDS = "今年秋季玉米良种补贴开始申报，请种玉米三亩以上的农户带上身份证到村委会登记，过期不再办理。"
ALARM = "山洪危险，河边住户马上转移　0954-7010110"
SET = """([title, sentence, facts, alarm, size]) => {
  document.querySelector("h2").textContent = title;
  document.querySelector("main > p").textContent = sentence;
  document.querySelector("dl").innerHTML = facts.map(words => `<div><dt>问谁</dt><dd>${words}</dd></div>`).join("");
  document.querySelector(".alarm")?.remove();
  if (alarm) { const bar = document.createElement("p"); bar.className = "alarm"; bar.textContent = "紧急 " + alarm;
    document.querySelector("main").before(bar); }
  document.querySelector("main").className = size ? `size-${size}` : "";
}"""


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1366, 768), (1280, 800), (1024, 768), (1080, 1920), (768, 1366)])
def test_a_screen_that_nobody_can_scroll_shows_all_of_a_notice_however_long(
    chromium: Browser, address: str, codes: dict[str, str], width: int, height: int
) -> None:
    page = chromium.new_context(viewport={"width": width, "height": height}).new_page()
    page.goto(f"{address}/screens/{codes['screen']}")
    for title, sentence, office, alarm in ((12, 40, 8, ""), (12, 40, 8, ALARM), (30, 60, 10, ALARM), (42, 40, 8, ALARM), (60, 100, 10, ""),
                                           (60, 100, 10, ALARM * 2), (100, 200, 40, ALARM), (120, 300, 80, ALARM * 2)):
        said = ((WORDS * 9)[:title], (WORDS * 9)[:sentence])
        facts = ["种玉米不少于 3 亩、住在白阳镇的农户", "11月30日前，还有 7 天", f"{(WORDS * 9)[:office]} 0954-7015678"]
        page.evaluate(SET, [*said, facts, alarm, size_on_screen(*said, facts, alarm)])
        assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [width, height], title
    page.context.close()


def test_a_screen_keeps_its_sheet_while_the_site_is_away_and_goes_on_by_itself(
    chromium: Browser, address: str, codes: dict[str, str]
) -> None:
    page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
    answers: list[str] = []

    def meet(route: Route) -> None:
        kind = answers.pop(0) if answers else "down"
        if kind == "good":
            route.continue_()
        elif kind == "error":
            route.fulfill(status=502, body="<h1>Bad Gateway</h1>")
        else:
            route.abort()

    page.route("**/screens/*?n=*", meet)
    page.goto(f"{address}/screens/{codes['screen']}")
    first = page.locator("h2").inner_text()
    answers += ["down", "error"]
    page.evaluate("document.body.setAttribute('data-seconds', '0.2')")
    page.wait_for_timeout(16_000)
    expect(page.locator("#since")).to_contain_text("网络不通，这是")
    assert page.locator("h2").inner_text() == first
    assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [1280, 800]
    answers += ["good"]
    expect(page.locator("footer")).to_contain_text("第 2 条")
    expect(page.locator("#since")).to_be_hidden()
    page.context.close()
