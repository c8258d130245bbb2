"""One notice: what a person must know first, who stands behind it, and what stays of a withdrawn one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask.testing import FlaskClient

from kernel.clock import CHINA, SetClock
from tests.web.public.reading import in_order, words_of
from tests.web.public.sample import DRAFT, WITHDRAWN


def test_a_notice_says_who_what_where_and_until_when_before_its_text(visitor: FlaskClient) -> None:
    words = words_of(visitor.get("/notices/PY-2026-001").text)
    assert in_order(words, "2026年玉米良种补贴开始登记", "谁能办 种玉米不少于 3 亩的农户", "带什么 户主身份证、户口本、社保卡",
                    "到哪办 所在村委会", "截止 12月31日前 还有 38 天", "问谁 彭阳县农业农村局 0954-7000102", "每亩 60 元")


def test_the_foot_signs_with_office_day_reviewers_and_document_number(visitor: FlaskClient) -> None:
    words = words_of(visitor.get("/notices/PY-2026-001").text)
    assert in_order(words, "彭阳县农业农村局 2026年11月3日", "审核 初审 11月3日，复审 11月3日，签发 11月3日",
                    "文号 彭农发〔2026〕18号（演示）", "编号 PY-2026-001")


def test_a_telephone_number_can_be_tapped(visitor: FlaskClient) -> None:
    assert '<a class="tel" href="tel:09547000102">0954-7000102</a>' in visitor.get("/notices/PY-2026-001").text


def test_no_page_names_a_hardship_as_the_audience(visitor: FlaskClient) -> None:
    words = words_of(visitor.get("/notices/PY-2026-011").text)
    assert "谁能办 全县符合条件的农户" in words
    assert "脱贫" not in words
    assert "监测对象" not in words


def test_a_withdrawn_notice_keeps_its_page_and_says_why(visitor: FlaskClient) -> None:
    answer = visitor.get(f"/notices/{WITHDRAWN}")
    assert answer.status_code == 200
    words = words_of(answer.text)
    assert in_order(words, "肉牛见犊补母补贴", "这条通知已撤下", "2026年11月23日", "补贴标准写错了", "0954-7000123")
    assert "每头母牛补 500 元" not in words


def test_a_draft_is_nobodys_business_yet(visitor: FlaskClient) -> None:
    answer = visitor.get(f"/notices/{DRAFT}")
    assert answer.status_code == 404
    assert "可能还没有公开" in answer.text
    assert "高龄津贴怎么领" not in answer.text


def test_a_list_of_names_has_its_own_room_with_where_to_object(visitor: FlaskClient) -> None:
    moved = visitor.get("/notices/PY-2026-008")
    assert (moved.status_code, moved.location) == (302, "/lists/PY-2026-008")
    words = words_of(visitor.get("/lists/PY-2026-008").text)
    assert in_order(words, "提意见 12月31日前", "监督 对名单有意见，打 12317 或 12345 反映")


def test_only_a_list_or_a_project_waits_for_objections(visitor: FlaskClient) -> None:
    words = words_of(visitor.get("/notices/PY-2026-012").text)
    assert ("截止 12月31日前" in words, "提意见" in words) == (True, False)


def test_a_notice_that_is_no_list_leaves_the_room_of_lists(visitor: FlaskClient) -> None:
    assert visitor.get("/lists/PY-2026-001").location == "/notices/PY-2026-001"


@pytest.fixture
def next_spring(noon: SetClock) -> Iterator[None]:
    """The first of March, put back afterwards."""
    before = noon.now()
    noon.set(datetime(2027, 3, 1, 9, 0, tzinfo=CHINA))
    yield
    noon.set(before)


@pytest.mark.usefixtures("next_spring")
def test_a_notice_whose_day_is_past_says_so_above_its_text(visitor: FlaskClient) -> None:
    words = words_of(visitor.get("/notices/PY-2026-001").text)
    assert in_order(words, "这件事已经过期", "办理时间到2026年12月31日为止", "每亩 60 元")


def test_the_catalogue_counts_what_is_published_by_topic(visitor: FlaskClient) -> None:
    words = words_of(visitor.get("/catalogue").text)
    assert "正在公开 19 条" in words
    chosen = words_of(visitor.get("/catalogue?topic=医保").text)
    assert in_order(chosen, "医保", "正在公开 1 条", "2027年城乡居民医保开始缴费")
