from __future__ import annotations

import pytest

from knowledge.wording import LONGEST, bare, fold, plain


def test_width_case_and_punctuation_say_nothing() -> None:
    assert fold("ＥＴＣ　怎么办理？？") == fold("etc怎么办理")


def test_greetings_fillers_and_thanks_are_left_out() -> None:
    assert plain("您好，我想问一下，那个低保嗯怎么申请啊，谢谢") == "那个低保怎么申请"


@pytest.mark.parametrize("text", ["你好", "请问", "啊", "谢谢"])
def test_a_greeting_alone_stays_what_it_is(text: str) -> None:
    assert plain(text) == text
    assert bare(text)


def test_closing_particles_do_not_tell_questions_apart() -> None:
    assert bare("医保断交了还能补吗？") == bare("医保断交了还能补呢")


def test_a_denial_is_no_particle() -> None:
    assert bare("低保能补") != bare("低保不能补")


def test_only_the_beginning_of_a_very_long_message_is_looked_at() -> None:
    assert len(fold("路" * 40_000)) == LONGEST


def test_what_holds_no_words_folds_to_nothing() -> None:
    assert fold("？！…… 👍") == ""


def test_a_closing_particle_that_asks_nothing_is_not_compared() -> None:
    assert plain("医保咋交呢") == plain("医保咋交嘞") == plain("医保咋交")
    assert plain("医保能退吗") != plain("医保能退"), "吗 asks"
    assert plain("呢") == "呢"


def test_the_north_west_says_that_something_happened_in_its_own_way() -> None:
    assert plain("屋里水断咧") == plain("屋里水断了")
    assert plain("卡丢咧咋办") == plain("卡丢了咋办")
    assert plain("前咧腺怎么查") == "前咧腺怎么查", "a misspelt word stays as it sounds"
