"""Boards are kept as they were printed, and never a moment longer than the notices on them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select, update

from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from notices import lifecycle
from notices.models import Notice
from push.postings import Posting, PostState, PostWhy, post_in
from tests.schema import found
from tests.web.public import sample
from tests.web.public.sample import EDITOR, YAOHE


@pytest.fixture
def own_county(tmp_path: Path, noon: SetClock) -> Database:
    """A county that a test may change."""
    opened = found(f"sqlite:///{tmp_path / 'zhida.db'}")
    sample.fill(opened, noon)
    return opened


@pytest.fixture
def passer_by(own_county: Database, noon: SetClock, tmp_path: Path) -> FlaskClient:
    """Somebody who opens boards of that county."""
    return sample.open_site(own_county, Keyring([b"k" * 32]), noon, tmp_path).test_client()


@pytest.mark.parametrize("address", [f"/divisions/{YAOHE}", "/"])
def test_a_withdrawn_notice_leaves_a_board_that_was_kept_at_once(passer_by: FlaskClient, own_county: Database, noon: SetClock,
                                                                 address: str) -> None:
    reference = re.findall(r"/notices/(PY-[0-9-]+)", passer_by.get(address).text)[0]
    with own_county.writing() as session:
        lifecycle.withdraw(session, reference, EDITOR, noon.now(), reason="名额写错了")
    assert f"/notices/{reference}" not in passer_by.get(address).text


def test_a_board_asked_for_again_reads_no_notice(passer_by: FlaskClient, own_county: Database) -> None:
    read: list[str] = []
    first = passer_by.get(f"/divisions/{YAOHE}").text
    event.listen(own_county.engine, "before_cursor_execute", lambda _c, _u, statement, *_: read.append(statement))
    assert passer_by.get(f"/divisions/{YAOHE}").text == first
    assert [one for one in read if "revisions" in one] == []


def test_a_kept_page_is_not_shown_in_another_size(passer_by: FlaskClient) -> None:
    plain = passer_by.get(f"/divisions/{YAOHE}").text
    large = passer_by.get(f"/divisions/{YAOHE}?large=1").text
    assert ('class="large"' in plain, 'class="large"' in large) == (False, True)


def test_invented_addresses_are_not_kept(passer_by: FlaskClient) -> None:
    passer_by.get(f"/divisions/{YAOHE}?x=1")
    assert "zhida_printed" not in passer_by.application.extensions


def _hang(database: Database, noon: SetClock, reference: str, why: PostWhy, state: PostState = PostState.WANTED) -> None:
    with database.writing() as session:
        notice = session.scalars(select(Notice).where(Notice.reference == reference)).one()
        post_in(session, notice_id=notice.id, reference=reference, divisions=[YAOHE], why=why, now=noon.now())
        session.execute(update(Posting).where(Posting.reference == reference).values(
            state=state, posted_at=noon.now() if state is PostState.POSTED else None))


def test_what_hangs_in_the_village_says_so_on_a_board_that_was_kept(
    passer_by: FlaskClient, own_county: Database, noon: SetClock
) -> None:
    assert "已张贴" not in passer_by.get(f"/divisions/{YAOHE}").text
    _hang(own_county, noon, "PY-2026-012", PostWhy.EMERGENCY, PostState.POSTED)
    assert "11月23日已张贴" in passer_by.get(f"/divisions/{YAOHE}").text


def test_an_emergency_without_a_page_stands_on_boards_and_on_top_of_the_screen_at_once(
    passer_by: FlaskClient, own_county: Database, noon: SetClock
) -> None:
    screen = f"/screens/{sample.tokens_of(own_county, noon)['screen']}?n=3"
    with own_county.writing() as session:
        session.execute(update(Notice).where(Notice.reference == "PY-2026-012").values(published_revision=None, published_at=None))
    for address in (f"/divisions/{YAOHE}", f"/divisions/{YAOHE[:9]}", screen):
        assert "煤烟" not in passer_by.get(address).text
    _hang(own_county, noon, "PY-2026-012", PostWhy.EMERGENCY)
    for address in (f"/divisions/{YAOHE}", f"/divisions/{YAOHE[:9]}", screen):
        assert "煤烟" in passer_by.get(address).text
    assert "/notices/PY-2026-012" not in passer_by.get(f"/divisions/{YAOHE}").text
    alarm = re.search(r'<p class="alarm"[^>]*>(.*?)</p>', passer_by.get(screen).text)
    assert alarm is not None
    assert "煤烟" in alarm.group(1)


def test_a_neutral_sheet_on_the_board_tells_nobodys_condition(
    passer_by: FlaskClient, own_county: Database, noon: SetClock
) -> None:
    with own_county.writing() as session:
        session.execute(update(Notice).where(Notice.reference == "PY-2026-003").values(published_revision=None, published_at=None))
    _hang(own_county, noon, "PY-2026-003", PostWhy.VILLAGE)
    page = passer_by.get(f"/divisions/{YAOHE}?all=1").text
    assert "请各户核对家庭登记情况" in page
    assert "外出务工交通" not in page
    assert "请各户核对家庭登记情况" not in passer_by.get(f"/divisions/{YAOHE[:9]}?all=1").text
