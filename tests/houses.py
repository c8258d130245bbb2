"""A whole house for tests: composed by the real root over a fresh database and simulated vendors."""

from __future__ import annotations

from pathlib import Path

from channels.registry import ChannelConfig
from kernel.installation import StorageSettings
from profiles.portraits.settings import PortraitSettings
from push.settings import PushSettings
from tests.schema import found
from web.compose import Settings, compose
from web.house import House
from web.settings import WebSettings

COUNTY = "640425"


def build(database_url: str, channels: ChannelConfig, *, simulators_url: str = "", **storage: str) -> House:
    """Compose a house in simulation, quiet hours off, and give it the whole schema."""
    found(database_url).close()
    return compose(Settings(
        storage=StorageSettings(database_url=database_url, **storage),
        web=WebSettings(simulate="force", public_url="http://zhida.test", simulators_url=simulators_url, county=COUNTY),
        push=PushSettings(quiet_hours=""), portraits=PortraitSettings(), channels=channels))


def sqlite_url(folder: Path) -> str:
    """A fresh SQLite file in a folder."""
    return f"sqlite:///{folder / 'zhida.db'}"
