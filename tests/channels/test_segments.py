"""A long text in parts, and arriving parts read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.segments import Piece, segments, without_header
from channels.splitting import parts, sms_length


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=500), st.integers(0, 255))
def test_parts_fit_and_give_the_text_back(text: str, reference: int) -> None:
    made = segments(text, reference)
    bodies = []
    for place, part in enumerate(made, start=1):
        assert len(part.body) <= 140
        assert (part.number, part.total) == (place, len(made))
        body, piece = without_header(part.body) if part.has_header else (part.body, None)
        assert piece == (Piece(reference, len(made), place) if len(made) > 1 else None)
        bodies.append(body.decode("utf-16-be"))
    assert "".join(bodies) == text


@given(st.text(alphabet="补贴申报。Az09", min_size=0, max_size=500))
def test_as_many_parts_leave_as_are_paid_for(text: str) -> None:
    assert len(segments(text, 1)) == parts(text)


@pytest.mark.parametrize(("length", "count"), [(70, 1), (71, 2), (134, 2), (135, 3)])
def test_seventy_characters_go_alone_and_sixty_seven_a_part(length: int, count: int) -> None:
    assert len(segments("补" * length, 1)) == count


def test_what_is_sent_alone_is_counted_as_a_telephone_counts() -> None:
    assert [len(segments("𠮷" * count, 1)) for count in (35, 36)] == [1, 2]


def test_a_character_of_two_units_is_not_torn() -> None:
    text = "补" * 66 + "𠮷" + "补" * 10
    made = segments(text, 1)
    assert sms_length(text) > 70
    assert [part.body[6:].decode("utf-16-be") for part in made] == ["补" * 66, "𠮷" + "补" * 10]


@given(st.binary(max_size=140))
def test_any_arriving_body_is_read(body: bytes) -> None:
    rest, piece = without_header(body)
    assert len(rest) <= len(body)
    assert piece is None or 1 <= piece.number <= piece.total


def test_a_wide_reference_is_understood_too() -> None:
    assert without_header(b"\x06\x08\x04\x01\x02\x03\x02ab") == (b"ab", Piece(258, 3, 2))
