"""Residents' requests about their data reach the office and are settled: erased, or declined with a reason."""

from __future__ import annotations

from sqlalchemy import func, select

from profiles import data_requests
from profiles.data_requests import DataRequest, RequestKind, RequestState
from profiles.models import Contact, Household, Resident
from tests.web.staff.office import NOW, YAOHE, Office, words_of


def asked(desk: Office, kind: RequestKind, words: str = "") -> str:
    with desk.database.writing() as session:
        person = session.scalars(select(Resident).join(Household).where(Household.reference == "H-LI")).one()
        return data_requests.ask(session, desk.house.keyring, kind, person.id, person.reference, YAOHE, words, NOW, 15).number


def test_a_request_waits_on_the_list_with_its_day(desk: Office) -> None:
    number = asked(desk, RequestKind.CORRECT, "养了六头牛，不是四头")
    page = desk.clerk("马编辑").page("/staff/households/requests")
    assert number in page
    assert "养了六头牛" in page
    assert "12月8日" in page
    assert "李*英（户主）， 户 H-LI ，" in desk.clerk("马编辑").page(f"/staff/households/requests/{number}")
    assert "件个人信息申请 群众要更正或删除自己的信息，最早一件12月8日前要办结" in desk.clerk("马编辑").page("/staff/")
    assert "件个人信息申请" not in desk.clerk("别乡编辑").page("/staff/")
    assert number not in desk.clerk("别乡编辑").page("/staff/households/requests")
    assert desk.clerk("别乡编辑").get(f"/staff/households/requests/{number}").status_code == 404


def test_an_erasure_is_shown_before_and_done_by_the_button(desk: Office) -> None:
    number, clerk = asked(desk, RequestKind.ERASE), desk.clerk("马编辑")
    path = f"/staff/households/requests/{number}"
    assert "联系方式 1 条" in clerk.page(path)
    assert clerk.send(path, {"act": "done", "answer": ""}).status_code == 400
    assert clerk.send(path, {"act": "done", "answer": "已删除。"}).status_code == 302
    with desk.database.reading() as session:
        person = session.scalars(select(Resident).join(Household).where(Household.reference == "H-LI")).one()
        assert person.erased_at is not None
        assert session.scalar(select(func.count()).where(Contact.resident_id == person.id)) == 0
        assert session.scalars(select(DataRequest)).one().state == RequestState.DONE
    assert "已办理" in clerk.page("/staff/households/requests")


def test_a_declined_request_erases_nothing_and_tells_why(desk: Office) -> None:
    number, clerk = asked(desk, RequestKind.ERASE), desk.clerk("马编辑")
    clerk.send(f"/staff/households/requests/{number}", {"act": "declined", "answer": "正在领取补贴，名册须保留。"})
    with desk.database.reading() as session:
        assert session.scalar(select(func.count(Contact.id))) == 3
        one = data_requests.request_numbered(session, desk.house.keyring, number)
    assert one is not None
    assert (one.state, one.answer) == (RequestState.DECLINED, "正在领取补贴，名册须保留。")
    assert "正在领取补贴" in words_of(clerk.get(f"/staff/households/requests/{number}").text)
