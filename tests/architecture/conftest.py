"""The whole site, as it is served."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from channels.simulators.identity import demo_config
from tests.houses import build, sqlite_url
from web.app import create_app


@pytest.fixture
def site(tmp_path: Path) -> Flask:
    """The application over a composed house; nothing is sent, so no simulator need run."""
    return create_app(build(sqlite_url(tmp_path), demo_config("http://127.0.0.1:9")))
