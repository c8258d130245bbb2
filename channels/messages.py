"""What is said over any channel, as values: messages out, incoming words, receipts, replies."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Purpose(StrEnum):
    """Why a message is sent: chooses the vendor's approved template and decides which rules bind it."""

    NOTICE = "notice"
    CORRECTION = "correction"
    EMERGENCY = "emergency"
    CODE = "code"
    CONSULTATION = "consultation"


@dataclass(frozen=True)
class Content:
    """What a message says: the whole text a person reads, and the blanks of the approved template it fills.

    `variables` are the template's blanks by our names (`title`, `deadline`, `where`, `phone` …); each channel maps
    them to the vendor's own. `link` is used only where the channel may carry one outside a variable. `form` is what stands
    round the words where they go out, as it was approved: a text message's signature, a card's fields; empty where nobody
    kept it.
    """

    purpose: Purpose
    text: str
    variables: Mapping[str, str] = field(default_factory=dict)
    link: str | None = None
    form: str = ""


@dataclass(slots=True)
class Message:
    """One message to one address; `reference` is our delivery's id and comes back in the outcome. Made quickly rather than frozen.

    `name`: under which attempt it travels where it is said alone, outside a dispatch; empty where nobody waits to hear of it.
    """

    reference: int
    address: str = field(repr=False)
    content: Content = field(repr=False)
    name: str = ""


@dataclass(frozen=True)
class Call:
    """One request to a vendor: up to the channel's bulk size of messages under one attempt id.

    `attempt` was committed before the call and travels as OutId, client_msg_id or SessionContext. `calls`: of a sheaf, how
    many requests with one message each stand under the attempt; each then travels under a name of its own.
    """

    attempt: str
    messages: tuple[Message, ...]
    started_at: datetime
    calls: int = 1

    def name_of(self, message: Message) -> str:
        """Under which name a message travels that goes alone in its request: the same whenever it is asked."""
        return self.attempt if self.calls == 1 else f"{self.attempt}-{message.reference}"


class IncomingKind(StrEnum):
    """What a person did."""

    TEXT = "text"
    VOICE = "voice"
    IMAGE = "image"
    LOCATION = "location"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    SCAN = "scan"
    CLICK = "click"


@dataclass(frozen=True)
class Incoming:
    """What a person said or did, the same shape from every channel.

    `address` is who (openid, phone, chat id); `key` names this very event for de-duplication;
    `scene` is the code that was scanned or the menu key; `choices` numbers stand in `text`, `mark` is that of the list whose
    button was pressed.
    """

    channel: str
    address: str = field(repr=False)
    key: str
    kind: IncomingKind
    text: str = field(default="", repr=False)
    scene: str | None = None
    place: tuple[float, float] | None = field(default=None, repr=False)
    at: datetime | None = None
    mark: str = ""


@dataclass(frozen=True)
class Reply:
    """What we answer: plain text, numbered choices, and at most one link."""

    text: str
    choices: tuple[str, ...] = ()
    link: str | None = None

    @property
    def mark(self) -> str:
        """What tells this list of choices from another, so that a button of an older one chooses nothing from a newer; empty without.

        The words above are part of it: under every answer stand the same two choices, each time of another matter.
        """
        return hashlib.sha256("\n".join((self.text, *self.choices)).encode("utf-8", "replace")).hexdigest()[:8] if self.choices else ""


class ReceiptKind(StrEnum):
    """What the vendor says became of a message."""

    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(slots=True)
class Receipt:
    """A vendor's word on one message's fate; matched by `attempt` and `address`, or by `vendor_reference`. Made quickly
    rather than frozen. `key` is the same when it is brought again; together with `address` it is nobody else's.

    Where neither is known any more, `gateway` and `booked_at` (when the vendor took the message, in each reading that its
    form leaves open) may tell of which unanswered call it speaks; `whole` when it speaks of all parts of a long message.
    """

    channel: str
    kind: ReceiptKind
    key: str
    vendor_reference: str | None = None
    attempt: str | None = None
    address: str | None = field(default=None, repr=False)
    code: str = ""
    words: str = ""
    at: datetime | None = None
    recipient_gone: bool = False
    gateway: str = ""
    booked_at: tuple[datetime, ...] = ()
    whole: bool = False


@dataclass(frozen=True)
class Consent:
    """A person's yes (or no) to messages of one of the vendor's templates; where each message uses one up, one message."""

    channel: str
    address: str = field(repr=False)
    template: str
    is_given: bool
    at: datetime


@dataclass(frozen=True)
class JobFinished:
    """A vendor's word on one broadcast: how it ended and whom it reached, in figures."""

    channel: str
    vendor_reference: str
    is_done: bool
    words: str = ""
    total: int = 0
    filtered: int = 0
    sent: int = 0
    failed: int = 0
