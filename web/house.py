"""What the composition root built, as one frozen value, and how a view reaches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, cast

from flask import current_app

from kernel.clock import Clock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.http import Network
from kernel.installation import Installation
from notices.surfaces.forms import Forms
from profiles.county_facts import county_catalogue
from profiles.facts import Catalogue

if TYPE_CHECKING:
    from dramatiq.broker import Broker
    from sqlalchemy.orm import Session

    from bot.reception import Reception
    from channels.registry import Channels
    from knowledge.answers import Library
    from notices.offers import Offers
    from notices.personal import Personal
    from push.receipts import Intake
    from web.compose import Settings
    from web.posting import CodePost


@dataclass(frozen=True)
class House:
    """Every part, wired; made once by `web.compose.compose`."""

    settings: Settings
    installation: Installation
    database: Database
    clock: Clock
    network: Network
    find_county: Callable[[], str]

    # The rooms below are opened at first use: a command that only counts households starts without the answers' model.

    @cached_property
    def channels(self) -> Channels:
        """Senders, receivers and talkers that the settings open."""
        from channels.registry import open_channels
        from web.lines import LineDesk

        opened = open_channels(self.settings.channels, self.database, self.keyring, self.clock,
                               unknown_horizon=self.settings.push.horizon, public_url=self.settings.web.public_url)
        desk = LineDesk(self)
        for line in opened.lines.values():
            line.hand_to(desk.take)
        return opened

    @cached_property
    def receipts(self) -> Intake:
        """What takes in what vendors say became of messages, from every thread at once."""
        from push.receipts import Intake

        return Intake(self.database, self.keyring)

    @cached_property
    def broker(self) -> Broker:
        """The bell of the queue."""
        from kernel.queue import open_broker

        return open_broker(self.installation.redis_url)

    @cached_property
    def library(self) -> Library:
        """The answers, in memory from the first question on."""
        from knowledge.answers import Library

        return Library(self.database, self.installation.folder, site=self.settings.web.public_url,
                       model=self.settings.answering.answer_model)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The facts a condition may name: the register's and the county's own; CountyFactsRefused for a bad file."""
        return county_catalogue(self.settings.facts.path(self.installation.folder))

    @cached_property
    def code_post(self) -> CodePost:
        """Who brings codes to telephones."""
        from web.posting import CodePost

        return CodePost(lambda: self.channels, self.network)

    @cached_property
    def offers(self) -> Offers:
        """The published offers, their conditions read once."""
        from notices.offers import Offers

        return Offers(self.catalogue)

    @cached_property
    def reception(self) -> Reception:
        """The bot's shell."""
        from bot import hours
        from bot.reception import Reception
        from bot.state import Pushed
        from push.last_sent import last_sent_to

        def last_sent(session: Session, channel: str, address: str, now: datetime) -> Pushed | None:
            sent = last_sent_to(session, self.keyring, channel, address, now)
            return None if sent is None else Pushed(sent.reference, sent.at, sent.is_named)

        return Reception(self.database, self.keyring, self.library, self.clock, self.settings.web.public_url,
                         self.token_key, self.offers, post=self.code_post, personal=self.personal, last_sent=last_sent,
                         hours=hours.read(self.settings.talk.office_hours))

    @cached_property
    def personal(self) -> Personal:
        """Portraits at work; does nothing while they are off."""
        from notices.personal import Personal
        from push.last_sent import last_sent

        return Personal(self.database, self.settings.portraits, self.installation.folder, self.catalogue, last_sent)

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
        channels = self.settings.channels
        return Forms(sms=channels.sms.templates, sms_signature=channels.sms.sms_signature, card_forms=channels.wechat.card_forms)

    @property
    def token_key(self) -> bytes:
        """The key that signs codes on boards."""
        return self.installation.key_for("codes")


def house() -> House:
    """The house of the running application."""
    return cast(House, current_app.extensions["zhida"])
