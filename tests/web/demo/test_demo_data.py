"""The demo county's texts keep the rules a real county's texts are held to."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from notices.surfaces.forms import Forms
from notices.surfaces.rendering import render
from notices.writing import restored
from profiles.facts import HOUSEHOLD_KINDS, REGISTER
from profiles.targeting.parsing import parse

DATA = Path(__file__).parents[3] / "web" / "demo" / "data"
HARDSHIP = ("低保", "贫困", "残疾", "脱贫", "监测", "特困", "困难", "五保")
NOTICE_KEYS = {
    "reference", "title", "summary", "body", "topic", "office", "document_number", "property", "aspect", "kind",
    "divisions", "condition", "valid_from", "valid_until", "short_text", "what_to_bring", "where", "phone", "deadline",
    "channels",
}
KINDS = {"notice", "policy", "interpretation", "guide", "draft_decision", "public_list", "project", "emergency"}
FACTS = {
    "division", "household.kind", "household.group", "household.size", "household.land", "household.income_per_head",
    "household.house_grade", "household.relocated", "member.age", "member.gender", "member.relation",
    "member.disability", "member.study", "member.migrant", "member.skill",
}
WORTH_TWO_PARTS = {"PY-2026-007", "PY-2026-012"}
"""A closed road and a warning, which say what to do."""
ALIASES = {"监测对象", "监测户"}
SERVICE_NUMBERS = {"110", "119", "120", "12345", "12315", "12317", "12348", "95598", "96110"}
LONG_NUMBER = re.compile(r"(?<!\d)\d{7,}(?!\d)|\d{3,4}-\d{7,8}|1[3-9]\d{9}|\d{17}[\dXx]")
DIALLED = re.compile(r"(?:拨|电话|值班|或|问|打)\s*(\d{3,})(?![\d-]|\s*(?:万|元|亩|岁|天|人|公))")


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def notices() -> list[dict[str, Any]]:
    return lines("notices.jsonl")


@pytest.fixture(scope="module")
def entries() -> list[dict[str, Any]]:
    return lines("knowledge.jsonl")


@pytest.fixture(scope="module")
def divisions() -> dict[str, str]:
    with (DATA / "divisions-pengyang.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


def leaves(condition: Any) -> Iterator[dict[str, Any]]:
    if isinstance(condition, list):
        for part in condition:
            yield from leaves(part)
    elif isinstance(condition, dict) and "fact" in condition:
        yield condition
    elif isinstance(condition, dict):
        for part in condition.values():
            yield from leaves(part)


def texts(notice: dict[str, Any]) -> str:
    return "\n".join(notice[key] for key in ("title", "summary", "body", "short_text", "what_to_bring", "where"))


def bare(text: str) -> str:
    return re.sub(r"\W", "", text)


def test_the_county_has_its_townships_and_villages(divisions: dict[str, str]) -> None:
    assert divisions["640425"] == "彭阳县"
    assert sum(len(code) == 9 for code in divisions) == 12
    assert sum(len(code) == 12 for code in divisions) == 162
    assert all(code[:9] in divisions and code[:6] in divisions for code in divisions if len(code) == 12)


def test_every_notice_carries_all_keys_and_a_reference_of_its_own(notices: list[dict[str, Any]]) -> None:
    assert len(notices) >= 14
    assert all(set(notice) == NOTICE_KEYS for notice in notices)
    assert len({notice["reference"] for notice in notices}) == len(notices)
    assert all(re.fullmatch(r"PY-2026-\d{3}", notice["reference"]) for notice in notices)


def test_the_notices_show_every_kind_and_known_words_only(notices: list[dict[str, Any]]) -> None:
    topics = json.loads((DATA / "topics.json").read_text(encoding="utf-8"))
    assert {notice["kind"] for notice in notices} == KINDS
    assert {notice["topic"] for notice in notices} <= {topic["name"] for topic in topics}
    assert all(isinstance(topic["statutory"], bool) and set(topic) == {"name", "statutory"} for topic in topics)
    assert {notice["aspect"] for notice in notices} <= {"决策", "执行", "管理", "服务", "结果"}
    assert {notice["property"] for notice in notices} == {"主动公开"}
    assert all(notice["channels"] and set(notice["channels"]) <= {"wechat", "sms", "board"} for notice in notices)


def test_a_notice_fits_the_page_the_card_and_one_text_message(notices: list[dict[str, Any]]) -> None:
    for notice in notices:
        assert len(notice["title"]) <= 20, notice["reference"]
        assert len(notice["summary"]) <= 60, notice["reference"]
        assert 150 <= len(notice["body"]) <= 500, notice["reference"]
        assert 6 <= len(notice["short_text"]) <= 35, notice["reference"]


def test_a_text_message_is_paid_once_and_says_nothing_twice(notices: list[dict[str, Any]]) -> None:
    forms = Forms(sms_signature="彭阳县政务公开")
    for notice in notices:
        draft = restored({name: value for name, value in notice.items() if value is not None})
        if "sms" in notice["channels"] and notice["reference"] not in WORTH_TWO_PARTS:
            assert render(draft, forms).sms.advice() == (), notice["reference"]


def test_a_text_message_holds_no_link_and_the_page_names_its_day(notices: list[dict[str, Any]]) -> None:
    for notice in notices:
        assert "http" not in notice["short_text"], notice["reference"]
        if notice["deadline"]:
            day = date.fromisoformat(notice["deadline"])
            assert f"{day.month}月{day.day}日" in notice["summary"] + notice["body"], notice["reference"]


def test_what_one_may_apply_for_is_never_promised(notices: list[dict[str, Any]]) -> None:
    for notice in notices:
        assert "可以申请" not in notice["short_text"], notice["reference"]
        if notice["condition"] and re.search("补贴|补助|津贴|奖补|贴息", notice["short_text"]):
            assert "为准" in notice["body"], notice["reference"]


def test_no_notice_names_a_hardship(notices: list[dict[str, Any]]) -> None:
    for notice in notices:
        assert not [word for word in HARDSHIP if word in texts(notice)], notice["reference"]


def test_a_notice_holds_no_number_but_its_own_phone(notices: list[dict[str, Any]]) -> None:
    for notice in notices:
        assert re.fullmatch(r"0954-70001\d\d", notice["phone"]), notice["reference"]
        assert set(LONG_NUMBER.findall(texts(notice))) <= {notice["phone"]}, notice["reference"]
        assert set(DIALLED.findall(texts(notice))) <= SERVICE_NUMBERS, notice["reference"]


def test_every_notice_says_where_to_complain_of_money(notices: list[dict[str, Any]]) -> None:
    for notice in notices:
        if notice["kind"] in ("public_list", "project"):
            assert "12317" in notice["body"], notice["reference"]
            assert "监督电话" in notice["body"], notice["reference"]


def test_names_on_a_public_list_are_masked(notices: list[dict[str, Any]]) -> None:
    named = [notice for notice in notices if "| 姓名 |" in notice["body"]]
    assert named
    for notice in named:
        rows = [row for row in notice["body"].splitlines() if row.startswith("| ")][1:]
        assert rows
        assert all(re.match(r"\| .\*.? \|", row) for row in rows), notice["reference"]


def test_a_list_hangs_out_until_the_day_its_words_say(notices: list[dict[str, Any]]) -> None:
    lists = [notice for notice in notices if notice["kind"] == "public_list"]
    assert len(lists) > 1
    for notice in lists:
        day = date.fromisoformat(notice["valid_until"])
        assert f"公示到{day.month}月{day.day}日" in notice["summary"]
        assert notice["valid_until"] == notice["deadline"]


def test_the_sums_of_a_public_list_add_up(notices: list[dict[str, Any]]) -> None:
    body = next(notice["body"] for notice in notices if notice["reference"] == "PY-2026-008")
    assert sum(map(int, re.findall(r"\| (\d+) 元", body))) == 2190
    assert "2190 元" in body


def test_the_dates_of_a_notice_stand_in_order(notices: list[dict[str, Any]]) -> None:
    for notice in notices:
        first, last = date.fromisoformat(notice["valid_from"]), date.fromisoformat(notice["valid_until"])
        assert date(2026, 10, 1) <= first <= date(2026, 11, 30) <= last <= date(2027, 12, 31), notice["reference"]
        if notice["deadline"]:
            due = date.fromisoformat(notice["deadline"])
            assert date(2026, 12, 10) <= due <= min(last, date(2027, 3, 31)), notice["reference"]


def test_a_demo_document_says_that_it_is_one(notices: list[dict[str, Any]], entries: list[dict[str, Any]]) -> None:
    assert all(notice["document_number"].endswith("号（演示）") for notice in notices)
    assert all(entry["source"].endswith("号（演示）") for entry in entries)


def test_the_divisions_of_every_text_exist(
    notices: list[dict[str, Any]], entries: list[dict[str, Any]], divisions: dict[str, str]
) -> None:
    for text in [*notices, *entries]:
        assert text["divisions"]
        assert set(text["divisions"]) <= set(divisions)


def test_every_condition_is_one_the_register_can_answer(notices: list[dict[str, Any]]) -> None:
    conditions = [notice["condition"] for notice in notices if notice["condition"]]
    assert len(conditions) >= 8
    for condition in conditions:
        assert parse(condition, REGISTER) is not None
        for leaf in leaves(condition):
            assert leaf["fact"] in FACTS or leaf["fact"].startswith(("crop.", "livestock.")), leaf
            if leaf["fact"] == "household.kind":
                assert set(leaf["in"]) <= {*HOUSEHOLD_KINDS, *ALIASES}


def test_links_between_notices_lead_somewhere_and_back(notices: list[dict[str, Any]]) -> None:
    links = {
        (notice["reference"], target)
        for notice in notices
        for target in re.findall(r"\]\(/notices/([^)]+)\)", notice["body"])
    }
    assert links
    assert all((target, source) in links for source, target in links)


def test_the_base_is_large_enough_and_no_phrasing_stands_twice(entries: list[dict[str, Any]]) -> None:
    phrasings = [bare(text) for entry in entries for text in (entry["question"], *entry["similar"])]
    assert len(entries) >= 48
    assert len({entry["id"] for entry in entries}) == len(entries)
    assert all(len(entry["similar"]) >= 4 for entry in entries)
    assert len(set(phrasings)) == len(phrasings)


def test_the_first_line_answers_and_the_rest_is_short(entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        assert len(entry["answer"].splitlines()[0]) <= 60, entry["id"]
        assert len(entry["answer"]) <= 600, entry["id"]
        assert 15 <= len(entry["short"]) <= 60, entry["id"]
        assert not [word for word in HARDSHIP if word in entry["short"]], entry["id"]


def test_an_answer_names_its_office_phone_and_no_other_private_number(entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        assert entry["office"], entry["id"]
        assert entry["phone"] in entry["answer"] or entry.get("kind") == "guide", entry["id"]  # of a guide it is told beside
        assert re.fullmatch(r"0954-70001\d\d|12345", entry["phone"]), entry["id"]
        numbers = LONG_NUMBER.findall(entry["answer"] + entry["short"])
        assert all(re.fullmatch(r"0954-70001\d\d", number) for number in numbers), entry["id"]
        assert set(DIALLED.findall(entry["answer"] + entry["short"])) <= SERVICE_NUMBERS, entry["id"]


def test_one_phone_belongs_to_one_office(notices: list[dict[str, Any]], entries: list[dict[str, Any]]) -> None:
    for number in {entry["phone"] for entry in entries} - {"12345"}:
        assert len({entry["office"] for entry in entries if entry["phone"] == number}) == 1, number
    known = {entry["phone"] for entry in entries}
    of_townships = {"0954-7000131"}
    supervision = {"0954-7000128"}
    assert {notice["phone"] for notice in notices} <= known | of_townships | supervision


def test_an_answer_is_valid_now_and_knows_its_end(entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        assert date.fromisoformat(entry["valid_from"]) <= date(2026, 11, 15), entry["id"]
        assert date.fromisoformat(entry["valid_until"]) >= date(2027, 3, 31), entry["id"]


def test_the_questions_ask_the_whole_base_and_repeat_none_of_it(entries: list[dict[str, Any]]) -> None:
    questions = lines("resident-questions.jsonl")
    phrasings = {bare(text) for entry in entries for text in (entry["question"], *entry["similar"])}
    assert len({question["query"] for question in questions}) == len(questions) == 120
    assert sum(not question["gold"] for question in questions) == 25
    assert sum(question["style"] == "spoilt" for question in questions) == 40
    assert {gold for question in questions for gold in question["gold"]} == {entry["id"] for entry in entries}
    assert not [question["query"] for question in questions if bare(question["query"]) in phrasings]


def test_the_sources_are_named_with_their_licence() -> None:
    text = (DATA / "SOURCES.md").read_text(encoding="utf-8")
    assert "china-division" in text
    assert "2.7.0" in text
    assert "MIT License" in text
    assert {path.name for path in DATA.iterdir()} - {"SOURCES.md"} == set(re.findall(r"`([\w-]+\.\w+)`", text))
