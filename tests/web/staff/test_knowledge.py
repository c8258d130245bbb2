"""The knowledge base at the desk: written by one, reviewed by another, grown from what was asked in vain."""

from __future__ import annotations

from sqlalchemy import select

from kernel.audit import Actor
from knowledge import consultations
from knowledge.models import Entry, EntryState
from notices import lifecycle, publishing
from notices.models import Notice, Revision
from tests.web.staff.office import EDITOR, NOW, YAOHE, Office

NEW = "/staff/knowledge/new"
FORM = {"id": "zs-test", "question": "路灯坏了找谁", "similar": "路灯不亮了\n谁修路灯", "answer": "找村委会，电话 0954-7000131。",
        "office": "姚河村村委会", "phone": "0954-7000131", "beside": "村里的路灯和县道上的，各有各的人管"}


def entry(desk: Office, entry_id: str = "zs-test") -> Entry | None:
    with desk.database.reading() as session:
        return session.get(Entry, entry_id)


def test_what_was_asked_in_vain_is_counted_and_becomes_an_entry(desk: Office) -> None:
    clerk = desk.clerk("祁坐席")
    page = clerk.page("/staff/knowledge/gaps")
    assert page.index("路灯坏了找谁 2") < page.index("养蜂有没有补贴 1")
    assert "路灯坏了找谁" in clerk.get(f"{NEW}?question=路灯坏了找谁").text
    assert clerk.send(NEW, FORM).location == "/staff/knowledge/of/zs-test"


def approve(desk: Office, name: str, version: int, entry_id: str = "zs-test", act: str = "approve", **more: str) -> str:
    place = f"/staff/knowledge/of/{entry_id}"
    clerk = desk.clerk(name)
    clerk.send(f"{place}/{act}", {"version": version, **more}, form_at=place)
    return clerk.page(place)


def test_a_new_entry_answers_only_after_somebody_else_reviewed_it(desk: Office) -> None:
    desk.clerk("马编辑").send(NEW, FORM)
    kept = entry(desk)
    assert kept is not None
    assert kept.state == EntryState.DRAFT
    assert "自己写的条目不能自己审定" in approve(desk, "马编辑", 1)
    assert "已审定" in approve(desk, "杨初审", 1)
    kept = entry(desk)
    assert kept is not None
    assert (kept.state, kept.reviewed_by) == (EntryState.REVIEWED, "杨初审")


def test_a_reviewed_entry_goes_on_answering_while_its_new_version_waits(desk: Office) -> None:
    desk.clerk("祁坐席").send(NEW, FORM)
    approve(desk, "杨初审", 1)
    desk.clerk("祁坐席").send("/staff/knowledge/of/zs-test", {**FORM, "answer": "找村委会，电话 0954-7000132。", "phone": "0954-7000132"})
    kept = entry(desk)
    assert kept is not None
    assert (kept.state, kept.answer) == (EntryState.REVIEWED, FORM["answer"])
    page = desk.clerk("杨初审").get("/staff/knowledge/of/zs-test").text
    assert "审定前仍按第 1 稿回答" in page
    assert "0954-700013<del>1</del><ins>2</ins>" in page
    assert "有新稿等审定" in desk.clerk("马编辑").page("/staff/knowledge?state=waiting")
    approve(desk, "杨初审", 2)
    kept = entry(desk)
    assert kept is not None
    assert kept.answer == "找村委会，电话 0954-7000132。"


def test_a_returned_draft_tells_its_reason_and_may_be_sent_again(desk: Office) -> None:
    desk.clerk("祁坐席").send(NEW, FORM)
    assert "请写明退回的原因" in approve(desk, "马编辑", 1, act="return")
    assert "电话不对，请核对" in approve(desk, "马编辑", 1, act="return", reason="电话不对，请核对")
    assert "没有等审定的稿子" in approve(desk, "马编辑", 1)
    desk.clerk("祁坐席").send("/staff/knowledge/of/zs-test", FORM)
    assert "已审定" in approve(desk, "马编辑", 2)


def test_drafts_stand_on_the_desk_of_those_who_may_review_and_returned_ones_on_the_writers(desk: Office) -> None:
    desk.clerk("祁坐席").send(NEW, FORM)
    assert "条知识条目等您审定" in desk.clerk("杨初审").page("/staff/")
    assert "条知识条目等您审定" not in desk.clerk("祁坐席").page("/staff/")
    assert "条知识条目等您审定" not in desk.clerk("别乡编辑").page("/staff/")
    approve(desk, "杨初审", 1, act="return", reason="写清楚找谁")
    assert "条知识条目被退回" in desk.clerk("祁坐席").page("/staff/")
    assert "条知识条目等您审定" not in desk.clerk("杨初审").page("/staff/")
    desk.clerk("祁坐席").send("/staff/knowledge/of/zs-test", FORM)
    assert "条知识条目被退回" not in desk.clerk("祁坐席").page("/staff/")


def test_whoever_wrote_at_the_draft_cannot_review_it_even_when_another_wrote_last(desk: Office) -> None:
    desk.clerk("马编辑").send(NEW, FORM)
    desk.clerk("祁坐席").send("/staff/knowledge/of/zs-test", {**FORM, "answer": "找村委会。"})
    assert "自己写的条目不能自己审定" in approve(desk, "马编辑", 2)
    assert "已审定" in approve(desk, "海复审", 2)


def test_a_review_counts_for_the_draft_that_was_read(desk: Office) -> None:
    desk.clerk("祁坐席").send(NEW, FORM)
    desk.clerk("祁坐席").send("/staff/knowledge/of/zs-test", {**FORM, "answer": "另一个答案。"})
    assert "您打开之后又有人改过" in approve(desk, "杨初审", 1)
    kept = entry(desk)
    assert kept is not None
    assert kept.state == EntryState.DRAFT


def test_a_township_reviews_and_changes_only_what_is_used_there(desk: Office) -> None:
    desk.clerk("马编辑").send(NEW, FORM)
    place = "/staff/knowledge/of/zs-test"
    other = desk.clerk("别乡编辑")
    assert other.send(f"{place}/approve", {"version": 1}, form_at=place).status_code == 403
    desk.clerk("马编辑").send(place, {**FORM, "divisions": YAOHE})
    assert other.send(place, FORM, form_at=NEW).status_code == 403


def test_what_ends_within_thirty_days_stands_on_the_desk(desk: Office) -> None:
    for name, until in (("zs-test", "2026-12-23"), ("zs-later", "2026-12-24")):
        desk.clerk("祁坐席").send(NEW, {**FORM, "id": name, "question": f"{name}怎么办", "valid_until": until})
        approve(desk, "杨初审", 1, name)
    assert "条知识条目已到期或 30 天内到期" in desk.clerk("马编辑").page("/staff/")
    assert "条知识条目已到期或 30 天内到期" not in desk.clerk("别乡编辑").page("/staff/")
    listed = desk.clerk("马编辑").page("/staff/knowledge?state=ending")
    assert "zs-test怎么办" in listed
    assert "zs-later怎么办" not in listed


def test_an_entry_that_rests_on_a_withdrawn_notice_stands_on_the_desk_and_the_notices_own_retires(desk: Office) -> None:
    desk.clerk("祁坐席").send(NEW, {**FORM, "source": "PY-2026-001"})
    approve(desk, "杨初审", 1)
    assert "随依据停用" not in desk.clerk("马编辑").page("/staff/")
    asked = desk.clerk("马编辑").page("/staff/notices/of/PY-2026-001/withdraw")
    assert "知识库里有 1 条依据这条信息，会一起停用 路灯坏了找谁" in asked
    with desk.database.writing() as session:
        lifecycle.withdraw(session, "PY-2026-001", EDITOR, NOW, "文件废止")
    assert "条知识条目随依据停用" in desk.clerk("马编辑").page("/staff/")
    assert "路灯坏了找谁" in desk.clerk("马编辑").page("/staff/knowledge?state=fallen")
    assert "已撤下：文件废止" in desk.clerk("马编辑").page("/staff/knowledge/of/zs-test")
    own = entry(desk, "notice:PY-2026-001")
    assert own is not None
    assert own.state == EntryState.RETIRED
    desk.clerk("马编辑").send("/staff/knowledge/of/zs-test/retire", {}, form_at="/staff/knowledge/of/zs-test")
    assert "随依据停用" not in desk.clerk("马编辑").page("/staff/")


def test_a_document_is_abolished_after_a_look_at_what_retires_and_comes_back_with_it(desk: Office) -> None:
    source = "彭城管发〔2026〕7号"
    desk.clerk("祁坐席").send(NEW, {**FORM, "source": f"《路灯管理办法》（{source}）"})
    approve(desk, "杨初审", 1)
    clerk, place = desk.clerk("马编辑"), "/staff/knowledge/documents"
    asked = clerk.send(f"{place}/abolish", {"document": "彭城管发[2026]7号", "reason": "被 9 号代替"}, form_at=place)
    assert "路灯坏了找谁" in asked.text
    held = entry(desk)
    assert held is not None
    assert held.state == EntryState.REVIEWED
    clerk.send(f"{place}/abolish", {"document": source, "reason": "被 9 号代替", "sure": "1"}, form_at=place)
    page = clerk.page(place)
    assert "停用了 1 条：“路灯坏了找谁”" in page
    assert "被 9 号代替" in page
    assert "路灯坏了找谁" in clerk.page(f"/staff/knowledge?state=fallen&words={source}")
    clerk.send(f"{place}/1/reinstate", {}, form_at=place)
    assert "1 条重新用来回答：“路灯坏了找谁”" in clerk.page(place)
    held = entry(desk)
    assert held is not None
    assert held.state == EntryState.REVIEWED
    assert "不用恢复" in (clerk.send(f"{place}/1/reinstate", {}, form_at=place), clerk.page(place))[1]


def test_abolishing_is_the_countys_and_says_what_is_missing(desk: Office) -> None:
    place = "/staff/knowledge/documents"
    refused = desk.clerk("马编辑").send(f"{place}/abolish", {"document": "7号", "reason": "旧"}, form_at=place)
    assert refused.status_code == 400
    assert "请写全文号" in refused.text
    other = desk.clerk("别乡编辑").send(f"{place}/abolish", {"document": "彭城管发〔2026〕7号", "reason": "旧"}, form_at=NEW)
    assert other.status_code == 403


def test_a_notice_published_again_brings_back_what_rested_on_it(desk: Office) -> None:
    desk.clerk("祁坐席").send(NEW, {**FORM, "source": "PY-2026-001"})
    approve(desk, "杨初审", 1)
    with desk.database.writing() as session:
        lifecycle.withdraw(session, "PY-2026-001", EDITOR, NOW, "写错了")
    with desk.database.writing() as session:
        notice = session.scalars(select(Notice).where(Notice.reference == "PY-2026-001")).one()
        revision = session.scalars(select(Revision).where(Revision.notice_id == notice.id)).one()
        publishing.hand_down(session, revision, EDITOR, NOW)
    held = entry(desk)
    assert held is not None
    assert held.state == EntryState.REVIEWED


def test_saving_without_a_change_makes_no_new_version(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    clerk.send(NEW, FORM)
    clerk.send("/staff/knowledge/of/zs-test", FORM)
    page = clerk.page("/staff/knowledge/of/zs-test")
    assert "没有改动" in page
    assert "第 2 稿" not in page


def test_a_private_number_in_an_answer_is_refused_at_its_field(desk: Office) -> None:
    answer = desk.clerk("马编辑").send(NEW, {**FORM, "answer": "找电工老李 13812345678"})
    assert answer.status_code == 400
    assert 'href="#answer"' in answer.text
    assert entry(desk) is None


def test_missing_fields_are_told_together(desk: Office) -> None:
    answer = desk.clerk("马编辑").send(NEW, {**FORM, "question": "", "answer": "", "valid_until": "明年"})
    assert "有 3 处要改" in answer.text


def test_an_entry_that_comes_with_a_notice_is_changed_there(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    place = "/staff/knowledge/of/notice:PY-2026-001"
    assert "要改，请改那条信息" in clerk.page(place)
    assert clerk.send(place, {**FORM, "id": "notice:PY-2026-001"}, form_at="/staff/knowledge/new").status_code == 403


def test_entries_are_found_by_what_else_people_say(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    clerk.send(NEW, FORM)
    assert "路灯坏了找谁" in clerk.page("/staff/knowledge?words=谁修路灯")
    assert "草稿条目，含“谁修路灯”：1 条" in clerk.page("/staff/knowledge?words=谁修路灯&state=draft")


def test_a_trial_question_shows_what_would_be_answered(desk: Office) -> None:
    assert "会直接回答下面第一条" in desk.clerk("祁坐席").page("/staff/knowledge/try?words=玉米良种补贴怎么领")


GUIDE = {"kind": "guide", "conditions": "满 60 周岁", "materials": "身份证\n照片", "steps": "填表\n拿证", "place": "政务大厅", "hours": "工作日",
         "time_limit": "当场", "fee": "不收费", "link": "https://zwfw.example.cn/a", "until": "全年", "standard": "", "background": ""}


def test_a_guide_is_written_with_its_elements_and_shown_again_with_them(desk: Office) -> None:
    desk.clerk("祁坐席").send(NEW, {**FORM, **GUIDE, "answer": ""})
    kept = entry(desk)
    assert kept is not None
    assert (kept.kind, kept.materials, kept.fee, kept.answer) == ("guide", "身份证\n照片", "不收费", "")
    page = desk.clerk("祁坐席").get("/staff/knowledge/of/zs-test").text
    assert 'value="guide" checked' in page
    assert 'value="政务大厅"' in page
    approve(desk, "杨初审", 1)
    desk.clerk("祁坐席").send("/staff/knowledge/of/zs-test", {**FORM, **GUIDE, "answer": "", "fee": "工本费 5 元"})
    page = desk.clerk("杨初审").get("/staff/knowledge/of/zs-test").text
    assert "收费标准" in page
    assert " 5 元</ins>" in page


def test_a_guide_that_says_nothing_and_an_answer_with_elements_are_refused_at_their_fields(desk: Office) -> None:
    empty = desk.clerk("祁坐席").send(NEW, {**FORM, "kind": "guide", "answer": ""})
    assert 'href="#answer">答案没有填写' in empty.text
    mixed = desk.clerk("祁坐席").send(NEW, {**FORM, **GUIDE, "kind": "answer"})
    assert 'href="#kind"' in mixed.text
    assert "请把类型改成办事指南" in mixed.text
    wrong = desk.clerk("祁坐席").send(NEW, {**FORM, **GUIDE, "link": "www.example.cn", "steps": "找老李 13812345678"})
    assert 'href="#link"' in wrong.text
    assert 'href="#steps"' in wrong.text
    assert entry(desk) is None


def test_a_second_entry_for_one_question_is_shown_beside_the_first_and_kept_only_with_a_reason(desk: Office) -> None:
    desk.clerk("祁坐席").send(NEW, FORM)
    approve(desk, "杨初审", 1)
    desk.house.library.prepare()
    second = {**FORM, "id": "zs-two", "answer": "找电工，电话 0954-7000139。", "phone": "0954-7000139", "similar": "", "beside": ""}
    told = desk.clerk("马编辑").send(NEW, second)
    assert told.status_code == 409
    assert "问法一样，电话说得不一样" in told.text
    assert "<mark>0954-7000139</mark>" in told.text
    assert "<mark>0954-7000131</mark>" in told.text
    assert entry(desk, "zs-two") is None
    kept = desk.clerk("马编辑").send(NEW, {**second, "beside": "村里和镇上各修各的"}, form_at=NEW)
    assert kept.location == "/staff/knowledge/of/zs-two"
    page = desk.clerk("杨初审").page("/staff/knowledge/of/zs-two")
    assert "两条都留的原因：村里和镇上各修各的（与 zs-test" in page
    assert "和别的条目比一比" in page


def test_what_a_consultation_says_of_a_person_is_hidden_before_it_becomes_an_entry(desk: Office) -> None:
    asked = "我叫马小花，手机 19906400101，身份证 999999199001011234，想问路灯坏了找谁"
    with desk.database.writing() as session:
        number = consultations.take(session, desk.house.keyring, "web", "someone", "", asked, NOW).number
        consultations.answer(session, number, "已告诉电工，打 0954-7000131 问。", Actor("祁坐席"), NOW)
    page = desk.clerk("祁坐席").get(f"{NEW}?consultation={number}").text
    assert "马小花" not in page
    assert "19906400101" not in page
    assert "999999199001011234" not in page
    assert "路灯坏了找谁" in page
    assert "0954-7000131" in page
    assert "留言里的姓名、号码已经遮住" in page
    assert "马某某" in page
