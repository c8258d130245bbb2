from __future__ import annotations

import pytest

from knowledge.vocabulary import SAME_WORDS, standard


@pytest.mark.parametrize(
    ("said", "meant"),
    [("咋个交新农合", "怎么交医保"), ("驾照掉了咋办", "驾驶证丢失怎么办"), ("去哪搭领养老钱", "去哪里领养老金"), ("办房本要啥资料", "办不动产证要什么材料"),
     ("娃娃落户好多钱", "孩子上户口多少钱"), ("洋芋补几块", "土豆补多少钱"), ("摩托审车去哪搭", "摩托车年检去哪里"),
     ("多少天能下来", "几天能下来"), ("哪个月交让不让补", "什么时候交可以补"), ("退票手续费", "退票费用"),
     ("老年证找不到了咋弄", "老年证丢失了怎么办"), ("找不到工作咋办", "找工作怎么办")],
)
def test_dialect_and_everyday_words_become_the_office_s(said: str, meant: str) -> None:
    assert standard(said) == standard(meant)


@pytest.mark.parametrize(
    ("said", "meant"),
    [("合作一疗咋交", "医保怎么交"), ("一疗保险多少钱", "医保多少钱"), ("城乡居民仪保怎么交", "医保怎么交"), ("残疾人政在哪办", "残疾证在哪办"), ("居民身份正", "身份证")],
)
def test_a_long_word_of_which_one_character_was_misheard_is_known_by_its_sound(said: str, meant: str) -> None:
    assert standard(said) == standard(meant)


@pytest.mark.parametrize("said", ["用人单位以暴力威胁", "在干活的那个地方", "意料之外", "合作社"])
def test_what_only_sounds_a_little_like_a_long_word_is_left_alone(said: str) -> None:
    assert standard(said) == said


def test_a_word_with_part_of_another_in_it_is_left_whole() -> None:
    assert standard("去银行不行") == "去银行不能"
    assert standard("去了找不到人") == "去了找不到人"


def test_a_text_brought_to_standard_words_stays_as_it_is() -> None:
    for word in SAME_WORDS:
        assert standard(word) == word


def test_no_word_stands_for_two() -> None:
    others = [other for words in SAME_WORDS.values() for other in words.split()]
    assert len(others) == len(set(others))
