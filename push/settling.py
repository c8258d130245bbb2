"""Writing down what was answered: many calls a commit, equal words a range, never a step back from `delivered`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, auto
from functools import cached_property
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    String,
    Update,
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from channels.failures import Outcome
from kernel.database import Moment
from profiles import contacts
from push.among import columns_of_json, columns_of_lists, plan_once, rows_listed
from push.claims import hold, reopen
from push.fallback import fall_back
from push.models import Attempt, Delivery, Dispatch
from push.planning import Word, word_on
from push.releasing import keep_back
from push.states import AttemptState, DeliveryState, DispatchState, Reason


class Sheaf(Enum):
    """What an answer is of a sheaf: none of one, a part, or the last part, which closes it."""

    NONE = auto()
    PART = auto()
    LAST = auto()


@dataclass(frozen=True)
class Answered:
    """What became of one call: a word for each of its deliveries that has one, by id.

    `ask_at` is when to ask about the rest; None means that only a receipt can tell. `refused` are those that `gateway`
    refused for its own sake and that go on over another. Of a sheaf each request is answered by itself; `unclear` when one
    before it has no answer. `is_fate`: the vendor's word on a lost call, for which it was asked.
    """

    attempt: str
    batch_id: int
    dispatch_id: int
    words: Mapping[int, Word] = field(repr=False)
    ask_at: datetime | None = None
    gateway: str = ""
    refused: tuple[int, ...] = ()
    sheaf: Sheaf = Sheaf.NONE
    unclear: bool = False
    is_fate: bool = False

    @cached_property
    def said(self) -> tuple[Word, ...]:
        """Each different word once, in the order of the deliveries; of a hundred messages there is mostly one."""
        return tuple({id(word): word for word in self.words.values()}.values())

    @property
    def is_lost(self) -> bool:
        """Whether some of its messages are still unknown."""
        return self.unclear or any(word.state is DeliveryState.UNKNOWN for word in self.said)

    @property
    def plans_anew(self) -> bool:
        """Whether some of its messages are to go again."""
        return any(word.state is DeliveryState.PLANNED for word in self.said)

    @property
    def was_not_taken(self) -> bool:
        """Whether the vendor did not take some of its messages: they go again, over another channel, or not at all."""
        return any(word.state in _NOT_TAKEN for word in self.said)

    @property
    def vendor_reference(self) -> str | None:
        """The vendor's name for the whole call, when all its messages share one."""
        if self.sheaf is not Sheaf.NONE:
            return None
        names = {word.vendor_reference for word in self.said}
        return names.pop() if len(names) == 1 else None

    @property
    def complaint(self) -> Word | None:
        """What the vendor said of the first message that it did not simply take."""
        return next((word for word in self.said if word.words or (word.code and word.state in _COMPLAINED)), None)

    @property
    def is_plain(self) -> bool:
        """Whether everything was simply taken."""
        return all(word.state is DeliveryState.ACCEPTED and not word.words for word in self.said)


_COMPLAINED = (DeliveryState.FAILED, DeliveryState.PLANNED, DeliveryState.UNKNOWN)
_NOT_TAKEN = (DeliveryState.FAILED, DeliveryState.PLANNED)
_DELIVERIES = Delivery.__table__
_ATTEMPTS = Attempt.__table__


def _settling(of: Any, their_name: Any, *which: ColumnElement[bool]) -> Update:
    # An early receipt may have come first: what is delivered or failed by a receipt stays so. What was put off keeps its day:
    # quotas and caps count it for that one, not for the day of the release.
    return (
        update(_DELIVERIES).where(  # type: ignore[arg-type]
            *which, _DELIVERIES.c.attempt_id == of,
            or_(_DELIVERIES.c.state == DeliveryState.SENDING.value, _DELIVERIES.c.state == DeliveryState.UNKNOWN.value))
        .values(state=bindparam("to"), reason=bindparam("why"), alone=bindparam("by_itself"),
                tries=_DELIVERIES.c.tries - bindparam("never_left"),
                due_at=func.coalesce(bindparam("rests_until", type_=Moment()), _DELIVERIES.c.due_at),
                vendor_reference=their_name, vendor_code=bindparam("code"), vendor_words=bindparam("said"),
                settled_at=bindparam("moment"))
    )


def _settling_each(number: Any, of: Any, their_name: Any) -> Update:
    return _settling(of, their_name, _DELIVERIES.c.id == number)


# A run of one call's deliveries, and rows of single ones whose answers differ in the vendor's name for them alone. The rows go
# as one parameter, and the database works through them without the interpreter: the line goes on meanwhile.
_SETTLE_RUN = _settling(bindparam("of"), bindparam("their_name"), _DELIVERIES.c.id.between(bindparam("low"), bindparam("high")))
_EACH: dict[str, TypeEngine[Any]] = {"numbers": BigInteger(), "attempts": String(), "names": String()}
_SETTLE_EACH = tuple(_settling_each(*made(**_EACH)) for made in (columns_of_json, columns_of_lists))
_CLOSE = (
    update(_ATTEMPTS).where(_ATTEMPTS.c.id == bindparam("number"))  # type: ignore[arg-type]
    .values(state=bindparam("to"), answered_at=bindparam("moment"), vendor_reference=bindparam("their_name"),
            ask_at=bindparam("asking"))
)
# What of a sheaf never left is no part of it any more: the call that carries it later has a trace of its own.
_CUT = (
    update(_ATTEMPTS).where(_ATTEMPTS.c.id == bindparam("number"), _ATTEMPTS.c.last_id >= bindparam("first_left"))  # type: ignore[arg-type]
    .values(last_id=bindparam("first_left") - 1, size=_ATTEMPTS.c.size - bindparam("left"))
)
# What was said of this very call stays with it when its messages go again under another.
_SAY = (
    update(_ATTEMPTS).where(_ATTEMPTS.c.id == bindparam("number"))  # type: ignore[arg-type]
    .values(code=bindparam("named"), words=bindparam("told"))
)


def words_on(outcomes: Sequence[Outcome], now: datetime, give_up_at: datetime, spread: float) -> dict[int, Word]:
    """What the outcomes of one call make of its deliveries, by id; equal outcomes share one word."""
    if len(outcomes) == 1:
        return {outcomes[0].reference: word_on(outcomes[0], now, give_up_at, spread)}
    made: dict[object, Word] = {}
    words: dict[int, Word] = {}
    for outcome in outcomes:
        same = (outcome.kind, outcome.vendor_reference, outcome.code, outcome.words, outcome.wait, outcome.alone)
        word = made.get(same)
        if word is None:
            word = made[same] = word_on(outcome, now, give_up_at, spread)
        words[outcome.reference] = word
    return words


def settle(session: Session, answers: Sequence[Answered], now: datetime) -> None:
    """Write down the answers of some calls in one go; writing the same again changes nothing."""
    connection = session.connection()
    if all(one.is_plain for one in answers):
        plan_once(session)
    untaken = sorted({one.batch_id for one in answers if one.was_not_taken})
    if untaken:
        # Whoever closes one of these batches at this moment does so before, or sees afterwards what is planned anew.
        hold(session, untaken)
        answers = _unless_asked(session, answers)
    _write(connection, answers, now)
    closed = [one for one in answers if one.sheaf is not Sheaf.PART]
    if closed:
        connection.execute(_CLOSE, [
            {"number": one.attempt, "to": (AttemptState.LOST if one.is_lost else AttemptState.ANSWERED).value, "moment": now,
             "their_name": one.vendor_reference, "asking": one.ask_at if one.is_lost else None} for one in closed])
    troubled = [one for one in answers if not one.is_plain]
    if troubled:
        _cut(connection, troubled)
        _heed(session, troubled, now)
    anew = sorted({one.batch_id for one in answers if one.plans_anew})
    if anew:
        # The lease may be over by now, and the batch closed by somebody else.
        reopen(session, anew, now)


def _unless_asked(session: Session, answers: Sequence[Answered]) -> list[Answered]:
    """Of a call that was asked about meanwhile nothing goes again, nor over another channel, but by what the asking tells: to ask
    may have been to send it.
    """
    theirs = [one.attempt for one in answers if one.was_not_taken and not one.is_fate]
    asked = {number for number, times in session.execute(
        select(Attempt.id, Attempt.asked).where(Attempt.id.in_(theirs)).order_by(Attempt.id).with_for_update()) if times}
    open_still = Word(DeliveryState.UNKNOWN)
    return [one if one.is_fate or one.attempt not in asked else replace(one, words={
        number: open_still if word.state in _NOT_TAKEN else word for number, word in one.words.items()})
        for one in answers]


def _cut(connection: Connection, answers: Sequence[Answered]) -> None:
    for one in answers:
        left = [number for number, word in one.words.items() if _never_left(word)]
        if left:
            connection.execute(_CUT, {"number": one.attempt, "first_left": min(left), "left": len(left)})


def _heed(session: Session, answers: Sequence[Answered], now: datetime) -> None:
    """What else becomes of answers in which not everything was simply taken."""
    said = [{"number": one.attempt, "named": word.code, "told": word.words} for one in answers
            if (word := one.complaint) is not None]
    if said:
        session.connection().execute(_SAY, said)
    _note_tried(session, answers)
    _retire(session, answers, now)
    _hold(session, answers, now)
    failed: dict[int, list[int]] = {}
    for one in answers:
        if any(word.state is DeliveryState.FAILED for word in one.said):
            failed.setdefault(one.dispatch_id, []).extend(
                number for number, word in one.words.items() if word.state is DeliveryState.FAILED)
    for dispatch_id, numbers in sorted(failed.items()):
        fall_back(session, dispatch_id, numbers, now)


def _write(connection: Connection, answers: Sequence[Answered], now: datetime) -> None:
    """Write the words on the deliveries: calls run by run, and single messages together that were said the same of."""
    is_postgresql = connection.dialect.name == "postgresql"
    spans: list[dict[str, object]] = []
    alike: dict[object, tuple[Word, list[tuple[int, str, str | None]]]] = {}
    # In the order in which lost calls are written down: two who meet at the same rows wait for each other, and not crosswise.
    for one in sorted(answers, key=lambda one: min(one.words, default=0)):
        for low, high, word in runs(one.words):
            if low == high:
                same = word.state, word.reason, word.due_at, word.alone, word.code, word.words
                alike.setdefault(same, (word, []))[1].append((low, one.attempt, word.vendor_reference))
            else:
                spans.append({"low": low, "high": high, "of": one.attempt, "their_name": word.vendor_reference, **_said(word, now)})
    if spans:
        connection.execute(_SETTLE_RUN, spans)
    for word, these in alike.values():
        connection.execute(_SETTLE_EACH[is_postgresql], {**rows_listed(is_postgresql, tuple(_EACH), these), **_said(word, now)})


def _said(word: Word, now: datetime) -> dict[str, object]:
    return {"to": word.state.value, "why": str(word.reason), "rests_until": word.due_at, "by_itself": word.alone,
            "never_left": int(_never_left(word)), "code": word.code, "said": word.words, "moment": now}


def _never_left(word: Word) -> bool:
    """Planned for no other hour than before: the end of a sheaf that was broken off, and no try."""
    return word.state is DeliveryState.PLANNED and word.due_at is None


def runs(words: Mapping[int, Word]) -> Iterator[tuple[int, int, Word]]:
    """Words of a call as ranges of neighbouring deliveries that share one: first id, last id, word."""
    first = last = 0
    current: Word | None = None
    for number in sorted(words):
        word = words[number]
        # An unknown message keeps its state, but is written too: its row says since when.
        if current is not None and (word is current or word == current):
            last = number
            continue
        if current is not None:
            yield first, last, current
        first, last, current = number, number, word
    if current is not None:
        yield first, last, current


def _note_tried(session: Session, answers: Iterable[Answered]) -> None:
    for one in answers:
        if one.refused:
            session.execute(
                update(Delivery).where(Delivery.id.in_(one.refused), Delivery.attempt_id == one.attempt,
                                       Delivery.state == DeliveryState.PLANNED)
                .values(tried=func.coalesce(Delivery.tried, "") + f"{one.gateway},")
                .execution_options(synchronize_session=False))


def _retire(session: Session, answers: Iterable[Answered], now: datetime) -> None:
    numbers = [number for one in answers if any(word.retires for word in one.said)
               for number, word in one.words.items() if word.retires]
    if numbers:
        retire_contacts_of(session, numbers, now)


def retire_contacts_of(session: Session, delivery_ids: Sequence[int], now: datetime) -> None:
    """Take the addresses of these deliveries out of use: the vendor says that nobody is there any more."""
    gone = session.scalars(select(Delivery.contact_id).where(Delivery.id.in_(delivery_ids),
                                                             Delivery.contact_id.is_not(None)))
    contacts.retire(session, [one for one in gone if one is not None], Reason.RECIPIENT_GONE.words, now)


def _hold(session: Session, answers: Iterable[Answered], now: datetime) -> None:
    """Keep back a channel that is set up wrongly, before the fault is met a hundred thousand times; where a dispatch has no
    other, it is paused.
    """
    for one in answers:
        fault = next((word for word in one.said if word.holds), None)
        if fault is not None:
            said = fault.code if fault.words in ("", fault.code) else f"{fault.code}：{fault.words[:60]}"
            because = f"平台不收，通道设置有误（{said}），多半是签名、模板或账户的事。请管理员看“系统检查”"
            if keep_back(session, one.batch_id, f"{because}。", now):
                continue
            because = f"{because}，改正后点“继续”。"[:200]
            session.execute(update(Dispatch).where(
                Dispatch.id == one.dispatch_id, Dispatch.state.in_((DispatchState.PLANNED, DispatchState.RUNNING)))
                .values(state=DispatchState.PAUSED, held_because=because).execution_options(synchronize_session=False))
