"""A public notice to everybody who follows: only what is public and approved, taken once, settled by the platform's word."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from channels.failures import OutcomeKind
from channels.messages import Content, Incoming, IncomingKind, JobFinished, Message, Purpose
from channels.simulators.running import Running, start_simulators
from kernel.audit import Actor
from notices import drafts, lifecycle
from push import broadcasts
from push.broadcast_models import Broadcast, BroadcastPost, BroadcastState
from push.broadcast_posts import Posts
from push.broadcasts import Release, Released
from push.failures import Refused
from tests.web.staff.office import CHAIN, COUNTY, DATA, EDITOR, NOW, Office
from web import noting
from web.app import create_app
from web.house import House

SENDER = Actor("赵推送", frozenset({"sender"}), COUNTY)
MEDICAL, STOVES, OPINION, FUNDS, SHEET = "PY-2026-005", "PY-2026-012", "PY-2026-014", "PY-2026-009", "PY-2026-013"


@pytest.fixture
def vendors(desk: Office) -> Iterator[Running]:
    with start_simulators(clock=desk.house.clock, changes={"TELEGRAM_TOKEN": "1:simulated", "TELEGRAM_PER_SECOND": "1000"}) as running:
        yield running


@pytest.fixture
def office(desk: Office, vendors: Running) -> Office:
    house = replace(desk.house, settings=replace(desk.house.settings, channels=vendors.config))
    app = create_app(house)
    app.config["TESTING"] = True
    return Office(house, app)


def prepared(house: House, reference: str, actor: Actor = SENDER, channel: str = "wechat") -> Release:
    return broadcasts.prepare(
        house.database, reference=reference, channel=channel, county=COUNTY, actor=actor, now=house.clock.now(),
        public_url="https://zd.example.gov.cn", account=house.channels.wechat if channel == "wechat" else None)


def called(house: House, release: Release) -> Released:
    async def go() -> Released:
        async with house.network.open(2) as client:
            assert house.channels.wechat is not None
            return broadcasts.settle(house.database, release, await broadcasts.call(client, house.channels.wechat, release),
                                     house.clock.now())

    return asyncio.run(go())


def test_a_public_notice_goes_to_every_follower_and_its_end_is_told(office: Office, vendors: Running) -> None:
    release = prepared(office.house, MEDICAL)
    done = called(office.house, release)
    assert done.state is BroadcastState.TAKEN
    (taken,) = vendors.ledger.calls
    assert taken.blanks[0]["text"].endswith("\nhttps://zd.example.gov.cn/notices/PY-2026-005")
    office.house.channels.receivers["wechat"]
    letter = vendors.simulators.phones._letters.broadcast_finished(int(taken.reference), "send success", 1200, 4, NOW)
    answer = office.app.test_client().post(f"/hooks/{letter.hook}", data=letter.body, content_type="text/xml")
    assert answer.data == b"success"
    with office.database.reading() as session:
        (row,) = broadcasts.listed(session)
    assert (row.state, row.total, row.sent, row.failed) == ("finished", 1200, 1196, 4)
    assert "赵推送" in office.clerk("石管理").page("/staff/system/trail?words=PY-2026-005")


def test_an_answer_that_was_lost_is_asked_for_under_the_same_reference(office: Office, vendors: Running) -> None:
    vendors.faults.add("lose_answer", vendor="wechat", times=1)
    done = called(office.house, prepared(office.house, MEDICAL))
    assert done.state is BroadcastState.UNKNOWN
    with pytest.raises(Refused, match="已经群发过"):
        prepared(office.house, MEDICAL)
    release = broadcasts.again(office.database, done.number, SENDER, office.house.clock.now())
    assert called(office.house, release).state is BroadcastState.TAKEN
    assert len(vendors.ledger.calls) == 1
    with pytest.raises(Refused, match="不用核实"):
        broadcasts.again(office.database, done.number, SENDER, office.house.clock.now())


def test_a_fifth_in_a_month_is_refused_before_it_is_asked_for(office: Office, vendors: Running) -> None:
    for reference in (MEDICAL, STOVES, OPINION, FUNDS):
        assert called(office.house, prepared(office.house, reference)).state is BroadcastState.TAKEN
    with pytest.raises(Refused, match="已经群发 4 次"):
        prepared(office.house, SHEET)


@pytest.mark.parametrize(("reference", "actor", "words"), [
    ("PY-2026-001", SENDER, "有推送范围"),
    ("PY-2026-007", SENDER, "不是发给全县的"),
    ("PY-2026-018", SENDER, "草稿"),
    ("PY-2026-002", SENDER, "还没有在网站发布"),
    ("NONE", SENDER, "没有编号"),
    (MEDICAL, EDITOR, "没有推送的权限"),
    (MEDICAL, Actor("别乡推送", frozenset({"sender"}), "640425101"), "超出"),
])
def test_what_is_not_for_everybody_is_refused(office: Office, reference: str, actor: Actor, words: str) -> None:
    with pytest.raises(Refused, match=words):
        prepared(office.house, reference, actor)
    with office.database.reading() as session:
        assert not broadcasts.listed(session)


def test_the_end_may_be_told_before_the_answer_and_twice(office: Office) -> None:
    release = prepared(office.house, MEDICAL)
    job = JobFinished("wechat", "5001", True, total=3, sent=3)
    assert broadcasts.finish(office.database, [job], NOW) == 0
    done = called(office.house, release)
    with office.database.reading() as session:
        reference = session.get_one(Broadcast, done.number).vendor_reference or ""
    mine = replace(job, vendor_reference=reference)
    assert [broadcasts.finish(office.database, [mine], NOW) for _ in range(2)] == [1, 0]


# --- At the console -----------------------------------------------------------------------------------------------


def digest(page: str) -> str:
    return page.split('name="digest" value="')[1].split('"')[0]


def test_a_sender_tells_everybody_after_one_question_and_a_second_click_tells_nobody(office: Office, vendors: Running) -> None:
    clerk, place = office.clerk("赵推送"), f"/staff/push/broadcasts/of/{MEDICAL}"
    listed = clerk.get("/staff/push/broadcasts").text
    assert f'href="{place}"' in listed
    assert 'broadcasts/of/PY-2026-001"' not in listed
    asked = clerk.get(place).text
    assert "这个月的第 1 次" in asked
    assert not vendors.ledger.calls
    for _ in range(2):
        answer = clerk.send(place, {"digest": digest(asked)}, form_at=place if not vendors.ledger.calls else "/staff/push/of/PY-2026-001")
        assert answer.location == "/staff/push/broadcasts"
    assert len(vendors.ledger.calls) == 1
    page = clerk.page("/staff/push/broadcasts")
    assert "已经群发过（群发 1）" in page
    assert "还能群发 3 次" in page


def test_an_answer_that_was_lost_is_asked_for_by_a_button(office: Office, vendors: Running) -> None:
    vendors.faults.add("lose_answer", vendor="wechat", times=1)
    clerk, place = office.clerk("赵推送"), f"/staff/push/broadcasts/of/{MEDICAL}"
    clerk.send(place, {"digest": digest(clerk.get(place).text)})
    assert "平台没有答复，不知道发出去没有" in clerk.page("/staff/push/broadcasts")
    clerk.send("/staff/push/broadcasts/1/ask", {}, form_at="/staff/push/broadcasts")
    assert "已交给微信" in clerk.page("/staff/push/broadcasts")
    assert len(vendors.ledger.calls) == 1


def test_words_that_changed_since_they_were_shown_are_told_to_nobody(office: Office, vendors: Running) -> None:
    clerk, place = office.clerk("赵推送"), f"/staff/push/broadcasts/of/{MEDICAL}"
    answer = clerk.send(place, {"digest": "old"})
    assert (answer.status_code, vendors.ledger.calls) == (400, [])
    assert "请重新看一遍再发" in answer.text


def test_an_editor_looks_at_broadcasts_and_releases_none(office: Office) -> None:
    clerk = office.clerk("马编辑")
    assert "/broadcasts/of/" not in clerk.get("/staff/push/broadcasts").text
    assert clerk.get(f"/staff/push/broadcasts/of/{MEDICAL}").status_code == 403


def test_what_was_withdrawn_is_not_asked_for_again_nor_by_a_stranger(office: Office, vendors: Running) -> None:
    vendors.faults.add("lose_answer", vendor="wechat", times=1)
    done = called(office.house, prepared(office.house, MEDICAL))
    with pytest.raises(Refused, match="没有推送的权限"):
        broadcasts.again(office.database, done.number, EDITOR, NOW)
    with office.database.writing() as session:
        lifecycle.withdraw(session, MEDICAL, EDITOR, NOW, "写错了")
    with pytest.raises(Refused, match="已撤下或改动"):
        broadcasts.again(office.database, done.number, SENDER, NOW)


# --- Telegram: chat by chat ---------------------------------------------------------------------------------------


@pytest.fixture
def public(office: Office) -> Office:
    """A county-wide notice whose text for Telegram was approved too."""
    line = next(row for row in (DATA / "notices.jsonl").read_text("utf-8").splitlines() if json.loads(row)["reference"] == MEDICAL)
    writing = json.dumps({**json.loads(line), "reference": "PY-T-1", "channels": ["wechat", "telegram"]}, ensure_ascii=False)
    drafts.import_notices(office.database, writing.encode(), NOW, EDITOR, forms=office.house.forms)
    with office.database.writing() as session:
        lifecycle.submit(session, "PY-T-1", EDITOR, NOW, forms=office.house.forms)
        for reviewer in CHAIN:
            lifecycle.approve(session, "PY-T-1", reviewer, NOW)
        lifecycle.publish(session, "PY-T-1", EDITOR, NOW)
    return office


def says(office: Office, chat: int, text: str) -> list[str]:
    incoming = Incoming("telegram", str(chat), f"telegram:{chat}{text}", IncomingKind.TEXT, text)
    return [reply.text for reply in noting.hear(office.house, incoming, office.house.clock.now())]


def posted(office: Office, release: Release) -> Released:
    async def go() -> Released:
        async with office.house.network.open(2) as client:
            posts = Posts(office.database, office.house.keyring, office.house.clock, release)
            return await posts.send(client, office.house.channels.talkers["telegram"], 1000)

    return asyncio.run(go())


def test_who_asked_gets_the_public_words_and_who_stopped_or_left_does_not(public: Office, vendors: Running) -> None:
    for chat in (701, 702, 703):
        assert "已订阅" in says(public, chat, "订阅")[0]
    assert "已退订" in says(public, 702, "退订")[0]
    vendors.simulators.telegram.blocked.add(703)
    done = posted(public, prepared(public.house, "PY-T-1", channel="telegram"))
    assert (done.state, done.sent, done.failed) == (BroadcastState.FINISHED, 1, 1)
    assert vendors.ledger.addresses("telegram") == {"701": 1}
    assert public.house.channels.subscribers is not None
    assert public.house.channels.subscribers.count() == 1


def test_a_pause_is_kept_and_what_is_unknown_is_not_sent_again(public: Office, vendors: Running) -> None:
    for chat in (701, 702):
        says(public, chat, "订阅")
    vendors.faults.add("lose_answer", vendor="telegram", times=1)
    done = posted(public, prepared(public.house, "PY-T-1", channel="telegram"))
    assert (done.sent, done.words) == (1, "1 人不知是否收到，没有重发")
    assert set(vendors.ledger.addresses("telegram").values()) == {1}
    with public.database.reading() as session:
        assert sorted(row.state for row in session.query(BroadcastPost)) == ["sent", "unknown"]


def test_a_notice_whose_telegram_text_nobody_approved_is_refused(office: Office) -> None:
    with pytest.raises(Refused, match="没有审过这个版式"):
        prepared(office.house, MEDICAL, channel="telegram")


def test_a_429_of_one_process_keeps_every_other_quiet(public: Office, vendors: Running) -> None:
    from channels.registry import open_channels

    vendors.faults.add("errcode", "429", vendor="telegram", times=1)
    houses = [open_channels(vendors.config, public.database, public.house.keyring, public.house.clock) for _ in range(2)]
    message = Message(1, "701", Content(Purpose.NOTICE, "全县停水"))

    async def say(number: int) -> tuple[OutcomeKind, float]:
        async with public.house.network.open(1) as client:
            outcome = await houses[number].talkers["telegram"].say(client, message)
        return outcome.kind, outcome.wait.total_seconds()

    assert asyncio.run(say(0)) == (OutcomeKind.THROTTLED, 7.0)
    before = vendors.ledger.requests["telegram"]
    assert asyncio.run(say(1)) == (OutcomeKind.THROTTLED, 7.0)
    assert vendors.ledger.requests["telegram"] == before
