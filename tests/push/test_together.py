"""What several threads bring at once is written together; one that cannot be written harms nobody else."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from push.together import Together


class Desk:
    """Writes groups down; the first waits until it is let go on."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.begun, self.may_go_on = threading.Event(), threading.Event()

    def write(self, group: Sequence[int]) -> list[int]:
        self.groups.append(list(group))
        self.begun.set()
        self.may_go_on.wait(10)
        if -1 in group:
            raise ValueError("not to be written")
        return [10 * one for one in group]


def test_who_comes_while_one_is_written_is_written_together_and_hears_of_its_own() -> None:
    desk = Desk()
    together = Together(desk.write)
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(together.bring, 1)
        assert desk.begun.wait(10)
        others = [threads.submit(together.bring, number) for number in (2, 3, 4)]
        while len(together._waiting) < 3:
            threading.Event().wait(0.01)
        desk.may_go_on.set()
        assert (first.result(10), [one.result(10) for one in others]) == (10, [20, 30, 40])
    assert [sorted(group) for group in desk.groups] == [[1], [2, 3, 4]]


def test_one_that_cannot_be_written_harms_nobody_else() -> None:
    desk = Desk()
    together = Together(desk.write)
    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(together.bring, 1)
        assert desk.begun.wait(10)
        good, bad = threads.submit(together.bring, 2), threads.submit(together.bring, -1)
        while len(together._waiting) < 2:
            threading.Event().wait(0.01)
        desk.may_go_on.set()
        assert (first.result(10), good.result(10)) == (10, 20)
        with pytest.raises(ValueError, match="not to be written"):
            bad.result(10)


def test_who_is_broken_off_while_writing_for_all_leaves_the_others_to_write_themselves() -> None:
    begun, may_go_on = threading.Event(), threading.Event()

    def write(group: Sequence[int]) -> list[int]:
        begun.set()
        may_go_on.wait(10)
        if len(group) > 2:
            raise SystemExit(1)
        return [10 * one for one in group]

    together = Together(write)
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(together.bring, 1)
        assert begun.wait(10)
        others = {number: threads.submit(together.bring, number) for number in (2, 3, 4)}
        while len(together._waiting) < 3:
            threading.Event().wait(0.01)
        may_go_on.set()
        assert first.result(10) == 10
        broken = [number for number, one in others.items() if isinstance(one.exception(10), SystemExit)]
        assert len(broken) == 1
        assert {number: one.result(10) for number, one in others.items() if number not in broken} == {
            number: 10 * number for number in (2, 3, 4) if number not in broken}
