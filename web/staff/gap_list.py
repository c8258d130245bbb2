"""待补充问题 as a desk asks for it: which state, which place, which office, how far back; and how many wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from flask import request
from sqlalchemy.orm import Session

from kernel.audit import Actor
from knowledge import gap_reading
from knowledge.gap_models import GapState
from knowledge.gap_reading import Wanted
from profiles.divisions import TOWNSHIP, short_name, standing
from profiles.divisions import place as place_of

SPANS = (("8", "最近 8 周"), ("26", "最近半年"), ("520", "全部时间"))
STATES = tuple((one.value, one.words) for one in GapState)
OPEN = GapState.OPEN


@dataclass(frozen=True)
class Asked:
    """What the filter above the list says, in its own values."""

    state: str
    place: str
    office: str
    span: str

    def wanted(self, actor: Actor, day: date) -> Wanted:
        """The gaps that are meant; a place outside the actor's area is not asked for."""
        within = self.place if self.place and actor.may_act_in(self.place) else actor.jurisdiction
        return Wanted(gap_reading.first_week(day, int(self.span)), within, (GapState(self.state),), self.office or None)

    @property
    def is_narrowed(self) -> bool:
        """Whether more was chosen than one sees at first."""
        return (self.state, self.place, self.office, self.span) != (OPEN.value, "", "", SPANS[0][0])


def asked() -> Asked:
    """The filter as the address has it."""
    state, span = request.args.get("state", ""), request.args.get("span", "")
    return Asked(state if state in dict(STATES) else OPEN.value, request.args.get("place", "")[:12],
                 request.args.get("office", "")[:80], span if span in dict(SPANS) else SPANS[0][0])


def places(session: Session, actor: Actor, county: str, chosen: str = "") -> list[tuple[str, str]]:
    """What lies in the actor's area: a county chooses among its townships, a township among its villages.

    A place that was chosen by a link from elsewhere stands among them.
    """
    digits = TOWNSHIP if len(actor.jurisdiction) < TOWNSHIP else 12
    found = [(code, short_name(name)) for code, name in standing(session, actor.jurisdiction or county) if len(code) == digits]
    if chosen and actor.may_act_in(chosen) and chosen not in dict(found):
        found.append((chosen, place_of(session, chosen)))
    return [("", "全部地方"), *found]


def count(session: Session, actor: Actor, day: date) -> int:
    """How many gaps of the actor's area nobody has taken on, asked in the last weeks."""
    return gap_reading.count(session, Wanted(gap_reading.first_week(day), actor.jurisdiction, (OPEN,)))


def week_words(monday: date) -> str:
    """A week by its first and last day."""
    sunday = monday + timedelta(days=6)
    return f"{monday.month}月{monday.day}日—{sunday.month}月{sunday.day}日"
