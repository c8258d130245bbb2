"""The one contract every channel keeps; adding a channel is its folder, a registry line and its rows in the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from channels.failures import Fate, Outcome
from channels.messages import Call, Consent, Content, Incoming, JobFinished, Message, Receipt, Reply
from kernel.http import Client, Network

# Measured against a vendor that lost answers and with workers killed: 120 s sent nothing twice and lost nothing.
UNKNOWN_HORIZON = timedelta(seconds=120)


@dataclass(frozen=True)
class Limits:
    """What a channel can carry, as data: messages a call, calls in flight, messages a second, length in characters.

    `unknown_horizon`: a vendor's "not found" is proof only this long after the call began.
    `same_text_only`: a bulk call carries one text for all its numbers.
    `fate_window`: how long after the call began asking is of any use; None means always.
    `whole_text`: what is sent goes out as it stands; others fill the blanks of an approved template.
    `per_day`: messages the account may send on a day of China's, 0 for no such figure.
    `needs_opening`: each message uses up a consent, or needs an open window (`channels.wechat.openings`); who has neither is
    reached over another channel. `consent_for`: the template the consents are for.
    `sheaf`: so many calls of one message may be written down together and then made one after the other; only where each is
    asked about by a name of its own (`Call.name_of`).
    """

    bulk: int = 1
    in_flight: int = 32
    per_second: float = 0.0
    longest: int = 500
    same_text_only: bool = False
    can_ask_fate: bool = False
    unknown_horizon: timedelta = UNKNOWN_HORIZON
    throttle_wait: timedelta = timedelta(seconds=60)
    fate_window: timedelta | None = None
    whole_text: bool = False
    per_day: int = 0
    needs_opening: bool = False
    consent_for: str = ""
    sheaf: int = 1


@dataclass(frozen=True)
class Request:
    """A callback as it came: method, query, headers (lower-cased) and the raw body (at most 64 KB)."""

    method: str
    query: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    remote: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Response:
    """What the vendor is answered."""

    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    status: int = 200


@dataclass(frozen=True)
class Received:
    """What a callback held; `token` lets `acknowledge` answer in the same form (openid, nonce, encrypted or not).

    A `response` is final: nothing is to be done. `in_place` says whether `acknowledge` carries replies to the person;
    where it does not, they go out by the channel's talker. `consents` and `jobs` are taken in besides.
    """

    incoming: tuple[Incoming, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    consents: tuple[Consent, ...] = ()
    jobs: tuple[JobFinished, ...] = ()
    response: Response | None = None
    token: Mapping[str, str] = field(default_factory=dict, repr=False)
    in_place: bool = False


class Sender(Protocol):
    """The sending half."""

    @property
    def name(self) -> str:
        """The channel's name in deliveries and settings: wechat, sms, telegram, board."""
        ...

    @property
    def gateway(self) -> str:
        """The vendor behind it: aliyun, tencent, wechat …"""
        ...

    @property
    def limits(self) -> Limits:
        """Declared limits."""
        ...

    def complaints(self, content: Content) -> tuple[str, ...]:
        """What is wrong with a content for this channel, in Chinese; empty when it can go."""
        ...

    async def send(self, client: Client, call: Call) -> Sequence[Outcome]:
        """Make one request; one outcome a message, in order; raises nothing for what the vendor or the line does."""
        ...

    async def ask_fate(self, client: Client, call: Call) -> Sequence[Fate]:
        """Ask what became of a call's messages, by its attempt id; one fate a message."""
        ...


@dataclass(frozen=True)
class Road:
    """One gateway of a channel and its share of the messages; weight 0 carries only what the others could not."""

    sender: Sender
    weight: int = 1


@runtime_checkable
class Branching(Protocol):
    """A sender whose channel has several gateways."""

    @property
    def roads(self) -> tuple[Road, ...]:
        """The gateways in their order."""
        ...


def roads_of(sender: Sender) -> tuple[Road, ...]:
    """The gateways behind a channel's sender; most channels have one."""
    return sender.roads if isinstance(sender, Branching) else (Road(sender),)


class Receiver(Protocol):
    """The receiving half, mounted at `/hooks/<name>`."""

    @property
    def name(self) -> str:
        """The path under `/hooks/`."""
        ...

    def receive(self, request: Request) -> Received:
        """Verify and read a callback; raises CallbackRefused."""
        ...

    def acknowledge(self, received: Received, replies: Sequence[Reply]) -> Response:
        """The answer that carries the replies, or says that it was taken."""
        ...


class Talker(Protocol):
    """Saying something to one person outside a dispatch (a late answer, a code), where the channel's window allows."""

    async def say(self, client: Client, message: Message) -> Outcome:
        """Send one message now."""
        ...


@runtime_checkable
class Replier(Protocol):
    """A talker whose channel has more than lines of text for an answer (buttons), and may have to end what was pressed."""

    async def reply(self, client: Client, incoming: Incoming, reply: Reply) -> Outcome:
        """Say one reply to what came."""
        ...


class Broadcaster(Protocol):
    """One public text to everybody who follows an account, in one request the vendor takes once."""

    @property
    def per_month(self) -> int:
        """How many a follower gets in a month at the most."""
        ...

    def complaints(self, text: str) -> tuple[str, ...]:
        """What is wrong with a text, in Chinese."""
        ...

    async def broadcast(self, client: Client, reference: str, text: str) -> Outcome:
        """Release one; under the same reference (at most 64 characters) it is taken once however often it is asked."""
        ...


# A gateway's name and what came over its line; called in threads, raises when it could not be written down.
Take = Callable[[str, Received], None]


class Line(Protocol):
    """A kept-up connection by which a gateway brings receipts and words, instead of calling a hook.

    What came is thanked for when `take` returned; before that, or where nobody takes, the carrier brings it again.
    """

    @property
    def name(self) -> str:
        """The gateway's name."""
        ...

    @property
    def is_up(self) -> bool:
        """Whether it is connected and logged in."""
        ...

    def hand_to(self, take: Take) -> None:
        """Whom everything that comes in is handed to."""
        ...

    def open(self, network: Network) -> None:
        """Connect, and stay connected until closed."""
        ...

    def close(self) -> None:
        """Take leave of the carrier and end."""
        ...
