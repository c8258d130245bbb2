"""Boards: the place first, what presses next, and codes that prove they are ours."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from kernel.clock import SetClock, today
from kernel.database import Database
from qrcodes import scans
from tests.web.public.reading import in_order, words_of
from tests.web.public.sample import BAIYANG, YAOHE
from web.public import boards

PHONE_BROWSER = {"User-Agent": "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Mobile MicroMessenger/8.0"}


def test_a_village_board_says_the_place_then_what_presses_then_what_is_new(visitor: FlaskClient) -> None:
    words = words_of(visitor.get(f"/divisions/{YAOHE}").text)
    assert in_order(words, "白阳镇 姚河村", "2026年11月23日 星期一", "紧急 天冷了", "要办的事", "刚公开的", "有不明白的，问一问")


def test_what_is_due_stands_nearest_day_first(visitor: FlaskClient) -> None:
    page = visitor.get(f"/divisions/{YAOHE}").text
    due = page[page.index("要办的事"):page.index("刚公开的")]
    days = [int(month) * 100 + int(day) for month, day in re.findall(r"(\d+)月<b>(\d+)</b>日前", due)]
    assert len(days) == 5
    assert days == sorted(days)


def test_a_village_sees_nothing_of_other_villages(visitor: FlaskClient) -> None:
    assert "姚河村第三季度村务和财务公开" in visitor.get(f"/divisions/{YAOHE}").text
    assert "姚河村第三季度村务和财务公开" not in visitor.get("/divisions/640425103208?all=1").text


def test_a_township_board_lists_its_villages_to_choose_from(visitor: FlaskClient) -> None:
    page = visitor.get(f"/divisions/{BAIYANG}").text
    assert f'href="/divisions/{YAOHE}">姚河村</a>' in page


def test_the_county_page_leads_to_every_township(visitor: FlaskClient) -> None:
    page = visitor.get("/").text
    assert len(re.findall(r'href="/divisions/640425\d{3}"', page)) == 12
    assert in_order(words_of(page), "彭阳县", "选您的乡镇", "全县要办的事", "刚公开的")


def test_a_place_that_does_not_exist_is_said_with_what_to_do(visitor: FlaskClient) -> None:
    answer = visitor.get("/divisions/640425999")
    assert answer.status_code == 404
    assert "请回首页选乡镇、再选村" in answer.text


def test_a_scanned_code_says_that_it_is_ours_and_where_it_hangs(visitor: FlaskClient, tokens: dict[str, str]) -> None:
    answer = visitor.get(f"/q/{tokens['board']}")
    assert answer.status_code == 200
    assert in_order(words_of(answer.text), "姚河村", "这张码是真的", "贴在姚河村村务公示栏", "要办的事")


def test_people_are_counted_and_robots_are_not(
    visitor: FlaskClient, tokens: dict[str, str], county: Database, noon: SetClock
) -> None:
    def counted() -> int:
        with county.reading() as session:
            return scans.scans_at(session, [YAOHE], today(noon)).get(YAOHE, 0)

    before = counted()
    visitor.get(f"/q/{tokens['board']}", headers=PHONE_BROWSER)
    assert counted() == before + 1
    visitor.get(f"/q/{tokens['board']}", headers={"User-Agent": "Baiduspider/2.0"})
    assert counted() == before + 1


def test_a_forged_code_warns_and_opens_nothing(visitor: FlaskClient, tokens: dict[str, str]) -> None:
    token = tokens["board"]
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    answer = visitor.get(f"/q/{forged}")
    assert answer.status_code == 404
    assert "这不是本县制发的二维码" in answer.text
    assert "要办的事" not in answer.text


def test_an_expired_code_names_other_ways_in(visitor: FlaskClient, tokens: dict[str, str]) -> None:
    answer = visitor.get(f"/q/{tokens['old']}")
    assert answer.status_code == 410
    assert f'href="/divisions/{BAIYANG}">白阳镇</a>' in answer.text
    assert "12345" in answer.text


def test_a_screen_sets_a_long_notice_smaller_so_that_its_telephone_is_never_cut_off(visitor: FlaskClient, tokens: dict[str, str]) -> None:
    total = int(re.findall(r"共 (\d+) 条", visitor.get(f"/screens/{tokens['screen']}").text)[0])
    pages = [visitor.get(f"/screens/{tokens['screen']}?n={number}").text for number in range(total)]
    lengths = {len(re.findall(r"</h2>\n<p>(.*)</p>", page)[0]): re.findall(r'<main(?: class="size-(\d)")?>', page)[0] for page in pages}
    assert lengths[max(lengths)] > lengths[min(lengths)]


def test_a_screen_turns_by_itself_and_begins_again_after_the_last(visitor: FlaskClient, tokens: dict[str, str]) -> None:
    first = visitor.get(f"/screens/{tokens['screen']}").text
    following = f'/screens/{tokens["screen"]}?n=1'
    assert f'<body data-seconds="15" data-following="{following}">' in first
    assert f'<noscript><meta http-equiv="refresh" content="15;url={following}"></noscript>' in first
    total = int(re.findall(r"第 1 条，共 (\d+) 条", first)[0])
    assert "第 1 条" in visitor.get(f"/screens/{tokens['screen']}?n={total}").text
    assert "第 2 条" in visitor.get(f"/screens/{tokens['screen']}?n=1").text


def test_a_screen_that_meets_an_error_asks_again_by_itself(
        visitor: FlaskClient, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the database is away")

    forged = visitor.get("/screens/AAAAAAAAAAAAAAAA")
    assert (forged.status_code, forged.headers["Refresh"]) == (404, "30")
    monkeypatch.setattr(boards, "_board", broken)
    visitor.application.config["PROPAGATE_EXCEPTIONS"] = False
    down = visitor.get(f"/screens/{tokens['screen']}")
    assert (down.status_code, down.headers["Refresh"]) == (500, "30")
    assert "Refresh" not in visitor.get(f"/q/{tokens['screen']}").headers
