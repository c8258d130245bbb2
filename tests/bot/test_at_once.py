"""Two messages of one person at once, and one that is answered late: each is heard where the talk stood when it was said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.reception import Reception
from channels.messages import Incoming, IncomingKind, Reply
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from knowledge.answers import Library
from tests.notices import offices

KEY = b"0123456789abcdef0123456789abcdef"


class Meanwhile:
    """Lets another process answer the same person right after the talk was read, so many times."""

    def __init__(self, happens: Callable[[], object], times: int = 1) -> None:
        self._happens, self._times = happens, times

    def look(self, session: Session) -> None:
        if self._times:
            self._times -= 1
            self._happens()

    def keep(self, session: Session, told: Sequence[Reply]) -> None:
        """Nothing."""


class Wang:
    """王秀英, whose messages two processes answer."""

    def __init__(self, database: Database, keyring: Keyring, clock: SetClock, folder: Path) -> None:
        self.clock, self.said = clock, 0
        with database.writing() as session:
            offices.found_places(session)
            offices.put_up(session, clock.now())
        self.one, self.other = (Reception(database, keyring, Library(database, folder), clock, "http://zhida.test", KEY) for _ in range(2))

    def incoming(self, text: str) -> Incoming:
        self.said += 1
        self.clock.advance(timedelta(seconds=1))
        return Incoming("wechat", "o-wang", f"k{self.said}", IncomingKind.TEXT, text)

    def says(self, text: str, meanwhile: str = "", times: int = 1) -> Reply:
        beside = Meanwhile(lambda: self.other.receive(self.incoming(meanwhile), self.clock.now()), times) if meanwhile else None
        return self.one.receive(self.incoming(text), self.clock.now(), beside=beside)[0]


@pytest.fixture
def wang(both_databases: Database, keyring: Keyring, clock: SetClock, tmp_path: Path) -> Wang:
    return Wang(both_databases, keyring, clock, tmp_path)


def with_two_lists(wang: Wang) -> None:
    """Two consultations to list, and a village whose news can be."""
    for text in ("村口的路灯坏了", "水渠堵了半个月"):
        wang.says("人工")
        wang.says(text)
    wang.says("白阳镇姚河村")


@pytest.mark.parametrize("times", [1, 2])
def test_what_two_processes_hear_at_once_is_both_remembered(wang: Wang, times: int) -> None:
    wang.says("村口的垃圾没人拉", meanwhile="白阳镇姚河村", times=times)
    assert "“村口的垃圾没人拉”已转给" in wang.says("人工").text
    assert "玉米良种" in str(wang.says("最新").choices)


def test_somebody_who_writes_without_end_is_answered_all_the_same(wang: Wang) -> None:
    assert wang.says("村口的垃圾没人拉", meanwhile="谢谢", times=50).text.startswith("抱歉")


def test_a_number_chooses_from_the_list_it_was_said_to(wang: Wang) -> None:
    with_two_lists(wang)
    assert "玉米良种" in str(wang.says("最新").choices)
    assert "玉米良种" in wang.says("1", meanwhile="我的留言").text


def test_a_number_that_was_said_to_no_list_chooses_nothing_from_one_that_came_meanwhile(wang: Wang) -> None:
    with_two_lists(wang)
    assert wang.says("1", meanwhile="我的留言").text.startswith("那是前面的选项")


def test_a_number_that_is_answered_late_chooses_nothing_from_a_newer_list(wang: Wang) -> None:
    with_two_lists(wang)
    wang.says("最新")
    late = wang.incoming("1")
    wang.one.put_off(late, wang.clock.now())
    assert wang.says("我的留言").choices
    assert wang.other.receive(late, wang.clock.now(), is_late=True)[0].text.startswith("那是前面的选项")


def test_a_number_that_is_answered_late_chooses_from_the_list_that_still_stands(wang: Wang) -> None:
    with_two_lists(wang)
    wang.says("最新")
    late = wang.incoming("1")
    wang.one.put_off(late, wang.clock.now())
    assert "玉米良种" in wang.other.receive(late, wang.clock.now(), is_late=True)[0].text
