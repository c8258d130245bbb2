"""Carriers' ports on the simulators' one address: told from HTTP by their first bytes, with books, reports and faults."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from channels.simulators.faults import Fault, Rule
from channels.simulators.ledger import Taken
from channels.simulators.world import World
from channels.sms.segments import Segment, segments

HEAD_BYTES = 12
WINDOW = 16
# A report nobody thanked for comes again; carriers wait a minute.
AGAIN_SECONDS = 2.0
NOT_REACHED = "UNDELIV"


@dataclass(frozen=True)
class Submitted:
    """One part as the protocol had it; `refusal` is the code with which it is turned away."""

    sequence: int
    numbers: tuple[str, ...] = field(repr=False)
    content: bytes = field(repr=False)
    udhi: bool
    wants_report: bool
    refusal: int = 0


@dataclass
class Parcel:
    """Something for the other side that it has to thank for."""

    build: Callable[[int], bytes]
    at: float = 0.0
    port: Port | None = None


class Speech(Protocol):
    """What a protocol's own simulator adds: reading and writing its frames."""

    name: str
    too_fast: int

    def heard(self, port: Port, frame: bytes) -> None:
        """Answer one frame."""
        ...

    def answer(self, sequence: int, code: int, message_id: int) -> bytes:
        """The answer to a submission."""
        ...

    def report(self, message_id: int, number: str, stat: str) -> Callable[[int], bytes]:
        """A status report, once it has its sequence."""
        ...

    def words(self, number: str, part: Segment, message_id: int) -> Callable[[int], bytes]:
        """A part of what a person wrote."""
        ...


class Port(asyncio.Protocol):
    """One connection of ours to a simulated carrier."""

    def __init__(self, gateway: Gateway) -> None:
        """Belongs to a gateway from its first frame on."""
        self.gateway = gateway
        self.is_in = False
        self.unthanked: dict[int, Parcel] = {}
        self.sequence = itertools.count(1)
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody dialled."""
        self._transport = transport  # type: ignore[assignment]
        self.gateway.ports.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        """What was not thanked for waits for the next connection."""
        self.gateway.lost(self)

    def data_received(self, data: bytes) -> None:
        """Frames as they come."""
        self._buffer += data
        while len(self._buffer) >= HEAD_BYTES:
            length = int.from_bytes(self._buffer[:4], "big")
            if length < HEAD_BYTES:
                self.hang_up()
                return
            if len(self._buffer) < length:
                return
            frame = bytes(self._buffer[:length])
            del self._buffer[:length]
            if self.gateway.hangs and self.is_in:
                self.gateway.unheard += 1
            else:
                self.gateway.speech.heard(self, frame)

    def write(self, frame: bytes) -> None:
        """Say something."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(frame)

    def hang_up(self, *, politely: bool = False) -> None:
        """End the connection; what is still to be written goes out only politely."""
        if self._transport is not None:
            (self._transport.close if politely else self._transport.abort)()


class Gateway:
    """One account at one carrier: who is logged in, what was taken, and what waits for thanks."""

    def __init__(self, world: World, speech: Speech) -> None:
        """`speech` reads and writes the protocol."""
        self.ports: set[Port] = set()
        self.closed_until = 0.0
        # A machine that hangs: the connection stands, and nothing but logins is answered.
        self.hangs = False
        self.unheard = 0
        self.logins = 0
        self.speech = speech
        self._world = world
        self._waiting: deque[Parcel] = deque()
        self._pieces: dict[tuple[tuple[str, ...], int, int], dict[int, bytes]] = {}

    @property
    def is_idle(self) -> bool:
        """Whether every report was thanked for."""
        return not self._waiting and not any(port.unthanked for port in self.ports)

    def is_open(self) -> bool:
        """Whether it takes connections now."""
        return asyncio.get_running_loop().time() >= self.closed_until

    def restart(self, seconds: float) -> None:
        """Fall over: every connection is cut, and none is taken for a while."""
        self.closed_until = asyncio.get_running_loop().time() + seconds
        for port in tuple(self.ports):
            port.hang_up()

    def logged_in(self, port: Port) -> None:
        """From now on it gets reports."""
        port.is_in = True
        self.logins += 1
        self._flush()

    def lost(self, port: Port) -> None:
        """A connection ended."""
        self.ports.discard(port)
        self._waiting.extendleft(reversed(port.unthanked.values()))
        port.unthanked.clear()

    def thanked(self, port: Port, sequence: int) -> None:
        """The other side has written something down."""
        if port.unthanked.pop(sequence, None) is not None:
            self._world.postman.delivered += 1
        self._flush()

    def bring(self, parcel: Parcel) -> None:
        """Bring something to whoever is logged in, now or later."""
        self._waiting.append(parcel)
        self._flush()

    def say(self, number: str, text: str) -> None:
        """A person writes to the service number."""
        reference = self._world.number()
        for part in segments(text, reference):
            self.bring(Parcel(self.speech.words(number, part, self._world.number())))

    def submitted(self, port: Port, one: Submitted) -> None:
        """Take a part or not, and answer, or not."""
        self._world.ledger.requests[self.speech.name] += 1
        if one.refusal:
            port.write(self.speech.answer(one.sequence, one.refusal, 0))
            return
        rule = self._world.faults.next(self.speech.name)
        if rule is not None and not rule.fault.is_taken:
            self._not_taken(port, one, rule)
            return
        message_id = self._take(one)
        answer = self.speech.answer(one.sequence, 0, message_id)
        if rule is None:
            port.write(answer)
        else:
            _badly(port, answer, rule)

    def _not_taken(self, port: Port, one: Submitted, rule: Rule) -> None:
        if rule.fault is Fault.ERRCODE:
            port.write(self.speech.answer(one.sequence, int(rule.value, 0), 0))
        elif rule.fault is Fault.STATUS and rule.value == "429":
            port.write(self.speech.answer(one.sequence, self.speech.too_fast, 0))
        elif rule.fault is Fault.DROP:
            port.hang_up()
        # Any other status is silence: this wire has no word for a machine that failed.

    def _take(self, one: Submitted) -> int:
        message_id, whole = self._world.number(), self._whole(one)
        if whole is not None:
            now, text = self._world.clock.now(), whole.decode("utf-16-be", "replace")
            self._world.ledger.book(Taken(self.speech.name, "", now, str(message_id), one.numbers, [{"text": text}] * len(one.numbers)))
            self._world.inbox.arrive("sms", one.numbers, now, lambda _: {"text": text})
        if one.wants_report:
            for number in one.numbers:
                self._report(message_id, number)
        return message_id

    def _whole(self, one: Submitted) -> bytes | None:
        """The whole message when its last missing part is here."""
        if not one.udhi:
            return one.content
        reference, total, number = one.content[3:6]
        pieces = self._pieces.setdefault((one.numbers, reference, total), {})
        pieces[number] = one.content[6:]
        if len(pieces) < total:
            return None
        del self._pieces[(one.numbers, reference, total)]
        return b"".join(pieces[place] for place in sorted(pieces))

    def _report(self, message_id: int, number: str) -> None:
        faults, loop = self._world.faults, asyncio.get_running_loop()
        habits = faults.receipts
        if faults.chance(habits.lose):
            return
        stat = habits.codes.get(number, NOT_REACHED) if faults.fails(number) else "DELIVRD"
        build = self.speech.report(message_id, number, stat)
        for _ in range(2 if faults.chance(habits.duplicate) else 1):
            if habits.early:
                self.bring(Parcel(build))
            else:
                loop.call_later(habits.delay, self.bring, Parcel(build))

    def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        if self._world.faults.receipts.out_of_order and len(self._waiting) > 1:
            mixed = list(self._waiting)
            self._world.faults.shuffle(mixed)
            self._waiting = deque(mixed)
        for port in [port for port in self.ports if port.is_in]:
            while self._waiting and len(port.unthanked) < WINDOW:
                parcel, sequence = self._waiting.popleft(), next(port.sequence)
                port.unthanked[sequence] = parcel
                port.write(parcel.build(sequence))
                loop.call_later(AGAIN_SECONDS, self._again, port, sequence)

    def _again(self, port: Port, sequence: int) -> None:
        parcel = port.unthanked.pop(sequence, None)
        if parcel is not None:
            self.bring(parcel)


class Sorter(asyncio.Protocol):
    """The first bytes of a connection tell who is meant: HTTP begins with a letter, a carrier's frame with its length."""

    def __init__(self, http: Callable[[], asyncio.Protocol], gateways: Mapping[int, Gateway]) -> None:
        """`gateways` by the command their first frame carries."""
        self._http = http
        self._gateways = gateways
        self._transport: Any = None
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first bytes."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Hand over as soon as it is clear to whom."""
        self._buffer += data
        chosen: asyncio.Protocol
        if self._buffer[0]:
            chosen = self._http()
        elif len(self._buffer) < 8:
            return
        else:
            gateway = self._gateways.get(int.from_bytes(self._buffer[4:8], "big"))
            if gateway is None or not gateway.is_open():
                self._transport.abort()
                return
            chosen = Port(gateway)
        self._transport.set_protocol(chosen)
        chosen.connection_made(self._transport)
        chosen.data_received(self._buffer)


def _badly(port: Port, answer: bytes, rule: Rule) -> None:
    """Answer what was taken as the fault wants it."""
    if rule.fault is Fault.LOSE_ANSWER:
        port.hang_up()
    elif rule.fault is Fault.GARBLE:
        port.write(b"HTTP/1.1 200 OK\r\n\r\n<html>not what you expect</html>" if not rule.value else bytes.fromhex(rule.value))
        port.hang_up(politely=True)
    elif rule.fault is Fault.CUT:
        port.write(answer[:len(answer) // 2])
        port.hang_up(politely=True)
    elif rule.fault is Fault.SLOW:
        asyncio.get_running_loop().call_later(float(rule.value or 1), port.write, answer)
