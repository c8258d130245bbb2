"""What people could not find, at the desks of those who write the answers."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from knowledge import gap_figures, gaps, versions
from knowledge.encoders import LexicalOnly
from knowledge.gap_models import Gap, GapCount, GapState, GapWording, Vain
from knowledge.gathering import gather
from tests.web.staff.office import NOW, OTHER, YAOHE, Clerk, Office

LAMP = "路灯坏了找谁"
LIST = "/staff/knowledge/gaps"


def gap_of(desk: Office, title: str = LAMP) -> Gap:
    with desk.database.reading() as session:
        return session.scalars(select(Gap).where(Gap.title == title)).one()


def ask(desk: Office, text: str, division: str) -> None:
    with desk.database.writing() as session:
        gaps.note(session, channel="web", text=text, division=division, decision="hand_over", entry_id=None, score=0.0, now=NOW)
    gather(desk.database, LexicalOnly(), desk.house.installation.folder / "gaps", NOW)


def suggest(desk: Office, entry_id: str = "med-pay") -> Gap:
    with desk.database.writing() as session:
        gap = session.scalars(select(Gap).where(Gap.title == LAMP)).one()
        gap.suggested_id, gap.suggested_score, gap.office = entry_id, 0.42, "县医保局"
    return gap_of(desk)


def place(desk: Office) -> str:
    return f"{LIST}/{gap_of(desk).id}"


def test_what_was_asked_most_stands_first_with_the_nearest_entry(desk: Office) -> None:
    suggest(desk)
    page = desk.clerk("祁坐席").page(LIST)
    assert page.index(f"{LAMP} 2 次") < page.index("养蜂有没有补贴 1 次")
    assert "像 42% 彭阳县医疗保障局" in page
    assert "没有接近的，要新写" in page


def test_the_desk_counts_what_nobody_has_taken_on(desk: Office) -> None:
    assert "2 个问题群众没问到" in desk.clerk("祁坐席").page("/staff/")
    desk.clerk("祁坐席").send(f"{place(desk)}/write", {}, form_at=LIST)
    assert "1 个问题群众没问到" in desk.clerk("马编辑").page("/staff/")


def test_a_township_sees_what_its_own_villages_asked_and_nothing_else(desk: Office) -> None:
    assert "群众问的，最近都答上来了" in desk.clerk("别乡坐席").page(LIST)
    assert desk.clerk("别乡坐席").get(place(desk)).status_code == 404
    assert desk.clerk("别乡坐席").send(f"{place(desk)}/write", {}, form_at=LIST).status_code == 404
    ask(desk, LAMP, f"{OTHER}203")
    assert f"{LAMP} 1 次" in desk.clerk("别乡坐席").page(LIST)
    assert f"{LAMP} 3 次" in desk.clerk("祁坐席").page(LIST)


@pytest.mark.parametrize(("query", "is_there"), [
    (f"place={YAOHE[:9]}", True), (f"place={OTHER}", False), ("office=县医保局", True), ("office=县民政局", False),
    ("state=closed", False), ("span=520", True), ("state=nonsense&span=x", True)])
def test_the_list_is_narrowed_by_place_office_state_and_time(desk: Office, query: str, is_there: bool) -> None:
    suggest(desk)
    assert (f"{LAMP} 2 次" in desk.clerk("祁坐席").page(f"{LIST}?{query}")) is is_there


def test_one_click_puts_the_wording_into_the_entry_s_draft(desk: Office) -> None:
    suggest(desk)
    clerk = desk.clerk("祁坐席")
    with desk.database.reading() as session:
        wording = session.scalars(select(GapWording.id).where(GapWording.text == LAMP)).one()
    done = clerk.send(f"{place(desk)}/extend", {"entry": "med-pay", "wording": wording, "back": "span=26"}, form_at=LIST)
    assert done.location == f"{LIST}?span=26"
    with desk.database.reading() as session:
        assert versions.drafts(session, ["med-pay"])["med-pay"].content["similar"][-1] == LAMP
    assert (gap_of(desk).state, gap_of(desk).entry_id) == (GapState.WRITING, "med-pay")
    assert "祁坐席 在写" in clerk.page(f"{LIST}?state=writing")
    assert "系统管理" not in clerk.page(LIST)


@pytest.mark.parametrize(("data", "words"), [
    ({"entry": "none", "wording": "1"}, "请选“新写一条”"), ({"entry": "med-pay"}, "至少选一种"),
    ({"entry": "notice:PY-2026-001", "wording": "1"}, "请选“新写一条”")])
def test_what_cannot_be_added_says_what_to_do(desk: Office, data: dict[str, str], words: str) -> None:
    clerk = desk.clerk("祁坐席")
    assert clerk.send(f"{place(desk)}/extend", data, form_at=LIST).location == place(desk)
    assert words in clerk.page(place(desk))


def test_a_gap_that_was_taken_on_opens_the_form_with_its_question(desk: Office) -> None:
    clerk = desk.clerk("祁坐席")
    done = clerk.send(f"{place(desk)}/write", {}, form_at=LIST)
    assert done.location is not None
    assert f'value="{LAMP}"' in clerk.get(done.location).text or LAMP in clerk.get(done.location).text
    assert gap_of(desk).assigned_to == "祁坐席"


def test_the_other_ways_a_gap_was_asked_stand_in_the_form_as_similar_questions(desk: Office) -> None:
    with desk.database.writing() as session:
        for key, text in (("k1", "门口灯黑着谁修"), ("k2", "灯坏了打****问谁"), ("k3", "灯坏了打 13812345678 吗")):
            said = GapWording(gap_id=gap_of(desk).id, key=key, text=text, vain=next(iter(Vain)).value, asked=1, last_at=NOW)
            session.add(said)
            session.flush()
            session.add(GapCount(wording_id=said.id, week=date(2026, 11, 23), division=YAOHE, gap_id=said.gap_id, asked=1))
    form = desk.clerk("祁坐席").get(desk.clerk("祁坐席").send(f"{place(desk)}/write", {}, form_at=LIST).location or "").text
    similar = form.partition('name="similar"')[2].partition("</textarea>")[0]
    assert "门口灯黑着谁修" in similar
    assert "****" not in similar
    assert "13812345678" not in form
    assert "门口灯黑着谁修" not in desk.clerk("别乡坐席").get(f"/staff/knowledge/new?gap={gap_of(desk).id}").text


def test_what_is_not_ours_is_settled_with_its_reason_and_opened_again(desk: Office) -> None:
    clerk = desk.clerk("祁坐席")
    clerk.send(f"{place(desk)}/leave", {"reason": ""}, form_at=place(desk))
    assert "请写明归谁管" in clerk.page(place(desk))
    clerk.send(f"{place(desk)}/leave", {"reason": "归供电所"}, form_at=place(desk))
    assert "归供电所（祁坐席" in clerk.page(place(desk))
    assert "归供电所" in clerk.page(f"{LIST}?state=not_ours")
    clerk.send(f"{place(desk)}/reopen", {}, form_at=place(desk))
    assert gap_of(desk).state == GapState.OPEN


def test_a_township_settles_nothing_that_others_ask_too(desk: Office) -> None:
    ask(desk, LAMP, f"{OTHER}203")
    clerk = desk.clerk("别乡坐席")
    assert "由县里定" in clerk.page(place(desk))
    clerk.send(f"{place(desk)}/leave", {"reason": "不管"}, form_at=place(desk))
    assert "请县里来定" in clerk.page(place(desk))
    assert gap_of(desk).state == GapState.OPEN


def test_a_reader_sees_and_does_nothing_and_an_unknown_act_is_none(desk: Office) -> None:
    page = desk.clerk("安审计").page(place(desk))
    assert "补进相似问" not in page
    assert "放回待补充" not in page
    assert "不归我们管" not in page
    assert desk.clerk("安审计").send(f"{place(desk)}/write", {}, form_at=LIST).status_code == 403
    assert desk.clerk("石管理").send(f"{place(desk)}/write", {}, form_at=LIST).status_code == 403
    assert desk.clerk("祁坐席").send(f"{place(desk)}/dance", {}, form_at=LIST).status_code == 404
    assert desk.clerk("祁坐席").get(f"{LIST}/999").status_code == 404


def test_the_report_tells_figures_gaps_and_places_and_goes_along_as_a_workbook(desk: Office) -> None:
    assert "这段时间还没有统计" in desk.clerk("安审计").page(f"{LIST}/report")
    gap_figures.count_days(desk.database, NOW, 730)
    clerk = desk.clerk("祁坐席")
    page = clerk.page(f"{LIST}/report")
    assert "问了 3 次" in page
    assert "转人工 3" in page
    assert f"{LAMP} 2 白阳镇" in page
    assert "还没有人评" in page
    assert "问了 3 次" in clerk.page(f"{LIST}/report?start=nonsense&end=2099-01-01")
    assert "这段时间还没有统计" in desk.clerk("别乡坐席").page(f"{LIST}/report")
    with ZipFile(BytesIO(clerk.get(f"{LIST}/report?form=xlsx").data)) as book:
        words = book.read("xl/sharedStrings.xml").decode()
        assert len([name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]) == 4
    assert LAMP in words
    assert "白阳镇 姚河村 2" in words


def test_a_wording_with_something_hidden_is_offered_for_reading_and_not_for_adding(desk: Office) -> None:
    said = "我叫麻胜男，路灯费怎么扣到我家了"
    ask(desk, said, YAOHE)
    hidden = gap_of(desk, "我叫麻某某，路灯费怎么扣到我家了")
    with desk.database.writing() as session:
        session.get_one(Gap, hidden.id).suggested_id = "med-pay"
    page = desk.clerk("祁坐席").page(f"{LIST}/{hidden.id}")
    assert "麻胜男" not in page
    assert "不能原样补进去" in page
    assert "补进相似问" not in page


def test_a_village_chosen_by_a_link_stands_in_the_filter(desk: Office) -> None:
    page = desk.clerk("祁坐席").get(f"{LIST}?place={YAOHE}").text
    assert f'<option value="{YAOHE}" selected>' in page


def test_an_entry_written_for_a_gap_is_tied_to_it_and_says_how_far_it_has_come(desk: Office) -> None:
    clerk = desk.clerk("祁坐席")
    form = clerk.send(f"{place(desk)}/write", {}, form_at=LIST).location or ""
    assert "还没有存过条目" in clerk.page(place(desk))
    written = {"id": "zs-lamp", "question": LAMP, "answer": "找村委会。", "beside": "各管各的"}
    assert clerk.send(form, written).location == "/staff/knowledge/of/zs-lamp"
    assert gap_of(desk).entry_id == "zs-lamp"
    assert f"祁坐席 在写：条目 {LAMP} ，等审定" in clerk.page(place(desk))
    assert "祁坐席 在写，等审定" in clerk.page(f"{LIST}?state=writing")
    entry = "/staff/knowledge/of/zs-lamp"
    assert f"有人问过、没答上： {LAMP} ，2 次" in desk.clerk("杨初审").page(entry)
    desk.clerk("杨初审").send(f"{entry}/return", {"version": 1, "reason": "写上电话"}, form_at=entry)
    assert "退回了，要改" in clerk.page(place(desk))
    clerk.send(entry, {**written, "answer": "找村委会，别的不用管。"})
    desk.clerk("杨初审").send(f"{entry}/approve", {"version": 2}, form_at=entry)
    assert "，已审定。拿下面的问法去试还答不上" in clerk.page(place(desk))


def test_nobody_ties_an_entry_to_a_gap_of_elsewhere_nor_over_a_colleague_s(desk: Office) -> None:
    number = gap_of(desk).id
    written = {"id": "zs-lamp", "question": LAMP, "answer": "找村委会。", "beside": "各管各的"}
    desk.clerk("别乡坐席").send(f"/staff/knowledge/new?gap={number}", written)
    assert (gap_of(desk).state, gap_of(desk).entry_id) == (GapState.OPEN, None)
    desk.clerk("祁坐席").send(f"/staff/knowledge/new?gap={number}", {**written, "id": "zs-one"})
    desk.clerk("马编辑").send(f"/staff/knowledge/new?gap={number}", {**written, "id": "zs-two"})
    assert (gap_of(desk).entry_id, gap_of(desk).assigned_to) == ("zs-one", "祁坐席")


def test_two_gaps_are_put_together_at_the_desk_and_taken_apart_again(desk: Office) -> None:
    clerk, bees = desk.clerk("祁坐席"), gap_of(desk, "养蜂有没有补贴").id
    assert "没有选归并到哪个问题" in words_after(clerk, f"{place(desk)}/join", {})
    assert "没有编号 999 的问题" in words_after(clerk, f"{place(desk)}/join", {"other": "999"})
    old = place(desk)
    done = clerk.send(f"{old}/join", {"other": str(bees)}, form_at=old)
    assert done.location == f"{LIST}/{bees}"
    assert clerk.get(old).location == f"{LIST}/{bees}"
    page = clerk.page(f"{LIST}/{bees}")
    assert "问过 3 次" in page
    with desk.database.reading() as session:
        wording = session.scalars(select(GapWording.id).where(GapWording.text == LAMP)).one()
    done = clerk.send(f"{LIST}/{bees}/split", {"wording": wording}, form_at=f"{LIST}/{bees}")
    assert "问过 2 次" in clerk.page(done.location or "")
    assert "问过 1 次" in clerk.page(f"{LIST}/{bees}")


def test_what_another_township_asked_too_is_put_together_by_the_county(desk: Office) -> None:
    ask(desk, LAMP, f"{OTHER}203")
    ask(desk, "生二胎发多少奖励", f"{OTHER}203")
    number = gap_of(desk, "生二胎发多少奖励").id
    clerk = desk.clerk("别乡坐席")
    assert "要不要归并或拆开，由县里定" in clerk.page(place(desk))
    clerk.send(f"{LIST}/{number}/join", {"into": str(gap_of(desk).id)}, form_at=LIST)
    assert "归并和拆出请县里来办" in clerk.page(f"{LIST}/{number}")
    assert gap_of(desk, "生二胎发多少奖励").joined_to is None


def words_after(clerk: Clerk, path: str, data: dict[str, str]) -> str:
    return clerk.page(clerk.send(path, data, form_at=LIST).location or "")


def test_a_far_entry_is_not_offered_with_one_click_and_nothing_is_ticked_before_it_was_looked_at(desk: Office) -> None:
    suggest(desk)
    clerk = desk.clerk("祁坐席")
    assert "补进相似问</button>" in clerk.get(LIST).text
    assert "checked" in clerk.get(place(desk)).text
    with desk.database.writing() as session:
        session.get_one(Gap, gap_of(desk).id).suggested_score = 0.17
    assert "补进相似问</button>" not in clerk.get(LIST).text
    page = clerk.get(place(desk)).text
    assert "只像 17%，多半是另一回事" in page
    assert "checked" not in page
    assert "<button>新写一条</button>" in page
