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
    ("王芳的低保为啥停了", "王某的低保为啥停了"),
    ("我婶马秀莲身份证丢了", "我婶马某某身份证丢了"),
    ("李国成为啥能吃低保", "李某某为啥能吃低保"),
    ("帮我查张建国家的补贴", "帮我查张某某家的补贴"),
    ("我电话是199064\n00101，打不通", "我电话是199****0101，打不通"),
    ("身份证99999919\r\n430930104X", "身份证999999****04X"),
    ("2025\n2026", "2025\n2026"),
])
def test_a_question_is_kept_without_whom_it_leads_to(said: str, kept: str) -> None:
    assert of_nobody(said) == kept
    assert of_nobody(kept) == kept


@pytest.mark.parametrize("said", [
    "王村的低保怎么办", "李庄的补贴", "高龄补贴怎么领", "马路的补偿", "马铃薯的补贴多少", "黄牛的补贴", "职高学生补助怎么办", "孙女的补助", "周五的低保发不发",
    "彭阳的低保", "贺兰的医保", "金凤区的低保", "杨树的补助", "陆军退役", "安全补贴", "王家的低保", "帕金森病报销吗", "钱怎么还没来", "金额1350\n1234",
])
def test_a_place_a_crop_or_a_word_that_begins_like_a_name_is_kept(said: str) -> None:
    assert of_nobody(said) == said


def test_an_office_telephone_in_a_public_text_stands() -> None:
    assert masked_words("咨询0954-7012345，截止2026-11-30") == "咨询0954-7012345，截止2026-11-30"
