"""The shell round the conversation: remembers, does what a turn asks for, and answers each event once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from bot import events, late, memory
from bot.conversation import fitting, step
from bot.deeds import PURPOSES, Deeds, normal
from bot.effects import AskForCode, BeOneOf, TakeConsultation, TryCode, Unbind
from bot.flows import binding, menus
from bot.hours import Hours
from bot.library import LastSent, RoomLibrary
from bot.phrases import words
from bot.proving import Post, Proving
from bot.state import State
from channels.messages import Incoming, Reply
from kernel.clock import Clock
from kernel.crypto import Keyring
from kernel.database import Database
from knowledge.answers import Library
from notices.offers import Offers
from notices.personal import Personal
from profiles.models import Resident
from profiles.subjects import web_address

# Beyond it the later one is written as it was worked out: nobody waits for ever on somebody who sends without end.
MOST_ANEW = 3


class Beside(Protocol):
    """What else is kept of an incoming: looked up where the talk is read, written where the answer is."""

    def look(self, session: Session) -> None:
        """Read what will be needed."""
        ...

    def keep(self, session: Session, told: Sequence[Reply]) -> None:
        """Write, in the transaction of the answer."""
        ...


class Reception:
    """Receives from every channel; safe for many threads and processes."""

    def __init__(self, database: Database, keyring: Keyring, answers: Library, clock: Clock, public_url: str,
                 token_key: bytes, offers: Offers | None = None, post: Post | None = None,
                 personal: Personal | None = None, last_sent: LastSent | None = None, hours: Hours | None = None) -> None:
        """Everything is handed in; without a post nobody can be sent a code, without `last_sent` nobody answers a message."""
        self._database = database
        self._keyring = keyring
        self._proving = Proving(keyring, post)
        self._twins = events.Twins()
        self._library = RoomLibrary(database, keyring, answers, clock, public_url, token_key, offers, personal,
                                    last_sent, hours)
        self._deeds = Deeds(keyring, personal)

    def receive(self, incoming: Incoming, now: datetime, *, is_late: bool = False, beside: Beside | None = None,
                resident: int | None = None, once: bool = False, hands_over: bool = True) -> list[Reply]:
        """Answer one incoming; an event seen before gets the very same replies and does nothing again.

        `is_late`: it was put off before anybody began to answer it, and is answered now. `beside` keeps what others want to
        know of it, once, in the one transaction of the answer. `resident`: who proved on the web to be speaking; their talk is
        their own then, and goes on wherever they are known. `once`: an event seen before gets nothing, for what is said to it
        goes out as a message of its own, for which `begin` and `end` are asked. `hands_over`: unless too much was handed to people from there already.
        """
        with self._twins.alone(events.name_of(incoming)) as is_first:
            for _ in range(MOST_ANEW):
                try:
                    return self._heard(incoming, now, is_late, beside, resident, once, hands_over, is_first)
                except memory.TalkedOn as moved:
                    # Two messages of one person at once: the second goes on from where the first left the talk.
                    incoming = menus.as_then(incoming, moved.before)
            return self._heard(incoming, now, is_late, beside, resident, once, hands_over, is_first, anyway=True)

    def _heard(self, incoming: Incoming, now: datetime, is_late: bool, beside: Beside | None, resident: int | None, once: bool,
               hands_over: bool, is_first: bool, *, anyway: bool = False) -> list[Reply]:
        key = events.name_of(incoming)
        with self._database.looking() as session:
            if (person := session.get(Resident, resident) if resident is not None else None) is not None:
                # Not the browser's: whoever sits at it next is somebody else.
                incoming = replace(incoming, address=web_address(person))
            indexes = self._keyring.indexes(normal(incoming), PURPOSES[incoming.channel])
            before = events.told(session, self._keyring, key, is_late=is_late)
            if before is not None or not is_first:
                return [] if once else before or []  # what is still being worked out is carried by whoever came first
            recalled = memory.recalled(session, self._keyring, incoming.channel, indexes, now)
            came = events.put_off_at(session, key) if is_late else None
            if came is not None and memory.offered_since(recalled.state, came):
                incoming = menus.as_then(incoming, State())  # whoever was to answer died, and the list that stands now came later
            if beside is not None:
                beside.look(session)
        try:
            library = self._library if resident is None else self._library.known(resident)
            return self._answer(incoming, indexes, recalled, library, now, beside, hands_over, goes_alone=once, anyway=anyway)
        except events.AnsweredBefore:
            if once:
                return []
            with self._database.reading() as session:
                return events.told(session, self._keyring, key) or []

    def put_off(self, incoming: Incoming, now: datetime) -> list[Reply] | None:
        """Say that the answer comes by a message of its own; where it was written down meanwhile, the answer."""
        with self._database.writing() as session:
            before = events.put_off(session, self._keyring, events.name_of(incoming), now)
            if before is None:
                late.keep(session, self._keyring, incoming, None, now)
            return before

    def begin(self, incoming: Incoming, *, unless_worked_out: bool = False) -> bool:
        """Whether an answer that goes out as a message of its own is the caller's to say, now: nobody else says it then.

        `unless_worked_out`: the caller has none, and would only say so.
        """
        with self._database.writing() as session:
            return late.begin(session, incoming, unless_worked_out=unless_worked_out)

    def end(self, incoming: Incoming, left: Sequence[Reply] = (), at: datetime | None = None) -> None:
        """It was said; where some of it surely did not leave, that is `left` to be tried again from a moment on."""
        with self._database.writing() as session:
            if left and at is not None:
                late.keep(session, self._keyring, incoming, left, at)
            else:
                late.end(session, incoming)

    def overdue(self, now: datetime) -> late.Late | None:
        """An answer that somebody who is gone should have given, for the caller to give."""
        return late.overdue(self._database, self._keyring, now)

    def _answer(self, incoming: Incoming, indexes: Sequence[bytes], recalled: memory.Recalled, library: RoomLibrary, now: datetime,
                beside: Beside | None, hands_over: bool, *, goes_alone: bool, anyway: bool) -> list[Reply]:
        before = recalled.state
        turn = step(before, incoming, library)
        letters = []
        with self._database.writing() as session:
            replies, state = list(turn.replies), turn.state
            for effect in turn.effects:
                if isinstance(effect, AskForCode | TryCode | BeOneOf | Unbind):
                    proof, letter = self._proving.carry(session, effect, incoming, now)
                    state, more = (after := binding.told(state, proof)).state, fitting(after.replies, incoming.channel)
                    letters.extend([letter] if letter else [])
                elif isinstance(effect, TakeConsultation) and not hands_over:
                    more = fitting([Reply(words.ENOUGH_HERE)], incoming.channel)
                else:
                    state, said = self._deeds.carry_out(session, effect, incoming, indexes, state, library, now)
                    more = list(said)
                replies.extend(more)
                state = menus.marked(before, state, more)
            memory.keep(session, self._keyring, incoming.channel, indexes, recalled, state, now, anyway=anyway)
            if beside is not None:
                beside.keep(session, replies)
            was_put_off = events.take(session, self._keyring, events.name_of(incoming), replies, now)
            if replies and (was_put_off or goes_alone):
                late.keep(session, self._keyring, incoming, replies, now)
            elif was_put_off:
                late.end(session, incoming)
        for letter in letters:
            self._proving.deliver(letter)
        return replies
