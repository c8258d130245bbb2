"""What the conversation may look up, read from the rooms below."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from bot import claiming
from bot.casebook import Cases
from bot.gazetteer import Gazetteer, ways_of_saying
from bot.hours import Hours
from bot.memory import elsewhere
from bot.state import Answer, Asked, Claims, Elsewhere, Finding, Fit, News, Opening, Progress, Pushed
from channels.messages import Incoming
from kernel.clock import Clock, today
from kernel.crypto import Keyring
from kernel.database import Database
from knowledge import rating
from knowledge.answers import EntryView
from knowledge.answers import Library as Answers
from knowledge.models import Entry, EntryState
from notices import reading
from notices.offers import Offers
from notices.personal import Personal, bound_at
from profiles import answers, contacts, divisions, places
from profiles.models import Household, Resident
from qrcodes import landings

# The message last sent to an address: the deliveries stand a storey above and are asked for through here.
LastSent = Callable[[Session, str, str, datetime], Pushed | None]

NEWS = 5
# Of what a question may also have meant.
MOST_NEAR, LEAST_NEAR = 5, 0.05
# A personal order looks a little further back, so that what matters is not left out for being a day older.
ARRANGED = 12


class RoomLibrary:
    """The library of `bot.state`, over the database and the answers in memory."""

    def __init__(self, database: Database, keyring: Keyring, answers: Answers, clock: Clock, public_url: str,
                 token_key: bytes, offers: Offers | None = None, personal: Personal | None = None,
                 last_sent: LastSent | None = None, hours: Hours | None = None) -> None:
        """Everything it reads is handed in; `last_sent` looks a storey above, where messages are sent."""
        self._database = database
        self._keyring = keyring
        self._answers = answers
        self._clock = clock
        self._public_url = public_url
        self._token_key = token_key
        self._cases = Cases(keyring, clock)
        self._gazetteer = Gazetteer()
        self._offers = Offers() if offers is None else offers
        self._personal = personal
        self._last_sent = last_sent
        self._hours = Hours() if hours is None else hours
        self._resident: int | None = None

    def known(self, resident: int) -> RoomLibrary:
        """The same, for a talk whose person proved who they are at another door."""
        seen = copy(self)
        seen._resident = resident
        return seen

    def ask(self, text: str, division: str | None) -> Finding:
        """Find reviewed answers."""
        former = frozenset[str]()
        if division is not None:
            with self._database.looking() as session:
                division = divisions.present_code(session, division)
                former = divisions.former_around(session, division)
        found = self._answers.ask(text, division, today(self._clock), former)
        best = found.candidates[0] if found.candidates else None
        return Finding(found.decision.value, tuple(map(self._answer, found.entries)), best.id if best else None,
                       best.score if best else 0.0)

    def entry(self, entry_id: str) -> Answer | None:
        """One entry."""
        return next(iter(self.entries([entry_id])), None)

    def entries(self, ids: Sequence[str]) -> Sequence[Answer]:
        """Those of some entries that stand, in the order asked."""
        return list(map(self._answer, self._answers.entries(ids)))

    def near(self, text: str, division: str | None) -> Sequence[Answer]:
        """What else a question might have meant, the likeliest first."""
        found = self._answers.ask(text, division, today(self._clock))
        wanted = [one.id for one in found.candidates[:MOST_NEAR] if one.score >= LEAST_NEAR]
        return self.entries(wanted)

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
        """The one household a WeChat identity is bound to, and the resident; nobody by a telephone or a shared address.

        Whoever proved a telephone on the web is known there by that.
        """
        if self._resident is not None:
            person = session.get(Resident, self._resident)
            return None if person is None else (person.household_id, person.id)
        if incoming.channel != contacts.WECHAT or contacts.is_shared(session, self._keyring, incoming.channel, incoming.address):
            return None
        people = contacts.residents_at(session, self._keyring, incoming.channel, incoming.address)
        bound = [one for one in people if self._is_bound(session, one.id, incoming.address)]
        return (bound[0].household_id, bound[0].id) if len({one.household_id for one in bound}) == 1 else None

    def places_named(self, text: str) -> Sequence[str]:
        """The villages or townships a text names and nothing else; an exact name goes before a short one."""
        return next((codes for said in ways_of_saying(text) if (codes := self._gazetteer.codes(said, self._standing))), ())

    def places_within(self, text: str) -> Sequence[str]:
        """The villages that a name among other words may mean; none where it names none."""
        return self._gazetteer.within(text, self._standing)

    def _standing(self) -> Mapping[str, str]:
        with self._database.reading() as session:
            return dict(divisions.standing(session))

    def place_of_scene(self, scene: str) -> str | None:
        """The division of a board's code."""
        with self._database.reading() as session:
            found = landings.place(session, scene, self._token_key, self._clock.now())
            return None if found is None else divisions.present_code(session, found)

    def place_near(self, incoming: Incoming) -> str | None:
        """The village nearest to a place that was sent, when it is not in another county."""
        if incoming.place is None:
            return None
        with self._database.reading() as session:
            near = places.nearest(session, *incoming.place)
        return near.code if near is not None and near.is_here else None

    def place_of_address(self, incoming: Incoming) -> str | None:
        """The division on record for a phone or a bound openid, when all its people live in one."""
        with self._database.looking() as session:
            people = self._people(session, incoming)
            chosen = select(Household.division).where(Household.id.in_([one.household_id for one in people]))
            places = set(session.scalars(chosen)) if people else set()
        return places.pop() if len(places) == 1 else None

    def knows(self, incoming: Incoming) -> bool:
        """Whether the register knows somebody at this address."""
        with self._database.reading() as session:
            return self._resident is not None or bool(contacts.residents_at(session, self._keyring, incoming.channel, incoming.address))

    def name_of(self, division: str) -> str:
        """A division's name with its parent's."""
        with self._database.reading() as session:
            return divisions.place(session, division)

    def progress(self, number: str, incoming: Incoming) -> Progress | None:
        """Where a consultation stands; its answer only for who asked."""
        with self._database.reading() as session:
            home = self.home_of(session, incoming)
            own = elsewhere(session, self._keyring, home[1]).cases if home else ()
            return self._cases.progress(session, number, incoming, home[1] if home else None, own)

    def cases(self, incoming: Incoming, numbers: Sequence[str]) -> Sequence[Progress]:
        """What was handed over from this address or by who is bound to it, and by these numbers."""
        with self._database.reading() as session:
            home = self.home_of(session, incoming)
            own = elsewhere(session, self._keyring, home[1]).cases if home else ()
            return self._cases.of(session, incoming, numbers, home[1] if home else None, own)

    def elsewhere(self, incoming: Incoming) -> Elsewhere:
        """What who is speaking left open in their other talks."""
        with self._database.reading() as session:
            home = self.home_of(session, incoming)
            return elsewhere(session, self._keyring, home[1]) if home else Elsewhere()

    def to_rate(self, incoming: Incoming) -> str | None:
        """The number of the answer that who is speaking may be asked about."""
        with self._database.reading() as session:
            return rating.to_rate(session, self._keyring, incoming.channel, incoming.address, self._clock.now())

    def pushed(self, incoming: Incoming) -> Pushed | None:
        """The message that reached this very address last, within three days."""
        if self._last_sent is None or incoming.channel not in (contacts.WECHAT, contacts.SMS):
            return None
        with self._database.reading() as session:
            return self._last_sent(session, incoming.channel, incoming.address, self._clock.now())

    def fits(self, incoming: Incoming, reference: str) -> Fit:
        """Whether a notice is for the household of who is speaking, by the register and its own word."""
        with self._database.reading() as session:
            view, home = reading.current(session, reference), self.home_of(session, incoming)
            if view is None or view.condition is None:
                return Fit.EVERYBODY
            if home is None:
                return Fit.UNBOUND
            return claiming.fit_of(session, self._keyring, home[0], reference, today(self._clock), self._offers)

    def opening(self, office: str) -> Opening:
        """When an office is there."""
        return self._hours.of(office, self._clock.now())

    def telephones(self, office: str) -> Sequence[tuple[str, str]]:
        """The offices of a name with the telephone of each, as the reviewed answers give them, the one most often given first."""
        day = today(self._clock)
        # 人社局 and 卫健局 are said of 人力资源和社会保障局 and 卫生健康局.
        as_said, shortened = Entry.office.endswith(office, autoescape=True), Entry.office.like(f"%{'%'.join(office)}")
        with self._database.looking() as session:
            return next((found for way in (as_said, shortened) if (found := self._given(session, way, day))), [])

    def _given(self, session: Session, named: ColumnElement[bool], day: date) -> list[tuple[str, str]]:
        stands = (named, Entry.state == EntryState.REVIEWED, Entry.phone != "",
                  or_(Entry.valid_from.is_(None), Entry.valid_from <= day), or_(Entry.valid_until.is_(None), Entry.valid_until >= day))
        chosen = select(Entry.office, Entry.phone).where(*stands).group_by(Entry.office, Entry.phone).order_by(func.count().desc(), Entry.office, Entry.phone)
        return [(name, phone) for name, phone in session.execute(chosen)]

    def address(self, reference: str) -> str:
        """The public address of a notice."""
        return f"{self._public_url}/notices/{reference}"

    def _answer(self, entry: EntryView) -> Answer:
        return Answer(entry.id, entry.question, entry.answer, entry.office, entry.phone, entry.source, entry.valid_until,
                      entry.short, entry.elements, entry.notice_reference or "", f"{self._public_url}{entry.address}")

    def _people(self, session: Session, incoming: Incoming) -> Sequence[Resident]:
        person = session.get(Resident, self._resident) if self._resident is not None else None
        return [person] if person else contacts.residents_at(session, self._keyring, incoming.channel, incoming.address)

    def _is_bound(self, session: Session, resident_id: int, openid: str) -> bool:
        indexes = set(self._keyring.indexes(openid, contacts.purpose_of(contacts.WECHAT)))
        return any(one.verified and one.address_index in indexes for one in contacts.contacts_of(session, resident_id))


def _news(view: reading.NoticeView) -> News:
    return News(view.reference, view.title, view.summary, view.deadline, view.office, view.phone, view.what_to_bring, view.where,
                view.condition is None)
