"""An erased person's name in what the staff wrote: hidden where it may be, else pointed out to whoever erases."""

from __future__ import annotations

import json

from sqlalchemy import select

from kernel.audit import SYSTEM, Actor, AuditEntry, record
from knowledge import consultations
from knowledge.case_models import Act, Step
from knowledge.gap_models import Gap, GapWording, Question
from knowledge.models import Consultation
from profiles.access import AccessEntry, Look
from profiles.changes import reporting
from profiles.changes.models import ChangeKind, ChangeReport, ReportState
from profiles.changes.reporting import PURPOSE
from profiles.data_requests import RequestKind, ask
from profiles.models import Household, ImportRun, Resident
from push.visits import Visit, VisitState, Why
from tests.web.staff.office import NOW, YAOHE, Office
from web.holdings import Erasure, erase, export

CADRE = Actor("韩村干", frozenset({"cadre"}), YAOHE)


def home_of(desk: Office, reference: str) -> Household:
    with desk.database.reading() as session:
        return session.scalars(select(Household).where(Household.reference == reference)).one()


def li(desk: Office) -> Resident:
    with desk.database.reading() as session:
        return session.scalars(select(Resident).where(Resident.household_id == home_of(desk, "H-LI").id)).one()


def reported(desk: Office, household: str, words: str, *, settled: bool = True) -> int:
    """What a cadre wrote of a household; the office took note of it."""
    with desk.database.writing() as session:
        number = reporting.report(session, desk.house.keyring, CADRE, home_of(desk, household), ChangeKind.OTHER, {"words": words}, NOW)
        if settled:
            session.get_one(ChangeReport, number).state = ReportState.CONFIRMED
        return number


def said(desk: Office, number: int) -> str:
    with desk.database.reading() as session:
        return str(json.loads(desk.house.keyring.decrypt(session.get_one(ChangeReport, number).content, PURPOSE))["words"])


def with_a_daughter(desk: Office) -> str:
    """李家 with one more, so that the household stays when its head goes; the head's reference."""
    with desk.database.writing() as session:
        head = session.get_one(Resident, li(desk).id)
        session.add(Resident(reference="R-LI-2", household_id=head.household_id, name=desk.house.keyring.encrypt("李小宝", "name"),
                             name_index=desk.house.keyring.index("李小宝", "name"), standing=head.standing, is_head=False,
                             updated_at=NOW))
        return head.reference


def erased(desk: Office, reference: str, *, from_register: bool = False) -> Erasure:
    done = erase(desk.house, reference, SYSTEM, "李秀英本人申请", from_register=from_register, dry_run=False)
    assert done is not None
    return done


def test_a_name_in_the_name_of_a_file_and_in_a_visits_note_is_hidden(desk: Office) -> None:
    with desk.database.writing() as session:
        session.add(ImportRun(at=NOW, actor="马编辑", kind="households", file_name="李秀英家更正.xlsx", digest="", counts={}, warnings=[]))
        session.add(Visit(id=1, dispatch_id=1, household_id=home_of(desk, "H-LI").id, why=Why.NOT_REACHED, state=VisitState.DONE, asked_at=NOW,
                          note="李秀英在女儿家"))
    done = erased(desk, li(desk).reference)
    assert [(one.kind, one.count) for one in done.ended if "文件名" in one.kind] == [("工作人员写的话和文件名里的姓名", 2)]
    with desk.database.reading() as session:
        assert session.scalars(select(ImportRun.file_name).order_by(ImportRun.id.desc())).first() == "李某某家更正.xlsx"
        assert session.scalars(select(Visit.note)).one() == "李某某在女儿家"


def test_a_cadres_words_are_pointed_out_while_the_register_stays(desk: Office) -> None:
    own, other = reported(desk, "H-LI", "李秀英搬去县城"), reported(desk, "H-WANG", "和李秀英家合伙养牛")
    export(desk.house, li(desk).reference, SYSTEM, "李秀英来电要一份")
    with desk.database.writing() as session:
        record(session, NOW, SYSTEM, "恢复登记", f"resident:{li(desk).reference}", {"理由": "李秀英同意"})
    done = erased(desk, li(desk).reference)
    assert (said(desk, own), said(desk, other)) == ("李秀英搬去县城", "和李秀英家合伙养牛")
    told = {one.kind: one.numbers for one in done.mentions}
    assert told["村干部报告的变化"] == (own, other)
    assert len(told["操作记录的说明"]) == 1
    assert len(told["查看记录的理由"]) == 1


def test_as_the_register_goes_the_households_reports_lose_the_name_and_those_of_others_are_pointed_out(desk: Office) -> None:
    own, other = reported(desk, "H-LI", "李秀英搬去县城"), reported(desk, "H-WANG", "和李秀英家合伙养牛")
    chen = reported(desk, "H-CHEN", "陈家有人去打工")
    done = erased(desk, with_a_daughter(desk), from_register=True)
    assert (said(desk, own), said(desk, other), said(desk, chen)) == ("李某某搬去县城", "和李秀英家合伙养牛", "陈家有人去打工")
    assert [one.numbers for one in done.mentions if one.kind == "村干部报告的变化"] == [(other,)]


def test_what_waits_to_be_settled_keeps_the_name_and_is_pointed_out(desk: Office) -> None:
    own = reported(desk, "H-LI", "李秀英搬去县城", settled=False)
    done = erased(desk, with_a_daughter(desk), from_register=True)
    assert said(desk, own) == "李秀英搬去县城"
    assert [one.numbers for one in done.mentions] == [(own,)]


def test_the_reason_of_an_erasure_does_not_keep_the_name_either(desk: Office) -> None:
    erased(desk, li(desk).reference)
    with desk.database.reading() as session:
        assert session.scalars(select(AuditEntry).where(AuditEntry.act == "删除个人信息")).one().details["理由"] == "李某某本人申请"
        assert session.scalars(select(AccessEntry).where(AccessEntry.look == Look.ERASED)).one().reason == "李某某本人申请"


def test_whoever_settles_an_erasure_is_led_to_the_reports(desk: Office) -> None:
    number = reported(desk, "H-WANG", "和李秀英家合伙养牛")
    with desk.database.writing() as session:
        person = session.get_one(Resident, li(desk).id)
        session.add(Gap(state="open", title="李秀英了家的地", office="", suggested_score=0.0, assigned_to="", reason="", opened_at=NOW,
                        last_at=NOW, settled_by=""))
        session.add(Resident(reference="R-LI-3", household_id=person.household_id, name=desk.house.keyring.encrypt("李秀英了", "name"),
                             name_index=desk.house.keyring.index("李秀英了", "name"), standing=person.standing, is_head=False, updated_at=NOW))
        asked = ask(session, desk.house.keyring, RequestKind.ERASE, person.id, person.reference, YAOHE, "", NOW, 15)
    shown = desk.clerk("马编辑").get(f"/staff/households/requests/{asked.number}")
    assert "这些话里还写着同样的姓名" in shown.text
    assert f"/staff/households/changes/{number}" in shown.text
    assert "没答上的问法里的姓名 1 条。不记是谁问的" in shown.text


def test_a_short_name_is_not_hidden_within_the_longer_name_of_a_neighbour(desk: Office) -> None:
    """李国 goes, 李国成 of the same village does not become 李某成; whom nobody there is called, 李国栋, may be 李国."""
    with desk.database.writing() as session:
        head = session.get_one(Resident, li(desk).id)
        for number, name in ((3, "李国"), (4, "李国成")):
            session.add(Resident(reference=f"R-LI-{number}", household_id=head.household_id, name=desk.house.keyring.encrypt(name, "name"),
                                 name_index=desk.house.keyring.index(name, "name"), standing=head.standing, is_head=False, updated_at=NOW))
        session.add(Visit(id=1, dispatch_id=1, household_id=head.household_id, why=Why.NOT_REACHED, state=VisitState.DONE, asked_at=NOW,
                          note="李国不在，李国成说他打工去了，李国栋也不在"))
    done = erased(desk, "R-LI-3")
    with desk.database.reading() as session:
        assert session.scalars(select(Visit.note)).one() == "李某不在，李国成说他打工去了，李某栋也不在"
    assert [one.numbers for one in done.mentions if one.kind == "入户备注"] == [(1,)]


def test_the_name_in_what_anybody_asked_is_hidden_unless_it_may_be_a_word(desk: Office) -> None:
    head = li(desk)
    with desk.database.writing() as session:
        gap = Gap(state="open", title="李秀英家的地", office="", suggested_score=0.0, assigned_to="", reason="", opened_at=NOW, last_at=NOW,
                  settled_by="")
        session.add_all((gap, Question(at=NOW, channel="web", text="李秀英家的地谁在种，安全吗", decision="hand_over")))
        session.flush()
        session.add(GapWording(gap_id=gap.id, key="k", text="李秀英家的地谁在种", vain="hand_over", asked=1, last_at=NOW))
        session.add(Resident(reference="R-LI-3", household_id=head.household_id, name=desk.house.keyring.encrypt("安全", "name"),
                             name_index=desk.house.keyring.index("安全", "name"), standing=head.standing, is_head=False, updated_at=NOW))
    done = erased(desk, head.reference)
    assert [(one.kind, one.count) for one in done.ended if "问过的话" in one.kind] == [("群众问过的话和没答上的问法里的姓名", 3)]
    assert [one.kind for one in done.mentions] == []
    short = erased(desk, "R-LI-3")
    assert [(one.kind, one.count, one.numbers) for one in short.mentions] == [("群众问过的话和没答上的问法里的姓名", 1, ())]
    with desk.database.reading() as session:
        assert "李某某家的地谁在种，安全吗" in session.scalars(select(Question.text)).all()
        assert "李某某家的地谁在种" in session.scalars(select(GapWording.text)).all()
        assert "李某某家的地" in session.scalars(select(Gap.title)).all()


def test_an_answer_to_somebody_else_that_names_the_person_is_pointed_out_by_its_number(desk: Office) -> None:
    with desk.database.writing() as session:
        told = [consultations.take(session, desk.house.keyring, "web", f"browser-{place}", YAOHE, "路断了", NOW).number
                for place in range(3)]
        consultations.answer(session, told[0], "李秀英家门口那段，镇上已去看。", SYSTEM, NOW)
        case = session.scalars(select(Consultation).where(Consultation.number == told[1])).one()
        session.add(Step(consultation_id=case.id, at=NOW, act=Act.PASSED_ON, by="马编辑", words="李秀英家门口"))
    done = erased(desk, li(desk).reference)
    assert [(one.kind, one.numbers) for one in done.mentions] == [("留言的答复和办理说明", (told[0], told[1]))]
