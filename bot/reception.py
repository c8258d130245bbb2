"""The shell round the conversation: remembers, does what a turn asks for, and answers each event once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot import events
from bot.conversation import fitting, step
from bot.effects import (
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
    TakeConsultation,
    TryCode,
    Unbind,
    Want,
)
from bot.flows import binding, telling
from bot.library import RoomLibrary
from bot.models import Conversation
from bot.phrases import brief, words
from bot.proving import Post, Proving
from bot.state import State
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
# What talks are sealed for.
TALK = "talk"
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
        self._twins = events.Twins()
        self._library = RoomLibrary(database, keyring, answers, clock, public_url, token_key, offers, personal)
        self._personal = personal

    def receive(self, incoming: Incoming, now: datetime, *, is_late: bool = False) -> list[Reply]:
        """Answer one incoming; an event seen before gets the very same replies and does nothing again.

        `is_late`: it was put off before anybody began to answer it, and is answered now.
        """
        key = events.name_of(incoming)
        with self._twins.alone(key) as is_first:
            indexes = self._keyring.indexes(_normal(incoming), PURPOSES[incoming.channel])
            with self._database.reading() as session:
                before = events.told(session, self._keyring, key, is_late=is_late)
                state = self._state(session, incoming.channel, indexes, now)
            if before is not None or not is_first:
                return before or []  # what is still being worked out is carried by whoever came first
            try:
                return self._answer(incoming, indexes, state, now)
            except events.AnsweredBefore:
                with self._database.reading() as session:
                    return events.told(session, self._keyring, key) or []

    def put_off(self, incoming: Incoming, now: datetime) -> list[Reply] | None:
        """Say that the answer comes by a message of its own; where it was written down meanwhile, the answer."""
        return events.put_off(self._database, self._keyring, incoming, now)

    def _answer(self, incoming: Incoming, indexes: Sequence[bytes], before: State, now: datetime) -> list[Reply]:
        turn = step(before, incoming, self._library)
        letters = []
        with self._database.writing() as session:
            taken = events.take(session, events.name_of(incoming), now)
            replies, state = list(turn.replies), turn.state
            for effect in turn.effects:
                if isinstance(effect, AskForCode | TryCode | BeOneOf | Unbind):
                    proof, letter = self._proving.carry(session, effect, incoming, now)
                    state, more = (after := binding.told(state, proof)).state, fitting(after.replies, incoming.channel)
                    letters.extend([letter] if letter else [])
                else:
                    more = list(self._carry_out(session, effect, incoming, indexes, state, now))
                replies.extend(more)
            stored = Conversation(channel=incoming.channel, address_index=indexes[0], updated_at=now,
                                  state=self._sealed(state.as_json(), TALK))
            session.merge(stored)
            # The same talk under a key that is being turned out.
            session.execute(delete(Conversation).where(Conversation.channel == incoming.channel,
                                                       Conversation.address_index.in_(indexes[1:])))
            taken.settle(self._keyring, replies)
        for letter in letters:
            self._proving.deliver(letter)
        return replies

    def _state(self, session: Session, channel: str, indexes: Sequence[bytes], now: datetime) -> State:
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
                return fitting([Reply(words.taken(case.number, case.due_on, about, case.secret))], incoming.channel)
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
