"""A cadre reports what happened next door, the office settles it, and the cadre sees what became of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import AuditEntry
from profiles import contacts
from profiles.changes.models import ChangeReport
from profiles.models import Household, HouseholdCrop, Resident, Standing
from profiles.values import FactDate
from tests.web.staff.office import REGISTER, Office, words_of

WANG = "/staff/households/of/H-WANG"
LIST = "/staff/households/changes"


def members(session: Session, household: str) -> list[Resident]:
    return list(session.scalars(select(Resident).join(Household, Household.id == Resident.household_id)
                                .where(Household.reference == household).order_by(Resident.id)))


def first(desk: Office, household: str) -> Resident:
    with desk.database.reading() as session:
        return members(session, household)[0]


def reported(desk: Office, household: str, kind: str, **form: str) -> str:
    """The cadre reports; gives the address of the report."""
    answer = desk.clerk("韩村干").send(f"/staff/households/of/{household}/changes/{kind}", form)
    assert answer.status_code == 302, words_of(answer.text)
    with desk.database.reading() as session:
        return f"{LIST}/{session.scalars(select(ChangeReport.id).order_by(ChangeReport.id.desc())).first()}"


def live_phones(desk: Office, resident: Resident) -> list[str]:
    with desk.database.reading() as session:
        return [desk.house.keyring.decrypt(one.address, "phone") for one in contacts.contacts_of(session, resident.id)]


def test_a_reported_death_stops_messages_at_once_and_stands_when_confirmed(desk: Office) -> None:
    head = first(desk, "H-WANG")
    place = reported(desk, "H-WANG", "died", about=head.reference, day="2026-11-20")
    assert live_phones(desk, head) == []
    assert first(desk, "H-WANG").standing == Standing.PRESENT
    clerk = desk.clerk("马编辑")
    assert "有人去世：王*国" in clerk.page(LIST)
    assert "状态 健在 去世" in clerk.page(place)
    clerk.send(place, {"act": "confirm"})
    assert first(desk, "H-WANG").standing == Standing.DIED
    assert live_phones(desk, head) == []
    assert "已确认" in desk.clerk("韩村干").page(LIST)


def test_a_death_that_was_none_is_returned_with_the_reason_and_messages_go_on(desk: Office) -> None:
    head = first(desk, "H-WANG")
    place = reported(desk, "H-WANG", "died", about=head.reference)
    clerk = desk.clerk("马编辑")
    assert clerk.send(place, {"act": "return", "reason": ""}).status_code == 400
    clerk.send(place, {"act": "return", "reason": "人在县医院，没有去世"})
    assert live_phones(desk, head) == ["13900000001"]
    cadre = desk.clerk("韩村干")
    assert "人在县医院" in cadre.page(LIST)
    assert "您报的变化被退回" in cadre.page("/staff/")
    assert 'href="/staff/households/of/H-WANG/changes/died"' in cadre.get(place).text
    assert "重新报" not in clerk.page(place)


def test_a_table_that_brings_a_new_number_does_not_reach_who_is_reported_dead(desk: Office) -> None:
    head = first(desk, "H-WANG")
    reported(desk, "H-WANG", "died", about=head.reference)
    clerk = desk.clerk("马编辑")
    table = REGISTER.replace("13900000001", "13900000088").encode()
    clerk.send(clerk.upload("/staff/households/import", "农户.csv", table).location, {"act": "import"})
    assert live_phones(desk, head) == []


def test_a_report_taken_back_leaves_everything_as_it_was(desk: Office) -> None:
    head = first(desk, "H-WANG")
    place = reported(desk, "H-WANG", "died", about=head.reference)
    desk.clerk("韩村干").send(place, {"act": "take_back"})
    assert live_phones(desk, head) == ["13900000001"]
    answer = desk.clerk("马编辑").client.get(place)
    assert "已收回" in words_of(answer.text)


def test_a_member_moves_out_and_comes_back(desk: Office) -> None:
    head = first(desk, "H-LI")
    clerk = desk.clerk("马编辑")
    clerk.send(reported(desk, "H-LI", "moved_out", about=head.reference), {"act": "confirm"})
    assert first(desk, "H-LI").standing == Standing.MOVED
    clerk.send(reported(desk, "H-LI", "came_back", about=head.reference), {"act": "confirm"})
    assert first(desk, "H-LI").standing == Standing.PRESENT


def test_a_new_member_is_written_by_the_office_with_its_source(desk: Office) -> None:
    place = reported(desk, "H-WANG", "new_member", name="王小宝", relation="子", gender="男", birth="2026-10-01")
    desk.clerk("马编辑").send(place, {"act": "confirm"})
    with desk.database.reading() as session:
        child = members(session, "H-WANG")[-1]
    assert desk.house.keyring.decrypt(child.name, "name") == "王小宝"
    assert (child.source, child.relation, str(child.birth_date)) == ("office", "子", "2026-10-01")


def test_a_new_number_takes_the_place_of_the_old_one(desk: Office) -> None:
    head = first(desk, "H-WANG")
    place = reported(desk, "H-WANG", "phone", about=head.reference, phone="139 0000 0077")
    page = desk.clerk("马编辑").page(place)
    assert "139****0001" in page
    assert "13900000001" not in page
    desk.clerk("马编辑").send(place, {"act": "confirm"})
    assert live_phones(desk, head) == ["13900000077"]


def test_what_is_grown_now_replaces_the_list_and_knows_its_day_and_source(desk: Office) -> None:
    place = reported(desk, "H-WANG", "farming", crops="玉米3亩，万寿菊2亩")
    page = desk.clerk("马编辑").page(place)
    assert "种植 玉米 5 亩 玉米3亩，万寿菊2亩" in page
    desk.clerk("马编辑").send(place, {"act": "confirm"})
    with desk.database.reading() as session:
        crops = {one.name: one.mu for one in session.scalars(select(HouseholdCrop).join(Household).where(
            Household.reference == "H-WANG"))}
        dated = session.scalars(select(FactDate).where(FactDate.fact == "crop.")).one()
    assert crops == {"玉米": 3, "万寿菊": 2}
    assert dated.source == "office"


def test_a_household_that_moved_lives_in_the_new_village(desk: Office) -> None:
    place = reported(desk, "H-LI", "house", how="moved", village="640425100201")
    desk.clerk("马编辑").send(place, {"act": "confirm"})
    with desk.database.reading() as session:
        assert session.scalars(select(Household.division).where(Household.reference == "H-LI")).one() == "640425100201"


def test_a_household_that_split_becomes_two_under_the_number_the_office_gives(desk: Office) -> None:
    with desk.database.reading() as session:
        daughter = members(session, "H-WANG")[1]
    place = reported(desk, "H-WANG", "house", how="split", members=daughter.reference)
    clerk = desk.clerk("马编辑")
    assert "请填另一户的户编号" in words_of(clerk.send(place, {"act": "confirm"}).text)
    clerk.send(place, {"act": "confirm", "other": "H-WANG-2"})
    with desk.database.reading() as session:
        assert [one.id for one in members(session, "H-WANG-2")] == [daughter.id]
        assert len(members(session, "H-WANG")) == 1


def test_a_household_that_joined_another_is_gone_and_its_people_are_there(desk: Office) -> None:
    place = reported(desk, "H-LI", "house", how="merged", words="李秀英搬去和陈家住")
    clerk = desk.clerk("马编辑")
    assert "没有户编号为“H-NONE”" in words_of(clerk.send(place, {"act": "confirm", "other": "H-NONE"}).text)
    clerk.send(place, {"act": "confirm", "other": "H-CHEN"})
    with desk.database.reading() as session:
        assert len(members(session, "H-CHEN")) == 2
        assert session.scalars(select(Household.left_at).where(Household.reference == "H-LI")).one() is not None


@pytest.mark.parametrize(("kind", "form", "words"), [
    ("died", {}, "请选出是谁"), ("died", {"about": "HEAD", "day": "2027-01-01"}, "不能是还没到的日子"),
    ("phone", {"about": "HEAD", "phone": "123"}, "11 位数字"), ("new_member", {"relation": "子"}, "请写姓名"),
    ("new_member", {"name": "王小宝", "relation": "子", "id_number": "999999202601010012"}, "身份证号码不对"),
    ("farming", {}, "至少写一样"), ("farming", {"crops": "五谷丰登"}, "种植没看懂"), ("house", {"how": "split"}, "分出去的是哪几个人"),
    ("house", {"how": "merged"}, "和哪一户合"),
    ("house", {"how": "moved"}, "搬到了哪个村"), ("other", {}, "请写一句"),
])
def test_a_form_says_what_to_mend(desk: Office, kind: str, form: dict[str, str], words: str) -> None:
    filled = {name: first(desk, "H-WANG").reference if value == "HEAD" else value for name, value in form.items()}
    answer = desk.clerk("韩村干").send(f"{WANG}/changes/{kind}", filled)
    assert answer.status_code == 400
    assert words in words_of(answer.text)


def test_one_thing_is_not_reported_twice(desk: Office) -> None:
    head = first(desk, "H-WANG")
    reported(desk, "H-WANG", "moved_out", about=head.reference)
    answer = desk.clerk("韩村干").send(f"{WANG}/changes/moved_out", {"about": head.reference})
    assert "已经报过" in words_of(answer.text)


def test_nobody_reports_or_settles_beyond_their_area_or_role(desk: Office) -> None:
    place = reported(desk, "H-WANG", "other", words="门前路断了")
    assert desk.clerk("别乡编辑").get(place).status_code == 404
    assert desk.clerk("马编辑").get(f"{WANG}/changes").status_code == 403
    assert desk.clerk("韩村干").send(place, {"act": "confirm"}).status_code == 400
    assert desk.clerk("祁坐席").get(LIST).status_code == 403


def test_what_was_reported_rests_sealed_and_every_step_is_on_record(desk: Office) -> None:
    place = reported(desk, "H-WANG", "other", words="门前路断了")
    desk.clerk("马编辑").send(place, {"act": "confirm"})
    with desk.database.reading() as session:
        row = session.scalars(select(ChangeReport)).one()
        acts = session.execute(select(AuditEntry.actor, AuditEntry.act).where(
            AuditEntry.subject == "household:H-WANG", AuditEntry.act.in_(["报告变化", "确认变化"])).order_by(AuditEntry.id)).all()
    assert "门前路断了".encode() not in row.content
    assert [tuple(one) for one in acts] == [("韩村干", "报告变化"), ("马编辑", "确认变化")]


def test_the_office_is_told_on_its_desk(desk: Office) -> None:
    reported(desk, "H-WANG", "other", words="门前路断了")
    assert "处农户变化等您确认" in desk.clerk("马编辑").page("/staff/")
    assert "处农户变化等您确认" not in desk.clerk("别乡编辑").page("/staff/")


def test_a_cadre_finds_the_way_from_the_household(desk: Office) -> None:
    page = desk.clerk("韩村干").get(WANG).text
    assert f"{WANG}/changes" in page
    assert "有人去世" in desk.clerk("韩村干").page(f"{WANG}/changes")
    assert f"{WANG}/changes" not in desk.clerk("马编辑").get(WANG).text
