"""What every test in a browser shares: patience, since two cores may be serving a site and a browser at once."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect


@pytest.fixture(scope="session", autouse=True)
def _patience() -> None:
    expect.set_options(timeout=20_000)
