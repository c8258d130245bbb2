"""What became of a call whose answer was lost: QuerySendDetails by number and day, matched by OutId."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from channels import cleaning
from channels.exchange import Said
from channels.failures import Fate, FateKind
from channels.messages import Call, Message
from channels.sms.carriers import is_gone
from kernel.clock import in_china

PAGE = 50
MOST_PAGES = 40
# Our clock and the vendor's may disagree about which day it was.
AROUND_MIDNIGHT = timedelta(minutes=5)

Query = Callable[[Mapping[str, str]], Awaitable[Said | None]]


@dataclass(frozen=True)
class _Line:
    """One line of the vendor's list; SendStatus 1 waits for the carrier, 2 failed, 3 arrived."""

    status: int
    code: str


class _Absence(Enum):
    """Why there is no line: the whole list was read and it is not there, or the vendor did not say."""

    NOT_LISTED = 1
    NOT_SAID = 2


async def asked_fates(call: Call, horizon: timedelta, now: datetime, query: Query) -> Sequence[Fate]:
    """One fate a message: one number found means the whole call was taken; absence is proof after the horizon."""
    absences = set()
    for witness in _witnesses(call.messages):
        found = await _line(call, witness, now, query)
        if isinstance(found, _Line):
            return [_taken(message, found if message is witness else None) for message in call.messages]
        absences.add(found)
    is_proof = absences == {_Absence.NOT_LISTED} and now - call.started_at >= horizon
    kind = FateKind.NOT_FOUND if is_proof else FateKind.NO_ANSWER
    return [Fate(message.reference, kind) for message in call.messages]


def days_to_ask(started_at: datetime, now: datetime) -> tuple[date, ...]:
    """The days in China on which the vendor may have booked a call: both of them around midnight."""
    later = min(started_at + AROUND_MIDNIGHT, max(now, started_at))
    return tuple(sorted({in_china(moment).date() for moment in (started_at - AROUND_MIDNIGHT, started_at, later)}))


def _witnesses(messages: Sequence[Message]) -> list[Message]:
    """A bulk call is taken or refused as a whole; up to three of its numbers are asked before absence is believed."""
    return [messages[place] for place in sorted({0, len(messages) // 2, len(messages) - 1})]


async def _line(call: Call, witness: Message, now: datetime, query: Query) -> _Line | _Absence:
    for day in days_to_ask(call.started_at, now):
        found = await _line_of_day(call.attempt, witness, day, query)
        if found is not _Absence.NOT_LISTED:
            return found
    return _Absence.NOT_LISTED


async def _line_of_day(attempt: str, witness: Message, day: date, query: Query) -> _Line | _Absence:
    seen = 0
    for page in range(1, MOST_PAGES + 1):
        said = await query({"PhoneNumber": witness.address, "SendDate": day.strftime("%Y%m%d"),
                            "PageSize": str(PAGE), "CurrentPage": str(page)})
        total = None if said is None else _number(said.data.get("TotalCount"))
        if said is None or total is None:
            return _Absence.NOT_SAID
        lines = _lines(said.data)
        for line in lines:
            if cleaning.clean(line.get("OutId"), 64) == attempt:
                return _Line(_number(line.get("SendStatus")) or 1, cleaning.code(line.get("ErrCode")))
        seen += len(lines)
        if seen >= total:
            return _Absence.NOT_LISTED
        if not lines:
            return _Absence.NOT_SAID  # it counts more lines than it shows
    return _Absence.NOT_SAID


def _lines(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    holder = data.get("SmsSendDetailDTOs")
    lines = holder.get("SmsSendDetailDTO") if isinstance(holder, dict) else None
    return [line for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []


def _number(value: Any) -> int | None:
    text = cleaning.clean(value, 9)
    return int(text) if text.isascii() and text.isdigit() else None


def _taken(message: Message, line: _Line | None) -> Fate:
    if line is None or line.status not in (2, 3):
        return Fate(message.reference, FateKind.TAKEN)
    if line.status == 3:
        return Fate(message.reference, FateKind.DELIVERED, code=line.code)
    return Fate(message.reference, FateKind.FAILED, code=line.code, recipient_gone=is_gone(line.code))
