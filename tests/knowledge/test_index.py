from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Thread

import pytest

from knowledge.encoders import LexicalOnly, SentenceEncoder
from knowledge.index import Index
from knowledge.ranking import Decision
from knowledge.shelf import Entry
from knowledge.vectors import VectorStore

NONSENSE = ["今天天气怎么样", "你好", "哈哈哈", "讲个笑话", "asdfgh", "123456", "股票能买吗", "？？？", "", "   "]


@pytest.fixture(params=["meaning", "lexical"])
def encoder(request: pytest.FixtureRequest, meaning: SentenceEncoder):
    return meaning if request.param == "meaning" else LexicalOnly()


def answer(index: Index, query: str, today: date, division: str | None = None) -> str | None:
    finding = index.find(query, division=division, today=today)
    return finding.candidates[0].id if finding.decision is Decision.ANSWER else None


@pytest.mark.parametrize("size", [1, 2, 12])
def test_an_exact_phrasing_answers_in_a_base_of_any_size(county: list[Entry], encoder, today: date, size: int) -> None:
    index = Index.build(county[:size], encoder)
    for entry in county[:size]:
        for phrasing in entry.phrasings():
            assert answer(index, f"您好，请问{phrasing.text}呢？？", today) == entry.id
            assert answer(index, phrasing.text, today) == entry.id


@pytest.mark.parametrize("size", [1, 2, 12])
@pytest.mark.parametrize("query", NONSENSE)
def test_nonsense_is_handed_over(county: list[Entry], encoder, today: date, size: int, query: str) -> None:
    found = Index.build(county[:size], encoder).find(query, today=today)
    assert found.decision is Decision.HAND_OVER


@pytest.mark.parametrize(("word", "right"), [("低保", {"k3", "k4"}), ("种粮补贴", {"k10", "k11"}), ("身份证", {"k5", "k6"})])
def test_a_bare_word_is_offered_the_entries_that_are_asked_of_it(county: list[Entry], encoder, today: date, word: str, right: set[str]) -> None:
    found = Index.build(county, encoder).find(word, today=today)
    assert found.decision is Decision.CLARIFY
    assert {one.id for one in found.candidates} == right


@pytest.mark.parametrize("word", ["护照", "怎么办", "多少钱"])
def test_a_word_that_no_question_names_or_that_only_asks_is_handed_over(county: list[Entry], encoder, today: date, word: str) -> None:
    assert Index.build(county, encoder).find(word, today=today).decision is Decision.HAND_OVER


def test_an_empty_base_hands_everything_over(encoder, today: date) -> None:
    assert Index.build([], encoder).find("低保怎么申请", today=today).candidates == ()


@pytest.mark.parametrize(
    ("query", "entry"),
    [
        ("身份正丢了咋么补办", "k5"),
        ("低宝怎么生请", "k3"),
        ("住院废用怎么报消", "k8"),
        ("嗯那个我想问一下危房该造怎么申请啊", "k9"),
    ],
)
def test_misspelt_and_dictated_questions_are_answered(
    county: list[Entry], meaning: SentenceEncoder, today: date, query: str, entry: str
) -> None:
    assert answer(Index.build(county, meaning), query, today) == entry


def test_the_right_neighbour_comes_first(county: list[Entry], meaning: SentenceEncoder, today: date) -> None:
    index = Index.build(county, meaning)
    for query, entry in [("养老金一个月有几多", "k1"), ("几岁开始发养老金", "k2"), ("种一亩地给多少补贴", "k11")]:
        assert index.find(query, today=today).candidates[0].id == entry


def test_a_question_spoilt_entries_share_is_offered_not_answered(encoder, today: date) -> None:
    twins = [Entry("a", "停水了怎么办", (), "甲"), Entry("b", "停水了怎么办", (), "乙")]
    found = Index.build(twins, encoder).find("停水了怎么办", today=today)
    assert found.decision is Decision.CLARIFY
    assert {one.id for one in found.candidates} == {"a", "b"}


def test_the_narrowest_division_answers_its_own_people(today: date) -> None:
    question = "停水了打什么电话"
    entries = [
        Entry("county", question, (), "县"),
        Entry("town", question, (), "镇", ("640425100",)),
        Entry("other", question, (), "别镇", ("640425101",)),
    ]
    index = Index.build(entries, LexicalOnly())
    assert answer(index, question, today, "640425100203") == "town"
    assert answer(index, question, today, "640425102001") == "county"


def test_entries_of_elsewhere_are_not_even_offered(today: date) -> None:
    entries = [Entry("other", "停水了打什么电话", (), "别镇", ("640425101",)), Entry("a", "低保怎么申请", (), "县")]
    found = Index.build(entries, LexicalOnly()).find("停水了打什么电话", division="640425100", today=today)
    assert "other" not in {one.id for one in found.candidates}
    assert found.decision is Decision.HAND_OVER


def test_entries_answer_only_while_they_are_valid() -> None:
    entry = Entry("a", "医保几月截止", (), "答", (), date(2024, 1, 1), date(2024, 12, 31))
    index = Index.build([entry], LexicalOnly())
    assert answer(index, entry.question, date(2024, 12, 31)) == "a"
    assert answer(index, entry.question, date(2025, 1, 1)) is None
    assert answer(index, entry.question, date(2023, 12, 31)) is None


def test_changes_are_taken_in_and_known_texts_are_not_encoded_again(county, counting, tmp_path: Path, today) -> None:
    index = Index.build(county, counting, VectorStore(tmp_path))
    counting.asked.clear()
    changed = replace(county[0], similar=("人脸认证打不开",))
    index.update([changed, Entry("new", "公租房怎么申请", (), "答")], ["k3"])
    assert sorted(counting.asked) == ["人脸认证打不开", "公租房怎么申请"]
    assert answer(index, "公租房怎么申请", today) == "new"
    assert answer(index, "人脸认证打不开", today) == "k0"
    assert answer(index, "低保怎么申请", today) != "k3"
    assert answer(index, "养老资格认证在哪里做", today) is None


def test_readers_see_all_of_a_change_or_nothing(county: list[Entry], today: date) -> None:
    index = Index.build(county, LexicalOnly())
    seen: list[str | None] = []

    def ask() -> None:
        seen.extend(answer(index, "低保怎么申请", today) for _ in range(100))

    readers = [Thread(target=ask) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(5):
        index.update([Entry("new", "公租房怎么申请", (), "答")])
        index.update([], ["new"])
    for reader in readers:
        reader.join()
    assert seen == ["k3"] * 300


def test_of_threads_alike_a_letter_finds_the_one_whose_reply_speaks_of_the_same(meaning: SentenceEncoder, today: date) -> None:
    titles = ("反映和平路的问题", "咨询和平路的问题", "投诉和平路的问题")
    replies = ("井盖松动，已更换并加了胶垫。", "路灯电缆被施工挖断，已重新接通。", "占道的摊点已劝离，划了停车线。")
    threads = [Entry(reply, title, (), reply) for title, reply in zip(titles, replies, strict=True)]
    letter = ("您好，我家住在和平路北头，每天上下夜班都从这里走。{}，老人孩子出门都不放心，"
              "找过社区两回，都说要往上报，一直没有人来管，请领导们抽空看一看，给我们一个说法。")
    for said, reply in zip(("井盖松动，车一压就咣当响", "路灯自从施工以后再没有亮过", "摊点把人行道占得满满当当"), replies, strict=True):
        for encoder in (meaning, LexicalOnly()):
            assert Index.build(threads, encoder).find(letter.format(said), today=today).candidates[0].id == reply


def test_a_very_long_message_is_read(county: list[Entry], meaning: SentenceEncoder, today: date) -> None:
    found = Index.build(county, meaning).find("我家房子是危房想申请改造" + "，" * 9000 + "请领导帮忙" * 5000, today=today)
    assert found.candidates[0].id == "k9"


def test_an_entry_written_for_a_former_code_holds_where_that_code_was_before(meaning: SentenceEncoder, today: date) -> None:
    own = Entry("own", "垃圾车几点来", (), "每天早上七点。", divisions=("999901100201",))
    index = Index.build([own], meaning)
    assert answer(index, own.question, today, "999901100205") is None
    found = index.find(own.question, division="999901100205", former=frozenset({"999901100201"}), today=today)
    assert [one.id for one in found.candidates][:1] == ["own"]
    assert found.decision is Decision.ANSWER
