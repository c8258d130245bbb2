"""Sending over a carrier's line, whichever protocol it speaks: whole texts in parts, each answered inside the window."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Sequence

from channels.contract import Limits
from channels.exchange import Verdict, for_all
from channels.failures import Fate, FateKind, Outcome, OutcomeKind
from channels.messages import Call, Content, Message
from channels.sms.lines.book import Book, Sending
from channels.sms.lines.dialect import Answered, Dialect, NotWritten, Unanswered
from channels.sms.lines.intake import Intake
from channels.sms.lines.line import CarrierLine, Submit
from channels.sms.lines.verdicts import INCOMPLETE, NO_ANSWER, OTHER_TEXT
from channels.sms.screening import screened
from channels.sms.segments import Segment, segments
from channels.sms.talking import single_call
from channels.sms.templates import Register
from kernel.clock import Clock
from kernel.http import Client

# The protocols' three tries, for a part that was surely not taken because it came too fast.
TRIES = 3
TRY_REST = 0.2


class LineSender:
    """The sending half of a carrier's gateway, and its talker."""

    name = "sms"

    def __init__(self, dialect: Dialect, line: CarrierLine, book: Book, intake: Intake, register: Register, clock: Clock,
                 limits: Limits) -> None:
        """`register` holds the signature and the wording that was reported to the carrier."""
        self.gateway = dialect.gateway
        self.limits = limits
        self.line = line
        self._dialect = dialect
        self._book = book
        self._intake = intake
        self._register = register
        self._clock = clock
        self._references = itertools.cycle(range(256))
        for _ in range(random.randrange(256)):  # two processes must not number their long messages alike
            next(self._references)

    def complaints(self, content: Content) -> tuple[str, ...]:
        """What is wrong with a content for the reported wording."""
        return self._register.complaints(content)

    async def send(self, client: Client, call: Call) -> Sequence[Outcome]:
        """One message in its parts to the call's numbers; those with another text are told to go in another call."""
        return await screened(call, self._register, self.limits.bulk, lambda good: self._send(client, call.attempt, good))

    async def ask_fate(self, client: Client, call: Call) -> Sequence[Fate]:
        """Carriers cannot be asked by our reference: only a report settles what is unknown."""
        return [Fate(message.reference, FateKind.NO_ANSWER) for message in call.messages]

    async def say(self, client: Client, message: Message) -> Outcome:
        """Send one message now, outside a dispatch."""
        call = single_call(message, self._register, self._clock.now())
        return (await self.send(client, call))[0]

    async def _send(self, client: Client, attempt: str, messages: tuple[Message, ...]) -> list[Outcome]:
        text = self._text(messages[0].content)
        same = [message for message in messages if message.content is messages[0].content
                or self._text(message.content) == text]
        numbers = tuple(dict.fromkeys(message.address for message in same))

        async def job(submit: Submit) -> Verdict:
            return await self._deliver(submit, attempt, numbers, text)

        try:
            verdict = await self.line.work(client, job)
        except NotWritten as fault:
            verdict = fault.verdict
        except Unanswered:
            verdict = NO_ANSWER
        sent = {outcome.reference: outcome for outcome in for_all(verdict, same)}
        return [sent.get(message.reference) or OTHER_TEXT.outcome(message) for message in messages]

    async def _deliver(self, submit: Submit, attempt: str, numbers: tuple[str, ...], text: str) -> Verdict:
        """In the line's loop: part after part, so that what is refused at the first costs no second."""
        parts = segments(text, next(self._references))
        sending = self._book.begin(attempt, numbers, len(parts), self._clock.now())
        verdict = NO_ANSWER
        try:
            for part in parts:
                verdict = await self._part(submit, sending, numbers, part)
                if verdict.kind is not OutcomeKind.ACCEPTED:
                    break
        finally:
            is_lost = verdict.kind is OutcomeKind.UNKNOWN
            self._intake.tell(self._book.ended(
                sending, is_lost=is_lost, is_void=not is_lost and verdict.kind is not OutcomeKind.ACCEPTED))
        return verdict

    async def _part(self, submit: Submit, sending: Sending, numbers: tuple[str, ...], part: Segment) -> Verdict:
        for attempt in range(1, TRIES + 1):
            try:
                answer = await submit(lambda sequence: self._dialect.submission(sequence, numbers, part))
            except NotWritten as fault:
                return fault.verdict if part.number == 1 else INCOMPLETE
            except Unanswered:
                return NO_ANSWER if part.number == part.total else INCOMPLETE
            verdict = self._judged(answer, sending, part, len(numbers))
            if verdict.kind is not OutcomeKind.THROTTLED or verdict.alone or attempt == TRIES:
                break
            await asyncio.sleep(TRY_REST * attempt)
        return verdict

    def _judged(self, answer: Answered, sending: Sending, part: Segment, count: int) -> Verdict:
        verdict = self._dialect.judge(answer, count)
        if verdict.kind is OutcomeKind.ACCEPTED:
            self._intake.tell(self._book.taken(sending, part.number, answer.message_id))
        elif verdict.kind is OutcomeKind.UNKNOWN and part.number < part.total:
            return INCOMPLETE
        return verdict

    def _text(self, content: Content) -> str:
        """What was approved, as it stands; words without our signature go through the reported wording."""
        if content.text.startswith(f"【{self._register.signature}】"):
            return content.text
        return self._register.templates[content.purpose].whole(content.variables, self._register.signature)
