"""What the sender reads before an emergency leaves."""

from __future__ import annotations

from tests.web.staff.office import Office, words_of
from tests.web.staff.test_pushing import CORN, DECIDED

GAS = "/staff/push/of/PY-2026-012"


def test_an_emergency_says_before_the_press_what_it_does_that_no_other_does(desk: Office) -> None:
    clerk, said = desk.clerk("赵推送"), "各通道一起发，一户可能收到几条；夜里也发"
    page = clerk.page(GAS)
    assert said in page
    assert "夜里不打扰" not in page
    asked = clerk.send(f"{GAS}/confirm", DECIDED, form_at=GAS)
    assert said in words_of(asked.text)
    assert said not in clerk.page(CORN)
