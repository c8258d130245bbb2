"""Addresses of carriers' ports: every fault has its cure, and no secret is repeated."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from channels.sms.gateways.cmpp.settings import CmppSettings
from channels.sms.gateways.smpp.settings import SmppSettings

GOOD = "cmpp://901234:p%40ss%2Fword@10.1.2.3:7891/?version=2.0&service=MAH001&source=106912345678"


def test_an_address_holds_the_account_and_what_was_agreed() -> None:
    account = CmppSettings(cmpp_url=GOOD).account
    assert (account.host, account.port, account.user, account.password) == ("10.1.2.3", 7891, "901234", "p@ss/word")
    assert (account.widths.code, account.terms.service, account.terms.source) == (0x20, "MAH001", "106912345678")
    assert account.terms.enterprise == "901234"
    assert "p@ss" not in repr(CmppSettings(cmpp_url=GOOD)) + repr(account)


@pytest.mark.parametrize(("address", "words"), [
    ("http://901234:hush@10.1.2.3/", "地址写法不对"), ("cmpp://10.1.2.3/?service=a", "地址写法不对"),
    ("cmpp://901234:hush@10.1.2.3:port/", "地址写法不对"), (GOOD.replace("version=2.0", "version=2.1"), "2.0 或 3.0"),
    (GOOD.replace("106912345678", "ZHIDA"), "接入号"), (GOOD.replace("service=MAH001&", ""), "业务代码"),
    (GOOD + "&colour=red", "没有名为 colour"), (GOOD.replace("901234", "9012345"), "最多 6 位"),
    (GOOD + "&fee_user_type=9", "fee_user_type"), (GOOD.replace("p%40ss", "口令"), "英文字母"),
])
def test_a_wrong_cmpp_address_is_refused_with_its_cure_and_without_its_secret(address: str, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        CmppSettings(cmpp_url=address)
    assert words in str(refused.value)
    assert "hush" not in str(refused.value)
    assert "ss%2F" not in str(refused.value)


@pytest.mark.parametrize(("address", "words"), [
    ("smpp://zhida:longer-than-8@10.1.2.3/", "最多 8 位"), ("smpp://zhida:hush@10.1.2.3/?receipt_ids=both", "receipt_ids"),
    ("smpp://zhida:hush@10.1.2.3/?prefix=cn", "prefix"), ("smpp://zhida:hush@10.1.2.3/board", "地址写法不对")])
def test_a_wrong_smpp_address_is_refused_with_its_cure(address: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        SmppSettings(smpp_url=address)


def test_ports_have_their_usual_numbers() -> None:
    assert CmppSettings(cmpp_url=GOOD.replace(":7891", "")).account.port == 7890
    assert SmppSettings(smpp_url="smpp://zhida:hush@10.1.2.3").account.port == 2775
