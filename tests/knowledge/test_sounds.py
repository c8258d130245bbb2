from __future__ import annotations

import pytest

from knowledge.sounds import blur, ear, heard, readings_by_code, split_syllable, syllable


@pytest.mark.parametrize(
    ("said", "meant"),
    [("医保", "一保"), ("资格", "知格"), ("牛奶", "流奶"), ("护士", "富士"), ("民政", "明阵"), ("东", "敦"), ("绿", "路")],
)
def test_words_that_an_accent_confuses_are_heard_alike(said: str, meant: str) -> None:
    assert heard(said) == heard(meant)


def test_words_that_no_accent_confuses_are_heard_apart() -> None:
    assert heard("补贴") != heard("罚款")


def test_letters_and_digits_are_heard_as_they_are() -> None:
    assert heard("etc2") == "etc2"
    assert syllable("e") == ""


def test_a_syllable_falls_into_initial_and_final() -> None:
    assert split_syllable("zhuang") == ("zh", "uang")
    assert split_syllable("er") == ("", "er")


def test_no_two_blurred_syllables_share_a_letter() -> None:
    sounds: dict[str, str] = {}
    for code in readings_by_code():
        sound = blur(syllable(chr(code)))
        if sound:
            assert sounds.setdefault(ear(chr(code)), sound) == sound
