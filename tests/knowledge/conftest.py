from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from hashlib import blake2b

import numpy as np
import pytest

from knowledge.encoders import SentenceEncoder
from knowledge.matching import Floats
from knowledge.shelf import Entry

TODAY = date(2024, 6, 1)


class CountingEncoder:
    """Gives every text a vector of its own and remembers what it was asked."""

    name = "counting"
    dimensions = 8

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Floats:
        self.asked += texts
        rows = [np.frombuffer(blake2b(text.encode(), digest_size=8).digest(), np.uint8) for text in texts]
        vectors = np.array(rows, np.float32).reshape(len(texts), 8) + 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def ask(self, question: str) -> Floats:
        return self.encode([question])[0]


@pytest.fixture
def counting() -> CountingEncoder:
    return CountingEncoder()


@pytest.fixture(scope="session")
def meaning() -> SentenceEncoder:
    return SentenceEncoder()


@pytest.fixture
def today() -> date:
    return TODAY


@pytest.fixture
def county() -> list[Entry]:
    """A small base as a county starts with."""
    rows = [
        ("养老金怎么认证", "养老资格认证在哪里做", "领养老金的人脸识别怎么弄"),
        ("养老金每月发多少钱", "老人养老金一个月多少", "六十岁以后一月能领多少养老钱"),
        ("养老金几岁可以领", "多大年龄能领养老金", "满多少周岁发养老金"),
        ("低保怎么申请", "申请最低生活保障怎么办", "吃低保去哪里申请"),
        ("低保需要什么条件", "什么样的人能吃低保", "低保户条件是什么"),
        ("身份证丢了怎么补办", "身份证不见了去哪里补", "身份证遗失补领"),
        ("身份证到期怎么换", "身份证过期了换新的", "换领身份证要带什么"),
        ("医保断交了还能补吗", "新农合忘记交了怎么办", "合作医疗没交能补交吗"),
        ("住院费用怎么报销", "住院医保报销流程", "看病住院怎么报账"),
        ("危房改造怎么申请", "房子要塌了怎么申请改造", "农村危房改造去哪申请"),
        ("种粮补贴什么时候发", "种地补贴几月到账", "耕地补贴哪天发"),
        ("种粮补贴一亩多少钱", "种地一亩补多少", "耕地补贴标准"),
    ]
    return [Entry(f"k{number}", row[0], row[1:], "答复") for number, row in enumerate(rows)]
