"""CMPP as the protocol's tables have it, written apart from the code: field names and widths, one row a field.

Checked once against Debian's tshark 4.0.17 (`text2pcap -T 40000,7890`, `tshark -d tcp.port==7890,cmpp -V`), which reads
the same values out of the same frames and calls none of them malformed.
"""

from __future__ import annotations

# CMPP_SUBMIT, 7.4.3.1: name and width; -1 is "as many as DestUsr_tl says", -2 "as long as Msg_Length says".
SUBMIT = {
    "2.0": (("Msg_Id", 8), ("Pk_total", 1), ("Pk_number", 1), ("Registered_Delivery", 1), ("Msg_level", 1), ("Service_Id", 10),
            ("Fee_UserType", 1), ("Fee_terminal_Id", 21), ("TP_pId", 1), ("TP_udhi", 1), ("Msg_Fmt", 1), ("Msg_src", 6),
            ("FeeType", 2), ("FeeCode", 6), ("ValId_Time", 17), ("At_Time", 17), ("Src_Id", 21), ("DestUsr_tl", 1),
            ("Dest_terminal_Id", -1), ("Msg_Length", 1), ("Msg_Content", -2), ("Reserve", 8)),
    "3.0": (("Msg_Id", 8), ("Pk_total", 1), ("Pk_number", 1), ("Registered_Delivery", 1), ("Msg_level", 1), ("Service_Id", 10),
            ("Fee_UserType", 1), ("Fee_terminal_Id", 32), ("Fee_terminal_type", 1), ("TP_pId", 1), ("TP_udhi", 1),
            ("Msg_Fmt", 1), ("Msg_src", 6), ("FeeType", 2), ("FeeCode", 6), ("ValId_Time", 17), ("At_Time", 17),
            ("Src_Id", 21), ("DestUsr_tl", 1), ("Dest_terminal_Id", -1), ("Dest_terminal_type", 1), ("Msg_Length", 1),
            ("Msg_Content", -2), ("LinkID", 20)),
}
NUMBER_WIDTH = {"2.0": 21, "3.0": 32}
# CMPP_DELIVER, 7.4.5.1.
DELIVER = {
    "2.0": (("Msg_Id", 8), ("Dest_Id", 21), ("Service_Id", 10), ("TP_pid", 1), ("TP_udhi", 1), ("Msg_Fmt", 1),
            ("Src_terminal_Id", 21), ("Registered_Delivery", 1), ("Msg_Length", 1), ("Msg_Content", -2), ("Reserved", 8)),
    "3.0": (("Msg_Id", 8), ("Dest_Id", 21), ("Service_Id", 10), ("TP_pid", 1), ("TP_udhi", 1), ("Msg_Fmt", 1),
            ("Src_terminal_Id", 32), ("Src_terminal_type", 1), ("Registered_Delivery", 1), ("Msg_Length", 1),
            ("Msg_Content", -2), ("LinkID", 20)),
}
# The content of a status report.
REPORT = {
    "2.0": (("Msg_Id", 8), ("Stat", 7), ("Submit_time", 10), ("Done_time", 10), ("Dest_terminal_Id", 21), ("SMSC_sequence", 4)),
    "3.0": (("Msg_Id", 8), ("Stat", 7), ("Submit_time", 10), ("Done_time", 10), ("Dest_terminal_Id", 32), ("SMSC_sequence", 4)),
}


def head(frame: bytes) -> tuple[int, int, int]:
    """Total_Length, Command_Id, Sequence_Id."""
    return int.from_bytes(frame[:4], "big"), int.from_bytes(frame[4:8], "big"), int.from_bytes(frame[8:12], "big")


def read_submit(frame: bytes, version: str) -> dict[str, bytes]:
    """Every field of a CMPP_SUBMIT; raises AssertionError unless the frame ends exactly with the last one."""
    assert head(frame)[0] == len(frame)
    values: dict[str, bytes] = {}
    place = 12
    for name, width in SUBMIT[version]:
        if width == -1:
            width = values["DestUsr_tl"][0] * NUMBER_WIDTH[version]
        if width == -2:
            width = values["Msg_Length"][0]
        values[name] = frame[place:place + width]
        assert len(values[name]) == width, name
        place += width
    assert place == len(frame)
    return values


def written(table: tuple[tuple[str, int], ...], **values: bytes) -> bytes:
    """A body of these fields; what is not given is zeros."""
    return b"".join(values.get(name, b"") if width == -2 else values.get(name, b"").ljust(width, b"\0")
                    for name, width in table)


def deliver_frame(version: str, sequence: int, **values: bytes) -> bytes:
    """A CMPP_DELIVER."""
    values["Msg_Length"] = bytes((len(values["Msg_Content"]),))
    body = written(DELIVER[version], **values)
    return (12 + len(body)).to_bytes(4, "big") + (5).to_bytes(4, "big") + sequence.to_bytes(4, "big") + body


def report_content(version: str, **values: bytes) -> bytes:
    """The content of a status report."""
    return written(REPORT[version], **values)
