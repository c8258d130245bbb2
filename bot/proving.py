"""What a talk's steps towards being known do in the register: a code asked for, tried, and a person bound to an openid."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from bot.effects import AskForCode, BeOneOf, TryCode, Unbind
from bot.state import Proof
from channels.messages import Incoming
from kernel.crypto import Keyring
from profiles import binding
from profiles.binding import Answer, Asked

Step = AskForCode | TryCode | BeOneOf | Unbind


class Post(Protocol):
    """Who brings codes to telephones."""

    @property
    def is_open(self) -> bool:
        """Whether codes can be sent at all."""
        ...

    def post(self, phone: str, code: str) -> None:
        """Send a code soon; returns at once."""
        ...


class Proving:
    """The steps of one talk, inside the transaction that keeps its state; letters wait for the commit."""

    def __init__(self, keyring: Keyring, post: Post | None) -> None:
        """Without a post no code can be asked for."""
        self._keyring = keyring
        self._post = post

    def carry(self, session: Session, step: Step, incoming: Incoming, now: datetime) -> tuple[Proof, Asked | None]:
        """Do one step; the letter, if there is one, is to be posted after the commit."""
        who = binding.asker(self._keyring, incoming.channel, incoming.address)
        match step:
            case AskForCode(phone):
                return self._ask(session, who, phone, incoming.channel, now)
            case TryCode(code):
                return self._try(session, who, code, incoming, now), None
            case BeOneOf(resident_id):
                return self._bound(session, who, resident_id, incoming, now), None
            case Unbind():
                count = binding.unbind(session, self._keyring, incoming.address, now)
                return Proof("unbound" if count else "not_bound"), None

    def deliver(self, letter: Asked) -> None:
        """Post a letter."""
        if self._post is not None and letter.code:
            self._post.post(letter.phone, letter.code)

    def _ask(self, session: Session, who: bytes, phone: str, door: str, now: datetime) -> tuple[Proof, Asked | None]:
        if self._post is None or not self._post.is_open:
            return Proof("closed"), None
        asked = binding.ask(session, self._keyring, who, phone, door, now)
        return Proof(asked.answer.value), asked

    def _try(self, session: Session, who: bytes, code: str, incoming: Incoming, now: datetime) -> Proof:
        answer = binding.prove(session, self._keyring, who, code, now)
        if answer is not Answer.RIGHT:
            return Proof(answer.value)
        proved = binding.proved(session, who, now)
        choices = binding.choices(session, self._keyring, proved, now.date()) if proved else []
        if len(choices) == 1:
            return self._bound(session, who, choices[0].resident_id, incoming, now)
        return Proof("which", tuple((one.resident_id, one.name) for one in choices)) if choices else Proof("gone")

    def _bound(self, session: Session, who: bytes, resident_id: int, incoming: Incoming, now: datetime) -> Proof:
        proved = binding.proved(session, who, now)
        if proved is None:
            return Proof("over")
        name = next((one.name for one in binding.choices(session, self._keyring, proved, now.date())
                     if one.resident_id == resident_id), "")
        contact = binding.use(session, self._keyring, proved, resident_id, now, openid=incoming.address)
        return Proof("bound", name=name) if contact is not None else Proof("gone")
