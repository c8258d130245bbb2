"""CMPP byte by byte, against the protocol's own tables, and what its codes mean."""

from __future__ import annotations

import hashlib
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.failures import OutcomeKind
from channels.messages import ReceiptKind
from channels.sms.gateways.cmpp import codes
from channels.sms.gateways.cmpp.dialect import CmppDialect
from channels.sms.gateways.cmpp.settings import read_account
from channels.sms.lines.dialect import Answered, Asked, Garbled, Reported, Said
from channels.sms.segments import segments
from kernel.clock import CHINA
from tests.channels.cmpp_reading import deliver_frame, head, read_submit, report_content

NOW = datetime(2026, 11, 23, 10, 0, 5, tzinfo=CHINA)
TEXT = "【彭阳县政务公开】" + "玉米种植补贴开始申报，请带身份证。" * 6
each_version = pytest.mark.parametrize("version", ["2.0", "3.0"])


def dialect(version: str, **more: str) -> CmppDialect:
    contract = "&".join(f"{name}={value}" for name, value in {"version": version, "service": "ZHIDA", "source": "10690001",
                                                              **more}.items())
    return CmppDialect(read_account(f"cmpp://901234:s%40cret@127.0.0.1:7890/?{contract}"))


@each_version
def test_a_login_proves_the_password_without_showing_it(version: str) -> None:
    frame = dialect(version).login(7, NOW)
    assert head(frame) == (39, 1, 7)
    assert frame[12:18] == b"901234"
    assert frame[18:34] == hashlib.md5(b"901234" + b"\0" * 9 + b"s@cret" + b"1123100005").digest()
    assert frame[34] == {"2.0": 0x20, "3.0": 0x30}[version]
    assert int.from_bytes(frame[35:39], "big") == 1123100005


def test_frames_are_byte_for_byte_what_tshark_read() -> None:
    assert dialect("3.0").login(1, NOW).hex() == (
        "000000270000000100000001" "393031323334" "4c2d36dfcc10d557afdcf83a7ee9bba4" "30" "42f12565")
    frame = dialect("3.0").submission(2, ("13900000001",), segments("【彭阳】好", 1)[0])
    assert frame.hex() == (
        "000000cd0000000400000002" + "00" * 8 + "01010100" + b"ZHIDA".hex().ljust(20, "0") + "02" + "00" * 33 + "000008"
        + b"901234".hex() + b"01".hex() + b"0".hex().ljust(12, "0") + "00" * 34 + b"10690001".hex().ljust(42, "0")
        + "01" + b"13900000001".hex().ljust(64, "0") + "00" + "0a" + "30105f6d96333011597d" + "00" * 20)


@each_version
def test_a_message_fills_every_field_of_the_protocols_table(version: str) -> None:
    numbers = ("13900000001", "13900000002")
    whole = segments("【彭阳县政务公开】请于12月31日前办理。", 1)[0]
    fields = read_submit(dialect(version).submission(2, numbers, whole), version)
    assert fields["Registered_Delivery"] == b"\x01"
    assert fields["Pk_total"] + fields["Pk_number"] == b"\x01\x01"
    assert fields["TP_udhi"] + fields["Msg_Fmt"] == b"\x00\x08"
    assert fields["Service_Id"].rstrip(b"\0") == b"ZHIDA"
    assert fields["Msg_src"] == b"901234"
    assert fields["Src_Id"].rstrip(b"\0") == b"10690001"
    assert fields["DestUsr_tl"] == b"\x02"
    width = len(fields["Dest_terminal_Id"]) // 2
    assert [fields["Dest_terminal_Id"][place:place + width].rstrip(b"\0").decode() for place in (0, width)] == list(numbers)
    assert fields["Msg_Content"].decode("utf-16-be") == "【彭阳县政务公开】请于12月31日前办理。"


@each_version
def test_a_long_message_leaves_in_parts_of_a_hundred_and_forty_bytes(version: str) -> None:
    parts = segments(TEXT, 9)
    read = [read_submit(dialect(version).submission(number, ("13900000001",), part), version)
            for number, part in enumerate(parts, start=1)]
    assert [(one["Pk_total"][0], one["Pk_number"][0], one["TP_udhi"][0]) for one in read] == [(2, 1, 1), (2, 2, 1)]
    assert [one["Msg_Content"][:6] for one in read] == [b"\x05\x00\x03\x09\x02\x01", b"\x05\x00\x03\x09\x02\x02"]
    assert max(one["Msg_Length"][0] for one in read) == 140
    assert b"".join(one["Msg_Content"][6:] for one in read).decode("utf-16-be") == TEXT


@each_version
def test_a_status_report_names_the_message_and_thanks_for_itself(version: str) -> None:
    content = report_content(version, Msg_Id=bytes(range(8)), Stat=b"DELIVRD", Submit_time=b"2611231000", Done_time=b"2611231001",
                             Dest_terminal_Id=b"8613900000001")
    frame = deliver_frame(version, 77, Msg_Id=bytes(range(8, 16)), Registered_Delivery=b"\x01", Msg_Content=content,
                          Src_terminal_Id=b"13900000001")
    heard = dialect(version).read(frame)
    assert isinstance(heard, Reported)
    assert (heard.message_id, heard.number, heard.kind, heard.code) == ("0001020304050607", "13900000001",
                                                                       ReceiptKind.DELIVERED, "DELIVRD")
    assert heard.booked_at == (datetime(2026, 11, 23, 10, 0, tzinfo=CHINA),)
    assert head(heard.thanks) == (21 if version == "2.0" else 24, 0x80000005, 77)
    assert heard.thanks[12:20] == bytes(range(8, 16))
    assert set(heard.thanks[20:]) == {0}


@pytest.mark.parametrize(("form", "encoding"), [(8, "utf-16-be"), (15, "gb18030"), (0, "ascii")])
def test_a_persons_words_are_read_in_the_form_they_came_in(form: int, encoding: str) -> None:
    words = "R" if encoding == "ascii" else "医保怎么交"
    frame = deliver_frame("3.0", 5, Msg_Id=bytes(8), Dest_Id=b"10690001", Msg_Fmt=bytes((form,)), Src_terminal_Id=b"8613900000001",
                          Msg_Content=words.encode(encoding))
    heard = dialect("3.0").read(frame)
    assert isinstance(heard, Said)
    assert (heard.number, heard.text, heard.piece) == ("13900000001", words, None)


@each_version
def test_answers_carry_the_result_and_the_carriers_id(version: str) -> None:
    result = b"\x08" if version == "2.0" else b"\x00\x00\x00\x08"
    frame = (12 + 8 + len(result)).to_bytes(4, "big") + (0x80000004).to_bytes(4, "big") + b"\0\0\0\x03" + bytes(range(8)) + result
    assert dialect(version).read(frame) == Answered(3, 8, "0001020304050607")


def test_link_tests_and_goodbyes_of_the_other_side_are_answered() -> None:
    test, goodbye = (bytes.fromhex(f"0000000c{command}0000000b") for command in ("00000008", "00000002"))
    answers = [dialect("3.0").read(frame) for frame in (test, goodbye)]
    assert answers == [Asked(bytes.fromhex("0000000d800000080000000b00")), Asked(bytes.fromhex("0000000c800000020000000b"), True)]


@given(st.binary(min_size=0, max_size=200), st.sampled_from([1, 2, 4, 5, 8, 0x80000001, 0x80000004, 0x80000005, 0x80000008, 0xDEAD]),
       st.sampled_from(["2.0", "3.0"]))
def test_any_frame_is_heard_or_garbled_and_nothing_else(body: bytes, command: int, version: str) -> None:
    frame = (12 + len(body)).to_bytes(4, "big") + command.to_bytes(4, "big") + b"\0\0\0\x01" + body
    try:
        heard = dialect(version).read(frame)
    except Garbled:
        return
    assert isinstance(heard, Answered | Asked | Reported | Said)


@pytest.mark.parametrize(("status", "count", "third", "kind", "alone"), [
    (0, 1, True, OutcomeKind.ACCEPTED, False), (8, 1, True, OutcomeKind.THROTTLED, False), (13, 1, True, OutcomeKind.REFUSED, False),
    (13, 3, True, OutcomeKind.THROTTLED, True), (10, 1, True, OutcomeKind.MISCONFIGURED, False),
    (10, 1, False, OutcomeKind.REFUSED, False), (3, 1, True, OutcomeKind.UNKNOWN, False), (107, 1, True, OutcomeKind.REFUSED, False)])
def test_a_result_says_what_to_do_next(status: int, count: int, third: bool, kind: OutcomeKind, alone: bool) -> None:
    verdict = codes.judge(status, "00", count, is_third=third)
    assert (verdict.kind, verdict.alone) == (kind, alone)


@pytest.mark.parametrize(("stat", "kind"), [("DELIVRD", ReceiptKind.DELIVERED), ("UNDELIV", ReceiptKind.FAILED),
                                            ("MA:0003", ReceiptKind.FAILED), ("ACCEPTD", None), ("UNKNOWN", None)])
def test_a_state_on_the_way_is_no_end(stat: str, kind: ReceiptKind | None) -> None:
    assert codes.kind_of(stat) is kind
