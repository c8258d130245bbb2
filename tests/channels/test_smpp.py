"""SMPP receipts in their many spellings, and what the status codes mean."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.failures import OutcomeKind
from channels.messages import ReceiptKind
from channels.sms.gateways.smpp import codes
from channels.sms.gateways.smpp.dialect import SmppDialect
from channels.sms.gateways.smpp.receipts import ReceiptIds, receipt
from channels.sms.gateways.smpp.settings import read_account
from channels.sms.lines.dialect import Answered, Asked, Garbled, Reported, Said
from channels.sms.segments import segments
from kernel.clock import CHINA

WORDS = "id:0000000a sub:001 dlvrd:001 submit date:2611231000 done date:2611231001 stat:{} err:{} text:"


def dialect(**more: str) -> SmppDialect:
    return SmppDialect(read_account("smpp://zhida:secret@127.0.0.1/?" + "&".join(f"{n}={v}" for n, v in more.items())))


def frame(command: int, body: bytes, sequence: int = 5, status: int = 0) -> bytes:
    return struct.pack(">IIII", 16 + len(body), command, status, sequence) + body


def deliver(content: bytes, esm_class: int = 0, coding: int = 0, extra: bytes = b"") -> bytes:
    return frame(5, b"\0\1\1" + b"8613900000001\0" + b"\0\0" + b"10690002\0" + bytes((esm_class, 0, 0)) + b"\0\0"
                 + bytes((0, 0, coding, 0, len(content))) + content + extra)


def test_a_message_asks_for_a_receipt_and_carries_its_parts() -> None:
    first, second = segments("【彭阳县政务公开】" + "补贴申报" * 20, 3)
    sent = dialect(source="10690002").submission(9, ("13900000001",), first)
    assert sent[16:] == (b"\0" + b"\2\1" + b"10690002\0" + b"\1\1" + b"8613900000001\0" + b"\x40\0\0" + b"\0\0" + b"\1\0\x08\0"
                         + bytes((len(first.body),)) + first.body)
    assert len(first.body) == 140
    assert second.body[:6] == b"\x05\x00\x03\x03\x02\x02"


def test_a_message_in_one_part_claims_no_header() -> None:
    """A telephone would take its first characters for one."""
    sent = dialect(source="10690002").submission(9, ("13900000001",), segments("好", 0)[0])
    assert sent.endswith(b"8613900000001\0" + b"\0\0\0" + b"\0\0" + b"\1\0\x08\0" + b"\x02" + "好".encode("utf-16-be"))


def test_a_name_in_letters_is_sent_as_such() -> None:
    sent = dialect(source="ZHIDA").submission(9, ("13900000001",), segments("好", 0)[0])
    assert sent[16:].startswith(b"\0" + b"\5\0" + b"ZHIDA\0")


def test_a_receipt_is_read_from_its_words() -> None:
    heard = dialect().read(deliver(WORDS.format("DELIVRD", "000").encode(), 0x04))
    assert isinstance(heard, Reported)
    assert (heard.message_id, heard.number, heard.kind, heard.code) == ("0000000a", "13900000001", ReceiptKind.DELIVERED, "DELIVRD")
    assert heard.booked_at == (datetime(2026, 11, 23, 10, 0, tzinfo=CHINA), datetime(2026, 11, 23, 10, 0, tzinfo=UTC))
    assert heard.thanks == frame(0x80000005, b"\0")


def test_optional_parameters_go_before_words_and_unknown_ones_do_no_harm() -> None:
    extra = (struct.pack(">HH", 0x1400, 2) + b"xx" + struct.pack(">HHB", 0x0427, 1, 5) + struct.pack(">HH", 0x001E, 3) + b"77\0")
    heard = dialect().read(deliver(WORDS.format("DELIVRD", "000").encode(), 0x04, extra=extra))
    assert isinstance(heard, Reported)
    assert (heard.message_id, heard.kind, heard.code) == ("77", ReceiptKind.FAILED, "UNDELIV")


@pytest.mark.parametrize(("stat", "error", "kind", "code"), [
    ("DELIVRD", "000", ReceiptKind.DELIVERED, "DELIVRD"), ("UNDELIV", "011", ReceiptKind.FAILED, "UNDELIV:011"),
    ("EXPIRED", "000", ReceiptKind.FAILED, "EXPIRED"), ("ACCEPTD", "000", None, "ACCEPTD"), ("ENROUTE", "000", None, "ENROUTE"),
    ("UNKNOWN", "000", None, "UNKNOWN"), ("delivrd", "", ReceiptKind.DELIVERED, "DELIVRD")])
def test_a_state_on_the_way_is_no_end(stat: str, error: str, kind: ReceiptKind | None, code: str) -> None:
    told = receipt(WORDS.format(stat, error), "", None)
    assert (told.kind, told.code) == (kind, code)


@pytest.mark.parametrize(("ids", "answered", "reported"), [
    (ReceiptIds.SAME, "00A1", "00A1"), (ReceiptIds.DECIMAL, "1F", "31"), (ReceiptIds.DECIMAL, "1f", "0000000031"),
    (ReceiptIds.HEX, "31", "1F"), (ReceiptIds.HEX, "31", "0000001f")])
def test_both_spellings_of_an_id_are_one(ids: ReceiptIds, answered: str, reported: str) -> None:
    assert ids.of_answer(answered).lstrip("0") == ids.of_receipt(reported).lstrip("0")


def test_words_come_in_by_their_coding() -> None:
    heard = dialect().read(deliver("医保怎么交".encode("utf-16-be"), 0, 8))
    assert isinstance(heard, Said)
    assert (heard.number, heard.text) == ("13900000001", "医保怎么交")


def test_a_message_nobody_can_read_is_thanked_for_and_does_not_end_the_line() -> None:
    assert dialect().read(frame(5, b"\0\1")) == Asked(frame(0x80000005, b"\0"))


@pytest.mark.parametrize(("status", "kind"), [
    (0x00, OutcomeKind.ACCEPTED), (0x58, OutcomeKind.THROTTLED), (0x14, OutcomeKind.THROTTLED), (0x08, OutcomeKind.UNKNOWN),
    (0x0B, OutcomeKind.REFUSED), (0x45, OutcomeKind.REFUSED), (0x0A, OutcomeKind.MISCONFIGURED), (0x400, OutcomeKind.REFUSED)])
def test_a_status_says_what_to_do_next(status: int, kind: OutcomeKind) -> None:
    assert codes.judge(status, "1").kind is kind


@given(st.binary(max_size=200), st.sampled_from([0x4, 0x5, 0x6, 0x15, 0x80000004, 0x80000000, 0x80000009, 0x103, 0xBEEF]),
       st.sampled_from([0, 0x08, 0x58]))
def test_any_frame_is_heard_or_garbled_and_nothing_else(body: bytes, command: int, status: int) -> None:
    try:
        heard = dialect().read(frame(command, body, status=status))
    except Garbled:
        return
    assert isinstance(heard, Answered | Asked | Reported | Said)
