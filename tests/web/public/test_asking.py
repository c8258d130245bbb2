"""Asking on the web: the same bot as everywhere, without any script."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.web.public.reading import in_order, words_of
from tests.web.public.sample import YAOHE
from web.public.guessing import MOST_HANDED, handed_over


def test_an_answer_comes_with_office_source_validity_and_telephone(visitor: FlaskClient) -> None:
    words = words_of(visitor.post("/ask", data={"words": "城乡居民医保怎么缴费"}).text)
    assert in_order(words, "您问： 城乡居民医保怎么缴费", "420 元", "彭阳县医疗保障局", "0954-7000103", "依据：彭医保发〔2026〕21号", "有效到")


def test_blanks_are_no_question_and_the_page_says_what_to_do(visitor: FlaskClient) -> None:
    for form in ({"words": "   "}, {"words": " ", "part": "1"}, {}):
        answer = visitor.post("/ask", data=form)
        assert answer.status_code == 400, "the script adds nothing to the talk that is not a turn"
        assert "先写一句您想问的" in words_of(answer.text)


def test_choices_are_numbered_buttons_and_a_choice_is_followed(visitor: FlaskClient) -> None:
    page = visitor.post("/ask", data={"words": "最新", "division": YAOHE}).text
    choices = re.findall(r'name="choice" value="([^"]+)"', page)
    assert [choice.partition(".")[0] for choice in choices] == ["1", "2", "3"]
    chosen = visitor.post("/ask", data={"choice": choices[0]}).text
    assert f"您问： {choices[0].partition(' ')[2]}" in words_of(chosen)
    assert '<a href="/notices/PY-2026-012">看全文</a>' in chosen


def test_a_button_of_an_older_turn_chooses_nothing_from_a_newer_one(visitor: FlaskClient) -> None:
    def choices(words: str) -> list[str]:
        return re.findall(r'name="choice" value="([^"]+)"', visitor.post("/ask", data={"words": words, "division": YAOHE}).text)

    old, before, now = choices("最新"), choices("城乡居民医保怎么缴费"), choices("最新")
    assert {one.partition(" ")[0] for one in old} == {one.partition(" ")[0] for one in now}, "the same list is the same"
    choices("城乡居民医保怎么缴费")
    assert "没说清" in before[-1]
    newer = choices("养老金怎么领")
    told = words_of(visitor.post("/ask", data={"choice": f"2.{'0' * 8} 不在了"}).text)
    assert "那是前面的选项，现在不算了" in told
    assert newer


def test_the_rest_of_an_answer_names_the_page_that_has_it_all(visitor: FlaskClient) -> None:
    assert "看怎么办、带什么" in visitor.post("/ask", data={"words": "城乡居民医保怎么缴费"}).text
    rest = visitor.post("/ask", data={"choice": "1 看怎么办、带什么"}).text
    assert '<a href="/entries/med-pay">看全文</a>' in rest


def test_a_question_for_people_gets_a_number(visitor: FlaskClient) -> None:
    assert 'name="words" value="人工"' in visitor.post("/ask", data={"words": "我家和邻居的地界说不清"}).text
    words = words_of(visitor.post("/ask", data={"words": "人工"}).text)
    assert re.search(r"编号 [2-9A-Z]{6}", words)


def test_whoever_asks_from_a_board_stands_in_that_village(visitor: FlaskClient) -> None:
    words = words_of(visitor.post("/ask", data={"words": "最新", "division": YAOHE}).text)
    assert "白阳镇 姚河村最近的消息" in words


def test_a_question_is_posted_and_so_never_stands_in_an_address(visitor: FlaskClient) -> None:
    assert "420 元" not in visitor.get("/ask?words=城乡居民医保怎么缴费").text
    assert 'method="post"' in visitor.get("/ask").text


def test_a_part_is_the_turn_alone(visitor: FlaskClient) -> None:
    part = visitor.post("/ask", data={"words": "城乡居民医保怎么缴费", "part": "1"}).text
    assert part.lstrip().startswith('<li class="me">')
    assert "<html" not in part


def test_an_empty_question_shows_the_line_again(visitor: FlaskClient) -> None:
    assert "别人常问" in visitor.post("/ask", data={"words": "   "}).text


def test_what_is_asked_is_shown_as_text(visitor: FlaskClient) -> None:
    assert "<b>粗</b>" not in visitor.post("/ask", data={"words": "<b>粗</b>"}).text


def test_only_asking_sets_a_cookie_and_it_is_a_random_name(visitor: FlaskClient) -> None:
    assert "Set-Cookie" not in visitor.get("/").headers
    assert "Set-Cookie" not in visitor.get("/ask").headers
    cookie = visitor.post("/ask", data={"words": "最新"}).headers["Set-Cookie"]
    assert re.match(r"asker=[0-9a-f]{32};", cookie)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_the_page_for_mistakes_says_what_to_write(visitor: FlaskClient) -> None:
    assert "网页上哪里有错" in visitor.get("/ask?topic=error").text


def test_one_address_cannot_flood_the_desks_with_talks_begun_anew(visitor: FlaskClient) -> None:
    for _ in range(MOST_HANDED):
        with visitor.application.test_request_context("/ask", environ_base={"REMOTE_ADDR": "127.0.0.1"}):
            handed_over()
    visitor.post("/ask", data={"words": "我家和邻居的地界说不清"})
    words = words_of(visitor.post("/ask", data={"words": "人工"}).text)
    assert "从这里转给工作人员的问题太多了" in words
    assert not re.search(r"编号 [2-9A-Z]{6}", words)
    assert "420 元" in words_of(visitor.post("/ask", data={"words": "城乡居民医保怎么缴费"}).text), "questions are answered all the same"


@pytest.mark.parametrize("words", ["只要社保的", "绑定"])
def test_what_only_a_known_person_may_change_leads_to_their_own_page(visitor: FlaskClient, words: str) -> None:
    page = visitor.post("/ask", data={"words": words}).text
    assert '<a href="/me">去“我的事”核对</a>' in page
