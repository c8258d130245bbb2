"""Dates, counts and telephones as a villager says them."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest

from bot.phrases import danger
from kernel.clock import CHINA
from web import wording

TODAY = date(2026, 11, 23)


def test_the_year_is_said_only_when_it_is_not_this_one() -> None:
    assert wording.day(date(2026, 11, 30), TODAY) == "11月30日"
    assert wording.day(date(2027, 1, 5), TODAY) == "2027年1月5日"
    assert wording.by_day(date(2026, 11, 30), TODAY) == "11月30日前"
    assert wording.day(None, TODAY) == wording.by_day(None, TODAY) == ""


@pytest.mark.parametrize(("until", "words"), [
    (date(2026, 11, 22), "已截止"), (TODAY, "今天截止"), (date(2026, 11, 24), "明天截止"), (date(2026, 11, 30), "还有 7 天")])
def test_time_left_is_said_in_days(until: date, words: str) -> None:
    assert wording.time_left(until, TODAY) == words


def test_a_week_is_soon_and_the_past_is_not() -> None:
    assert wording.is_soon(date(2026, 11, 30), TODAY)
    assert not wording.is_soon(date(2026, 12, 1), TODAY)
    assert not wording.is_soon(date(2026, 11, 22), TODAY)
    assert not wording.is_soon(None, TODAY)


def test_a_moment_has_no_needless_zero() -> None:
    assert wording.moment(datetime(2026, 11, 20, 9, 5, tzinfo=CHINA), TODAY) == "11月20日 9:05"


def test_few_households_are_not_counted_out() -> None:
    assert wording.households(4) == "少于 5 户"
    assert wording.households(0) == "0 户"
    assert wording.households(1204) == "1,204 户"


def test_figures_are_grouped_and_the_unknown_is_a_dash() -> None:
    assert wording.figure(12040) == "12,040"
    assert wording.figure(34.4) == "34.40"
    assert wording.figure(None) == "—"


@pytest.mark.parametrize("number", ["0954-7000102", "09547000102", "13800138000", "12345", "12317"])
def test_a_telephone_in_a_text_becomes_a_link(number: str) -> None:
    assert f'href="tel:{number.replace("-", "")}">{number}</a>' in wording.telephones(f"打 {number} 问")


def test_the_numbers_of_emergency_are_tapped_where_they_are_to_be_called() -> None:
    for text, numbers in ((danger.COLLAPSE, ["119", "120"]), (danger.HELP, ["119", "120", "110"]), (danger.MAY_BE, ["120", "119", "110"]),
                          (danger.CURRENT, ["120", "95598"]), (danger.FRAUDSTERS, ["96110", "110"])):
        assert re.findall(r'href="tel:(\d+)"', wording.telephones(text)) == numbers


@pytest.mark.parametrize("text", ["每亩 120 元", "打 1200 斤粮", "凭 119 号文件", "640425100200", "2026年12月", "彭农发〔2026〕12345678号"])
def test_a_number_that_is_no_telephone_stays_text(text: str) -> None:
    assert "<a" not in wording.telephones(text)


def test_the_text_around_a_telephone_is_escaped() -> None:
    assert wording.telephones("<b>12345</b>").startswith("&lt;b&gt;<a")
