from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from knowledge.encoders import LexicalOnly
from knowledge.features import NAMES
from knowledge.index import Index
from knowledge.shelf import Entry


def test_an_index_that_changed_finds_what_one_built_anew_finds(county: list[Entry], counting, today: date) -> None:
    changed = [replace(county[2], similar=("几岁开始领养老钱",)), Entry("new", "公租房怎么申请", ("廉租房",), "答")]
    grown = Index.build(county, counting)
    grown.update(changed, ["k5"])
    anew = Index.build([*(one for one in county if one.id not in {"k2", "k5"}), *changed], counting)
    for question in ("养老金几岁领", "身份证丢了咋办", "公租房", "低保条件"):
        one, other = (index.find(question, today=today) for index in (grown, anew))
        assert [found.id for found in one.candidates] == [found.id for found in other.candidates]
        assert np.allclose([found.score for found in one.candidates], [found.score for found in other.candidates])


def test_what_answers_tell_stays_with_its_entry_when_entries_change(county: list[Entry]) -> None:
    told = [replace(entry, answer=f"{entry.question}，到{place}柜台问") for entry, place in zip(county, "甲乙丙丁戊己庚辛壬癸子丑", strict=True)]
    changed = [replace(told[2], answer="到寅柜台问"), Entry("new", "公租房怎么申请", (), "到卯柜台问")]
    grown = Index.build(told, LexicalOnly())
    grown.update([*changed, Entry("unasked", "？", (), "到辰柜台问")], ["k5"])
    anew = Index.build([*(one for one in told if one.id not in {"k2", "k5"}), *changed], LexicalOnly())
    place, story = NAMES.index("told_beside_best"), "昨天我带老母亲坐头班车去大厅，排了一上午的队，还是没有人给个准话，"
    for question, right in (("危房改造到癸柜台问了", "k9"), ("养老金几岁领，寅柜台关门了", "k2"), ("公租房去卯柜台", "new")):
        one, other = (index.search(story + question, index.shelf, None) for index in (grown, anew))
        assert one.entries == other.entries
        assert np.allclose(one.features[:, place], other.features[:, place])
        assert np.allclose(one.evidence([right]), other.evidence([right]))
        assert {entry for entry, told in zip(one.entries, one.features[:, place], strict=True) if told == 1} == {right}


def test_what_an_answer_means_stays_with_its_entry_when_entries_change(county: list[Entry], counting) -> None:
    told = [replace(entry, answer=f"带上证件到{place}柜台排队取号") for entry, place in zip(county, "甲乙丙丁戊己庚辛壬癸子丑", strict=True)]
    changed = [replace(told[2], answer="去寅街交一张照片"), Entry("new", "公租房怎么申请", (), "公租房怎么申请")]
    grown, column = Index.build(told, counting), NAMES.index("meaning_of_entry")
    grown.update(changed, ["k5"])
    anew = Index.build([*(one for one in told if one.id not in {"k2", "k5"}), *changed], counting)
    silent = Index.build([replace(anew.shelf.entries[name], answer="") for name in anew.shelf.entries], counting)
    one, other, without = (index.search("养老金几岁领", index.shelf, None) for index in (grown, anew, silent))
    assert one.entries == other.entries == without.entries
    assert np.allclose(one.features[:, column], other.features[:, column])
    moved = np.abs(one.features[:, column] - without.features[:, column]) > 1e-3
    assert {entry for entry, has in zip(one.entries, moved, strict=True) if has} == {*one.entries} - {"new"}


def test_of_an_answer_only_the_first_lines_are_encoded_and_nothing_of_one_that_repeats_the_question(counting) -> None:
    long = "".join(map(chr, range(0x4E00, 0x4F00)))
    Index.build([Entry("a", "公租房怎么申请", (), "公租房怎么申请。"), Entry("b", "低保怎么申请", (), long)], counting)
    *questions, answer = counting.asked
    assert questions == ["公租房怎么申请", "低保怎么申请"]
    assert long.startswith(answer)
    assert len(answer) < len(long) / 2


def test_the_phrasings_of_an_entry_stand_beside_each_other(county: list[Entry]) -> None:
    index = Index.build(county, LexicalOnly())
    index.update([replace(county[0], answer="新的答复")], ["k1"])
    shelf = index.shelf
    assert shelf.rows("k1") == []
    for entry in shelf.entries.values():
        assert [shelf.phrasings[row].text for row in shelf.rows(entry.id)] == [one.text for one in entry.phrasings()]


def test_the_same_words_are_found_however_they_are_punctuated(county: list[Entry]) -> None:
    shelf = Index.build(county, LexicalOnly()).shelf
    assert [shelf.phrasings[row].entry for row in shelf.same_words("低保，怎么申请？")] == ["k3"]
    assert [shelf.phrasings[row].entry for row in shelf.same_words("您好，请问低保怎么申请呢")] == ["k3"]
    assert shelf.same_words("低保怎么取消") == []
