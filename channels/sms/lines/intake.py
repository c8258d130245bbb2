"""What comes in over a line: reports matched to our messages, words put together, both handed over, then thanked for.

Nothing is thanked for before it is written down: what is lost on the way comes again from the carrier.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from channels import cleaning
from channels.contract import Received, Take
from channels.messages import Incoming, IncomingKind, Receipt, ReceiptKind
from channels.sms.callbacks import event_key, report_key
from channels.sms.carriers import is_gone
from channels.sms.lines.book import Book, Slip, Told
from channels.sms.lines.dialect import Reported, Said
from channels.sms.lines.repeats import Ending, Repeats
from kernel.crypto import Keyring

LOOK_SECONDS = 0.01
GATHER_SECONDS = 0.002
# While two groups are being written down the next one gathers; carriers wait for thanks with a window of sixteen.
GROUPS_AT_ONCE = 2
MOST_TOGETHER = 200
# The parts of a long message written by a person come together; a part that never comes is not waited for.
PIECES_SECONDS = 20.0
REST_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0)

Thank = Callable[[], None]
log = structlog.get_logger(__name__)


@dataclass
class _Pieces:
    """The parts of one long message as far as they came."""

    total: int
    texts: dict[int, Said] = field(default_factory=dict, repr=False)
    thanks: list[Thank] = field(default_factory=list, repr=False)


class Intake:
    """Everything a line brings in; `hear` and `tell` belong to the line's loop."""

    def __init__(self, gateway: str, book: Book, keyring: Keyring, now: Callable[[], datetime]) -> None:
        """`book` knows which report speaks of which message."""
        self._gateway = gateway
        self._book = book
        self._keyring = keyring
        self._now = now
        self._take: Take | None = None
        self._receipts: asyncio.Queue[tuple[Receipt, Thank]] = asyncio.Queue()
        self._pieces: dict[tuple[str, int, int], _Pieces] = {}
        self._repeats = Repeats()
        self._under_way: set[asyncio.Task[None]] = set()

    def hand_to(self, take: Take) -> None:
        """Whom everything is handed to, in threads; it raises when it could not be written down."""
        self._take = take

    def hear(self, heard: Reported | Said, thank: Thank, line: Ending) -> None:
        """Take in one report or word that a connection brought."""
        if heard.number is None or (isinstance(heard, Reported) and heard.kind is None):
            # A state on the way, or of a number that is none: nothing to do, and nothing to send again.
            thank()
        elif isinstance(heard, Said):
            self._said(heard, heard.number, thank, line)
        elif heard.kind is not None:
            slip = Slip(heard.message_id, heard.number, heard.kind, cleaning.code(heard.code), heard.booked_at, thank)
            self.tell(self._book.report(slip))

    def tell(self, told: Sequence[Told]) -> None:
        """Hand on what the book made of reports."""
        for one in told:
            thank: Thank = one.slip.token  # type: ignore[assignment]
            if one.is_word:
                self._receipts.put_nowait((self._receipt(one), thank))
            else:
                thank()

    async def run(self) -> None:
        """Hand receipts over in groups until cancelled; what an earlier life left was not thanked for and comes again."""
        self._receipts = asyncio.Queue()
        self._pieces.clear()
        self._under_way.clear()
        places = asyncio.Semaphore(GROUPS_AT_ONCE)
        while True:
            group = [await self._receipts.get()]
            await asyncio.sleep(GATHER_SECONDS)
            await places.acquire()
            while not self._receipts.empty() and len(group) < MOST_TOGETHER:
                group.append(self._receipts.get_nowait())
            task = self._start(Received(receipts=tuple(receipt for receipt, _ in group)), [thank for _, thank in group])
            task.add_done_callback(lambda _: places.release())

    async def finish(self, seconds: float) -> None:
        """Wait until what came in is written down and thanked for, but no longer than this."""
        until = asyncio.get_running_loop().time() + seconds
        while self._take is not None and asyncio.get_running_loop().time() < until and (
                self._under_way or not self._receipts.empty()):
            await asyncio.sleep(LOOK_SECONDS)

    def _start(self, received: Received, thanks: Sequence[Thank]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(self._hand_over(received, thanks))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def _hand_over(self, received: Received, thanks: Sequence[Thank]) -> None:
        rests = iter(REST_SECONDS)
        while True:
            try:
                if self._take is None:
                    return
                await asyncio.to_thread(self._take, self._gateway, received)
                break
            except Exception:
                rest = next(rests, None)
                log.exception("what a carrier brought could not be written down", gateway=self._gateway, again_in=rest)
                if rest is None:
                    return  # without thanks it comes again
            await asyncio.sleep(rest)
        for thank in thanks:
            thank()

    def _receipt(self, told: Told) -> Receipt:
        slip, code = told.slip, told.slip.code
        # Message centres count from one again after a restart: the day tells today's first message from last month's.
        booked = slip.booked_at[0].isoformat() if slip.booked_at else ""
        return Receipt(
            channel="sms", kind=slip.kind, key=report_key(self._gateway, [slip.message_id, slip.kind.value, code, booked]),
            vendor_reference=cleaning.reference(told.reference), attempt=told.attempt, address=slip.number, code=code,
            at=self._now(), recipient_gone=slip.kind is ReceiptKind.FAILED and is_gone(code),
            gateway=self._gateway, booked_at=slip.booked_at)

    def _said(self, said: Said, number: str, thank: Thank, line: Ending) -> None:
        if said.piece is None or said.piece.total == 1:
            if not said.is_named:
                said, thank = self._named(said, number, thank, line)
            self._start(Received(incoming=(self._incoming(number, [said]),)), [thank])
            return
        name = (number, said.piece.reference, said.piece.total)
        if name not in self._pieces:
            self._pieces[name] = _Pieces(said.piece.total)
            asyncio.get_running_loop().call_later(PIECES_SECONDS, self._together, name)
        pieces = self._pieces[name]
        pieces.texts[said.piece.number] = said
        pieces.thanks.append(thank)
        if len(pieces.texts) == pieces.total:
            self._together(name)

    def _named(self, said: Said, number: str, thank: Thank, line: Ending) -> tuple[Said, Thank]:
        """The words under the name they had when they first came."""
        now = asyncio.get_running_loop().time
        word = self._repeats.word((number, *said.facts, said.text), line, now())

        def thanks() -> None:
            word.thanked_at = now()
            thank()

        return replace(said, facts=(*said.facts, word.name)), thanks

    def _together(self, name: tuple[str, int, int]) -> None:
        pieces = self._pieces.pop(name, None)
        if pieces is not None:
            parts = [pieces.texts[number] for number in sorted(pieces.texts)]
            self._start(Received(incoming=(self._incoming(name[0], parts),)), pieces.thanks)

    def _incoming(self, number: str, parts: Sequence[Said]) -> Incoming:
        text = cleaning.clean("".join(part.text for part in parts)).strip()
        piece = parts[0].piece
        # What its parts have in common names a long message: brought again, they may carry other ids.
        whole = (f"{piece.reference}/{piece.total}",) if piece is not None and piece.total > 1 else parts[0].facts
        facts = [cleaning.clean(fact, 64) for fact in whole]
        return Incoming(channel="sms", address=number, key=event_key(self._keyring, self._gateway, number, [*facts, text]),
                        kind=IncomingKind.TEXT, text=text, at=self._now())
