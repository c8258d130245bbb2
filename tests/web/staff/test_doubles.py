"""One identity number in two households: both stand until a clerk decides, and the decision is kept."""

from __future__ import annotations

from sqlalchemy import select

from kernel.audit import AuditEntry
from profiles.access import AccessEntry, Look
from profiles.changes.models import Decision, ResidentDouble
from profiles.intake.identity import check_digit
from profiles.models import Resident, Standing
from tests.web.staff.office import REGISTER, YAOHE, Office, words_of

IMPORT, LIST = "/staff/households/import", "/staff/households/doubles"
HEAD = REGISTER.splitlines()[0]
NUMBER = "99999919900102001" + check_digit("99999919900102001")


def table(second_village: str = YAOHE) -> bytes:
    """海家's son stands with his parents and with his wife's family."""
    return f"""{HEAD}
H-HAI,{YAOHE},一组,海正明,海正明,户主,,,1965-01-01,男,,,,
H-HAI,{YAOHE},一组,海正明,海小川,儿子,{NUMBER},,1990-01-02,男,,,,
H-YANG,{second_village},二组,杨桂花,杨桂花,户主,,,1966-01-01,女,,,,
H-YANG,{second_village},二组,杨桂花,海小川,女婿,{NUMBER},,1990-01-02,男,,,,
""".encode()


def brought(desk: Office, content: bytes | None = None) -> str:
    """The table is in; gives the address of the pair."""
    clerk = desk.clerk("马编辑")
    clerk.send(clerk.upload(IMPORT, "农户.csv", content or table()).location, {"act": "import"})
    with desk.database.reading() as session:
        pair = session.scalars(select(ResidentDouble)).one()
    return f"{LIST}/{pair.first_id}-{pair.second_id}"


def standings(desk: Office) -> list[str]:
    with desk.database.reading() as session:
        return [one.standing for one in session.scalars(
            select(Resident).where(Resident.id_index.is_not(None)).order_by(Resident.id))]


def test_a_pair_is_listed_masked_and_told_on_the_desk(desk: Office) -> None:
    brought(desk)
    page = desk.clerk("马编辑").page(LIST)
    assert "海*川" in page
    assert NUMBER not in page
    assert "海小川" not in page
    assert "个证件号码登记在两户" in desk.clerk("马编辑").page("/staff/")


def test_two_names_under_one_number_are_warned_of_before_anybody_is_moved_out(desk: Office) -> None:
    place = brought(desk, table().replace("杨桂花,海小川".encode(), "杨桂花,杨小河".encode()))
    assert "证件号码登错了" in words_of(desk.clerk("马编辑").page(place))


def test_one_name_under_one_number_is_not_warned_of(desk: Office) -> None:
    place = brought(desk)
    assert "证件号码登错了" not in words_of(desk.clerk("马编辑").page(place))
    assert 'href="/staff/households/of/H-HAI"' in desk.clerk("马编辑").get(place).text


def test_here_means_moved_away_there(desk: Office) -> None:
    place = brought(desk)
    desk.clerk("马编辑").send(place, {"decision": "second"})
    assert standings(desk) == [Standing.MOVED, Standing.PRESENT]
    assert "没有一个人登记在两户" in desk.clerk("马编辑").page(LIST)
    with desk.database.reading() as session:
        decided = session.scalars(select(ResidentDouble)).one()
        acts = session.scalars(select(AuditEntry).where(AuditEntry.act == "判定一人两户")).all()
    assert (decided.decision, decided.decided_by) == (Decision.SECOND, "马编辑")
    assert {one.subject for one in acts} == {"household:H-HAI", "household:H-YANG"}


def test_both_right_needs_a_reason_and_is_not_asked_again(desk: Office) -> None:
    place = brought(desk)
    clerk = desk.clerk("马编辑")
    assert "请写明为什么两处都对" in words_of(clerk.send(place, {"decision": "both"}).text)
    clerk.send(place, {"decision": "both", "reason": "户口在父母家，常住岳家"})
    assert standings(desk) == [Standing.PRESENT, Standing.PRESENT]
    assert "没有一个人登记在两户" in clerk.page(LIST)
    clerk.send(clerk.upload(IMPORT, "农户.csv", table()).location, {"act": "import"})
    assert "没有一个人登记在两户" in clerk.page(LIST)


def test_nobody_moves_out_a_member_of_another_area(desk: Office) -> None:
    place = brought(desk, table("640425101200"))
    stranger = desk.clerk("别乡编辑")
    page = stranger.page(place)
    assert "H-HAI" not in page
    answer = stranger.send(place, {"decision": "second"})
    assert "不归您管" in words_of(answer.text)
    assert standings(desk) == [Standing.PRESENT, Standing.PRESENT]
    stranger.send(place, {"decision": "first"})
    assert standings(desk) == [Standing.PRESENT, Standing.MOVED]


def test_the_list_and_the_page_of_a_pair_are_looks_at_both(desk: Office) -> None:
    clerk, address = desk.clerk("马编辑"), brought(desk)
    clerk.get(LIST)
    clerk.get(address)
    with desk.database.reading() as session:
        looks = [(one.look, one.subject, one.found) for one in session.scalars(select(AccessEntry).order_by(AccessEntry.id))]
    assert looks == [(Look.LISTED, "一人两户", 2), (Look.PAGE, "H-HAI", 1), (Look.PAGE, "H-YANG", 1)]
