"""After a village's code changed, whoever is in charge there and what waits for them go along."""

from __future__ import annotations

from sqlalchemy import func, select

from kernel.audit import SYSTEM, AuditEntry
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from knowledge import consultations
from knowledge.filing import Filed, file_entries
from knowledge.lines import EntryLine
from knowledge.models import Consultation, Entry, EntryState, EntryVersion
from profiles.division_changes import import_changes
from profiles.models import Division
from push.postings import Posting, PostWhy, post_in
from tests.notices.offices import COUNTY, TOWNSHIP, VILLAGE, found_places
from web.recoding import TakenAlong, take_along
from web.staff.models import StaffAccount

NEW = "640425101208"


def test_accounts_and_waiting_cases_are_under_the_new_code_and_a_second_time_nothing_happens(
        both_databases: Database, keyring: Keyring, clock: SetClock) -> None:
    with both_databases.writing() as session:
        found_places(session)
        session.add(StaffAccount(name="韩村干", division=VILLAGE, password_hash="x", created_at=clock.now()))
        consultations.take(session, keyring, "wechat", "o-wang", VILLAGE, "路灯坏了", clock.now())
        consultations.take(session, keyring, "wechat", "o-li", TOWNSHIP, "水管坏了", clock.now())
    import_changes(both_databases, f"old,new\n{VILLAGE},{NEW}\n".encode(), clock.now(), SYSTEM)
    with both_databases.writing() as session:
        assert take_along(session, clock.now(), SYSTEM) == TakenAlong(staff=1, cases=1)
    with both_databases.writing() as session:
        assert take_along(session, clock.now(), SYSTEM) == TakenAlong(staff=0, cases=0)
        assert session.scalars(select(StaffAccount.division)).all() == [NEW]
        assert sorted(session.scalars(select(Consultation.division))) == [TOWNSHIP, NEW]
        told = session.scalar(select(func.count()).where(AuditEntry.act == "staff.division"))
        assert told == 1
        waiting = consultations.waiting(session, keyring, NEW[:9], clock.now().date())
    assert [one.text for one in waiting] == ["路灯坏了"]


def test_entries_are_used_under_the_new_code_and_their_drafts_with_them(both_databases: Database, clock: SetClock) -> None:
    lines = [EntryLine(id="deng", question="路灯坏了找谁", answer="找村委会。", divisions=[VILLAGE, NEW]),
             EntryLine(id="xian", question="停电了找谁", answer="打 95598。")]
    with both_databases.writing() as session:
        found_places(session)
        file_entries(session, map(Filed, lines), EntryState.REVIEWED, SYSTEM, clock.now())
        file_entries(session, [Filed(lines[0].model_copy(update={"answer": "找村干部。"}))], EntryState.DRAFT, SYSTEM, clock.now())
        before = session.get_one(Entry, "deng").updated_at
    import_changes(both_databases, f"old,new\n{VILLAGE},{NEW}\n".encode(), clock.now(), SYSTEM)
    for moved in (1, 0):
        with both_databases.writing() as session:
            assert take_along(session, clock.now(), SYSTEM).entries == moved
    with both_databases.reading() as session:
        entry = session.get_one(Entry, "deng")
        assert entry.divisions == [NEW]
        assert entry.updated_at > before
        assert [one.content["divisions"] for one in session.scalars(select(EntryVersion).where(EntryVersion.entry_id == "deng"))] == [[NEW]] * 2
        assert session.get_one(Entry, "xian").divisions == []


def test_what_was_split_stays_until_people_decide(database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        found_places(session)
        session.add(Division(code=NEW, name="新村", parent=NEW[:9]))
        consultations.take(session, keyring, "wechat", "o-wang", VILLAGE, "路灯坏了", clock.now())
    import_changes(database, f"old,new\n{VILLAGE},{NEW}\n{VILLAGE},{COUNTY}100209\n".encode(), clock.now(), SYSTEM)
    with database.writing() as session:
        assert take_along(session, clock.now(), SYSTEM) == TakenAlong(staff=0, cases=0)


def test_what_hangs_on_a_board_hangs_under_the_new_code_once(database: Database, clock: SetClock) -> None:
    with database.writing() as session:
        found_places(session)
        session.add(Division(code=NEW, name="新村", parent=NEW[:9]))
        session.flush()
        for number, place in ((1, VILLAGE), (2, VILLAGE), (2, NEW)):
            post_in(session, notice_id=number, reference=f"PY-{number}", divisions=[place], why=PostWhy.CHANNEL, now=clock.now())
    import_changes(database, f"old,new\n{VILLAGE},{NEW}\n".encode(), clock.now(), SYSTEM)
    with database.writing() as session:
        take_along(session, clock.now(), SYSTEM)
        assert sorted(session.execute(select(Posting.notice_id, Posting.village)).all()) == [(1, NEW), (2, NEW)]
