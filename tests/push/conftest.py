"""What the tests of pushing share: channels that are open but talk to nobody, and a county with a sender."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from channels.registry import Channels, open_channels
from channels.simulators.identity import demo_config
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from push.settings import PushSettings
from tests.notices import offices
from tests.push.county import County


@pytest.fixture
def settings() -> PushSettings:
    """The defaults."""
    return PushSettings()


@pytest.fixture
def channels(both_databases: Database, keyring: Keyring, clock: SetClock) -> Channels:
    """WeChat and SMS, open, at an address where nobody answers."""
    return open_channels(demo_config("http://127.0.0.1:9"), both_databases, keyring, clock)


@pytest.fixture
def county(both_databases: Database, keyring: Keyring, clock: SetClock) -> Iterator[County]:
    """An open session in which families are added; commits at the end of each `with`."""
    # Not `writing`, which holds its turn to the end: here others write between two commits.
    engine = both_databases.engine.execution_options(zhida_writing=True)
    with Session(engine, expire_on_commit=False) as session:
        offices.found_places(session)
        session.commit()
        yield County(session, keyring, clock.now())
        session.rollback()
