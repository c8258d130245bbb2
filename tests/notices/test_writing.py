"""The notice file format: good lines are read as meant, bad ones are refused with place and cure."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices.failures import DraftRefused, Fault
from notices.writing import LABELS, must_arrive_of, read, restored
from profiles.facts import REGISTER
from tests.notices.offices import draft, writing


def faults(**changes: Any) -> list[Fault]:
    with pytest.raises(DraftRefused) as refused:
        read(writing(**changes), REGISTER)
    return list(refused.value.faults)


def test_six_fields_make_a_notice() -> None:
    least = {name: writing()[name] for name in ("reference", "title", "body", "office", "phone", "divisions")}
    made = read(least, REGISTER).draft
    assert (made.kind, made.topic, made.disclosure, made.channels, made.to) == (
        "notice", "其他", "主动公开", ["wechat", "sms"], "households")


@pytest.mark.parametrize("field", ["reference", "title", "body", "office", "phone", "divisions"])
@pytest.mark.parametrize("value", [None, "", "  ", "　"])
def test_a_required_field_left_empty_is_named(field: str, value: object) -> None:
    (fault,) = faults(**{field: value})
    assert (fault.path, fault.reason) == (field, "没有填写")
    assert LABELS[field] in fault.cure


def test_an_unknown_key_is_refused_with_the_nearest_name() -> None:
    (fault,) = faults(dead_line="2026-12-31")
    assert fault.path == "dead_line"
    assert "deadline" in fault.cure


def test_a_fault_in_the_condition_is_found_by_its_path() -> None:
    (fault,) = faults(condition={"all": [{"fact": "crop.玉米", "at_least": 3},
                                         {"fact": "household.kind", "in": ["贫困户2"]}]})
    assert fault.path == "condition.all[1].in"
    assert "贫困户2" in fault.reason


def test_every_fault_is_told_at_once() -> None:
    paths = [fault.path for fault in faults(kind="letter", property="公开", deadline="年底", channels=["fax"], phone="无")]
    assert sorted(paths) == ["channels[0]", "deadline", "kind", "phone", "property"]


def test_a_property_other_than_open_needs_its_reason() -> None:
    (fault,) = faults(property="不予公开")
    assert fault.path == "property_reason"
    assert draft(property="不予公开", property_reason="条例第十五条").disclosure == "不予公开"


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    assert faults(valid_from="2026-12-01", valid_until="2026-11-01")[0].path == "valid_until"


@pytest.mark.parametrize(("written", "code"), [("640425000000", "640425"), ("640425100000", "640425100"),
                                               (640425, "640425"), ("640425100201", "640425100201")])
def test_filling_zeros_of_a_division_code_are_dropped(written: object, code: str) -> None:
    assert draft(divisions=[written]).divisions == [code]


@pytest.mark.parametrize("bad", ["64042", "abc", "", None, {}, "640425100201203"])
def test_what_is_no_division_code_is_refused_in_its_place(bad: object) -> None:
    assert faults(divisions=["640425", bad])[0].path == "divisions[1]"


@pytest.mark.parametrize("written", ["2026-11-30", "2026年11月30日", "2026/11/30", "2026-11-30T18:00:00+08:00"])
def test_a_day_may_be_written_in_several_ways(written: str) -> None:
    assert draft(deadline=written).deadline == date(2026, 11, 30)


def test_words_offices_use_for_a_topic_are_understood_and_others_are_remarked_on() -> None:
    assert read(writing(topic="农业"), REGISTER).draft.topic == "种植"
    read_on = read(writing(topic="外星"), REGISTER)
    assert read_on.draft.topic == "其他"
    assert "外星" in read_on.remarks[0]


def test_things_to_bring_may_be_a_list() -> None:
    assert draft(what_to_bring=["身份证", "户口本"]).what_to_bring == "身份证、户口本"


@pytest.mark.parametrize("text", ["甲\x00乙", "甲\ud800乙", "甲\x1b[31m乙"])
def test_characters_no_database_or_page_can_bear_are_refused(text: str) -> None:
    assert faults(body=text)[0].path == "body"


def test_a_fault_never_repeats_a_telephone() -> None:
    (fault,) = faults(kind="13812345678")
    assert "13812345678" not in fault.words + fault.value


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=8)


@given(st.dictionaries(st.sampled_from([*LABELS, "bring", "其他"]), json_values, max_size=6) | json_values)
def test_whatever_stands_in_a_line_it_is_read_or_refused_in_chinese(raw: object) -> None:
    told: tuple[Fault, ...] = ()
    try:
        read({**writing(), **raw} if isinstance(raw, dict) else raw, REGISTER)
    except DraftRefused as refused:
        told = refused.faults
    assert all(fault.path and fault.reason and fault.cure for fault in told)


@pytest.mark.parametrize(("written", "days"), [(3, 3), ("7", 7), ("5天", 5), (True, 3), (0, 0), (False, 0), (None, 0)])
def test_a_must_arrive_notice_says_how_many_days_before_its_deadline(written: object, days: int) -> None:
    assert draft(must_arrive=written).must_arrive == days


@pytest.mark.parametrize("bad", ["三天", -1, 31, "1.5", [3], 2.5])
def test_what_is_no_number_of_days_is_refused(bad: object) -> None:
    (fault,) = faults(must_arrive=bad)
    assert (fault.path, "天数" in fault.reason, "30" in fault.cure) == ("must_arrive", True, True)


def test_a_must_arrive_notice_without_a_deadline_is_refused_with_the_cure() -> None:
    (fault,) = faults(must_arrive=3, deadline=None)
    assert (fault.path, "截止日期" in fault.cure) == ("must_arrive", True)


def test_a_notice_that_need_not_arrive_is_bound_by_the_hash_it_always_had() -> None:
    assert json.dumps(draft().content()["must_arrive"]) == "false"
    assert json.dumps(draft(must_arrive=4).content()["must_arrive"]) == "4"


@pytest.mark.parametrize(("stored", "days"), [(False, 0), (True, 3), (4, 4)])
def test_a_stored_notice_of_before_there_were_days_is_read(stored: object, days: int) -> None:
    content = {**draft().content(), "must_arrive": stored}
    assert must_arrive_of(content) == restored(content).must_arrive == days
