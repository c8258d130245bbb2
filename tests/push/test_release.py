"""What must hold at the moment of release, and what the sender's decisions set going."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from channels.messages import Purpose
from channels.registry import Channels, open_channels
from channels.simulators.identity import demo_config
from kernel.audit import AuditEntry
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from notices import lifecycle
from notices.models import Revision
from profiles.models import Household
from push import dispatches, ordering
from push.dispatches import Planned, Seen
from push.failures import Refused
from push.models import Delivery, Dispatch
from push.postings import Posting
from push.settings import PushSettings
from push.visits import Visit
from tests.notices import offices
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone


@pytest.fixture
def families(county: County, clock: SetClock) -> County:
    """王家 and 李家 grow corn, nobody knows of 陈家; an approved notice is for who grows it."""
    for number, name in enumerate(("王家", "李家"), 1):
        county.household_with_phone(name, phone(number))
    county.household_with_phone("陈家", phone(3), corn=None)
    approve_notice(county.session, clock.now())
    county.session.commit()
    return county


def send(database: Database, channels: Channels, clock: SetClock, **more: Any) -> Planned:
    given: dict[str, Any] = {"reference": REFERENCE, "actor": SENDER, "settings": PushSettings(), **more}
    return dispatches.send(database, channels, now=clock.now(), **given)


def dispatched(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Dispatch)) or 0


def test_a_home_visit_decided_on_stands_on_the_list_of_the_village(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    planned = send(both_databases, channels, clock, possibly="visit")
    assert (planned.undecided, planned.visits, planned.postings) == (1, 1, 0)
    with both_databases.reading() as session:
        seen = session.execute(select(Household.reference, Visit.why, Visit.dispatch_id)
                               .join(Household, Household.id == Visit.household_id)).one()
    assert tuple(seen) == ("陈家", "possibly", planned.dispatch)


def test_a_village_decided_on_is_asked_to_post_the_neutral_sheet(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    planned = send(both_databases, channels, clock, possibly="village")
    assert (planned.visits, planned.postings) == (0, 1)
    with both_databases.reading() as session:
        posting = session.scalars(select(Posting)).one()
    assert (posting.village, posting.why, posting.dispatch_id) == (offices.VILLAGE, "village", planned.dispatch)
    assert posting.take_down_at is not None


def test_what_waits_for_its_hour_asks_nobody_to_visit_before(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    planned = send(both_databases, channels, clock, possibly="visit", at=clock.now() + timedelta(hours=3))
    assert (planned.undecided, planned.visits) == (1, 0)
    with both_databases.reading() as session:
        assert session.scalars(select(Visit)).all() == []


def test_a_village_posts_nothing_that_no_reviewer_saw(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    for revision in families.session.scalars(select(Revision)):
        revision.surfaces = {name: made for name, made in revision.surfaces.items() if name != "neutral"}
    families.session.commit()
    with pytest.raises(Refused, match="重新送审"):
        send(both_databases, channels, clock, possibly="village")


def test_leaving_them_needs_a_reason_and_saying_nothing_is_on_record(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    with pytest.raises(Refused, match="写明原因"):
        send(both_databases, channels, clock, possibly="leave")
    planned = send(both_databases, channels, clock)
    assert (planned.planned, planned.visits, planned.postings) == (2, 0, 0)
    with both_databases.reading() as session:
        dispatch = session.get_one(Dispatch, planned.dispatch)
        assert (dispatch.possibly, dispatch.possibly_reason) == ("leave", "发送时没有说怎么办")


def test_no_reason_is_asked_for_where_everything_is_known(
        both_databases: Database, county: County, channels: Channels, clock: SetClock) -> None:
    county.household_with_phone("王家", phone(1))
    approve_notice(county.session, clock.now())
    county.session.commit()
    assert send(both_databases, channels, clock, possibly="leave").planned == 1


def test_a_notice_for_the_boards_is_on_every_board_of_its_places_at_release(
        both_databases: Database, county: County, channels: Channels, clock: SetClock) -> None:
    county.household_with_phone("王家", phone(1))
    approve_notice(county.session, clock.now(), channels=["sms", "board"])
    county.session.commit()
    assert send(both_databases, channels, clock).postings == 1
    with both_databases.reading() as session:
        assert session.scalars(select(Posting.why)).one() == "channel"


def test_a_notice_for_the_boards_alone_sends_no_message(
        both_databases: Database, county: County, channels: Channels, clock: SetClock) -> None:
    county.household_with_phone("王家", phone(1))
    approve_notice(county.session, clock.now(), channels=["board"], condition=None)
    county.session.commit()
    planned = send(both_databases, channels, clock)
    assert (planned.planned, planned.postings) == (0, 1)
    with both_databases.reading() as session:
        assert session.scalars(select(Delivery)).all() == []
        assert session.get_one(Dispatch, planned.dispatch).state == "finished"


def test_a_cost_above_the_ceiling_is_refused_with_figure_ceiling_and_cure(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    settings = PushSettings(cost_ceiling=0.1)
    with pytest.raises(Refused, match=r"约 0\.18 元，超过费用上限 0\.1 元.*--ceiling"):
        send(both_databases, channels, clock, settings=settings)
    assert dispatched(both_databases) == 0
    with pytest.raises(Refused, match="写明原因"):
        send(both_databases, channels, clock, settings=settings, ceiling=1.0)
    with pytest.raises(Refused, match=r"超过费用上限 0\.15 元"):
        send(both_databases, channels, clock, settings=settings, ceiling=0.15, ceiling_reason="领导同意")
    planned = send(both_databases, channels, clock, settings=settings, ceiling=1.0, ceiling_reason="全县大会要求")
    assert planned.cost == 0.18
    with both_databases.reading() as session:
        dispatch = session.get_one(Dispatch, planned.dispatch)
        told = session.scalars(select(AuditEntry.details).where(AuditEntry.act == "push.send")).one()
    assert (dispatch.cost, dispatch.cost_ceiling, dispatch.ceiling_reason) == (18, 100, "全县大会要求")
    assert (told["cost"], told["ceiling"], told["ceiling_reason"]) == (0.18, 1.0, "全县大会要求")


def test_an_emergency_knows_no_ceiling(
        both_databases: Database, county: County, channels: Channels, clock: SetClock) -> None:
    county.household_with_phone("王家", phone(1))
    approve_notice(county.session, clock.now(), kind="emergency", condition=None)
    county.session.commit()
    assert send(both_databases, channels, clock, settings=PushSettings(cost_ceiling=0.01)).planned == 1


def test_what_was_edited_between_looking_and_sending_stays(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    with pytest.raises(Refused, match="信息有改动"):
        send(both_databases, channels, clock, seen=Seen("0" * 64, 2))
    assert dispatched(both_databases) == 0


def test_a_register_that_grew_under_the_senders_eyes_is_shown_again(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    digest = families.session.scalars(select(Revision.digest)).one()
    families.session.commit()
    for number in range(20):
        families.household_with_phone(f"新{number}家", phone(100 + number))
    families.session.commit()
    with pytest.raises(Refused, match="您看的时候是 2 条，现在是 22 条"):
        send(both_databases, channels, clock, seen=Seen(digest, 2))
    assert send(both_databases, channels, clock, seen=Seen(digest, 20)).planned == 22


def test_a_condition_widened_after_the_approval_is_refused(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    for revision in families.session.scalars(select(Revision)):
        revision.content = {**revision.content, "condition": None}
    families.session.commit()
    with pytest.raises(Refused, match="重新送审"):
        send(both_databases, channels, clock)


def test_a_hash_rewritten_together_with_the_words_is_not_what_the_signer_approved(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    from notices.digests import digest

    for revision in families.session.scalars(select(Revision)):
        revision.content = {**revision.content, "divisions": ["64"]}
        revision.digest = digest(revision.content, revision.surfaces)
    families.session.commit()
    with pytest.raises(Refused, match="重新送审"):
        send(both_databases, channels, clock, actor=replace(SENDER, jurisdiction=""))


def test_another_wording_of_the_template_after_the_approval_is_refused(
        both_databases: Database, families: County, keyring: Keyring, clock: SetClock) -> None:
    other = {"SMS_TEMPLATE_NOTICE_TEXT": "{title}，时间{deadline}，到{where}，电话{phone}。"}
    changed = open_channels(demo_config("http://127.0.0.1:9", other), both_databases, keyring, clock)
    assert changed.sms_register is not None
    assert changed.sms_register.templates[Purpose.NOTICE].text.startswith("{title}，时间")
    with pytest.raises(Refused, match="不一致"):
        send(both_databases, changed, clock)


def test_what_is_withdrawn_while_it_is_being_sent_does_not_leave(
        both_databases: Database, families: County, channels: Channels, clock: SetClock,
        monkeypatch: pytest.MonkeyPatch) -> None:
    lifecycle.publish(families.session, REFERENCE, offices.EDITOR, clock.now())
    families.session.commit()
    look = ordering.release_moment

    def withdrawn_meanwhile(*given: Any, **more: Any) -> Any:
        lifecycle.withdraw(families.session, REFERENCE, offices.EDITOR, clock.now(), reason="写错了")
        families.session.commit()
        return look(*given, **more)

    # The only moment between the look and the lock.
    monkeypatch.setattr(ordering, "release_moment", withdrawn_meanwhile)
    with pytest.raises(Refused, match="撤下"):
        send(both_databases, channels, clock)
    assert dispatched(both_databases) == 0


def test_of_two_who_send_at_the_same_moment_one_sends(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    families.session.commit()
    start = threading.Barrier(4)
    told: list[int | str] = []

    def work() -> None:
        start.wait()
        try:
            told.append(send(both_databases, channels, clock).dispatch)
        except Refused as refusal:
            told.append(refusal.words)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent = [one for one in told if isinstance(one, int)]
    assert len(sent) == 1, told
    assert all(f"推送任务 {sent[0]}" in one for one in told if isinstance(one, str))
    with both_databases.reading() as session:
        assert session.scalar(select(func.count()).select_from(Delivery).where(Delivery.state == "planned")) == 2


def test_an_hour_within_the_past_five_minutes_is_now(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    planned = send(both_databases, channels, clock, at=clock.now() - timedelta(minutes=2))
    with both_databases.reading() as session:
        assert session.get_one(Dispatch, planned.dispatch).release_at == clock.now()
