"""Notices as residents see them: a card on a board, a page of its own, a screen; pure readings of a NoticeView."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote

from markupsafe import Markup

from notices.reading import NoticeView
from profiles.divisions import Names
from profiles.facts import Catalogue
from profiles.failures import ConditionRefused
from profiles.targeting.conditions import facts_named
from profiles.targeting.parsing import parse
from profiles.targeting.wording import sentence
from web import wording

# Kinds that ask something of the reader; lists and projects have a last day too, but only for objections.
TASKS = frozenset({"notice", "policy", "guide", "draft_decision"})
OBJECTED_TO = frozenset({"public_list", "project"})
ACTIONS = {"public_list": "看名单", "guide": "看怎么办", "policy": "看怎么办", "draft_decision": "看怎么提意见"}
LONGEST_AUDIENCE = 40
MANY_PLACES = 3


@dataclass(frozen=True)
class Card:
    """One notice on a board: title, one plain sentence, who it is for, until when, and one action.

    Without an address there is no page of it: what it says hangs on the village's board. `posted`: since when it hangs there.
    """

    address: str
    title: str
    sentence: str
    whom: str
    until: date | None
    left: str
    is_soon: bool
    is_over: bool
    shown_until: str
    is_urgent: bool
    is_task: bool
    published: date | None
    action: str
    office: str
    phone: str
    posted: date | None = None


@dataclass(frozen=True)
class Sorted:
    """The cards of a board in the order a person needs them."""

    urgent: tuple[Card, ...]
    due: tuple[Card, ...]
    new: tuple[Card, ...]

    def in_order(self) -> tuple[Card, ...]:
        """All of them, without what is past."""
        return tuple(one for one in (*self.urgent, *self.due, *self.new) if not one.is_over)


@dataclass(frozen=True)
class Fact:
    """One line of what a person must know: 谁能办, 带什么, 到哪办, 截止, 问谁; `mark` is what presses."""

    label: str
    words: str
    mark: str = ""
    is_soon: bool = False


@dataclass(frozen=True)
class Page:
    """A whole notice, its facts first, its sign at the foot."""

    title: str
    office: str
    phone: str
    published: datetime | None
    kind: str
    sentence: str
    over: str
    facts: tuple[Fact, ...]
    body: Markup
    reviews: str
    document_number: str
    reference: str
    is_list: bool


def card(view: NoticeView, today: date, names: Names, catalogue: Catalogue) -> Card:
    """A notice in short."""
    until = view.deadline
    return Card(
        address=address(view), title=view.title, sentence=view.summary, whom=audience(view, names, catalogue), until=until,
        left=wording.time_left(until, today) if until else "", is_soon=wording.is_soon(until, today),
        is_over=until is not None and until < today, shown_until=_shown_until(view, today),
        is_urgent=view.is_emergency, is_task=view.kind in TASKS,
        published=view.published_at.date() if view.published_at else None,
        action=ACTIONS.get(view.kind, "看怎么办" if view.deadline else "看全文"), office=view.office, phone=view.phone,
    )


def address(view: NoticeView) -> str:
    """Where a notice stands on this site; a list of names has its own room."""
    return f"/{'lists' if view.kind == 'public_list' else 'notices'}/{quote(view.reference)}"


def page(view: NoticeView, today: date, names: Names, catalogue: Catalogue) -> Page:
    """A notice in full."""
    return Page(
        title=view.title, office=view.office, phone=view.phone, published=view.published_at,
        kind=view.kind_words, sentence=view.summary, over=_over(view, today), facts=_facts(view, today, audience(view, names, catalogue)),
        body=Markup(view.body_html), reviews="，".join(f"{role} {wording.day(on, today)}" for role, on in view.reviewers),  # noqa: S704 (made safe by the notice's web surface)
        document_number=view.document_number, reference=view.reference, is_list=view.kind == "public_list",
    )


def sorted_out(cards: Sequence[Card], most_due: int) -> Sorted:
    """Emergencies; what is due, the nearest last day first; the rest, the newest first and what is past at the end."""
    urgent = [one for one in cards if one.is_urgent]
    open_ones = [one for one in cards if one.until is not None and not one.is_over and one.is_task]
    due = sorted(open_ones, key=lambda one: one.until or date.max)[:most_due]
    rest = [one for one in cards if one not in due and one not in urgent]
    rest.sort(key=lambda one: (not one.is_over, one.published or date.min), reverse=True)
    return Sorted(tuple(urgent), tuple(due), tuple(rest))


def audience(view: NoticeView, names: Names, catalogue: Catalogue) -> str:
    """Who a notice is for, in words that label nobody: a condition on hardship says only 符合条件的农户."""
    place = _places(view, names)
    if view.condition is None:
        return f"{place}全体村民" if place else "全县居民"
    try:
        condition = parse(view.condition, catalogue)
    except ConditionRefused:
        return f"{place}符合条件的农户"
    if any(fact.sensitive for fact in facts_named(condition)):
        return f"{place}符合条件的农户"
    words = sentence(condition, names.name)
    return words if len(words) <= LONGEST_AUDIENCE else f"{place}符合条件的农户"


def _places(view: NoticeView, names: Names) -> str:
    if any(len(code) <= 6 for code in view.divisions) or not view.divisions:
        return "全县" if view.condition is not None else ""
    shown = [names.name(code) for code in view.divisions[:MANY_PLACES]]
    return "、".join(shown) + (f"等 {len(view.divisions)} 个地方" if len(view.divisions) > MANY_PLACES else "")


def _shown_until(view: NoticeView, today: date) -> str:
    """How long a list hangs out (公示期)."""
    return wording.day(view.valid_until, today) if view.kind == "public_list" else ""


def _facts(view: NoticeView, today: date, whom: str) -> tuple[Fact, ...]:
    is_task = view.kind in TASKS
    found = [Fact("谁能办" if is_task and view.deadline else "给谁", whom)]
    if view.what_to_bring:
        found.append(Fact("带什么", view.what_to_bring))
    if view.where:
        found.append(Fact("到哪办", view.where))
    if view.deadline is not None:
        found.append(Fact("提意见" if view.kind in OBJECTED_TO else "截止", wording.by_day(view.deadline, today), wording.time_left(view.deadline, today),
                          wording.is_soon(view.deadline, today)))
    if _shown_until(view, today) and view.valid_until != view.deadline:
        found.append(Fact("公示到", _shown_until(view, today)))
    found.append(Fact("问谁", f"{view.office} {view.phone}".strip()))
    return tuple(found)


def _over(view: NoticeView, today: date) -> str:
    last = view.last_day
    if last is None or last >= today:
        return ""
    return f"{'公示' if view.kind == 'public_list' else '办理'}时间到{wording.day(last, today)}为止"

