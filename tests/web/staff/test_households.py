"""The register at the desk: masked by role, every look on record, tables tried before they are taken in."""

from __future__ import annotations

from sqlalchemy import select

from kernel.audit import AuditEntry
from profiles.models import Household
from tests.web.staff.office import REGISTER, YAOHE, Office, words_of

WANG = "/staff/households/of/H-WANG"
IMPORT = "/staff/households/import"
MORE = REGISTER.splitlines()[0] + f"""
H-MA,{YAOHE},三组,马德山,马德山,户主,,13900000009,1966-01-02,男,一般农户,无,无,
H-MA,{YAOHE},三组,马德山,马小龙,儿子,,12345,1999-01-02,男,一般农户,无,无,
"""


def test_a_household_is_found_by_its_number_and_shown_masked(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    assert clerk.get("/staff/households?reference=H-WANG").location == WANG
    page = clerk.page(WANG)
    assert "王*国" in page
    assert "139****0001" in page
    assert "王建国" not in page
    assert "13900000001" not in page
    assert "脱贫户" in page


def test_an_agent_on_the_telephone_sees_nothing_that_tells_of_hardship(desk: Office) -> None:
    page = desk.clerk("祁坐席").page(WANG)
    assert "脱贫户" not in page
    assert "9000" not in page
    assert "玉米 5 亩" in page


def test_a_cadre_knows_the_neighbours_by_name(desk: Office) -> None:
    clerk = desk.clerk("韩村干")
    assert "王建国" in clerk.page(WANG)
    listed = clerk.page("/staff/households")
    assert listed.index("李秀英") < listed.index("王建国")


def test_who_looked_at_whom_is_written_down(desk: Office) -> None:
    desk.clerk("祁坐席").page(WANG)
    with desk.database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.subject == "household:H-WANG")).one()
    assert (entry.actor, entry.act) == ("祁坐席", "查看农户")
    assert "查看农户 户 H-WANG" in desk.clerk("安审计").page("/staff/system/trail?words=H-WANG")


def test_a_household_of_another_township_is_not_there(desk: Office) -> None:
    stranger = desk.clerk("别乡编辑")
    assert stranger.get(WANG).status_code == 404
    assert "没有户编号为“H-WANG”的户" in stranger.page("/staff/households?reference=H-WANG")


def test_a_table_is_tried_first_and_nothing_is_written(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    page = clerk.page(clerk.upload(IMPORT, "农户.csv", MORE.encode()).location)
    assert "还没有写入" in page
    assert "拒收 1 行" in page
    assert "H-MA" in page
    assert clerk.get("/staff/households/of/H-MA").status_code == 404


def test_a_tried_table_goes_in_with_a_yes_and_its_rejected_rows_can_be_taken_along(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    place = clerk.upload(IMPORT, "农户.csv", MORE.encode()).location
    assert "已导入：1 户、1 人" in words_of(clerk.client.get(clerk.send(place, {"act": "import"}).location).text)
    assert "马*山" in clerk.page("/staff/households/of/H-MA")
    errors = clerk.get(f"{place}/errors.csv")
    assert errors.data.startswith(b"\xef\xbb\xbf")
    assert "3,联系电话,12345" in errors.data.decode("utf-8-sig")


def test_what_waits_is_seen_by_nobody_else_and_rests_encrypted(desk: Office) -> None:
    place = desk.clerk("马编辑").upload(IMPORT, "农户.csv", MORE.encode()).location
    other = desk.clerk("别乡编辑")
    assert other.get(place).status_code == 404
    assert other.get(f"{place}/errors.csv").status_code == 404
    raw = (desk.house.installation.folder / "zhida.db").read_bytes()
    wal = desk.house.installation.folder / "zhida.db-wal"
    assert "马德山".encode() not in raw + (wal.read_bytes() if wal.exists() else b"")


def test_a_table_that_is_not_wanted_is_forgotten(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    place = clerk.upload(IMPORT, "农户.csv", MORE.encode()).location
    clerk.send(place, {"act": "drop"})
    assert clerk.get(place).status_code == 404


def test_a_file_that_is_no_table_is_refused_in_one_sentence(desk: Office) -> None:
    answer = desk.clerk("马编辑").upload(IMPORT, "农户.xlsx", b"not a workbook")
    assert answer.status_code == 400
    assert 'href="#file"' in answer.text


def test_a_table_of_villages_one_does_not_manage_is_refused(desk: Office) -> None:
    answer = desk.clerk("别乡编辑").upload(IMPORT, "农户.csv", MORE.encode())
    assert "不归您管理" in answer.text
    with desk.database.reading() as session:
        assert session.scalar(select(Household).where(Household.reference == "H-MA")) is None


def test_a_count_never_reaches_beyond_the_own_area(desk: Office) -> None:
    answer = desk.clerk("别乡推送").send("/staff/households/trial", {"audience": "everybody", "act": "count", "divisions": ["640425100"]})
    assert "没有符合的农户" in words_of(answer.text)


def test_a_condition_is_tried_and_shown_by_place(desk: Office) -> None:
    clerk = desk.clerk("赵推送")
    assert clerk.get("/staff/households").location == "/staff/households/trial"
    answer = clerk.send("/staff/households/trial", {"audience": "everybody", "act": "count"})
    words = words_of(answer.text)
    assert "白阳镇 少于 5 户" in words
    assert "合计 少于 5 户" in words
