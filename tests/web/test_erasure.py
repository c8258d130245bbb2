"""One resident's data: a copy in plain words, and an erasure that forgets nothing and says what the law keeps."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import click
import pytest
from flask import Flask
from sqlalchemy import func, select

from channels.messages import Incoming, IncomingKind
from channels.simulators.identity import demo_config
from kernel.audit import SYSTEM, AuditEntry
from knowledge import consultations
from knowledge.models import Consultation
from profiles import consent, contacts, data_requests
from profiles.access import AccessEntry, Look
from profiles.data_requests import DataRequest, RequestKind, RequestState
from profiles.divisions import import_divisions
from profiles.intake.households import import_households
from profiles.models import Contact, Household, Refusal, Resident
from profiles.portraits.models import PlainOrder, PortraitSignal
from push.models import Delivery, Dispatch
from push.states import DeliveryState, DispatchState
from tests import houses
from web.commands import residents
from web.demo.identities import id_number
from web.holdings import erase, export
from web.house import House

ROOT = Path(__file__).resolve().parents[2]
VILLAGE = "640425100200"
WANG, MA, LI = (id_number(date(year, 3, 4), serial) for year, serial in ((1960, 11), (1962, 22), (1955, 33)))
TABLE = f"""户编号,村代码,户主姓名,姓名,与户主关系,证件号码,联系电话,户类型,作物
WANG,{VILLAGE},王大山,王大山,户主,{WANG},19964010001,脱贫户,玉米:5
WANG,{VILLAGE},王大山,马秀莲,配偶,{MA},19964010001,脱贫户,玉米:5
LI,{VILLAGE},李国成,李国成,户主,{LI},19964010002,一般农户,无
"""
OPENID = "o-li-guocheng-1"


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """王家, a couple with one telephone, and 李家, a man alone who did everything one can do."""
    url = houses.sqlite_url(tmp_path) if request.param == "sqlite" else request.getfixturevalue("postgres_ready_url")
    made = houses.build(url, demo_config("http://127.0.0.1:9"), data_key=base64.b64encode(b"k" * 32).decode(),
                        secret_key="s" * 32)
    now = made.clock.now()
    import_divisions(made.database, (ROOT / "web/demo/data/divisions-pengyang.csv").read_bytes(), now, SYSTEM)
    report = import_households(made.database, made.keyring, TABLE.encode(), "农户.csv", now=now, actor=SYSTEM)
    assert report.rejections == ()
    with made.database.writing() as session:
        li = session.scalars(select(Resident).join(Household).where(Household.reference == "LI")).one()
        contacts.bind(session, made.keyring, li.id, "wechat", OPENID, now)
        phone = session.scalars(select(Contact).where(Contact.resident_id == li.id, Contact.channel == "sms")).one()
        session.add(Dispatch(id=1, notice_id=1, notice_reference="N1", title="玉米收储补贴", digest="", purpose="notice",
                             state=DispatchState.RUNNING, content={}, channels=["sms"], divisions=[], sent_by="推送",
                             created_at=now, release_at=now))
        session.flush()
        for number, state in ((1, DeliveryState.DELIVERED), (2, DeliveryState.PLANNED)):
            session.add(Delivery(id=number, dispatch_id=1, household_id=li.household_id, resident_id=li.id, contact_id=phone.id,
                                 channel="sms", address_index=phone.address_index, state=state))
        session.add(PortraitSignal(resident_id=li.id, notice_id=1, topic="养老", kind="opened", channel="wechat", hour=9, at=now))
        session.add(PlainOrder(resident_id=li.id, at=now))
    for place, words in enumerate(("我叫李国成，电话19964010002，地被水淹了怎么办", "人工", "我叫李国成，电话19964010002，地被水淹了怎么办", "退订")):
        made.reception.receive(Incoming(channel="wechat", address=OPENID, key=f"m{place}", kind=IncomingKind.TEXT, text=words,
                                        at=now), now)
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def group() -> click.Group:
    """The commands, made once as in a process."""
    return residents.commands()[0]


def reference(house: House, home: str) -> str:
    with house.database.reading() as session:
        return session.scalars(select(Resident.reference).join(Household).where(
            Household.reference == home, Resident.is_head)).one()


def test_a_copy_holds_everything_in_the_persons_own_words(house: House) -> None:
    told = export(house, reference(house, "LI"), SYSTEM, "本人申请")
    assert told is not None
    content = told["内容"]
    assert isinstance(content, dict)
    assert content["名册上的您"][0]["姓名"] == "李国成"
    assert content["名册上的您"][0]["证件号码"] == LI
    assert {one["号码"] for one in content["联系方式"]} == {"19964010002", OPENID}
    assert "地被水淹了" in content["留言"][0]["内容"]
    assert {one["标题"] for one in content["发给您的消息"]} == {"玉米收储补贴"}
    assert content["发给您的消息"][0]["结果"] == "已送达"
    assert content["个性化推荐：打开过的信息"][0]["主题"] == "养老"
    assert content["接收意愿"][0]["怎么说的"] == "wechat"
    assert content["您家的登记"][0]["户编号"] == "LI"
    assert json.dumps(told, ensure_ascii=False)
    with house.database.reading() as session:
        look = session.scalars(select(AccessEntry)).one()
        assert (look.look, look.subject, look.reason) == (Look.EXPORTED, reference(house, "LI"), "本人申请")


def test_what_is_still_to_be_said_to_an_erased_person_is_not_said_any_more(house: House) -> None:
    now, li = house.clock.now(), reference(house, "LI")
    put_off, worked_out, familys = (Incoming(channel=channel, address=address, key=key, kind=IncomingKind.TEXT, text="李国成家的补贴到了没有", at=now)
                                    for channel, address, key in (("wechat", OPENID, "l1"), ("sms", "19964010002", "l2"), ("sms", "19964010001", "l3")))
    for one in (put_off, familys):
        assert house.reception.put_off(one, now) is None
    assert house.reception.receive(worked_out, now, once=True)
    done = erase(house, li, SYSTEM, "本人申请", from_register=False, dry_run=False)
    assert done is not None
    assert [one.count for one in done.ended if one.kind == "还没说出的答复"] == [2]
    assert not house.reception.begin(worked_out), "whoever was about to say it does not"
    left = house.reception.overdue(now + timedelta(minutes=1))
    assert left is not None
    assert left.incoming.address == familys.address, "what was asked from a telephone that others have too may be theirs"
    assert house.reception.overdue(now + timedelta(minutes=1)) is None


def test_a_copy_leaves_out_what_came_from_a_telephone_others_have_too(house: House) -> None:
    now = house.clock.now()
    house.reception.receive(Incoming(channel="sms", address="19964010001", key="s1", kind=IncomingKind.TEXT, text="低保", at=now), now)
    told = export(house, reference(house, "WANG"), SYSTEM, "本人申请")
    assert told is not None
    content = told["内容"]
    assert isinstance(content, dict)
    assert content["联系方式"][0]["号码"] == "19964010001"
    assert "与机器人的对话" not in content
    assert "马秀莲" not in json.dumps(told, ensure_ascii=False)


def test_an_erasure_takes_what_may_go_and_says_what_stays(house: House) -> None:
    li = reference(house, "LI")
    tried = erase(house, li, SYSTEM, "本人申请", from_register=False, dry_run=True)
    with house.database.reading() as session:
        assert session.scalar(select(func.count()).where(Contact.channel == "wechat")) == 1
    done = erase(house, li, SYSTEM, "本人申请", from_register=False, dry_run=False)
    assert tried is not None
    assert done is not None
    assert tried.ended == done.ended
    assert {one.kind for one in done.kept} >= {"留言", "发给您的消息", "接收意愿", "名册上的您"}
    with house.database.reading() as session:
        person = session.scalars(select(Resident).where(Resident.reference == li)).one()
        assert person.erased_at is not None
        assert session.scalar(select(func.count()).where(Contact.resident_id == person.id)) == 0
        assert session.scalar(select(func.count(PortraitSignal.id))) == 0
        assert session.scalar(select(func.count()).select_from(PlainOrder)) == 1
        deliveries = session.scalars(select(Delivery).order_by(Delivery.id)).all()
        assert [one.state for one in deliveries] == [DeliveryState.DELIVERED, DeliveryState.SKIPPED]
        assert {(one.contact_id, one.resident_id, one.address_index) for one in deliveries} == {(None, None, None)}
        case = session.scalars(select(Consultation)).one()
        text = house.keyring.decrypt(case.text, "consultation")
        assert "李国成" not in text
        assert "19964010002" not in text
        assert "地被水淹了" in text
        assert case.address is None
        # What one did not want is still not sent, should the number come back with the next register.
        assert consent.is_refused(session, house.keyring.index(OPENID, "openid"), "wechat", "养老")
        assert session.scalars(select(Refusal)).one().address is None
        assert session.scalar(select(func.count()).where(AuditEntry.act == "删除个人信息")) == 1


def test_an_erasure_hides_name_and_number_in_what_the_staff_answered_too(house: House) -> None:
    """An answer stands in clear, and 李家 without 我叫 is a name all the same."""
    li, now = reference(house, "LI"), house.clock.now()
    house.reception.receive(Incoming(channel="wechat", address=OPENID, key="m9", kind=IncomingKind.TEXT, text="人工", at=now), now)
    house.reception.receive(Incoming(channel="wechat", address=OPENID, key="m10", kind=IncomingKind.TEXT, text="李国成家的路断了", at=now), now)
    with house.database.writing() as session:
        for case in session.scalars(select(Consultation)).all():
            case.first_answer = "李国成同志：正在核实。"
            consultations.answer(session, case.number, "李国成同志：已派人去，司机会打19964010002。", SYSTEM, now)
        person = session.scalars(select(Resident).where(Resident.reference == li)).one()
        asked = data_requests.ask(session, house.keyring, RequestKind.CORRECT, person.id, li, VILLAGE, "我家有6亩", now, 15)
        data_requests.settle(session, house.keyring, asked.number, RequestState.DONE, "李国成同志，已改。", SYSTEM, now)
    erase(house, li, SYSTEM, "本人申请", from_register=False, dry_run=False)
    with house.database.reading() as session:
        for case in session.scalars(select(Consultation)).all():
            assert (case.answer, case.first_answer) == ("李某某同志：已派人去，司机会打199****0002。", "李某某同志：正在核实。")
            assert "李国成" not in house.keyring.decrypt(case.text, "consultation")
        sealed = session.scalars(select(DataRequest.answer)).one()
        assert house.keyring.decrypt(sealed or b"", data_requests.PURPOSE) == "李某某同志，已改。"


def test_a_second_erasure_finds_nothing_more_to_take(house: House) -> None:
    li = reference(house, "LI")
    erase(house, li, SYSTEM, "本人申请", from_register=False, dry_run=False)
    again = erase(house, li, SYSTEM, "本人申请", from_register=False, dry_run=False)
    assert again is not None
    assert {one.fate for one in again.ended} == {"kept"}


def test_an_erasure_through_the_register_leaves_neither_person_nor_empty_household(house: House) -> None:
    erase(house, reference(house, "LI"), SYSTEM, "误登", from_register=True, dry_run=False)
    erase(house, reference(house, "WANG"), SYSTEM, "误登", from_register=True, dry_run=False)
    with house.database.reading() as session:
        homes = session.scalars(select(Household)).all()
        assert [one.reference for one in homes] == ["WANG"]
        assert homes[0].head_name is None
        left = session.scalars(select(Resident)).one()
        assert house.keyring.decrypt(left.name, "name") == "马秀莲"
        assert session.scalar(select(func.count()).where(Contact.resident_id == left.id)) == 1


def test_the_commands_say_the_same_and_keep_the_file_to_its_owner(
    house: House, tmp_path: Path, group: click.Group
) -> None:
    app = Flask("commands")
    app.extensions["zhida"] = house
    runner = app.test_cli_runner()
    out = tmp_path / "copy.json"
    li = reference(house, "LI")
    heard = runner.invoke(group, ["export", li, "--out", str(out), "--json"])
    assert heard.exit_code == 0, heard.exception
    told = json.loads(runner.invoke(group, ["export", li, "--out", str(out), "--json"]).stdout.splitlines()[-1])
    assert told["counts"]["联系方式"] == 2
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "李国成" in out.read_text("utf-8")
    dry = json.loads(runner.invoke(group, ["erase", li, "--reason", "本人申请", "--dry-run", "--json"]).stdout.splitlines()[-1])
    assert dry["deleted"]["联系方式"] == 2
    missing = runner.invoke(group, ["erase", "NOBODY", "--reason", "x", "--json"])
    assert missing.exit_code == 1
    assert "NOBODY" in missing.output
    home = runner.invoke(group, ["erase", "LI", "--reason", "x"])
    assert home.exit_code == 1
    assert li in home.output
    assert "李国成" not in home.output


def phones(house: House, home: str) -> int:
    with house.database.reading() as session:
        return session.scalar(select(func.count(Contact.id)).join(Resident, Resident.id == Contact.resident_id)
                              .join(Household).where(Household.reference == home, Contact.channel == "sms")) or 0


def again(house: House, table: str = TABLE) -> tuple[str, ...]:
    return import_households(house.database, house.keyring, table.encode(), "农户.csv", now=house.clock.now(), actor=SYSTEM).warnings


def test_a_later_table_does_not_bring_back_the_telephone_of_who_was_erased(house: House, group: click.Group) -> None:
    li = reference(house, "LI")
    erase(house, li, SYSTEM, "本人申请", from_register=False, dry_run=False)
    (told,) = [one for one in again(house) if "要求删除过" in one]
    assert told.startswith("第 4 行")
    assert f"residents readmit {li}" in told
    assert (phones(house, "LI"), phones(house, "WANG")) == (0, 2)
    app = Flask("commands")
    app.extensions["zhida"] = house
    asked = ["readmit", li, "--reason", "本人同意", "--json"]
    assert app.test_cli_runner().invoke(group, asked).exit_code == 0
    assert app.test_cli_runner().invoke(group, asked).exit_code == 1
    assert not [one for one in again(house) if "要求删除过" in one]
    assert phones(house, "LI") == 1


def test_who_was_erased_is_known_again_in_another_household_by_the_identity_number(house: House) -> None:
    erase(house, reference(house, "LI"), SYSTEM, "本人申请", from_register=False, dry_run=False)
    moved = f"户编号,村代码,姓名,证件号码,联系电话\nNEW,{VILLAGE},李国成,{LI},19964010002\n"
    assert any("要求删除过" in one for one in again(house, moved))
    assert phones(house, "NEW") == 0
    assert any("要求删除过" in one for one in again(house, moved))


def test_a_namesake_without_the_number_of_who_was_erased_keeps_the_telephone(house: House) -> None:
    erase(house, reference(house, "LI"), SYSTEM, "本人申请", from_register=False, dry_run=False)
    assert not any("要求删除过" in one for one in again(house, f"户编号,村代码,姓名,联系电话\nNEW,{VILLAGE},李国成,19964010009\n"))
    assert phones(house, "NEW") == 1
