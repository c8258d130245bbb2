"""What is kept of people's questions leads to nobody."""

from __future__ import annotations

import pytest

from kernel.masking import masked_words, of_nobody


@pytest.mark.parametrize(("said", "kept"), [
    ("电话 199 6401 0001 打不通", "电话 19**** 打不通"),
    ("我号码１９９６４０１０００１收不到短信", "我号码199****0001收不到短信"),
    ("打0954-7012345没人接", "打09****没人接"),
    ("卡号6228480402564890018没收到补贴", "卡号62****没收到补贴"),
    ("幺九九六四零幺零零零幺", "幺****"),
    ("我妈叫马秀兰，养老金怎么查", "我妈叫马某某，养老金怎么查"),
    ("2026-11-30到期怎么办", "2026-11-30到期怎么办"),
    ("二〇二六年的补贴", "二〇二六年的补贴"),
    ("打12345没人接", "打12345没人接"),
    ("我妈叫我问低保怎么办", "我妈叫我问低保怎么办"),
])
def test_a_question_is_kept_without_whom_it_leads_to(said: str, kept: str) -> None:
    assert of_nobody(said) == kept
    assert of_nobody(kept) == kept


def test_an_office_telephone_in_a_public_text_stands() -> None:
    assert masked_words("咨询0954-7012345，截止2026-11-30") == "咨询0954-7012345，截止2026-11-30"
