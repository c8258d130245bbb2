"""What the composition root built, as one frozen value, and how a view reaches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from dramatiq.broker import Broker
from flask import current_app

from kernel.clock import Clock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.http import Network
from kernel.installation import Installation
from notices.surfaces.forms import Forms

if TYPE_CHECKING:
    from bot.reception import Reception
    from channels.registry import Channels
    from knowledge.answers import Library
    from web.compose import Settings


@dataclass(frozen=True)
class House:
    """Every part, wired; built once by `web.compose.compose`."""

    settings: Settings
    installation: Installation
    database: Database
    clock: Clock
    network: Network
    channels: Channels
    broker: Broker
    library: Library
    reception: Reception
    find_county: Callable[[], str]

    @property
    def county(self) -> str:
        """The code of this installation's county, empty while it is not known."""
        return self.find_county()

    @property
    def keyring(self) -> Keyring:
        """The keys of personal data."""
        return self.installation.keyring

    @property
    def forms(self) -> Forms:
        """What renderings must fit: the wording this installation had approved by its vendors."""
        return Forms(sms=self.settings.channels.sms.templates)

    @property
    def token_key(self) -> bytes:
        """The key that signs codes on boards."""
        return self.installation.key_for("codes")


def house() -> House:
    """The house of the running application."""
    return cast(House, current_app.extensions["zhida"])
