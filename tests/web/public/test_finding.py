"""One line finds places, notices and answers; the feed tells others what is new."""

from __future__ import annotations

from xml.etree import ElementTree

from flask.testing import FlaskClient

from tests.web.public.reading import in_order, words_of
from tests.web.public.sample import YAOHE

ATOM = "{http://www.w3.org/2005/Atom}"


def test_a_village_is_found_by_its_name(visitor: FlaskClient) -> None:
    assert f'href="/divisions/{YAOHE}">白阳镇 姚河村</a>' in visitor.get("/search?q=姚河").text
    assert f'href="/divisions/{YAOHE}">白阳镇 姚河村</a>' in visitor.get("/search?q=白阳镇姚河村").text


def test_a_sure_answer_stands_above_the_notices_that_hold_the_words(visitor: FlaskClient) -> None:
    words = words_of(visitor.get("/search?q=医保怎么交").text)
    assert in_order(words, "每人 420 元", "依据：", "看全文", "找到 1 条通知", "2027年城乡居民医保开始缴费")
    assert "常见问题" not in words


def test_an_answer_that_only_may_be_meant_stands_below_the_notices(visitor: FlaskClient) -> None:
    words = words_of(visitor.get("/search?q=养老").text)
    assert in_order(words, "领养老金的老人", "常见问题")


def test_finding_nothing_offers_the_next_step(visitor: FlaskClient) -> None:
    words = words_of(visitor.get("/search?q=qqqqzzzz").text)
    assert in_order(words, "没有找到“qqqqzzzz”", "换个短一点的说法", "有不明白的，问一问")


def test_what_is_typed_is_shown_as_text_and_never_as_markup(visitor: FlaskClient) -> None:
    page = visitor.get("/search?q=<script>alert(1)</script>").text
    assert "<script>alert" not in page


def test_the_feed_is_atom_with_an_entry_a_notice(visitor: FlaskClient) -> None:
    answer = visitor.get("/feed.atom")
    assert answer.mimetype == "application/atom+xml"
    feed = ElementTree.fromstring(answer.data)
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 19
    addresses = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert "http://zhida.test/notices/PY-2026-001" in addresses
    assert len(set(addresses)) == len(addresses)


def test_the_feed_is_found_by_programs_and_leads_no_telephone_astray(visitor: FlaskClient) -> None:
    head, body = visitor.get("/").text.split("</head>")
    assert 'type="application/atom+xml"' in head
    assert "/feed.atom" not in body
