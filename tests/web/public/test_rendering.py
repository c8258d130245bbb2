"""Light pages in two sizes, the foot a government site must have, and plain words throughout."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from tests.web.public import sample
from tests.web.public.reading import words_of
from tests.web.public.sample import BAIYANG, YAOHE

FIRST_LOAD = 14 * 1024
PAGES = ("/", f"/divisions/{BAIYANG}", f"/divisions/{YAOHE}", "/notices/PY-2026-001", "/lists/PY-2026-008", "/catalogue",
         "/search?q=补贴", "/ask", "/me")
COMPRESSED = {"Accept-Encoding": "gzip"}
# What a resident may see in Latin letters: a notice's own number, the register's name in the foot, and on paper the
# address of the board.
LATIN_ALLOWED = re.compile(r"PY-\d{4}-\d{3}|ICP|zhida\.test/divisions/\d+")


@pytest.mark.parametrize("address", PAGES)
def test_page_and_style_together_weigh_less_than_14_kilobytes(visitor: FlaskClient, address: str) -> None:
    page = visitor.get(address, headers=COMPRESSED)
    assert page.headers["Content-Encoding"] == "gzip"
    styles = re.findall(r'<link rel="stylesheet" href="([^"]+)"', gzip.decompress(page.data).decode())
    assert len(styles) == 1
    style = visitor.get(styles[0], headers=COMPRESSED)
    assert style.headers["Content-Encoding"] == "gzip"
    assert len(page.data) + len(style.data) <= FIRST_LOAD


@pytest.mark.parametrize("address", PAGES)
def test_a_resident_reads_no_english_and_no_bare_code(visitor: FlaskClient, address: str) -> None:
    words = LATIN_ALLOWED.sub("", words_of(visitor.get(address).text))
    assert re.findall(r"[A-Za-z]{2,}", words) == []
    assert YAOHE not in words


@pytest.mark.parametrize("address", PAGES)
def test_every_page_has_the_foot_of_a_government_site(visitor: FlaskClient, address: str) -> None:
    words = words_of(visitor.get(address).text)
    for part in ("主办 彭阳县人民政府办公室", "承办", "网站标识码", "宁ICP备", "宁公网安备", "找错"):
        assert part in words


def test_large_print_is_a_link_and_is_remembered(visitor: FlaskClient) -> None:
    assert '<html lang="zh-CN">' in visitor.get("/").text
    assert '<html lang="zh-CN" class="large">' in visitor.get("/?large=1").text
    assert '<html lang="zh-CN" class="large">' in visitor.get(f"/divisions/{YAOHE}").text
    visitor.get("/?large=0")
    assert '<html lang="zh-CN">' in visitor.get(f"/divisions/{YAOHE}").text


def test_the_link_to_large_print_keeps_what_was_searched(visitor: FlaskClient) -> None:
    assert 'href="/search?q=%E5%8C%BB%E4%BF%9D&amp;large=1"' in visitor.get("/search?q=医保").text


def test_a_style_may_be_kept_for_a_year_because_its_address_changes_with_it(visitor: FlaskClient) -> None:
    address = re.findall(r'href="(/static/public\.css\?v=[0-9a-f]{10})"', visitor.get("/").text)[0]
    assert "immutable" in visitor.get(address).headers["Cache-Control"]
    assert "immutable" not in visitor.get("/static/public.css").headers.get("Cache-Control", "")


def test_a_browser_without_compression_gets_plain_text(visitor: FlaskClient) -> None:
    answer = visitor.get("/", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in answer.headers
    assert "彭阳县" in answer.text


def test_every_page_leads_past_its_head_to_the_text(visitor: FlaskClient) -> None:
    page = visitor.get("/").text
    assert '<a class="skip" href="#main">' in page
    assert 'id="main"' in page


def test_a_wrong_address_says_what_to_do(visitor: FlaskClient) -> None:
    answer = visitor.get("/nowhere")
    assert answer.status_code == 404
    assert "回彭阳县首页" in words_of(answer.text)


def test_an_error_page_stands_even_without_a_database(tmp_path: Path, noon: SetClock) -> None:
    empty = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    answer = sample.open_site(empty, Keyring([b"k" * 32]), noon, tmp_path).test_client().get("/")
    assert answer.status_code == 500
    words = words_of(answer.text)
    assert "系统出了问题" in words
    assert "回本县首页" in words
    assert "sqlite" not in answer.text
    empty.close()


def test_pages_differ_by_cookie_for_whoever_keeps_copies(visitor: FlaskClient) -> None:
    assert {"Cookie", "Accept-Encoding"} <= set(visitor.get("/").vary)
