"""Which report speaks of which message: early ones, long messages, lost answers, other lives."""

from __future__ import annotations

from datetime import datetime, timedelta

from channels.messages import ReceiptKind
from channels.sms.lines.book import Book, Slip, Told
from kernel.clock import CHINA

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=CHINA)
WANG, LI = "13900000001", "13900000002"


def slip(message_id: str, number: str = WANG, kind: ReceiptKind = ReceiptKind.DELIVERED, at: datetime | None = NOW) -> Slip:
    return Slip(message_id, number, kind, kind.value, () if at is None else (at,))


def words(told: list[Told]) -> list[tuple[str | None, str, str]]:
    return [(one.attempt, one.reference, one.slip.kind.value) for one in told if one.is_word]


def test_a_report_names_its_attempt_before_the_rows_know_the_id() -> None:
    book = Book()
    sending = book.begin("attempt", (WANG,), 1, NOW)
    assert book.taken(sending, 1, "a") == []
    book.ended(sending)
    assert words(book.report(slip("a"))) == [("attempt", "a", "delivered")]


def test_a_report_that_overtakes_the_answer_waits_for_it() -> None:
    book = Book()
    sending = book.begin("attempt", (WANG,), 1, NOW)
    assert book.report(slip("a")) == []
    assert words(book.taken(sending, 1, "a")) == [("attempt", "a", "delivered")]


def test_a_report_of_an_older_message_is_let_go_when_the_one_under_way_is_through() -> None:
    book = Book()
    sending = book.begin("attempt", (WANG,), 1, NOW)
    assert book.report(slip("of yesterday")) == []
    assert book.taken(sending, 1, "a") == []
    assert words(book.ended(sending)) == [(None, "of yesterday", "delivered")]


def test_a_long_message_has_arrived_when_all_its_parts_have() -> None:
    book = Book()
    sending = book.begin("attempt", (WANG, LI), 3, NOW)
    for place, name in enumerate("abc", start=1):
        book.taken(sending, place, name)
    book.ended(sending)
    assert [words(book.report(slip(name))) for name in "cab"] == [[], [], [("attempt", "c", "delivered")]]
    assert words(book.report(slip("a", LI))) == []


def test_the_first_part_that_fails_fails_the_whole() -> None:
    book = Book()
    sending = book.begin("attempt", (WANG,), 2, NOW)
    book.taken(sending, 1, "a")
    book.taken(sending, 2, "b")
    book.ended(sending)
    assert words(book.report(slip("a"))) == []
    assert words(book.report(slip("b", kind=ReceiptKind.FAILED))) == [("attempt", "b", "failed")]


def test_a_part_told_twice_counts_once() -> None:
    book = Book()
    sending = book.begin("attempt", (WANG,), 2, NOW)
    book.taken(sending, 1, "a")
    book.taken(sending, 2, "b")
    book.ended(sending)
    assert [one.is_word for _ in range(2) for one in book.report(slip("a"))] == [False, False]


def test_reports_of_a_message_that_goes_again_whole_say_nothing() -> None:
    book = Book()
    sending = book.begin("first try", (WANG,), 2, NOW)
    book.taken(sending, 1, "a")
    book.ended(sending, is_void=True)
    assert words(book.report(slip("a", kind=ReceiptKind.FAILED))) == []


def test_a_report_finds_the_one_message_whose_answer_was_lost() -> None:
    book = Book()
    sending = book.begin("lost", (WANG, LI), 1, NOW)
    book.ended(sending, is_lost=True)
    assert words(book.report(slip("x", LI))) == [("lost", "x", "delivered")]
    assert words(book.report(slip("x", WANG, ReceiptKind.FAILED))) == [("lost", "x", "failed")]


def test_a_report_that_came_while_the_answer_was_being_lost_is_heard() -> None:
    book = Book()
    sending = book.begin("lost", (WANG,), 1, NOW)
    assert book.report(slip("x")) == []
    assert words(book.ended(sending, is_lost=True)) == [("lost", "x", "delivered")]


def test_nothing_is_guessed_where_two_could_be_meant_or_the_time_is_another() -> None:
    book = Book()
    for name in ("one", "two"):
        book.ended(book.begin(name, (WANG,), 1, NOW), is_lost=True)
    book.ended(book.begin("three", (LI,), 1, NOW), is_lost=True)
    assert words(book.report(slip("x", WANG))) == [(None, "x", "delivered")]
    assert words(book.report(slip("y", LI, at=NOW - timedelta(minutes=10)))) == [(None, "y", "delivered")]
    assert words(book.report(slip("z", LI, at=None))) == [(None, "z", "delivered")]


def test_an_unknown_id_is_left_to_the_rows() -> None:
    assert words(Book().report(slip("of an earlier life"))) == [(None, "of an earlier life", "delivered")]


def test_a_part_of_the_try_before_is_not_taken_for_the_lost_part_of_this_one() -> None:
    book = Book()
    book.ended(book.begin("first try", (WANG,), 2, NOW), is_void=True)
    again = book.begin("second try", (WANG,), 2, NOW)
    book.taken(again, 1, "a")
    book.ended(again, is_lost=True)
    assert words(book.report(slip("a"))) == []
    assert words(book.report(slip("part one of the first try"))) == [(None, "part one of the first try", "delivered")]
