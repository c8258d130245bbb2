"""Accounts and the trail."""

from __future__ import annotations

from tests.web.staff.office import BAIYANG, COUNTY, YAOHE, Office, words_of

ADD = "/staff/system/accounts/new"


def test_an_account_is_added_with_its_roles_and_area_and_a_one_time_password(desk: Office) -> None:
    admin = desk.clerk("石管理")
    added = admin.send(ADD, {"name": "新来的", "roles": ["editor", "agent"], "division": BAIYANG})
    assert "一次性密码" in words_of(added.text)
    assert "新来的 编辑、热线坐席 白阳镇 等本人换密码" in admin.page("/staff/system")


def test_an_account_may_be_for_one_village(desk: Office) -> None:
    admin = desk.clerk("石管理")
    admin.send(ADD, {"name": "村里的", "roles": ["cadre"], "division": COUNTY, "village": YAOHE})
    assert "管理范围 白阳镇 姚河村" in admin.page("/staff/system/accounts/of/村里的")


def test_what_is_missing_is_told_together(desk: Office) -> None:
    answer = desk.clerk("石管理").send(ADD, {"name": "", "division": "110000"})
    assert "有 3 处要改" in answer.text


def test_a_taken_name_and_a_stranger_are_refused(desk: Office) -> None:
    form = {"name": "马编辑", "roles": ["editor"], "division": COUNTY}
    assert "账号“马编辑”已经有了" in desk.clerk("石管理").send(ADD, form).text
    assert desk.clerk("马编辑").send(ADD, form, form_at="/staff/").status_code == 403


def test_a_name_finds_its_account_among_many(desk: Office) -> None:
    page = desk.clerk("石管理").page("/staff/system?words=坐席")
    assert "祁坐席" in page
    assert "马编辑" not in page
    assert "没有找到这样的账号" in desk.clerk("石管理").page("/staff/system?words=查无此人")


def test_an_auditor_of_a_township_reads_what_its_own_people_did(desk: Office) -> None:
    desk.clerk("石管理").send("/staff/system/accounts/of/祁坐席/close", {})
    auditor = desk.clerk("别乡审计")
    assert "石管理" not in auditor.page("/staff/system/trail")
    assert "马编辑" not in auditor.page("/staff/system")


def test_an_auditor_reads_the_trail_and_manages_nothing(desk: Office) -> None:
    auditor = desk.clerk("安审计")
    assert "发布 信息 PY-2026-001" in auditor.page("/staff/system/trail?words=PY-2026-001")
    assert "添加账号" not in auditor.page("/staff/system")
    assert auditor.get(ADD).status_code == 403
