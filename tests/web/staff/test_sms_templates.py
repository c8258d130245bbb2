"""短信模板 on the console: filed, their states changed and asked, by the administrator alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from channels.messages import Purpose
from channels.simulators.running import Running, start_simulators
from channels.sms.templates import TEXTS, Approval, Template
from kernel.audit import SYSTEM
from tests.web.staff.office import NOW, OTHER, PASSWORD, Office
from web.app import create_app
from web.commands.channel_findings import template_findings
from web.staff import accounts
from web.staff.models import Role

PAGE, ADD = "/staff/system/templates", "/staff/system/templates/new"
LACKING = {"ALIYUN_SMS_TEMPLATE_CORRECTION": "", "SMS_GATEWAYS": "aliyun"}


@pytest.fixture
def vendors(desk: Office) -> Iterator[Running]:
    with start_simulators(clock=desk.house.clock, changes=LACKING) as running:
        yield running


@pytest.fixture
def office(desk: Office, vendors: Running) -> Office:
    """The office with one gateway, at which nobody has filed a correction yet."""
    house = replace(desk.house, settings=replace(desk.house.settings, channels=vendors.config))
    app = create_app(house)
    app.config["TESTING"] = True
    return Office(house, app)


def test_what_is_lacking_stands_on_the_page_on_the_desk_and_with_the_doctor(office: Office) -> None:
    assert "更正、紧急模板要事先报备，用时再报就晚了" in office.clerk("石管理").page(PAGE)
    assert "更正、紧急模板要事先报备，缺：更正。" in office.clerk("赵推送").page("/staff/")
    assert "更正、紧急模板" not in office.clerk("马编辑").page("/staff/")
    assert [(what, cure) for _, what, cure in template_findings(office.house)] == [(
        "发不出“更正”短信：阿里云的“更正”短信模板还没有报备。更正、紧急模板要事先报备，用时再报就晚了。",
        "请先到短信平台报备，再在“系统管理→短信模板”登记。")]


def test_a_template_is_filed_and_its_state_changed_with_who_and_when(office: Office) -> None:
    keeper = office.clerk("石管理")
    form = {"gateway": "aliyun", "purpose": "correction", "vendor_id": "SMS_777", "wording": TEXTS[Purpose.CORRECTION],
            "state": "pending"}
    assert keeper.send(ADD, form).location == PAGE
    page = keeper.page(PAGE)
    assert "阿里云 SMS_777 审核中" in page
    assert "还在审核中" in page
    assert keeper.send(f"{PAGE}/1", {**form, "state": "rejected", "reason": ""}).status_code == 400
    keeper.send(f"{PAGE}/1", {**form, "state": "rejected", "reason": "缺少事由", "decided_on": "2026-11-20"})
    assert "被驳回 11月20日 缺少事由" in keeper.page(PAGE)
    keeper.send(f"{PAGE}/1", {**form, "state": "approved"})
    assert "更正、紧急模板要事先报备" not in keeper.page("/staff/")
    trail = keeper.page("/staff/system/trail")
    assert "登记短信模板 短信模板 阿里云 SMS_777" in trail
    assert "改短信模板状态" in trail
    keeper.send(f"{PAGE}/1", {"act": "retire"})
    assert "停用的（1 条）" in keeper.page(PAGE)
    assert keeper.get(f"{PAGE}/1").status_code == 404


def test_the_vendors_are_asked_and_their_word_is_written_down(office: Office, vendors: Running) -> None:
    keeper = office.clerk("石管理")
    vendors.simulators.aliyun.templates.file(
        "SMS_100000001", Template(Purpose.NOTICE, TEXTS[Purpose.NOTICE]), Approval.REJECTED, "签名已过期")
    keeper.send(f"{PAGE}/ask", {}, form_at=PAGE)
    page = keeper.page(PAGE)
    assert "问了 4 条，1 条有变化" in page
    assert "被驳回 11月23日 签名已过期" in page
    keeper.send(f"{PAGE}/ask", {}, form_at=PAGE)
    assert "0 条有变化" in keeper.page(PAGE)


def test_a_sender_reads_and_changes_nothing(office: Office) -> None:
    sender = office.clerk("赵推送")
    assert "登记模板" not in sender.page(PAGE)
    assert sender.get(ADD).status_code == 403
    assert office.clerk("马编辑").get(PAGE).status_code == 403


def test_a_strange_form_is_refused(office: Office) -> None:
    keeper = office.clerk("石管理")
    assert keeper.get(f"{ADD}?gateway=unknown").status_code == 404
    answer = keeper.send(ADD, {"gateway": "aliyun", "purpose": "correction", "wording": TEXTS[Purpose.CORRECTION],
                               "state": "perhaps"})
    assert "请选平台审核到哪一步" in answer.text


def test_an_administrator_of_one_township_changes_nothing_by_which_the_county_sends(office: Office) -> None:
    form = {"gateway": "aliyun", "purpose": "correction", "vendor_id": "SMS_777", "wording": TEXTS[Purpose.CORRECTION],
            "state": "approved"}
    assert office.clerk("石管理").send(ADD, form).location == PAGE
    with office.database.writing() as session:
        accounts.add(session, "乡管理", [Role.ADMINISTRATOR], OTHER, PASSWORD, NOW, SYSTEM)
    clerk = office.clerk("乡管理")
    for path in ("/new", "/1", "/ask"):
        answer = clerk.send(f"{PAGE}{path}", {**form, "act": "retire"}, form_at="/staff/account")
        assert answer.status_code == 403, path
        assert "管全县的管理员" in answer.text
    assert "改状态" not in clerk.page(PAGE)
