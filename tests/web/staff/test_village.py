"""村里的事: what a cadre posts, takes down, passes on and whom they visit, one tap each; the office sees figures."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

from kernel.audit import Actor
from notices import lifecycle
from notices.models import Notice, Revision
from profiles.access import AccessEntry
from profiles.models import Household
from push import noticeboards
from push.models import Dispatch
from push.postings import Posting, PostState, PostWhy, post_in
from push.states import DispatchState
from push.visits import Visit, Why, ask_for
from tests.web.staff.office import NOW, YAOHE, Office

VILLAGE, VISITS = "/staff/village", "/staff/village/visits"
LIST, EMERGENCY = "PY-2026-008", "PY-2026-012"


@pytest.fixture
def board(desk: Office) -> Office:
    """The county whose boards follow what is published."""
    noticeboards.keep_up(desk.database, NOW)
    return desk


def _number(board: Office, reference: str, village: str = YAOHE) -> int:
    with board.database.reading() as session:
        return session.scalars(select(Posting.id).where(Posting.reference == reference, Posting.village == village)).one()


def _state(board: Office, reference: str) -> str:
    with board.database.reading() as session:
        return str(session.scalars(select(Posting.state).where(Posting.reference == reference, Posting.village == YAOHE)).one())


def _listed(board: Office, *references: str, title: str = "特困人员取暖补贴开始登记", topic: str = "住房") -> int:
    """A push whose unclear households are to be visited."""
    with board.database.writing() as session:
        notice = session.scalars(select(Notice).where(Notice.reference == "PY-2026-016")).one()
        dispatch = Dispatch(notice_id=notice.id, notice_reference=notice.reference, title=title, topic=topic, digest="d",
                            purpose="notice", state=DispatchState.RUNNING, content={}, channels=["sms"], divisions=["640425"],
                            sent_by="赵推送", created_at=NOW, release_at=NOW)
        session.add(dispatch)
        session.flush()
        wanted = select(Household.id).where(Household.reference.in_(references))
        ask_for(session, dispatch.id, wanted, Why.POSSIBLY, NOW)
        return dispatch.id


def test_emergencies_stand_first_and_every_sheet_has_its_paper(board: Office) -> None:
    page = board.clerk("韩村干").page(VILLAGE)
    assert page.index("煤烟") < page.index("拟发名单公示")
    assert "待张贴" in page
    assert "红河镇到县城路上修桥" not in page


def test_a_tick_says_that_it_hangs_and_can_be_taken_back(board: Office) -> None:
    cadre, number = board.clerk("韩村干"), _number(board, LIST)
    assert cadre.send(f"{VILLAGE}/sheets/{number}/posted", {}, form_at=VILLAGE).status_code == 302
    assert _state(board, LIST) == "posted"
    assert "现在贴着的" in cadre.page(VILLAGE)
    cadre.send(f"{VILLAGE}/sheets/{number}/posted", {}, form_at=VILLAGE)
    assert _state(board, LIST) == "posted"
    cadre.send(f"{VILLAGE}/sheets/{number}/undo", {}, form_at=VILLAGE)
    assert _state(board, LIST) == "wanted"


def test_what_is_withdrawn_comes_down_with_one_tap(board: Office) -> None:
    cadre, number = board.clerk("韩村干"), _number(board, LIST)
    cadre.send(f"{VILLAGE}/sheets/{number}/posted", {}, form_at=VILLAGE)
    editor = board.clerk("马编辑")
    path = f"/staff/notices/of/{LIST}/withdraw"
    assert editor.send(path, {"reason": "数字有误"}).status_code == 302
    assert "从公示栏取下来" in cadre.page(VILLAGE)
    cadre.send(f"{VILLAGE}/sheets/{number}/taken_down", {}, form_at=VILLAGE)
    assert _state(board, LIST) == "taken_down"
    cadre.send(f"{VILLAGE}/sheets/{number}/posted", {}, form_at=VILLAGE)
    assert _state(board, LIST) == "taken_down"
    assert "不能记" in cadre.page(VILLAGE)


def test_a_cadre_has_nothing_to_do_with_another_villages_board(board: Office) -> None:
    cadre = board.clerk("韩村干")
    with board.database.reading() as session:
        number = session.scalars(select(Posting.id).where(~Posting.village.startswith(YAOHE))).first()
    for path in ("sheet.pdf", "card"):
        assert cadre.get(f"{VILLAGE}/sheets/{number}/{path}").status_code == 404
    cadre.send(f"{VILLAGE}/sheets/{number}/posted", {}, form_at=VILLAGE)
    with board.database.reading() as session:
        assert session.get_one(Posting, number).state == "wanted"


def test_only_cadres_tick_and_an_administrator_only_looks(board: Office) -> None:
    assert board.clerk("马编辑").get(VILLAGE).status_code == 403
    looking, number = board.clerk("石管理"), _number(board, LIST)
    assert looking.get(VILLAGE).status_code == 200
    assert looking.send(f"{VILLAGE}/sheets/{number}/posted", {}, form_at=VILLAGE).status_code == 403


def test_the_sheet_prints_with_full_names_and_in_large_type(board: Office) -> None:
    cadre, number = board.clerk("韩村干"), _number(board, LIST)
    pages = [PdfReader(BytesIO(cadre.get(f"{VILLAGE}/sheets/{number}/sheet.pdf{size}").data)).pages for size in ("", "?size=large")]
    assert len(pages[1]) >= len(pages[0]) >= 1
    assert len(pages[1][0].extract_text()) < len(pages[0][0].extract_text())
    assert "12345" in pages[0][0].extract_text()


def test_the_card_for_the_group_is_public_text_with_the_address_and_no_list_of_names(board: Office) -> None:
    cadre = board.clerk("韩村干")
    page = cadre.page(f"{VILLAGE}/sheets/{_number(board, EMERGENCY)}/card")
    assert f"/notices/{EMERGENCY}" in page
    assert "煤烟" in page
    listed = cadre.page(f"{VILLAGE}/sheets/{_number(board, LIST)}/card")
    assert "名单贴在村公示栏" in listed
    assert "**" not in listed
    assert "元" not in listed


def test_a_neutral_sheet_passes_on_its_own_words_alone(board: Office) -> None:
    with board.database.writing() as session:
        notice = session.scalars(select(Notice).where(Notice.reference == "PY-2026-002")).one()
        post_in(session, notice_id=notice.id, reference=notice.reference, divisions=[YAOHE], why=PostWhy.VILLAGE, now=NOW)
    cadre, number = board.clerk("韩村干"), _number(board, "PY-2026-002")
    for path in (VILLAGE, f"{VILLAGE}/sheets/{number}/card"):
        page = cadre.page(path)
        assert "核对" in page
        assert "肉牛见犊补母" not in page


def test_the_visit_list_names_whole_households_tells_no_hardship_and_is_on_record(board: Office) -> None:
    _listed(board, "H-WANG", "H-CHEN")
    page = board.clerk("韩村干").page(VISITS)
    assert "王建国" in page
    assert "登记资料不全，请当面核对" in page
    assert "住房方面的一件事" in page
    for word in ("特困", "脱贫"):
        assert word not in page
    assert page.index("陈有福") < page.index("王建国")
    with board.database.reading() as session:
        look = session.scalars(select(AccessEntry).where(AccessEntry.subject == "入户名单")).one()
        assert (look.actor, look.found, look.division) == ("韩村干", 2, YAOHE)


def test_a_household_visited_for_two_things_is_one_line_and_one_tap(board: Office) -> None:
    _listed(board, "H-WANG")
    _listed(board, "H-WANG", title="玉米良种补贴开始登记")
    cadre = board.clerk("韩村干")
    assert cadre.page(VISITS).count("王建国") == 1
    cadre.send(f"{VISITS}/of/H-WANG/done", {}, form_at=VISITS)
    with board.database.reading() as session:
        assert {(str(one.state), one.ticked_by) for one in session.scalars(select(Visit))} == {("done", "韩村干")}
    assert "已经去过的" in cadre.page(VISITS)
    cadre.send(f"{VISITS}/of/H-WANG/open", {}, form_at=VISITS)
    with board.database.reading() as session:
        assert {(str(one.state), one.ticked_by) for one in session.scalars(select(Visit))} == {("open", None)}


def test_at_the_door_the_deadline_is_said_as_it_stands_by_now(board: Office) -> None:
    number = _listed(board, "H-WANG")
    with board.database.writing() as session:
        session.execute(update(Dispatch).where(Dispatch.id == number).values(deadline=NOW + timedelta(days=30)))
    page = board.clerk("韩村干").page(VISITS)
    assert "12月31日前" in page
    assert "12月23日" not in page


def test_who_was_not_met_stays_on_the_list(board: Office) -> None:
    _listed(board, "H-WANG")
    cadre = board.clerk("韩村干")
    cadre.send(f"{VISITS}/of/H-WANG/not_met", {}, form_at=VISITS)
    page = cadre.page(VISITS)
    assert "没见到人" in page
    assert "要去的" in page


def test_a_word_may_be_added_for_next_time(board: Office) -> None:
    _listed(board, "H-WANG")
    cadre = board.clerk("韩村干")
    for note in ("", "白天在地里，晚上再去"):
        cadre.send(f"{VISITS}/of/H-WANG/not_met", {"note": note}, form_at=VISITS)
    assert "没见到人：白天在地里，晚上再去" in cadre.page(VISITS)
    cadre.send(f"{VISITS}/of/H-WANG/done", {}, form_at=VISITS)
    with board.database.reading() as session:
        assert session.scalars(select(Visit.note)).one() == ""


def test_a_note_with_a_number_is_refused(board: Office) -> None:
    _listed(board, "H-WANG")
    cadre = board.clerk("韩村干")
    cadre.send(f"{VISITS}/of/H-WANG/not_met", {"note": "打13900000001"}, form_at=VISITS)
    assert "备注里不要写电话" in cadre.page(VISITS)
    with board.database.reading() as session:
        assert session.scalars(select(Visit.state)).one() == "open"


def test_an_administrator_sees_names_hidden_and_no_other_village_ticks(board: Office) -> None:
    _listed(board, "H-WANG")
    page = board.clerk("石管理").page(f"{VISITS}?village={YAOHE}")
    assert "王建国" not in page
    assert "王*国" in page


def test_the_paper_has_a_line_a_household_and_names_no_hardship(board: Office) -> None:
    _listed(board, "H-WANG", "H-LI")
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(board.clerk("韩村干").get(f"{VISITS}/list.pdf").data)).pages)
    for word in ("入户通知单", "王建国", "李秀英", "0954"):
        assert word in text
    assert "特困" not in text


def test_visits_of_a_withdrawn_notice_or_a_stopped_push_are_asked_of_nobody(board: Office) -> None:
    number = _listed(board, "H-WANG")
    cadre, sender = board.clerk("韩村干"), board.clerk("赵推送")
    assert "户等村里入户" in sender.page("/staff/")
    with board.database.writing() as session:
        session.execute(update(Dispatch).where(Dispatch.id == number).values(state=DispatchState.STOPPED))
    assert "王建国" not in cadre.page(VISITS)
    assert "户等村里入户" not in sender.page("/staff/")
    assert "村干部不用再去" in sender.page(f"/staff/push/{number}/visits")
    with board.database.writing() as session:
        session.execute(update(Dispatch).where(Dispatch.id == number).values(state=DispatchState.RUNNING))
        lifecycle.withdraw(session, "PY-2026-016", Actor("马编辑", frozenset({"editor"}), "640425"), NOW, reason="有误")
    assert "王建国" not in cadre.page(VISITS)


def test_the_office_sees_figures_and_no_names(board: Office) -> None:
    number = _listed(board, "H-WANG", "H-LI", "H-CHEN")
    page = board.clerk("赵推送").page(f"/staff/push/{number}/visits")
    assert "少于 5 户" in page
    assert "姚河" in page
    assert "王建国" not in page
    assert "村干部不用再去" not in page
    posted = board.clerk("马编辑").page(f"/staff/notices/of/{EMERGENCY}/posted")
    assert "待张贴" in posted
    assert "姚河" in posted


def test_what_was_called_back_before_it_hung_did_not_come_down(board: Office) -> None:
    board.clerk("韩村干").send(f"{VILLAGE}/sheets/{_number(board, EMERGENCY)}/posted", {}, form_at=VILLAGE)
    with board.database.writing() as session:
        lifecycle.withdraw(session, EMERGENCY, Actor("马编辑", frozenset({"editor"}), "640425"), NOW, reason="过时")
    noticeboards.keep_up(board.database, NOW)
    page = board.clerk("马编辑").page(f"/staff/notices/of/{EMERGENCY}/posted")
    assert "待撤下 1 个村 已撤下 0 个村 不用贴了" in page


def test_the_desk_tells_a_cadre_what_waits(board: Office) -> None:
    _listed(board, "H-WANG")
    page = board.clerk("韩村干").page("/staff/")
    assert "张紧急通知要张贴" in page
    assert "张信息要张贴到公示栏" in page
    assert "户要去一趟" in page
    with board.database.writing() as session:
        session.execute(update(Posting).values(state=PostState.TO_TAKE_DOWN))
    assert "要撤下" in board.clerk("韩村干").page("/staff/")


def _visits(board: Office) -> dict[int, tuple[str, str]]:
    with board.database.reading() as session:
        return {one.dispatch_id: (str(one.state), one.note) for one in session.scalars(select(Visit))}


def test_an_errand_added_since_the_page_was_opened_is_not_ticked_with_the_others(board: Office) -> None:
    first = _listed(board, "H-WANG")
    cadre = board.clerk("韩村干")
    assert f'name="errand" value="{first}"' in cadre.get(VISITS).text
    second = _listed(board, "H-WANG", title="玉米良种补贴开始登记")
    cadre.send(f"{VISITS}/of/H-WANG/done", {"errand": str(first)}, form_at=VISITS)
    assert _visits(board) == {first: ("done", ""), second: ("open", "")}
    assert "已经去过的" not in cadre.page(VISITS)


def test_what_was_told_weeks_ago_stays_told_when_nobody_is_met_or_a_tap_is_taken_back(board: Office) -> None:
    first, cadre = _listed(board, "H-WANG"), board.clerk("韩村干")
    cadre.send(f"{VISITS}/of/H-WANG/done", {}, form_at=VISITS)
    with board.database.writing() as session:
        session.execute(update(Visit).values(ticked_at=NOW - timedelta(days=7)))
    second = _listed(board, "H-WANG", title="玉米良种补贴开始登记")
    cadre.send(f"{VISITS}/of/H-WANG/not_met", {}, form_at=VISITS)
    assert _visits(board) == {first: ("done", ""), second: ("not_met", "")}
    cadre.send(f"{VISITS}/of/H-WANG/open", {}, form_at=VISITS)
    assert _visits(board) == {first: ("done", ""), second: ("open", "")}


def test_a_second_cadres_stale_page_overwrites_neither_a_visit_nor_a_note(board: Office) -> None:
    number, one, other = _listed(board, "H-WANG"), board.clerk("韩村干"), board.clerk("韩村干")
    one.send(f"{VISITS}/of/H-WANG/not_met", {"note": "晚上再去"}, form_at=VISITS)
    other.send(f"{VISITS}/of/H-WANG/not_met", {}, form_at=VISITS)
    assert _visits(board) == {number: ("not_met", "晚上再去")}
    one.send(f"{VISITS}/of/H-WANG/done", {}, form_at=VISITS)
    other.send(f"{VISITS}/of/H-WANG/not_met", {}, form_at=VISITS)
    assert _visits(board) == {number: ("done", "")}
    assert "这一户刚才已经记了“已入户”" in other.page(VISITS)


def test_a_sheet_called_back_on_the_way_to_the_board_is_asked_down_again(board: Office) -> None:
    cadre, number = board.clerk("韩村干"), _number(board, LIST)
    board.clerk("马编辑").send(f"/staff/notices/of/{LIST}/withdraw", {"reason": "数字有误"})
    assert _state(board, LIST) == "taken_down"
    assert "不用贴了" in cadre.page(VILLAGE)
    cadre.send(f"{VILLAGE}/sheets/{number}/posted", {}, form_at=VILLAGE)
    assert _state(board, LIST) == "to_take_down"
    assert "贴上的请取下来" in cadre.page(VILLAGE)


def test_a_sheet_in_words_that_were_replaced_meanwhile_is_not_taken_for_the_new_one(board: Office) -> None:
    cadre, number = board.clerk("韩村干"), _number(board, LIST)
    cadre.send(f"{VILLAGE}/sheets/{number}/posted", {"asked": "2026-01-01T08:00:00+08:00"}, form_at=VILLAGE)
    assert _state(board, LIST) == "wanted"
    page = cadre.page(VILLAGE)
    assert "您贴的是旧的" in page
    assert "取下旧的，换上新的" in page


def test_a_double_tap_on_taking_back_is_no_fault(board: Office) -> None:
    cadre, number = board.clerk("韩村干"), _number(board, LIST)
    for act in ("posted", "undo", "undo"):
        cadre.send(f"{VILLAGE}/sheets/{number}/{act}", {}, form_at=VILLAGE)
    assert _state(board, LIST) == "wanted"
    page = cadre.page(VILLAGE)
    assert "回到“待张贴”" in page
    assert "没有可以撤销的" not in page


def test_what_was_called_back_is_neither_printed_nor_passed_on_from_an_old_page(board: Office) -> None:
    cadre, number = board.clerk("韩村干"), _number(board, LIST)
    board.clerk("马编辑").send(f"/staff/notices/of/{LIST}/withdraw", {"reason": "数字有误"})
    for path in ("sheet.pdf", "card"):
        assert cadre.get(f"{VILLAGE}/sheets/{number}/{path}").status_code == 302
        assert "已经撤下或过期" in cadre.page(VILLAGE)


def _of_condition(board: Office, condition: dict[str, object], *references: str) -> int:
    """A push of a notice whose condition these households' data leave open."""
    number = _listed(board, *references)
    with board.database.writing() as session:
        dispatch = session.get_one(Dispatch, number)
        revision = session.scalars(select(Revision).where(Revision.notice_id == dispatch.notice_id)).first()
        assert revision is not None
        revision.content = {**revision.content, "condition": condition}
        dispatch.digest = revision.digest
    return number


def test_a_cadre_is_told_what_to_ask_at_the_door_and_where_to_report_it(board: Office) -> None:
    _of_condition(board, {"fact": "livestock.骆驼", "at_least": 1}, "H-CHEN")
    cadre = board.clerk("韩村干")
    assert "请当面核对： 您家现在养骆驼吗" in cadre.page(VISITS)
    assert "/staff/households/of/H-CHEN/changes" in cadre.get(VISITS).text
    paper = "".join(page.extract_text() for page in PdfReader(BytesIO(cadre.get(f"{VISITS}/list.pdf").data)).pages)
    assert "骆驼" in paper


def test_what_touches_hardship_is_not_asked_from_a_list(board: Office) -> None:
    _of_condition(board, {"fact": "household.income_per_head", "at_most": 1}, "H-WANG")
    page = board.clerk("韩村干").page(VISITS)
    assert "登记资料不全，请当面核对" in page
    assert "收入" not in page
