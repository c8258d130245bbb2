"""The sample county, filled once for all tests of the public pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kernel.clock import CHINA, SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from tests.schema import found
from tests.web.public import sample


@pytest.fixture(scope="session")
def noon() -> SetClock:
    """Monday 23 November 2026, ten in the morning."""
    return SetClock(datetime(2026, 11, 23, 10, 0, tzinfo=CHINA))


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory, noon: SetClock) -> Iterator[Database]:
    """A database with places, answers and notices."""
    opened = found(f"sqlite:///{tmp_path_factory.mktemp('county') / 'zhida.db'}")
    sample.fill(opened, noon)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def public_site(county: Database, noon: SetClock, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The public pages over the sample county."""
    return sample.open_site(county, Keyring([b"k" * 32]), noon, tmp_path_factory.mktemp("library"))


@pytest.fixture
def visitor(public_site: Flask) -> FlaskClient:
    """A browser without cookies."""
    return public_site.test_client()


@pytest.fixture(scope="session")
def tokens(county: Database, noon: SetClock) -> dict[str, str]:
    """Tokens of a board, a screen and an expired code."""
    return sample.tokens_of(county, noon)
