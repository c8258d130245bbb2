"""What is asked over the API and in vain over the search is kept, and its asker alone may judge the answer."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from knowledge.gap_models import Question
from tests.web.staff.office import YAOHE, Office


def kept(desk: Office, channel: str) -> list[Question]:
    with desk.database.reading() as session:
        return list(session.scalars(select(Question).where(Question.channel == channel).order_by(Question.id)))


def test_a_question_over_the_api_is_kept_masked_and_judged_by_its_number_alone(desk: Office) -> None:
    client = desk.app.test_client()
    told = client.get(f"/api/v1/ask?q=我电话19964010001医保怎么交&division={YAOHE}").get_json()
    question, = kept(desk, "api")
    assert (question.text, question.division, question.decision) == ("我电话199****0001医保怎么交", YAOHE, told["decision"])
    assert client.post(f"/api/v1/ask/{told['number']}", json={"helpful": False}).get_json() == {"kept": True}
    assert kept(desk, "api")[0].vain == "unhelpful"
    number, proof = told["number"].split("-")
    for forged in (f"{int(number) - 1}-{proof}", number, f"x-{proof}", f"{'9' * 40}-{proof}"):
        assert client.post(f"/api/v1/ask/{forged}", json={"helpful": True}).status_code == 404
    assert kept(desk, "api")[0].helpful is False


def test_which_answer_was_meant_is_kept_if_there_is_such_an_answer(desk: Office) -> None:
    client = desk.app.test_client()
    told = client.get("/api/v1/ask?q=补贴&division=nowhere").get_json()
    assert kept(desk, "api")[0].division == ""
    address = f"/api/v1/ask/{told['number']}"
    assert client.post(address, json={"chosen": "none"}).status_code == 404
    assert client.post(address, json={"chosen": "med-pay"}).status_code == 200
    assert kept(desk, "api")[0].chosen_id == "med-pay"


def test_what_is_no_judgement_is_refused_with_an_example(desk: Office) -> None:
    answer = desk.app.test_client().post("/api/v1/ask/1-x", json={"helpful": "yes"})
    assert answer.status_code == 400
    assert "helpful" in answer.text


@pytest.mark.parametrize(("method", "path", "allowed", "told"), [
    ("post", "/api/v1/ask", "GET", ("请用 GET：问一句", "q（问题，必填）", "division（")),
    ("get", "/api/v1/ask/1-x", "POST", ("请用 POST", "application/json，可写 helpful、chosen")),
    ("get", "/api/v1/households/imports", "POST", ("请用 POST：提交一份农户表", "multipart/form-data，可写 file")),
    ("delete", "/api/v1/openapi.json", "GET", ())])
def test_a_program_with_the_wrong_method_reads_which_one_and_what_to_send(desk: Office, method: str, path: str, allowed: str,
                                                                          told: tuple[str, ...]) -> None:
    answer = desk.app.test_client().open(path, method=method.upper())
    assert answer.status_code == 405
    assert allowed in answer.headers["Allow"]
    words = answer.get_json()["words"]
    assert all(one in words for one in (*told, "/api/v1/openapi.json"))
    assert "首页" not in words


def test_a_program_at_an_address_that_is_none_is_shown_the_description(desk: Office) -> None:
    answer = desk.app.test_client().get("/api/v1/nothing")
    assert (answer.status_code, "/api/v1/openapi.json" in answer.get_json()["words"]) == (404, True)


def test_a_search_is_kept_only_when_it_found_nothing(desk: Office) -> None:
    client = desk.app.test_client()
    for words in ("医保怎么交", "姚河", "无人机驾照补考费报销"):
        assert client.get(f"/search?q={words}").status_code == 200
    assert [one.text for one in kept(desk, "search")] == ["无人机驾照补考费报销"]
