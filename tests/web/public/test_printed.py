"""Boards are kept as they were printed, and never a moment longer than the notices on them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Base, Database
from notices import lifecycle
from tests.web.public import sample
from tests.web.public.sample import EDITOR, YAOHE


@pytest.fixture
def own_county(tmp_path: Path, noon: SetClock) -> Database:
    """A county that a test may change."""
    opened = Database(f"sqlite:///{tmp_path / 'zhida.db'}")
    Base.metadata.create_all(opened.engine)
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
