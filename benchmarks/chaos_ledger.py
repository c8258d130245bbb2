"""The vendors' books held against ours, address by address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from profiles.contacts import purpose_of
from profiles.models import Contact
from push.models import Attempt, Delivery, Dispatch
from push.states import AttemptState, DeliveryState, DispatchState
from web.house import House

# What the vendor must have, and what it must not have.
SAID_TAKEN = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED)
UNDER_WAY = (DeliveryState.PLANNED, DeliveryState.SENDING)
SHOWN = 20


@dataclass(frozen=True)
class Books:
    """The comparison in figures and in words."""

    figures: dict[str, Any]
    words: str


@dataclass(frozen=True)
class Ours:
    """One delivery as our rows tell it."""

    number: int
    channel: str
    address: str
    state: DeliveryState
    reason: str
    replaces: int | None


def settled_share(house: House, dispatch: int) -> float:
    """1 when nothing of a dispatch waits: no delivery planned or under way, no request to ask about, the dispatch finished."""
    with house.database.reading() as session:
        waiting = session.scalar(select(func.count()).where(
            Delivery.dispatch_id == dispatch, Delivery.state.in_(UNDER_WAY))) or 0
        to_ask = session.scalar(select(func.count()).where(
            Attempt.dispatch_id == dispatch, Attempt.state == AttemptState.LOST, Attempt.ask_at.is_not(None))) or 0
        is_over = session.scalar(select(Dispatch.state).where(Dispatch.id == dispatch)) == DispatchState.FINISHED
        total = session.scalar(select(func.count()).where(Delivery.dispatch_id == dispatch)) or 1
    return 1.0 if is_over and not waiting and not to_ask else 1 - (waiting + to_ask + 1) / (total + 1)


def compare(house: House, dispatch: int, taken: Sequence[tuple[str, str, list[str]]]) -> Books:
    """Lay both books side by side; `taken` are the vendors' calls: channel, our attempt, addresses."""
    theirs = Counter((channel, address) for channel, _, addresses in taken for address in addresses)
    with house.database.reading() as session:
        ours = _ours(session, house, dispatch)
        attempts = set(session.scalars(select(Attempt.id).where(Attempt.dispatch_id == dispatch)))
    said = Counter((one.channel, one.address) for one in ours if one.state in SAID_TAKEN)
    known = {(one.channel, one.address) for one in ours}
    twice = {key: count for key, count in theirs.items() if count > 1}
    lost = [one for one in ours if one.state in SAID_TAKEN and not theirs[(one.channel, one.address)]]
    never = [one for one in ours if one.state is DeliveryState.FAILED and one.reason != "not_delivered"]
    unknown = [one for one in ours if one.state is DeliveryState.UNKNOWN]
    silent = [one for one in ours if one.state in UNDER_WAY]
    households = {one.number for one in ours if one.replaces is None}
    figures = {
        "households": len(households), "vendors_took": sum(theirs.values()), "we_say_taken": sum(said.values()),
        "states": dict(sorted(Counter(str(one.state) for one in ours).items())), "fell_back_to_sms": sum(
            one.replaces is not None for one in ours),
        "lost": len(lost) + len(silent), "twice": len(twice), "unknown": len(unknown), "failed_unsent": len(never),
        "taken_without_our_attempt": sum(attempt.partition("-")[0] not in attempts for _, attempt, _ in taken),
        "taken_for_nobody": sum(key not in known for key in theirs),
        "unknown_listed": [{"delivery": one.number, "channel": one.channel, "vendor_has_it": bool(theirs[(one.channel, one.address)])}
                           for one in unknown],
    }
    return Books(figures, _words(figures, ours, theirs))


def _ours(session: Session, house: House, dispatch: int) -> list[Ours]:
    rows = session.execute(
        select(Delivery.id, Delivery.channel, Contact.address, Delivery.state, Delivery.reason, Delivery.replaces)
        .join(Contact, Contact.id == Delivery.contact_id).where(Delivery.dispatch_id == dispatch))
    return [Ours(number, channel, house.keyring.decrypt(address, purpose_of(channel)), DeliveryState(state), reason, replaces)
            for number, channel, address, state, reason, replaces in rows]


def _words(figures: dict[str, Any], ours: Sequence[Ours], theirs: Counter[tuple[str, str]]) -> str:
    """The two books as a table: what we say of a message, and whether the vendor has it."""
    table: Counter[tuple[str, str, str, int]] = Counter(
        (one.channel, str(one.state), one.reason, theirs[(one.channel, one.address)]) for one in ours)
    lines = [f"{'channel':<8} {'we say':<10} {'reason':<16} {'vendor took':>11} {'messages':>9}"]
    lines += [f"{channel:<8} {state:<10} {reason:<16} {times:>11} {count:>9}"
              for (channel, state, reason, times), count in sorted(table.items())]
    lines.append(f"lost {figures['lost']}, twice {figures['twice']}, unknown {figures['unknown']}")
    lines += [f"unknown: delivery {one['delivery']} over {one['channel']}, vendor has it: {one['vendor_has_it']}"
              for one in figures["unknown_listed"][:SHOWN]]
    return "\n".join(lines)
