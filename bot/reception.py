"""The shell round the conversation: remembers, does what a turn asks for, and answers each event once."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.conversation import fitting, step
from bot.flows import binding, telling
from bot.library import RoomLibrary
from bot.models import AnsweredEvent, Conversation
from bot.phrases import brief, words
from bot.proving import Post, Proving
from bot.state import (
    AnyHour,
    AskForCode,
    BeOneOf,
    ByDay,
    Effect,
    KeepAnswer,
    Only,
    Refuse,
    RememberQuestion,
    Restore,
    ShowNotice,
    State,
    TakeConsultation,
    TryCode,
    Unbind,
    Want,
)
from channels.messages import Incoming, Reply
from kernel.clock import Clock, in_china
from kernel.crypto import Keyring, Unreadable
from kernel.database import Database
from knowledge import consultations
from knowledge.answers import Library
from knowledge.models import Question
from notices import reading
from notices.offers import Offers
from notices.personal import Personal, bound_at
from profiles import consent, contacts
from profiles.models import Refusal
from profiles.portraits.models import Deed
from profiles.privacy import masked_words

PURPOSES = {"wechat": "openid", "sms": "phone", "telegram": "chat", "web": "web"}
# What talks and replies are sealed for.
TALK, REPLIES = "talk", "replies"
# The platform's retry comes within five seconds of the first call; by then the first answer is written down.
WAIT_FOR_TWIN_SECONDS = 3.0
# A 没有 of tomorrow is no answer to what was asked today.
QUESTION_STANDS = timedelta(hours=2)


class Reception:
    """Receives from every channel; safe for many threads and processes."""

    def __init__(self, database: Database, keyring: Keyring, answers: Library, clock: Clock, public_url: str,
                 token_key: bytes, offers: Offers | None = None, post: Post | None = None,
                 personal: Personal | None = None) -> None:
        """Everything is handed in; without a post nobody can be sent a code."""
        self._database = database
        self._keyring = keyring
        self._proving = Proving(keyring, post)
        self._library = RoomLibrary(database, keyring, answers, clock, public_url, token_key, offers, personal)
        self._personal = personal

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
        turn = step(self._state(incoming.channel, indexes, now), incoming, self._library)
        letters = []
        with self._database.writing() as session:
            replies, state = list(turn.replies), turn.state
            for effect in turn.effects:
                if isinstance(effect, AskForCode | TryCode | BeOneOf | Unbind):
                    proof, letter = self._proving.carry(session, effect, incoming, now)
                    state, more = (after := binding.told(state, proof)).state, fitting(after.replies, incoming.channel)
                    letters.extend([letter] if letter else [])
                else:
                    more = list(self._carry_out(session, effect, incoming, indexes, state, now))
                replies.extend(more)
            stored = Conversation(channel=incoming.channel, address_index=index, updated_at=now,
                                  state=self._sealed(state.as_json(), TALK))
            session.merge(stored)
            # The same talk under a key that is being turned out.
            session.execute(delete(Conversation).where(Conversation.channel == incoming.channel,
                                                       Conversation.address_index.in_(indexes[1:])))
            event = session.get(AnsweredEvent, key)
            if event is not None:
                event.replies = self._sealed([[reply.text, list(reply.choices), reply.link] for reply in replies], REPLIES)
        for letter in letters:
            self._proving.deliver(letter)
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

    def _state(self, channel: str, indexes: Sequence[bytes], now: datetime) -> State:
        with self._database.reading() as session:
            found = session.scalars(select(Conversation).where(
                Conversation.channel == channel, Conversation.address_index.in_(indexes))
                .order_by(Conversation.updated_at.desc()).limit(1)).first()
        if found is None:
            return State()
        try:
            state = State.from_json(json.loads(self._keyring.decrypt(found.state, TALK)))
        except Unreadable:
            return State()  # its key is gone: the talk begins anew
        return state if now - found.updated_at < QUESTION_STANDS else telling.left(state)

    def _sealed(self, told: object, purpose: str) -> bytes:
        return self._keyring.encrypt(json.dumps(told, ensure_ascii=False), purpose)

    def _carry_out(self, session: Session, effect: Effect, incoming: Incoming, indexes: Sequence[bytes], state: State,
                   now: datetime) -> Sequence[Reply]:
        match effect:
            case TakeConsultation(text):
                case = consultations.take(session, self._keyring, incoming.channel, incoming.address,
                                          state.division or "", text, now)
                about = "" if incoming.channel == brief.CHANNEL else text
                return fitting([Reply(words.taken(case.number, case.due_on, about))], incoming.channel)
            case KeepAnswer(fact, value):
                self._library.keep_answer(session, incoming, fact, value, now)
            case RememberQuestion(text, decision, entry, score):
                session.add(Question(at=now, channel=incoming.channel, division=state.division or "",
                                     text=masked_words(text)[:500], decision=decision, entry_id=entry, score=score))
                self._remember_reply(session, incoming, now)
            case ShowNotice(reference):
                self._remember_shown(session, reference, incoming, now)
            case _:
                self._keep_wish(session, effect, incoming, indexes, now)
        return []

    def _remember_shown(self, session: Session, reference: str, incoming: Incoming, now: datetime) -> None:
        """With portraits on, that a bound resident asked for a notice."""
        if self._personal is None or not self._personal.is_on:
            return
        resident = bound_at(session, self._keyring, incoming.channel, incoming.address)
        view = reading.current(session, reference, in_china(now).date()) if resident is not None else None
        if resident is not None and view is not None:
            self._personal.remember_in(session, resident, view, Deed.ASKED, incoming.channel, now)

    def _remember_reply(self, session: Session, incoming: Incoming, now: datetime) -> None:
        """With portraits on, that a bound resident asked something soon after a message."""
        if self._personal is None or not self._personal.is_on:
            return
        resident = bound_at(session, self._keyring, incoming.channel, incoming.address)
        if resident is not None:
            self._personal.remember_reply(session, resident, incoming.channel, now)

    def _keep_wish(self, session: Session, wish: Effect, incoming: Incoming, indexes: Sequence[bytes], now: datetime) -> None:
        index, door, resident = indexes[0], incoming.channel, self._resident(session, incoming)
        match wish:
            case Refuse(topics, channel):
                for topic in topics or (consent.EVERY,):
                    consent.refuse(session, index, channel, topic, door, now, resident)
            case Want(topics):
                for topic in topics:
                    consent.want(session, index, consent.EVERY, topic, door, now, resident)
            case Only(topics):
                consent.only(session, index, topics, door, now, resident)
            case Restore():
                consent.withdraw_refusal(session, index, now, resident_id=resident, addresses=indexes[1:])
            case ByDay():
                consent.only_by_day(session, index, door, now, resident)
            case AnyHour():
                consent.at_any_hour(session, index, now, resident)
        self._keep_address(session, incoming, index)

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
