"""A village's home visits as its cadre does them: whom, about what, and the ticks; for the office, figures by village."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from kernel import audit
from kernel.audit import Actor
from kernel.clock import in_china
from kernel.crypto import Keyring
from notices import reading
from notices.hardships import hardships_in
from notices.models import Notice, Revision
from notices.redaction import scan
from notices.views import NoticeView
from profiles.models import Household
from push.at_home import somebody_lives, standing_in
from push.failures import Refused
from push.models import Dispatch
from push.planning import end_of
from push.states import DispatchState
from push.visits import LONGEST_NOTE, Visit, VisitState, Why

GROUPS = "一二三四五六七八九十"


@dataclass(frozen=True)
class Errand:
    """What somebody goes to a household for; the title tells no hardship."""

    dispatch: int
    reference: str
    title: str
    why: Why
    state: VisitState
    note: str


@dataclass(frozen=True)
class Home:
    """A household on the list with everything it is visited for; `head` is the name of its head, or of who stands in for one that
    is gone, in clear, or empty.
    """

    household_id: int
    reference: str
    village: str
    group: str
    head: str
    errands: tuple[Errand, ...]
    ticked_at: datetime | None

    @property
    def state(self) -> VisitState:
        """Where the visit stands: open while one errand is, else what the last tick said."""
        states = {errand.state for errand in self.errands}
        return next((one for one in (VisitState.OPEN, VisitState.NOT_MET) if one in states), VisitState.DONE)


def homes_of(session: Session, keyring: Keyring, area: str, now: datetime, dispatch_id: int | None = None) -> list[Home]:
    """The households of an area to be seen, by village and group, each once with all its errands.

    Of one dispatch: everything on its list, whether it is of use still or not.
    """
    rows = session.execute(
        select(Visit, Household, Dispatch.notice_reference, Dispatch.title, Dispatch.topic)
        .join(Household, Household.id == Visit.household_id).join(Dispatch, Dispatch.id == Visit.dispatch_id)
        .join(Notice, Notice.id == Dispatch.notice_id)
        .where(_inside(area), somebody_lives(),
               is_of_use(now) if dispatch_id is None else Visit.dispatch_id == dispatch_id)
        .order_by(Household.id, Visit.asked_at, Visit.id)).all()
    homes, instead = [], standing_in(session, keyring, area)
    for _, several in groupby(rows, key=lambda row: row[1].id):
        told = list(several)
        household = told[0][1]
        homes.append(Home(
            household.id, household.reference, household.division, household.group_name or "",
            instead.get(household.id) or (keyring.decrypt(household.head_name, "name") if household.head_name is not None else ""),
            tuple(_errand(visit, reference, title, topic) for visit, _, reference, title, topic in told),
            max((visit.ticked_at for visit, *_ in told if visit.ticked_at is not None), default=None)))
    return sorted(homes, key=lambda home: (home.village, _group_place(home.group), home.reference))


def count_waiting(session: Session, area: str, now: datetime) -> int:
    """How many households of an area are still to be seen."""
    return session.scalar(
        select(func.count(Visit.household_id.distinct())).join(Household, Household.id == Visit.household_id)
        .join(Dispatch, Dispatch.id == Visit.dispatch_id).join(Notice, Notice.id == Dispatch.notice_id)
        .where(Visit.state != VisitState.DONE, somebody_lives(), _inside(area), is_of_use(now))) or 0


def tick(session: Session, reference: str, state: VisitState, actor: Actor, now: datetime, note: str | None = None,
         seen: Collection[int] | None = None) -> int:
    """Say of a household that it was seen, that nobody was met, or (open) that the last tick was wrong; how many errands changed.

    `seen` are the pushes whose errands stood on the page: what was added since was told to nobody. What was told before
    stays told. `note` is a few words without numbers, None leaves what stands. Refused when the household is not the
    actor's, the note holds a number, or somebody else said otherwise meanwhile.
    """
    household = session.scalar(select(Household).where(Household.reference == reference))
    if household is None or not actor.may_act_in(household.division):
        raise Refused("您的村里没有这一户。请回“入户名单”重新选。")
    said = None if note is None else _note(note)
    errands = _errands_of(session, household.id, now, seen)
    changed = _to_change(errands, state, said)
    if not changed and errands and all(one.state != state for one in errands):
        raise Refused(f"这一户刚才已经记了“{VisitState(errands[0].state).words}”。请按页面上现在写的办；记错了，先点“点错了，撤销”。")
    for one in changed:
        one.state, one.ticked_at, one.ticked_by = state, now, actor.name[:80]
        one.note = "" if state is VisitState.DONE else one.note if said is None else said
        if state is VisitState.OPEN:
            one.ticked_at = one.ticked_by = None
    if changed:
        audit.record(session, now, actor, f"visit.{state.value}", f"household:{reference}", {"errands": len(changed)})
    return len(changed)


def _errands_of(session: Session, household_id: int, now: datetime, seen: Collection[int] | None) -> Sequence[Visit]:
    """What a household is visited for still, locked against a second cadre."""
    of_use = select(Dispatch.id).join(Notice, Notice.id == Dispatch.notice_id).where(is_of_use(now))
    wanted = select(Visit).where(Visit.household_id == household_id, Visit.dispatch_id.in_(of_use)).order_by(Visit.id)
    if seen is not None:
        wanted = wanted.where(Visit.dispatch_id.in_(seen))
    return session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).all()


def _to_change(errands: Sequence[Visit], state: VisitState, said: str | None) -> list[Visit]:
    if state is VisitState.OPEN:
        last = max((one.ticked_at for one in errands if one.ticked_at is not None), default=None)
        return [one for one in errands if last is not None and one.ticked_at == last]
    return [one for one in errands if one.state != VisitState.DONE and (
        one.state != state or (said is not None and said != one.note))]


@dataclass(frozen=True)
class Village:
    """How far the visits of one dispatch are in one village."""

    code: str
    open: int
    done: int
    not_met: int

    @property
    def total(self) -> int:
        """Households on the list."""
        return self.open + self.done + self.not_met


def by_village(session: Session, dispatch_id: int, area: str = "") -> list[Village]:
    """The visits of a dispatch in figures, by the villages' codes: no order of who is first."""
    counts: dict[str, dict[str, int]] = {}
    for code, state, count in session.execute(
            select(Household.division, Visit.state, func.count()).join(Household, Household.id == Visit.household_id)
            .where(Visit.dispatch_id == dispatch_id, somebody_lives(), _inside(area))
            .group_by(Household.division, Visit.state)):
        counts.setdefault(code, {})[str(state)] = int(count)
    return [Village(code, of.get(VisitState.OPEN, 0), of.get(VisitState.DONE, 0), of.get(VisitState.NOT_MET, 0))
            for code, of in sorted(counts.items())]


def is_asked(session: Session, dispatch_id: int, now: datetime) -> bool:
    """Whether the villages still see the visits of a dispatch on their lists."""
    return session.scalar(select(Dispatch.id).join(Notice, Notice.id == Dispatch.notice_id)
                          .where(Dispatch.id == dispatch_id, is_of_use(now))) is not None


@dataclass(frozen=True)
class Asking:
    """What the head of a visit list says of a notice: nothing that tells a hardship."""

    dispatch: int
    reference: str
    title: str
    office: str
    phone: str
    until: datetime | None


def asking_of(session: Session, dispatch_ids: Sequence[int], now: datetime) -> dict[int, Asking]:
    """Who asks for the visits of these dispatches, with the office's telephone."""
    found = {}
    for dispatch in session.scalars(select(Dispatch).where(Dispatch.id.in_(dispatch_ids))):
        view = reading.current(session, dispatch.notice_reference, in_china(now).date())
        found[dispatch.id] = Asking(
            dispatch.id, dispatch.notice_reference, harmless(dispatch.title, dispatch.topic),
            view.office if view is not None and not hardships_in(view.office) else "", view.phone if view is not None else "",
            _deadline(dispatch, view))
    return found


def _deadline(dispatch: Dispatch, view: NoticeView | None) -> datetime | None:
    """The deadline as it stands by now: what was corrected since is said at no door."""
    if view is None:
        return dispatch.deadline
    return end_of(view.deadline) if view.deadline is not None else None


def harmless(title: str, topic: str) -> str:
    """A title that tells nothing of whoever it is read out to: by its topic where it names a hardship."""
    if not hardships_in(title):
        return title
    return f"{topic}方面的一件事" if topic and topic != "其他" and not hardships_in(topic) else "一件要当面说的事"


def _errand(visit: Visit, reference: str, title: str, topic: str) -> Errand:
    return Errand(visit.dispatch_id, reference, harmless(title, topic), Why(visit.why), VisitState(visit.state), visit.note)


def is_of_use(now: datetime) -> ColumnElement[bool]:
    """Whether a visit for a dispatch is still asked of anybody: it was neither stopped nor corrected, its notice not withdrawn,
    and neither the deadline nor the validity that stand by now is past.
    """
    today, correction = in_china(now).date(), aliased(Dispatch)
    is_corrected = exists(select(1).where(correction.corrects == Dispatch.id, correction.released_at.is_not(None),
                                          correction.state != DispatchState.STOPPED))
    in_time = exists(select(1).where(
        Revision.notice_id == Notice.id, Revision.number == func.coalesce(Notice.published_revision, Notice.revision),
        or_(Revision.deadline.is_(None), Revision.deadline >= today),
        or_(Revision.valid_until.is_(None), Revision.valid_until >= today)))
    return and_(Dispatch.state != DispatchState.STOPPED, Notice.withdrawn_at.is_(None), ~is_corrected, in_time)


def _inside(area: str) -> ColumnElement[bool]:
    return Household.division.startswith(area, autoescape=True)


def _group_place(name: str) -> tuple[int, str]:
    """一组 before 二组 before 十组; groups called otherwise stand after, those without one last."""
    number = GROUPS.find(name[:1]) if name else -1
    return (number if number >= 0 else 99 if name else 100, name)


def _note(note: str) -> str:
    said = " ".join(note.split())
    if len(said) > LONGEST_NOTE:
        raise Refused(f"备注有 {len(said)} 字，最多 {LONGEST_NOTE} 字。请写短一些。")
    if scan(said, frozenset()):
        raise Refused("备注里不要写电话、证件号码。换了号码的，请用“报一个变化”。")
    return said
