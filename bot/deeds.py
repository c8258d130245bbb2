"""What a turn asks for is done: a question handed over, an answer kept, a wish written down, a mark given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.conversation import fitting
from bot.effects import (
    AnyHour,
    ByDay,
    ChooseEntry,
    Effect,
    JudgeAnswer,
    KeepAnswer,
    Only,
    PlaceConsultation,
    RateCase,
    Refuse,
    RememberQuestion,
    ReopenCase,
    Restore,
    ShowNotice,
    TakeConsultation,
    Want,
)
from bot.flows.arrival import MOST_PLACES
from bot.library import RoomLibrary
from bot.phrases import brief, days, words
from bot.phrases import rating as rating_words
from bot.state import State
from channels.messages import Incoming, Reply
from kernel.clock import in_china
from kernel.crypto import Keyring
from knowledge import consultations, gaps, rating
from knowledge.case_models import Rating
from knowledge.consultations import ConsultationRefused
from notices import reading
from notices.personal import Personal, bound_at
from profiles import consent, contacts
from profiles.models import Refusal
from profiles.portraits.models import Deed

PURPOSES = {"wechat": "openid", "sms": "phone", "telegram": "chat", "web": "web"}
MOST_CASES = 5
MOST_A_DAY = 10
"""Questions of one address that are handed to people in a day; beyond it 12345 takes them."""


class Deeds:
    """Does it, in the transaction that keeps the talk."""

    def __init__(self, keyring: Keyring, personal: Personal | None) -> None:
        """Of one house."""
        self._keyring = keyring
        self._personal = personal

    def carry_out(self, session: Session, effect: Effect, incoming: Incoming, indexes: Sequence[bytes], state: State,
                  library: RoomLibrary, now: datetime) -> tuple[State, Sequence[Reply]]:
        """Do one thing; gives the state with what it came to, and what is said of it."""
        match effect:
            case TakeConsultation(text):
                return self._handed_over(session, text, incoming, indexes, state, library, now)
            case PlaceConsultation(number, division):
                consultations.place(session, number, division)
            case RememberQuestion(text, decision, entry, score):
                number = gaps.note(session, channel=incoming.channel, text=text, division=state.division, decision=decision,
                                   entry_id=entry, score=score, now=now)
                self._remember_reply(session, incoming, now)
                return replace(state, note=number), ()
            case JudgeAnswer(number, helpful):
                gaps.judge(session, number, helpful)
            case ChooseEntry(number, entry):
                gaps.choose(session, number, entry)
            case RateCase(number, mark):
                return self._rated(session, number, mark, state, now)
            case ReopenCase(number, reason):
                return state, fitting([self._reopened(session, number, reason, now)], incoming.channel)
            case KeepAnswer(fact, value):
                library.keep_answer(session, incoming, fact, value, now)
            case ShowNotice(reference):
                self._remember_shown(session, reference, incoming, now)
            case _:
                self._keep_wish(session, effect, incoming, indexes, now)
        return state, ()

    def _told_before(self, session: Session, text: str, indexes: Sequence[bytes], now: datetime) -> Reply | None:
        """The very same words are not handed on twice while they wait, nor more in a day than a desk can read."""
        own = consultations.of_addresses(session, self._keyring, indexes, in_china(now).date(), MOST_A_DAY)
        same = next((one for one in own if one.is_open and one.text.strip() == text.strip()), None)
        if same is not None:
            return Reply(words.TAKEN_BEFORE.format(number=same.number, day=days.spoken(same.due_on)))
        today = [one for one in own if in_china(one.taken_at).date() == in_china(now).date()]
        return Reply(words.ENOUGH_TODAY.format(most=MOST_A_DAY)) if len(today) >= MOST_A_DAY else None

    def _handed_over(self, session: Session, text: str, incoming: Incoming, indexes: Sequence[bytes], state: State, library: RoomLibrary,
                     now: datetime) -> tuple[State, Sequence[Reply]]:
        before = self._told_before(session, text, indexes, now)
        if before is not None:
            return state, fitting([before], incoming.channel)
        # Where nobody knows the place, the village that the words name is theirs; one of several is asked for, once.
        named = () if state.division else tuple(library.places_within(text))[:MOST_PLACES]
        division = state.division or (named[0] if len(named) == 1 else "")
        case = consultations.take(session, self._keyring, incoming.channel, incoming.address, division, text, now)
        kept = replace(state, cases=(*state.cases, case.number)[-MOST_CASES:])
        about = "" if incoming.channel == brief.CHANNEL else text
        opening = library.opening("")
        waits = "" if opening.today else words.closed(opening.following)
        said = words.taken(case.number, case.due_on, about, case.secret)
        replies = [Reply(f"{said}\n{waits}" if waits and about else said)]
        if len(named) > 1:
            kept = replace(kept, offered=tuple(f"at:{case.number}:{code}" for code in named), earlier=())
            replies.append(Reply(words.WHICH_VILLAGE, tuple(map(library.name_of, named))))
        return kept, fitting(replies, incoming.channel)

    def _rated(self, session: Session, number: str, mark: str, state: State, now: datetime) -> tuple[State, Sequence[Reply]]:
        try:
            may_reopen = rating.rate(session, number, Rating(mark), now)
        except ConsultationRefused as refusal:
            return replace(state, awaiting="", rating=""), (Reply(refusal.words),)
        if state.awaiting == "reason" and not may_reopen:
            return replace(state, awaiting="", rating=""), (Reply(rating_words.CALL),)
        return state, (Reply(rating_words.WHAT_WAS_WRONG if may_reopen else rating_words.THANKS),)

    def _reopened(self, session: Session, number: str, reason: str, now: datetime) -> Reply:
        try:
            due = rating.reopen(session, self._keyring, number, reason, now)
        except ConsultationRefused as refusal:
            return Reply(refusal.words)
        return Reply(rating_words.REOPENED.format(day=days.spoken(due)))

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
        sealed = self._keyring.encrypt(normal(incoming), PURPOSES[incoming.channel])
        session.execute(update(Refusal).where(Refusal.address_index == index, Refusal.address.is_(None),
                                              Refusal.door == incoming.channel).values(address=sealed))

    def _resident(self, session: Session, incoming: Incoming) -> int | None:
        people = contacts.residents_at(session, self._keyring, incoming.channel, incoming.address)
        return people[0].id if len(people) == 1 else None


def normal(incoming: Incoming) -> str:
    """The address as the register of contacts keeps it, so that a refusal is found by whoever sends later."""
    if incoming.channel == contacts.SMS:
        return contacts.normal_phone(incoming.address) or incoming.address
    return incoming.address
