"""Amounts as they are typed and dictated."""

from __future__ import annotations

import pytest

from bot.flows.telling import heard
from tests.bot.village import MISSING


@pytest.mark.parametrize(("said", "mu"), [("１２亩", 12), ("３．５亩", 3.5), ("3.5亩👍", 3.5), ("12亩[微笑]", 12), ("❤️5亩", 5), ("3²亩", None), ("😀", None)])
def test_an_amount_is_heard_beside_pictures_and_in_wide_digits(said: str, mu: float | None) -> None:
    assert heard(said, MISSING[0]) == mu
