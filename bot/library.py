"""What the conversation may look up, read from the rooms below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import claiming
from bot.state import Answer, Asked, Claims, Finding, News, Progress
from channels.messages import Incoming
from kernel.clock import Clock, today
from kernel.crypto import Keyring
from kernel.database import Database
from knowledge import consultations
from knowledge.answers import EntryView
from knowledge.answers import Library as Answers
from knowledge.models import ConsultationState
from notices import reading
from notices.offers import Offers
from notices.personal import Personal, bound_at
from profiles import answers, contacts, divisions
from profiles.models import Household
from qrcodes import landings

STATES = {ConsultationState.TAKEN: "已受理", ConsultationState.PASSED_ON: "已转办", ConsultationState.ANSWERED: "已答复",
          ConsultationState.CLOSED: "已办结"}


NEWS = 5
# A personal order looks a little further back, so that what matters is not left out for being a day older.
ARRANGED = 12


class RoomLibrary:
    """The library of `bot.state`, over the database and the answers in memory."""

    def __init__(self, database: Database, keyring: Keyring, answers: Answers, clock: Clock, public_url: str,
                 token_key: bytes, offers: Offers | None = None, personal: Personal | None = None) -> None:
        """Everything it reads is handed in."""
        self._database = database
        self._keyring = keyring
        self._answers = answers
        self._clock = clock
        self._public_url = public_url
        self._token_key = token_key
        self._offers = Offers() if offers is None else offers
        self._personal = personal

    def ask(self, text: str, division: str | None) -> Finding:
        """Find reviewed answers."""
        former = frozenset[str]()
        if division is not None:
            with self._database.reading() as session:
                division = divisions.present_code(session, division)
                former = divisions.former_around(session, division)
        found = self._answers.ask(text, division, today(self._clock), former)
        best = found.candidates[0] if found.candidates else None
        return Finding(found.decision.value, tuple(_answer(one) for one in found.entries), best.id if best else None,
                       best.score if best else 0.0)

    def entry(self, entry_id: str) -> Answer | None:
        """One entry."""
        return next((_answer(one) for one in self._answers.entries([entry_id])), None)

    def news(self, division: str | None, incoming: Incoming | None = None) -> Sequence[News]:
        """The newest notices of a place; for somebody bound, with portraits on, in their own order."""
        with self._database.reading() as session:
            # A conversation remembers a place longer than its code may stand.
            division = divisions.present_code(session, division or "")
            found = reading.published_for(session, division, today(self._clock), NEWS)
            if incoming is not None and self._personal is not None and self._personal.is_on:
                found = self._arranged(session, division, incoming, self._personal)
        return [_news(one) for one in found[:NEWS]]

    def _arranged(self, session: Session, division: str, incoming: Incoming, personal: Personal) -> list[reading.NoticeView]:
        found = reading.published_for(session, division, today(self._clock), ARRANGED)
        resident = bound_at(session, self._keyring, incoming.channel, incoming.address)
        return found if resident is None else list(personal.arranged(session, resident, found, self._clock.now()).views)

    def notice(self, reference: str) -> News | None:
        """One published notice."""
        with self._database.reading() as session:
            found = reading.current(session, reference)
        return _news(found) if found is not None and found.published_at is not None else None

    def claims(self, incoming: Incoming, said: Mapping[str, answers.Value], skipped: Sequence[str]) -> Claims | None:
        """What the household bound to a WeChat identity may apply for; a register's telephone proves nobody.

        Its own answers, and what is `said` just now, count beside the register.
        """
        with self._database.reading() as session:
            home = self.home_of(session, incoming)
            return None if home is None else claiming.claims_of(
                session, self._keyring, home[0], said, skipped, today(self._clock), self._offers)

    def keep_answer(self, session: Session, incoming: Incoming, fact_name: str, value: answers.Value, now: datetime) -> None:
        """Keep what a bound household says of itself, for the office to look at."""
        home, fact = self.home_of(session, incoming), self._offers.catalogue.fact(fact_name)
        if home is None or fact is None:
            return
        household, resident = home
        is_clear, about = answers.whom(session, fact, household)
        if is_clear:
            answers.keep(session, self._keyring, household_id=household, resident_id=resident, about=about, fact=fact,
                         value=value, channel=incoming.channel, now=now)

    def question(self, fact: str) -> Asked | None:
        """The question for a fact that a resident can answer."""
        found = self._offers.catalogue.fact(fact)
        return claiming.asked(found) if found is not None and answers.can_answer(found) else None

    def own_page(self) -> str:
        """The public address of a person's own page."""
        return f"{self._public_url}/me"

    def home_of(self, session: Session, incoming: Incoming) -> tuple[int, int] | None:
        """The one household a WeChat identity is bound to, and the resident; nobody by a telephone or a shared address."""
        if incoming.channel != contacts.WECHAT or contacts.is_shared(session, self._keyring, incoming.channel, incoming.address):
            return None
        people = contacts.residents_at(session, self._keyring, incoming.channel, incoming.address)
        bound = [one for one in people if self._is_bound(session, one.id, incoming.address)]
        return (bound[0].household_id, bound[0].id) if len({one.household_id for one in bound}) == 1 else None

    def places_named(self, text: str) -> Sequence[str]:
        """The villages or townships a text names and nothing else; an exact name goes before a short one."""
        said = _place_words(text)
        if not 2 <= len(said) <= 20:
            return ()
        with self._database.reading() as session:
            named = dict(divisions.standing(session))
        return [code for code, name in sorted(named.items()) if said in _spellings(code, name, named)]

    def place_of_scene(self, scene: str) -> str | None:
        """The division of a board's code."""
        with self._database.reading() as session:
            found = landings.place(session, scene, self._token_key, self._clock.now())
            return None if found is None else divisions.present_code(session, found)

    def place_of_address(self, incoming: Incoming) -> str | None:
        """The division on record for a phone or a bound openid, when all its people live in one."""
        with self._database.reading() as session:
            people = contacts.residents_at(session, self._keyring, incoming.channel, incoming.address)
            chosen = select(Household.division).where(Household.id.in_([one.household_id for one in people]))
            places = set(session.scalars(chosen)) if people else set()
        return places.pop() if len(places) == 1 else None

    def knows(self, incoming: Incoming) -> bool:
        """Whether the register knows somebody at this address."""
        with self._database.reading() as session:
            return bool(contacts.residents_at(session, self._keyring, incoming.channel, incoming.address))

    def name_of(self, division: str) -> str:
        """A division's name with its parent's."""
        with self._database.reading() as session:
            return divisions.place(session, division)

    def progress(self, number: str, incoming: Incoming) -> Progress | None:
        """Where a consultation stands; its answer only for who asked."""
        with self._database.reading() as session:
            found = consultations.progress(session, number)
            answer = consultations.answer_for(session, self._keyring, number, incoming.channel, incoming.address)
        if found is None:
            return None
        is_open = found.state in (ConsultationState.TAKEN, ConsultationState.PASSED_ON)
        return Progress(found.number, STATES[found.state], found.due_on, is_open,
                        is_open and found.due_on < today(self._clock), "" if is_open else answer)

    def address(self, reference: str) -> str:
        """The public address of a notice."""
        return f"{self._public_url}/notices/{reference}"

    def _is_bound(self, session: Session, resident_id: int, openid: str) -> bool:
        indexes = set(self._keyring.indexes(openid, contacts.purpose_of(contacts.WECHAT)))
        return any(one.verified and one.address_index in indexes for one in contacts.contacts_of(session, resident_id))


def _answer(entry: EntryView) -> Answer:
    return Answer(entry.id, entry.question, entry.answer, entry.office, entry.phone, entry.source, entry.valid_until,
                  entry.short)


def _place_words(text: str) -> str:
    said = "".join(text.split()).rstrip("。，,.！!")
    for before in ("我是", "我在", "我家在", "我们是", "咱是", "住在", "家在"):
        said = said.removeprefix(before)
    return said.removesuffix("人").removesuffix("的")


def _news(view: reading.NoticeView) -> News:
    return News(view.reference, view.title, view.summary, view.deadline, view.office, view.phone)


def _spellings(code: str, name: str, named: dict[str, str]) -> set[str]:
    """How a place may be called: with and without its township, with and without 村民委员会 or 村."""
    bare = name.removesuffix("民委员会").removesuffix("委会")
    township = named.get(code[:9], "") if len(code) == 12 else ""
    short = {bare, bare.removesuffix("村"), name} if len(bare) > 2 else {bare, name}
    return short | {f"{township}{one}" for one in short if township}
