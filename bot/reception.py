"""The shell round the conversation: remembers, does what a turn asks for, and answers each event once."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.conversation import fitting, step
from bot.library import RoomLibrary
from bot.models import AnsweredEvent, Conversation
from bot.phrases import brief, words
from bot.state import Effect, Refuse, RememberQuestion, Restore, State, TakeConsultation
from channels.messages import Incoming, Reply
from kernel.clock import Clock
from kernel.crypto import Keyring, Unreadable
from kernel.database import Database
from kernel.logs import mask
from knowledge import consultations
from knowledge.answers import Library
from knowledge.models import Question
from profiles import consent, contacts
from profiles.facts import REGISTER, Catalogue
from profiles.models import Refusal

PURPOSES = {"wechat": "openid", "sms": "phone", "telegram": "chat", "web": "web"}
# What talks and replies are sealed for.
TALK, REPLIES = "talk", "replies"
# The platform's retry comes within five seconds of the first call; by then the first answer is written down.
WAIT_FOR_TWIN_SECONDS = 3.0


class Reception:
    """Receives from every channel; safe for many threads and processes."""

    def __init__(self, database: Database, keyring: Keyring, answers: Library, clock: Clock, public_url: str,
                 token_key: bytes, catalogue: Catalogue = REGISTER) -> None:
        """Everything is handed in."""
        self._database = database
        self._keyring = keyring
        self._library = RoomLibrary(database, keyring, answers, clock, public_url, token_key, catalogue)

    def receive(self, incoming: Incoming, now: datetime) -> list[Reply]:
        """Answer one incoming; an event seen before gets the very same replies and does nothing again."""
        key = f"{incoming.channel}:{incoming.key}"
        if not self._claim(key, now):
            return self._told_before(key)
        try:
            return self._answer(incoming, key, now)
        except Exception:
            # Nothing was kept, so the platform's retry may be answered as if it came first.
            self._release(key)
            raise

    def _answer(self, incoming: Incoming, key: str, now: datetime) -> list[Reply]:
        indexes = self._keyring.indexes(_normal(incoming), PURPOSES[incoming.channel])
        index = indexes[0]
        turn = step(self._state(incoming.channel, indexes), incoming, self._library)
        with self._database.writing() as session:
            replies = list(turn.replies)
            for effect in turn.effects:
                replies.extend(self._carry_out(session, effect, incoming, index, turn.state, now))
            stored = Conversation(channel=incoming.channel, address_index=index, updated_at=now,
                                  state=self._sealed(turn.state.as_json(), TALK))
            session.merge(stored)
            # The same talk under a key that is being turned out.
            session.execute(delete(Conversation).where(Conversation.channel == incoming.channel,
                                                       Conversation.address_index.in_(indexes[1:])))
            event = session.get(AnsweredEvent, key)
            if event is not None:
                event.replies = self._sealed([[reply.text, list(reply.choices), reply.link] for reply in replies], REPLIES)
        return replies

    def _claim(self, key: str, now: datetime) -> bool:
        try:
            with self._database.writing() as session:
                session.add(AnsweredEvent(key=key, at=now, replies=None))
        except IntegrityError:
            return False
        return True

    def _release(self, key: str) -> None:
        with self._database.writing() as session:
            event = session.get(AnsweredEvent, key)
            if event is not None and event.replies is None:
                session.delete(event)

    def _told_before(self, key: str) -> list[Reply]:
        until = time.monotonic() + WAIT_FOR_TWIN_SECONDS
        while True:
            with self._database.reading() as session:
                event = session.get(AnsweredEvent, key)
            if event is not None and event.replies is not None:
                told = json.loads(self._keyring.decrypt(event.replies, REPLIES))
                return [Reply(text, tuple(choices), link) for text, choices, link in told]
            if time.monotonic() >= until:
                return []
            time.sleep(0.05)

    def _state(self, channel: str, indexes: Sequence[bytes]) -> State:
        with self._database.reading() as session:
            found = session.scalars(select(Conversation).where(
                Conversation.channel == channel, Conversation.address_index.in_(indexes))
                .order_by(Conversation.updated_at.desc()).limit(1)).first()
        if found is None:
            return State()
        try:
            return State.from_json(json.loads(self._keyring.decrypt(found.state, TALK)))
        except Unreadable:
            return State()  # its key is gone: the talk begins anew

    def _sealed(self, told: object, purpose: str) -> bytes:
        return self._keyring.encrypt(json.dumps(told, ensure_ascii=False), purpose)

    def _carry_out(self, session: Session, effect: Effect, incoming: Incoming, index: bytes, state: State, now: datetime
                   ) -> Sequence[Reply]:
        match effect:
            case TakeConsultation(text):
                case = consultations.take(session, self._keyring, incoming.channel, incoming.address,
                                          state.division or "", text, now)
                about = "" if incoming.channel == brief.CHANNEL else text
                return fitting([Reply(words.taken(case.number, case.due_on, about))], incoming.channel)
            case Refuse(topic):
                resident = self._resident(session, incoming)
                consent.refuse(session, index, "", topic, incoming.channel, now, resident_id=resident)
                self._keep_address(session, incoming, index)
            case Restore():
                consent.withdraw_refusal(session, index, now, resident_id=self._resident(session, incoming))
            case RememberQuestion(text, decision, entry, score):
                session.add(Question(at=now, channel=incoming.channel, division=state.division or "",
                                     text=mask(text)[:500], decision=decision, entry_id=entry, score=score))
        return []

    def _keep_address(self, session: Session, incoming: Incoming, index: bytes) -> None:
        """Seal the address beside its refusals: who is in no register must stay known when the key is turned."""
        sealed = self._keyring.encrypt(_normal(incoming), PURPOSES[incoming.channel])
        session.execute(update(Refusal).where(Refusal.address_index == index, Refusal.address.is_(None),
                                              Refusal.door == incoming.channel).values(address=sealed))

    def _resident(self, session: Session, incoming: Incoming) -> int | None:
        people = contacts.residents_at(session, self._keyring, incoming.channel, incoming.address)
        return people[0].id if len(people) == 1 else None


def _normal(incoming: Incoming) -> str:
    """The address as the register of contacts keeps it, so that a refusal is found by whoever sends later."""
    if incoming.channel == contacts.SMS:
        return contacts.normal_phone(incoming.address) or incoming.address
    return incoming.address
