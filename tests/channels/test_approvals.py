"""The register of templates: only what a vendor approved goes out, whichever process wrote it down."""

from __future__ import annotations

import pytest

from channels.failures import OutcomeKind
from channels.messages import Message, Purpose
from channels.registry import Channels, open_channels
from channels.simulators.identity import demo_config
from channels.simulators.running import Running
from channels.sms import filing
from channels.sms.filing import FilingRefused, Word
from channels.sms.talking import SmsTalker
from channels.sms.templates import TEXTS, Approval, Template, same_wording
from kernel.audit import Actor
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.http import Network
from tests.channels.calling import call, content, run
from tests.channels.fixtures import Opens

KEEPER = Actor("石管理")
CORRECTION = TEXTS[Purpose.CORRECTION]
PHONE = "13900000001"
NO_CORRECTION = {"ALIYUN_SMS_TEMPLATE_CORRECTION": "", "SMS_GATEWAYS": "aliyun"}


def filed(database: Database, channels: Channels, clock: SetClock, vendor_id: str, state: Approval, *, wording: str = CORRECTION,
          gateway: str = "aliyun", purpose: Purpose = Purpose.CORRECTION, reason: str = "") -> int:
    with database.writing() as session:
        number = filing.file(session, gateway, purpose, vendor_id, wording, Word(state, reason), KEEPER, clock.now()).id
    assert channels.approvals is not None
    channels.approvals.forget()
    return number


def sends(channels: Channels, network: Network, clock: SetClock, purpose: Purpose = Purpose.CORRECTION) -> OutcomeKind:
    outcomes = run(network, lambda client: channels.gateways["aliyun"].send(client, call(clock, PHONE, said=content(purpose))))
    return outcomes[0].kind


def test_a_purpose_without_a_template_is_not_sent_and_says_what_to_do(
    opens: Opens, simulators: Running, network: Network, clock: SetClock
) -> None:
    channels = opens(simulators.address, NO_CORRECTION)
    assert sends(channels, network, clock) is OutcomeKind.MISCONFIGURED
    assert simulators.ledger.messages == 0
    complaints = channels.senders["sms"].complaints(content(Purpose.CORRECTION))
    assert any("阿里云的“更正”短信模板还没有报备" in words for words in complaints)
    assert channels.approvals is not None
    assert channels.approvals.lacking() == (Purpose.CORRECTION,)


def test_a_template_filed_while_running_is_used_once_it_is_approved(
    opens: Opens, simulators: Running, network: Network, clock: SetClock, database: Database
) -> None:
    channels = opens(simulators.address, NO_CORRECTION)
    simulators.simulators.aliyun.templates.file("SMS_777", Template(Purpose.CORRECTION, CORRECTION), Approval.APPROVED)
    number = filed(database, channels, clock, "SMS_777", Approval.PENDING)
    assert sends(channels, network, clock) is OutcomeKind.MISCONFIGURED
    with database.writing() as session:
        filing.change(session, number, "SMS_777", CORRECTION, Word(Approval.APPROVED), KEEPER, clock.now())
    assert channels.approvals is not None
    channels.approvals.forget()
    assert sends(channels, network, clock) is OutcomeKind.ACCEPTED
    assert [taken.template for taken in simulators.ledger.calls] == ["SMS_777"]


def test_what_the_settings_name_is_not_sent_after_the_vendor_rejected_it(
    channels: Channels, network: Network, clock: SetClock, database: Database
) -> None:
    assert sends(channels, network, clock, Purpose.NOTICE) is OutcomeKind.ACCEPTED
    filed(database, channels, clock, "SMS_100000001", Approval.REJECTED, wording=TEXTS[Purpose.NOTICE], purpose=Purpose.NOTICE,
          reason="与签名不符")
    assert sends(channels, network, clock, Purpose.NOTICE) is OutcomeKind.MISCONFIGURED
    assert channels.approvals is not None
    assert "被驳回（与签名不符）" in channels.approvals.why_not("aliyun", Purpose.NOTICE)
    # Another gateway still may: there is nothing to complain of.
    assert channels.approvals.complaint(Purpose.NOTICE) == ""


def test_an_approved_wording_that_is_not_ours_is_never_sent(
    opens: Opens, simulators: Running, network: Network, clock: SetClock, database: Database
) -> None:
    channels = opens(simulators.address, NO_CORRECTION)
    filed(database, channels, clock, "SMS_777", Approval.APPROVED, wording="更正：${title}，${deadline}，${where}，${phone}")
    assert sends(channels, network, clock) is OutcomeKind.MISCONFIGURED
    assert channels.approvals is not None
    assert "原文与本系统正在用的不一致" in channels.approvals.complaint(Purpose.CORRECTION)


def test_a_template_out_of_use_is_not_sent_by(
    opens: Opens, simulators: Running, network: Network, clock: SetClock, database: Database
) -> None:
    channels = opens(simulators.address, NO_CORRECTION)
    number = filed(database, channels, clock, "SMS_777", Approval.APPROVED)
    with database.writing() as session:
        filing.retire(session, number, KEEPER, clock.now())
    assert channels.approvals is not None
    channels.approvals.forget()
    assert channels.approvals.vendor_id("aliyun", Purpose.CORRECTION) is None
    with database.writing() as session, pytest.raises(FilingRefused):
        filing.retire(session, number, KEEPER, clock.now())


def test_a_code_goes_by_the_gateway_that_may_send_codes(
    opens: Opens, simulators: Running, network: Network, clock: SetClock, database: Database
) -> None:
    channels = opens(simulators.address, {"SMS_GATEWAYS": "aliyun,tencent", "ALIYUN_SMS_TEMPLATE_CODE": ""})
    talker = channels.talkers["sms"]
    message = Message(0, PHONE, content(Purpose.CODE, code="123456", minutes="10"))
    assert run(network, lambda client: talker.say(client, message)).kind is OutcomeKind.ACCEPTED
    assert [taken.vendor for taken in simulators.ledger.calls] == ["tencent"]
    filed(database, channels, clock, "100004", Approval.REJECTED, gateway="tencent", purpose=Purpose.CODE, reason="缺少场景",
          wording=TEXTS[Purpose.CODE])
    assert isinstance(talker, SmsTalker)
    assert not talker.may_say(Purpose.CODE)
    assert run(network, lambda client: talker.say(client, message)).kind is OutcomeKind.MISCONFIGURED


def test_a_carriers_port_sends_whole_texts_until_somebody_files_them(opens: Opens, simulators: Running, clock: SetClock,
                                                                     database: Database) -> None:
    channels = opens(simulators.address, {"SMS_GATEWAYS": "cmpp"})
    assert channels.approvals is not None
    assert channels.approvals.vendor_id("cmpp", Purpose.EMERGENCY) == "cmpp"
    filed(database, channels, clock, "", Approval.PENDING, wording=TEXTS[Purpose.EMERGENCY], gateway="cmpp",
          purpose=Purpose.EMERGENCY)
    assert channels.approvals.approval("cmpp", Purpose.EMERGENCY) is Approval.PENDING


def test_a_database_that_is_not_migrated_leaves_the_settings_in_force(keyring: Keyring, clock: SetClock) -> None:
    channels = open_channels(demo_config("http://127.0.0.1:9"), Database("sqlite://"), keyring, clock)
    assert channels.approvals is not None
    assert channels.approvals.vendor_id("aliyun", Purpose.NOTICE) == "SMS_100000001"


@pytest.mark.parametrize(("vendor_id", "wording", "word", "place"), [
    ("", CORRECTION, Word(Approval.APPROVED), "vendor_id"),
    ("短信一", CORRECTION, Word(Approval.PENDING), "vendor_id"),
    ("SMS_1", "", Word(Approval.PENDING), "wording"),
    ("SMS_1", "没有空格", Word(Approval.PENDING), "wording"),
    ("SMS_1", "${title}" + "长" * 500, Word(Approval.PENDING), "wording"),
    ("SMS_1", CORRECTION, Word(Approval.REJECTED), "reason"),
    ("SMS_1", CORRECTION, Word(Approval.REJECTED, "长" * 201), "reason"),
])
def test_a_filing_that_cannot_be_is_refused_with_its_place(
    database: Database, clock: SetClock, vendor_id: str, wording: str, word: Word, place: str
) -> None:
    with database.writing() as session, pytest.raises(FilingRefused) as refused:
        filing.file(session, "aliyun", Purpose.CORRECTION, vendor_id, wording, word, KEEPER, clock.now())
    assert refused.value.place == place
    assert refused.value.words.endswith("。")


def test_wordings_are_the_same_however_a_vendor_names_the_blanks() -> None:
    assert same_wording("${title}：{where}。", "{1}：{2}。")
    assert not same_wording("${title}：${where}。", "{2}：{1}。")
    assert not same_wording("${title}：${where}。", "${title}：${where}！")


@pytest.mark.parametrize(("gateway", "vendor_id"), [("aliyun", "SMS_100000002"), ("tencent", "100002")])
@pytest.mark.parametrize("state", [Approval.APPROVED, Approval.PENDING, Approval.REJECTED])
def test_vendors_tell_how_a_review_stands(
    channels: Channels, network: Network, simulators: Running, gateway: str, vendor_id: str, state: Approval
) -> None:
    vendor = simulators.simulators.vendors[gateway]
    vendor.templates.file(vendor_id, Template(Purpose.CORRECTION, CORRECTION), state, "内容不合规" if state is Approval.REJECTED else "")
    said = run(network, lambda client: channels.gateways[gateway].reviewed(client, vendor_id))
    assert (said.fault, said.state) == ("", state)
    assert said.reason == ("内容不合规" if state is Approval.REJECTED else "")
    assert same_wording(said.wording, CORRECTION)


@pytest.mark.parametrize(("gateway", "vendor_id"), [("aliyun", "SMS_404"), ("tencent", "404"), ("tencent", "SMS_404")])
def test_a_template_no_vendor_knows_leaves_everything_as_it_is(
    channels: Channels, network: Network, gateway: str, vendor_id: str
) -> None:
    said = run(network, lambda client: channels.gateways[gateway].reviewed(client, vendor_id))
    assert said.fault
