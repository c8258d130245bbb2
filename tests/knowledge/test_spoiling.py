from __future__ import annotations

from random import Random

import pytest

from knowledge.sounds import heard, syllable
from knowledge.spoiling import Spoiling, spoil
from knowledge.wording import fold

QUESTION = "农村危房改造补贴怎么申请"


def test_homophones_sound_as_before() -> None:
    spoilt = spoil(QUESTION, Spoiling.HOMOPHONES, Random(1))
    assert spoilt != QUESTION
    assert [syllable(one) for one in spoilt] == [syllable(one) for one in QUESTION]


def test_an_accent_is_heard_as_before() -> None:
    spoilt = spoil(QUESTION, Spoiling.ACCENT, Random(1))
    assert spoilt != QUESTION
    assert heard(spoilt) == heard(QUESTION)


def test_fillers_leave_every_word_in_its_order() -> None:
    rest = iter(spoil(QUESTION, Spoiling.FILLERS, Random(4)))
    assert all(character in rest for character in QUESTION)


@pytest.mark.parametrize("kind", list(Spoiling))
def test_the_same_seed_does_the_same_harm(kind: Spoiling) -> None:
    assert spoil(QUESTION, kind, Random(5)) == spoil(QUESTION, kind, Random(5))
    assert fold(spoil("etc", kind, Random(5)))
