"""The reception on a real database: each event answered once, what was said kept, a refusal that binds."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.library import RoomLibrary
from bot.models import AnsweredEvent
from bot.reception import Reception
from channels.messages import Incoming, IncomingKind, Reply
from kernel.audit import SYSTEM
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from knowledge.answers import Library
from knowledge.models import Consultation, Entry, EntryState
from profiles import contacts
from profiles.answers import standing_answers
from profiles.consent import is_refused
from profiles.division_changes import import_changes
from profiles.models import Division, Household, Resident
from tests.notices.offices import put_up

YAOHE = "640425100200"
KEY = b"0123456789abcdef0123456789abcdef"
Open = Callable[[Database], Reception]


@pytest.fixture
def opened(keyring: Keyring, clock: SetClock, tmp_path: Path) -> Open:
    def open_reception(database: Database) -> Reception:
        return Reception(database, keyring, Library(database, tmp_path), clock, "http://zhida.test", KEY)

    return open_reception


def said(text: str, key: str, channel: str = "wechat", address: str = "o-wang") -> Incoming:
    return Incoming(channel, address, key, IncomingKind.TEXT, text)


def cases(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Consultation)) or 0


def village(database: Database) -> None:
    with database.writing() as session:
        for code, name, parent in (("640425", "彭阳县", None), ("640425100", "白阳镇", "640425"),
                                   (YAOHE, "姚河村委会", "640425100")):
            session.add(Division(code=code, name=name, parent=parent))
            session.flush()


def test_the_same_event_twice_gives_the_same_replies_and_one_consultation(
    both_databases: Database, opened: Open, clock: SetClock
) -> None:
    reception = opened(both_databases)
    reception.receive(said("人工", "1"), clock.now())
    first = reception.receive(said("路灯坏了", "2"), clock.now())
    assert reception.receive(said("路灯坏了", "2"), clock.now()) == first
    assert "已转给工作人员" in first[0].text
    assert cases(both_databases) == 1


def test_two_threads_with_one_event_answer_it_once(both_databases: Database, opened: Open, clock: SetClock) -> None:
    reception = opened(both_databases)
    reception.receive(said("人工", "1"), clock.now())

    def answer(_: int) -> list[Reply]:
        return reception.receive(said("路灯坏了", "2"), clock.now())

    with ThreadPoolExecutor(4) as pool:
        heard = list(pool.map(answer, range(4)))
    assert heard[0] != []
    assert all(one == heard[0] for one in heard)
    assert cases(both_databases) == 1


def test_a_talk_goes_on_after_a_restart(both_databases: Database, opened: Open, clock: SetClock) -> None:
    opened(both_databases).receive(said("人工", "1"), clock.now())
    heard = opened(both_databases).receive(said("路灯坏了", "2"), clock.now())
    assert "已转给工作人员" in heard[0].text


def test_an_event_that_failed_is_answered_when_it_comes_again(
    database: Database, keyring: Keyring, clock: SetClock, tmp_path: Path
) -> None:
    class Broken(Library):
        """Answers that cannot be read the first time."""

        fails = True

        def ask(self, *given: object) -> object:  # type: ignore[override]
            if Broken.fails:
                raise OSError("disk")
            return super().ask(*given)  # type: ignore[arg-type]

    reception = Reception(database, keyring, Broken(database, tmp_path), clock, "http://zhida.test", KEY)
    with pytest.raises(OSError, match="disk"):
        reception.receive(said("医保怎么交", "1"), clock.now())
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AnsweredEvent)) == 0
    Broken.fails = False
    assert reception.receive(said("医保怎么交", "1"), clock.now()) != []


@pytest.mark.parametrize("address", ["19906400101", "+8619906400101"])
def test_a_refusal_stops_a_later_push_until_it_is_taken_back(
    both_databases: Database, opened: Open, keyring: Keyring, clock: SetClock, address: str
) -> None:
    reception, index = opened(both_databases), keyring.index("19906400101", "phone")

    def barred() -> bool:
        with both_databases.reading() as session:
            return is_refused(session, index, "sms", "farming")

    assert not barred()
    reception.receive(said("退订", "1", "sms", address), clock.now())
    assert barred()
    reception.receive(said("恢复", "2", "sms", address), clock.now())
    assert not barred()


def family(database: Database, reference: str, clock: SetClock) -> int:
    with database.writing() as session:
        home = Household(reference=reference, division=YAOHE, updated_at=clock.now())
        session.add(home)
        session.flush()
        head = Resident(household_id=home.id, reference=f"{reference}-1", name=b"", name_index=b"", is_head=True,
                        updated_at=clock.now())
        session.add(head)
        session.flush()
        return head.id


def test_only_a_bound_openid_of_one_household_hears_about_it(
    database: Database, keyring: Keyring, clock: SetClock, tmp_path: Path
) -> None:
    village(database)
    wang, li = family(database, "王家", clock), family(database, "李家", clock)
    library = RoomLibrary(database, keyring, Library(database, tmp_path), clock, "http://zhida.test", KEY)
    assert library.claims(said("我能办什么", "1"), {}, ()) is None
    with database.writing() as session:
        contacts.bind(session, keyring, wang, "wechat", "o-wang", clock.now())
        contacts.bind(session, keyring, wang, "sms", "19906400101", clock.now())
    assert library.claims(said("我能办什么", "2"), {}, ()) is not None
    assert library.claims(said("我能办什么", "3", "sms", "19906400101"), {}, ()) is None
    with database.writing() as session:
        contacts.bind(session, keyring, li, "wechat", "o-wang", clock.now()).shared = True
    assert library.claims(said("我能办什么", "4"), {}, ()) is None


def test_a_bound_household_answers_the_missing_question_and_the_register_stays(
    both_databases: Database, keyring: Keyring, opened: Open, clock: SetClock
) -> None:
    village(both_databases)
    wang = family(both_databases, "王家", clock)
    with both_databases.writing() as session:
        contacts.bind(session, keyring, wang, "wechat", "o-wang", clock.now())
        put_up(session, clock.now(), condition={"fact": "household.land", "at_least": 5})
    reception = opened(both_databases)
    asked = reception.receive(said("我能办什么", "1"), clock.now())[0].text
    assert "请问您家承包地一共有多少亩？" in asked
    answered = reception.receive(said("六亩半", "2"), clock.now())[0]
    assert answered.text.startswith("记下了：6.5亩，村里会核对。按您自己说的情况，可以申请；村里核对后，以彭阳县农业农村局审核结果为准。")
    assert answered.choices == ("关于2026年玉米良种补贴申报的通知",)
    later = reception.receive(said("我能办什么", "3"), clock.now())[0]
    assert later.text.startswith("按您自己说的情况，可以申请")
    with both_databases.reading() as session:
        home = session.scalars(select(Household)).one()
        (kept,) = standing_answers(session, keyring, home.id)
    assert home.land is None
    assert (kept.fact, kept.value, kept.resident_id) == ("household.land", 6.5, wang)


def test_a_place_is_known_by_its_present_code_and_what_was_written_for_the_former_one_answers(
        both_databases: Database, keyring: Keyring, clock: SetClock, tmp_path: Path) -> None:
    village(both_databases)
    now, new = clock.now(), "640425100209"
    with both_databases.writing() as session:
        session.add(Entry(id="own", question="垃圾车几点来", answer="每天早上七点。", short="", office="村委会", phone="", divisions=[YAOHE],
                          source="", state=EntryState.REVIEWED, updated_at=now))
    import_changes(both_databases, f"old,new,date,name\n{YAOHE},{new},,姚河村委会\n".encode(), now, SYSTEM)
    library = RoomLibrary(both_databases, keyring, Library(both_databases, tmp_path), clock, "http://zhida.test", KEY)
    assert list(library.places_named("姚河村")) == [new]
    for place in (new, YAOHE):
        assert [one.id for one in library.ask("垃圾车几点来", place).answers] == ["own"]
    assert library.ask("垃圾车几点来", "640425100777").answers == ()


def test_the_same_words_are_handed_on_once_while_they_wait_and_no_more_in_a_day_than_a_desk_can_read(
    both_databases: Database, opened: Open, clock: SetClock
) -> None:
    village(both_databases)
    reception = opened(both_databases)

    def hand_over(text: str, key: str, address: str = "o-wang", *, hands_over: bool = True) -> str:
        reception.receive(said(text, f"{key}q", address=address), clock.now())
        return reception.receive(said("人工", f"{key}h", address=address), clock.now(), hands_over=hands_over)[0].text

    first = hand_over("火星上能种玉米吗", "a")
    again = hand_over("火星上能种玉米吗", "b")
    assert again.startswith("这件事已经转了，编号 ")
    assert again.split("编号 ")[1][:6] in first
    for number in range(9):
        assert "已转给工作人员" in hand_over(f"火星上第 {number} 条路谁修", f"c{number}")
    assert hand_over("火星上的灯坏了", "d").startswith("今天已经替您转了 10 件")
    assert cases(both_databases) == 10
    assert "已转给工作人员" in hand_over("火星上的灯坏了", "e", "o-li"), "others are not held back"
    assert hand_over("火星上的桥坏了", "f", "o-chen", hands_over=False).startswith("从这里转给工作人员的问题太多了")
    assert cases(both_databases) == 11


def test_of_two_villages_with_one_name_it_is_asked_once_which_and_the_question_goes_there(
    both_databases: Database, opened: Open, clock: SetClock
) -> None:
    village(both_databases)
    with both_databases.writing() as session:
        session.add(Division(code="640425200", name="新集乡", parent="640425"))
        session.flush()
        session.add(Division(code="640425200215", name="姚河村委会", parent="640425200"))
        session.add(Division(code="640425200216", name="下马洼村委会", parent="640425200"))
    reception = opened(both_databases)

    def hand_over(text: str, key: str, address: str) -> list[Reply]:
        reception.receive(said(text, f"{key}q", address=address), clock.now())
        return reception.receive(said("人工", f"{key}h", address=address), clock.now())

    def places() -> list[str]:
        with both_databases.reading() as session:
            return list(session.scalars(select(Consultation.division).order_by(Consultation.id)))

    assert len(hand_over("下马洼村火星路的灯坏了", "a", "o-li")) == 1
    asked = hand_over("姚河村火星路的灯坏了", "b", "o-wang")[-1]
    assert asked.choices == ("白阳镇 姚河村", "新集乡 姚河村")
    assert places() == ["640425200216", ""]
    told = reception.receive(said("新集乡", "c"), clock.now())[0].text
    assert told.startswith("好的，记下了：新集乡 姚河村。")
    assert places() == ["640425200216", "640425200215"]
    assert len(hand_over("姚河村火星路又黑了", "d", "o-wang")) == 1, "the place is known now"
    assert places()[-1] == "640425200215"


def test_the_telephone_of_an_office_is_the_one_its_standing_answers_give_most_often(
        both_databases: Database, keyring: Keyring, clock: SetClock, tmp_path: Path) -> None:
    now, day = clock.now(), clock.now().date()
    rows = (("a", "县民政局", "0954-7000106", None, EntryState.REVIEWED), ("b", "县民政局", "0954-7000106", None, EntryState.REVIEWED),
            ("c", "县民政局", "0954-7000129", None, EntryState.REVIEWED), ("d", "县民政局", "0954-7000111", day - timedelta(days=1), EntryState.REVIEWED),
            ("e", "县人力资源和社会保障局", "0954-7000104", None, EntryState.REVIEWED), ("f", "县卫生健康局", "0954-7000116", None, EntryState.DRAFT))
    with both_databases.writing() as session:
        session.add_all(Entry(id=key, question=key, answer=key, short="", office=office, phone=phone, divisions=[], source="", state=state,
                              valid_until=until, updated_at=now) for key, office, phone, until, state in rows)
    library = RoomLibrary(both_databases, keyring, Library(both_databases, tmp_path), clock, "http://zhida.test", KEY)
    assert list(library.telephones("民政局")) == [("县民政局", "0954-7000106"), ("县民政局", "0954-7000129")]
    assert list(library.telephones("人社局")) == [("县人力资源和社会保障局", "0954-7000104")]
    assert list(library.telephones("卫健局")) == []
