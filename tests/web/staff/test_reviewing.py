"""The way of a notice through the reviews, at the desks of those who take it along."""

from __future__ import annotations

from notices import reading
from tests.web.staff.office import Clerk, Office, words_of

DRAFT, FIRST, SIGNING = "PY-2026-018", "PY-2026-019", "PY-2026-021"


def at(reference: str, act: str = "") -> str:
    return f"/staff/notices/of/{reference}" + (f"/{act}" if act else "")


def state(desk: Office, reference: str) -> str:
    with desk.database.reading() as session:
        view = reading.working(session, reference)
        assert view is not None
        return view.state.value


def opinion(desk: Office, clerk: Clerk, reference: str, **given: str):  # type: ignore[no-untyped-def]
    with desk.database.reading() as session:
        view = reading.working(session, reference)
        assert view is not None
    return clerk.send(at(reference, "review"), {"digest": view.digest, **given})


def test_a_notice_goes_from_desk_to_desk_until_it_is_published(desk: Office) -> None:
    editor = desk.clerk("马编辑")
    editor.send(at(DRAFT, "submit"), {}, form_at=at(DRAFT))
    for name in ("杨初审", "海复审", "虎签发"):
        clerk = desk.clerk(name)
        assert "条信息等您" in clerk.page("/staff/")
        assert opinion(desk, clerk, DRAFT, decision="approve", confidentiality="cleared").status_code == 302, name
    assert state(desk, DRAFT) == "approved"
    editor.send(at(DRAFT, "publish"), {})
    assert state(desk, DRAFT) == "published"
    trail = editor.page(at(DRAFT))
    for words in ("送审 马编辑", "初审通过 杨初审", "复审通过 海复审", "签发通过，保密审查：可以公开 虎签发", "发布到网站 马编辑"):
        assert words in trail, words


def test_the_reviewer_sees_every_letter_that_goes_out(desk: Office) -> None:
    with desk.database.reading() as session:
        view = reading.working(session, FIRST)
        assert view is not None
    page = desk.clerk("杨初审").get(at(FIRST, "review")).text
    assert view.surfaces["sms"]["content"]["text"] in page
    assert "【彭阳县政务公开】" in page
    assert view.surfaces["web"]["html"] in page
    assert view.surfaces["board"]["text"] in page
    assert view.digest[:16] in page


def test_a_notice_is_sent_back_with_a_reason_and_only_with_one(desk: Office) -> None:
    clerk = desk.clerk("杨初审")
    assert "退回要写明哪里要改" in opinion(desk, clerk, FIRST, decision="return").text
    assert opinion(desk, clerk, FIRST, decision="return", reason="金额写错了").status_code == 302
    assert "初审退回：金额写错了" in desk.clerk("马编辑").page(at(FIRST))


def test_the_signer_has_to_answer_whether_it_may_be_public(desk: Office) -> None:
    clerk = desk.clerk("虎签发")
    assert "请回答保密审查" in opinion(desk, clerk, SIGNING, decision="approve").text
    assert state(desk, SIGNING) == "signing"
    opinion(desk, clerk, SIGNING, confidentiality="refused", reason="含内部安排")
    assert state(desk, SIGNING) == "draft"


def test_words_that_changed_under_the_reviewers_eyes_are_not_approved(desk: Office) -> None:
    clerk = desk.clerk("杨初审")
    answer = clerk.send(at(FIRST, "review"), {"digest": "0" * 64, "decision": "approve"})
    assert "文字改过了" in answer.text
    assert state(desk, FIRST) == "first_review"


def test_a_reviewer_of_the_wrong_stage_is_refused_in_words(desk: Office) -> None:
    answer = opinion(desk, desk.clerk("海复审"), FIRST, decision="approve")
    assert answer.status_code == 400
    assert "没有“初审”权限" in answer.text


def test_an_administrator_reviews_nothing_by_being_one(desk: Office) -> None:
    opinion(desk, desk.clerk("石管理"), FIRST, decision="approve")
    assert state(desk, FIRST) == "first_review"


def test_a_draft_with_a_private_number_is_not_submitted_and_the_place_is_told(desk: Office) -> None:
    editor = desk.clerk("马编辑")
    form = {"title": "修路", "body": "问村民张三，13812345678。", "office": "县交通局", "phone": "0954-7000107", "divisions": ["640425"],
            "reference": "PY-2026-070", "audience": "everybody", "property": "主动公开", "act": "save"}
    editor.send("/staff/notices/new", form)
    page = editor.page(at("PY-2026-070"))
    assert "送审前要改" in page
    assert "138****78" in page
    assert "13812345678。请" not in page
    editor.send(at("PY-2026-070", "submit"), {}, form_at=at("PY-2026-070"))
    assert state(desk, "PY-2026-070") == "draft"


def test_a_notice_is_taken_down_with_a_reason_that_its_page_shows(desk: Office) -> None:
    editor = desk.clerk("马编辑")
    asked = editor.page(at("PY-2026-001", "withdraw"))
    for words in ("正在发的推送会自动暂停", "村里会收到“待撤下”"):
        assert words in asked
    assert "撤下要写原因" in editor.send(at("PY-2026-001", "withdraw"), {"reason": " "}).text
    editor.send(at("PY-2026-001", "withdraw"), {"reason": "补贴标准有误"})
    assert state(desk, "PY-2026-001") == "withdrawn"
    assert "补贴标准有误" in words_of(desk.app.test_client().get("/notices/PY-2026-001").text)


def test_the_list_is_narrowed_by_filters_that_say_themselves(desk: Office) -> None:
    clerk = desk.clerk("杨初审")
    assert "待初审的信息：1 条" in clerk.page("/staff/notices?state=first_review")
    assert "主题是种植的通知，含“玉米”" in clerk.page("/staff/notices?topic=种植&kind=notice&words=玉米")
    assert "没有符合的信息" in clerk.page("/staff/notices?words=没有这样的词")


def test_staff_of_a_township_see_what_concerns_it_and_nothing_of_others(desk: Office) -> None:
    page = desk.clerk("别乡编辑").page("/staff/notices")
    assert "2026年玉米良种补贴开始登记" in page
    assert "姚河村第三季度村务和财务公开" not in page
    assert desk.clerk("别乡编辑").get(at(SIGNING)).status_code == 404
