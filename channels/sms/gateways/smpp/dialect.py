"""SMPP 3.4 as one account of a message centre speaks it; frames are written and read by smpplib."""

from __future__ import annotations

import struct
from datetime import datetime, timedelta
from typing import Any

import structlog
from smpplib import consts, smpp
from smpplib.exceptions import PDUError, UnknownCommandError

from channels.exchange import Verdict
from channels.sms.gateways.smpp import codes
from channels.sms.gateways.smpp.receipts import receipt
from channels.sms.gateways.smpp.settings import SmppAccount
from channels.sms.lines.dialect import Answered, Asked, Garbled, Heard, Reported, Said
from channels.sms.numbers import mobile
from channels.sms.segments import Segment, without_header

HEAD = struct.Struct(">IIII")
ANSWER = 0x80000000
_NACK, _SUBMIT, _DELIVER, _UNBIND, _ENQUIRE = 0x0, 0x4, 0x5, 0x6, 0x15
_BINDS = frozenset({0x1, 0x2, 0x9})
_ENCODINGS = {0: "latin-1", 1: "ascii", 3: "latin-1", 8: "utf-16-be"}
# Bits 2 to 5 of esm_class say what a deliver_sm is (5.2.12).
_TYPE, _RECEIPT = 0x3C, 0x04
# What smpplib raises for a frame that is none.
_UNREADABLE = (struct.error, PDUError, UnknownCommandError, KeyError, ValueError, TypeError, IndexError, AttributeError)

log = structlog.get_logger(__name__)


class SmppDialect:
    """One account; keeps nothing but what it was made with."""

    gateway = "smpp"
    # A wrong password tried too often is locked.
    login_wait = timedelta(seconds=60)

    def __init__(self, account: SmppAccount) -> None:
        """`account` is the message centre's address and what was agreed on."""
        self._account = account

    @property
    def place(self) -> tuple[str, int]:
        """Host and port."""
        return self._account.host, self._account.port

    def login(self, sequence: int, now: datetime) -> bytes:
        """bind_transceiver: one connection for both directions."""
        account = self._account
        return _frame("bind_transceiver", sequence, system_id=account.user, password=account.password,
                      system_type=account.system_type, interface_version=0x34, addr_ton=0, addr_npi=0, address_range="")

    def refusal(self, status: int) -> Verdict:
        """Why the login was refused."""
        return codes.login_refusal(status)

    def submission(self, sequence: int, numbers: tuple[str, ...], segment: Segment) -> bytes:
        """submit_sm; one number a message."""
        account = self._account
        return _frame(
            "submit_sm", sequence, service_type=account.service_type,
            source_addr_ton=account.source_ton, source_addr_npi=account.source_npi, source_addr=account.source,
            dest_addr_ton=consts.SMPP_TON_INTL if account.prefix else consts.SMPP_TON_UNK, dest_addr_npi=consts.SMPP_NPI_ISDN,
            destination_addr=account.prefix + numbers[0],
            esm_class=consts.SMPP_GSMFEAT_UDHI if segment.has_header else 0,
            registered_delivery=consts.SMPP_SMSC_DELIVERY_RECEIPT_BOTH, data_coding=consts.SMPP_ENCODING_ISO10646,
            short_message=segment.body)

    def judge(self, answer: Answered, count: int) -> Verdict:
        """What submit_sm_resp means."""
        return codes.judge(answer.status, self._account.receipt_ids.of_answer(answer.message_id))

    def link_test(self, sequence: int) -> bytes:
        """enquire_link."""
        return _frame("enquire_link", sequence)

    def goodbye(self, sequence: int) -> bytes:
        """Unbind."""
        return _frame("unbind", sequence)

    def read(self, frame: bytes) -> Heard:
        """One frame; raises Garbled for what is no SMPP."""
        if len(frame) < HEAD.size:
            raise Garbled(f"a frame of {len(frame)} bytes")
        _, command, status, sequence = HEAD.unpack_from(frame)
        kind = command & ~ANSWER
        if command & ANSWER and (kind in _BINDS or kind in (_NACK, _SUBMIT, _UNBIND, _ENQUIRE)):
            return self._answered(kind, status, sequence, frame)
        if command == _DELIVER:
            return self._delivered(sequence, frame)
        if command == _ENQUIRE:
            return Asked(_frame("enquire_link_resp", sequence))
        if command == _UNBIND:
            return Asked(_frame("unbind_resp", sequence), is_goodbye=True)
        if kind > 0x200:
            raise Garbled(f"command {command:#x}")
        return Asked(b"" if command & ANSWER else _nack(sequence))

    def _answered(self, kind: int, status: int, sequence: int, frame: bytes) -> Answered:
        if kind == _NACK and not status:
            raise Garbled("a nack that says all is well")
        if kind != _SUBMIT or status:
            return Answered(sequence, status)
        message_id = frame[HEAD.size:].partition(b"\x00")[0].decode("ascii", "replace")
        if not message_id:
            raise Garbled("a message was taken without an id")
        return Answered(sequence, status, message_id)

    def _delivered(self, sequence: int, frame: bytes) -> Heard:
        thanks = _frame("deliver_sm_resp", sequence, message_id="")
        try:
            pdu = smpp.parse_pdu(frame, sequence=sequence, allow_unknown_opt_params=True)
            return self._heard(pdu, thanks)
        except _UNREADABLE as error:
            # One bad message must not end the line; not thanked for, it would come again for ever.
            log.warning("a deliver_sm could not be read", error=type(error).__name__, length=len(frame))
            return Asked(thanks)

    def _heard(self, pdu: Any, thanks: bytes) -> Heard:
        number = mobile(_words(pdu.source_addr))
        body = pdu.message_payload or pdu.short_message or b""
        if pdu.esm_class & _TYPE == _RECEIPT:
            told = receipt(body.decode("ascii", "replace"), _words(pdu.receipted_message_id), pdu.message_state)
            return Reported(self._account.receipt_ids.of_receipt(told.message_id), number, told.kind, told.code, thanks,
                            told.booked_at)
        content, piece = without_header(body) if pdu.esm_class & consts.SMPP_GSMFEAT_UDHI else (body, None)
        text = content.decode(_ENCODINGS.get(pdu.data_coding, "utf-16-be"), "replace")
        return Said(number, text, (_words(pdu.destination_addr),), thanks, piece, is_named=False)


def _frame(command: str, sequence: int, **values: Any) -> bytes:
    pdu = smpp.make_pdu(command, sequence=sequence, **values)
    pdu.sequence = sequence
    return bytes(pdu.generate())


def _nack(sequence: int) -> bytes:
    return HEAD.pack(HEAD.size, ANSWER, consts.SMPP_ESME_RINVCMDID, sequence)


def _words(value: bytes | None) -> str:
    return (value or b"").decode("ascii", "replace")
