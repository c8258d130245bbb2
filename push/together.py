"""One transaction for what several threads of a process bring at once: whoever comes first writes for all who wait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

Brought = TypeVar("Brought")
Made = TypeVar("Made")


class Together(Generic[Brought, Made]):
    """Gathers while a group is being written; alone nobody waits for company."""

    def __init__(self, write: Callable[[Sequence[Brought]], Sequence[Made]]) -> None:
        """`write` takes a group and gives what it made of each; when it fails, each is written by itself."""
        self._write = write
        self._waiting: list[tuple[Brought, Future[Made]]] = []
        self._gathering = threading.Lock()
        self._writing = threading.Lock()

    def bring(self, brought: Brought) -> Made:
        """Have it written and give what was made of it; raises what its writing raised."""
        mine: Future[Made] = Future()
        with self._gathering:
            self._waiting.append((brought, mine))
        with self._writing:
            if not mine.done():
                with self._gathering:
                    group, self._waiting = self._waiting, []
                try:
                    self._write_group(group)
                except BaseException:
                    # A thread that is told to end in the middle: who waits for it writes what is left.
                    with self._gathering:
                        self._waiting[:0] = [one for one in group if not one[1].done() and one[1] is not mine]
                    raise
        return mine.result()

    def _write_group(self, group: Sequence[tuple[Brought, Future[Made]]]) -> None:
        try:
            made = self._write([brought for brought, _ in group])
        except Exception as error:
            if len(group) == 1:
                group[0][1].set_exception(error)
                return
            for brought, future in group:
                self._write_alone(brought, future)
            return
        for (_, future), one in zip(group, made, strict=True):
            future.set_result(one)

    def _write_alone(self, brought: Brought, future: Future[Made]) -> None:
        try:
            future.set_result(self._write([brought])[0])
        except Exception as error:
            future.set_exception(error)
