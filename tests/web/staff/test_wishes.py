"""A wish said on the telephone or at the door, taken down with its door and reason; what is owed by law named as such."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from profiles import consent
from profiles.models import Household, Refusal, Resident
from tests.web.staff.office import Office, words_of

WANG = "/staff/households/of/H-WANG/wishes"


def member(desk: Office) -> tuple[int, str]:
    with desk.database.reading() as session:
        one = session.scalars(select(Resident).join(Household, Household.id == Resident.household_id).where(
            Household.reference == "H-WANG").order_by(Resident.is_head.desc(), Resident.id)).first()
        assert one is not None
        return one.id, one.reference


def test_an_agent_takes_a_wish_down_with_its_door_and_reason(desk: Office) -> None:
    number, reference = member(desk)
    agent = desk.clerk("祁坐席")
    answer = agent.send(WANG, {"member": reference, "wish": "topic", "topic": "养殖", "door": "hotline", "reason": "来电说不养了"})
    assert answer.status_code == 302
    page = agent.page(WANG)
    assert "不收养殖的" in page
    assert "打电话说的，祁坐席代记" in page
    assert "来电说不养了" in page
    with desk.database.reading() as session:
        assert consent.is_refused(session, b"?" * 16, "sms", "养殖", number)
        assert not consent.is_refused(session, b"?" * 16, "sms", "种植", number)


def test_it_is_taken_back_the_same_way(desk: Office) -> None:
    number, reference = member(desk)
    cadre = desk.clerk("韩村干")
    for wish in ("all", "back"):
        cadre.send(WANG, {"member": reference, "wish": wish, "door": "visit", "reason": "入户时说的"})
    with desk.database.reading() as session:
        assert not consent.is_refused(session, b"?" * 16, "sms", "种植", number)
    assert "没有人说过不想收什么" in cadre.page(WANG)


def test_only_one_topic_and_only_by_day(desk: Office) -> None:
    number, reference = member(desk)
    agent = desk.clerk("祁坐席")
    agent.send(WANG, {"member": reference, "wish": "only", "topic": "种植", "door": "window", "reason": "窗口说的"})
    agent.send(WANG, {"member": reference, "wish": "day", "door": "window", "reason": "窗口说的"})
    with desk.database.reading() as session:
        assert [consent.is_refused(session, b"?" * 16, "sms", topic, number) for topic in ("种植", "养殖")] == [False, True]
    assert "只在白天收" in agent.page(WANG)


@pytest.mark.parametrize(("change", "words"), [
    ({"reason": ""}, "请写一句本人的原话或原因"), ({"door": ""}, "没有选怎么说的"), ({"member": ""}, "没有选是谁说的"),
    ({"wish": "topic", "topic": "医保"}, "按规定都要发，不能退"), ({"wish": ""}, "没有选想怎么收")])
def test_what_is_missing_is_asked_for_and_nothing_is_kept(desk: Office, change: dict[str, str], words: str) -> None:
    _, reference = member(desk)
    given = {"member": reference, "wish": "all", "door": "hotline", "reason": "来电说的", **change}
    answer = desk.clerk("祁坐席").send(WANG, given)
    assert answer.status_code == 400
    assert words in words_of(answer.text)
    with desk.database.reading() as session:
        assert session.scalars(select(Refusal)).all() == []


def test_nobody_reaches_a_household_beyond_their_area_or_without_the_role(desk: Office) -> None:
    assert desk.clerk("别乡编辑").get(WANG).status_code == 404
    assert desk.clerk("赵推送").get(WANG).status_code == 403


def test_a_statutory_notice_says_whom_it_reaches_in_spite_of_a_refusal(desk: Office) -> None:
    from notices.models import Notice, Revision
    from notices.topics import Topic

    with desk.database.reading() as session:
        owed = [topic.value for topic in Topic if topic.is_statutory]
        reference = session.scalars(select(Notice.reference).join(
            Revision, (Revision.notice_id == Notice.id) & (Revision.number == Notice.published_revision)).where(
            Revision.topic.in_(owed)).order_by(Notice.reference)).first()
    number, _ = member(desk)
    with desk.database.writing() as session:
        consent.refuse(session, consent.PERSON, "", "", "hotline", desk.house.clock.now(), number)
    page = desk.clerk("赵推送").page(f"/staff/push/of/{reference}")
    assert "法定通知：依法必须告知，退订了也发，其中 1 户 退订过这类信息" in page
