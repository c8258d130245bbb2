"""What became different since the last approved version, in words a sender can read."""

from __future__ import annotations

from typing import Any

from channels.messages import Purpose
from kernel.clock import SetClock
from kernel.database import Database
from notices import drafts, lifecycle, reading
from notices.differences import Difference, Earlier, differences, since_approved
from notices.surfaces.forms import Forms
from profiles.divisions import Names
from profiles.facts import REGISTER
from tests.notices import offices
from tests.notices.offices import draft


def told(**changes: Any) -> tuple[Difference, ...]:
    return differences(draft().content(), draft(**changes).content(), lambda code: {"640425": "彭阳县"}.get(code, "白阳镇"), REGISTER)


def test_the_same_writing_differs_in_nothing() -> None:
    assert told() == ()


def test_the_audience_the_places_the_channels_and_the_days_are_told_in_words() -> None:
    found = {one.label: (one.before, one.after) for one in told(
        condition=None, divisions=["640425100"], channels=["sms"], deadline="2026-12-15", valid_until=None)}
    assert found == {
        "推送范围": ("种玉米不少于 3 亩的农户", "全部农户"), "适用区划": ("彭阳县", "白阳镇"), "渠道": ("微信、短信", "短信"),
        "办理截止日期": ("2026-12-31", "2026-12-15"), "有效期至": ("2027-04-30", "（空）")}


def test_of_the_body_only_the_sentences_that_differ_are_shown() -> None:
    (one,) = told(body="种玉米3亩以上的农户，每亩补80元。\n\n- 带身份证\n- 带社保卡")
    assert (one.label, one.before, one.after) == ("正文", "种玉米3亩以上的农户，每亩补60元。", "种玉米3亩以上的农户，每亩补80元。")


def test_a_condition_nobody_understands_any_more_is_told_as_such() -> None:
    before = {**draft().content(), "condition": {"fact": "crop.什么", "wrong": 1}}
    (one,) = differences(before, draft().content(), str, REGISTER)
    assert one.before == "（已不能识别的范围）"


def earlier(database: Database) -> Earlier | None:
    with database.reading() as session:
        view = reading.current(session, "PY-2026-001")
        assert view is not None
        return since_approved(session, view, Names(session).name, REGISTER)


def test_only_what_was_signed_counts_as_the_version_before(both_databases: Database, clock: SetClock) -> None:
    with both_databases.writing() as session:
        offices.found_places(session)
        offices.put_up(session, clock.now())
    assert earlier(both_databases) is None
    with both_databases.writing() as session:
        offices.save(session, clock.now(), short_text="写错了的一版")
        offices.save(session, clock.now(), short_text="玉米补贴延期，请到村委会登记")
        offices.sign(session, clock.now())
    with both_databases.writing() as session:
        from notices import lifecycle

        lifecycle.publish(session, "PY-2026-001", offices.EDITOR, clock.now())
    found = earlier(both_databases)
    assert found is not None
    assert (found.revision, found.approved_on) == (1, clock.now().date())
    assert [(one.label, one.after) for one in found.differences] == [("短信正文", "玉米补贴延期，请到村委会登记")]


def test_a_signature_or_card_of_today_is_told_beside_the_same_writing(both_databases: Database, clock: SetClock) -> None:
    first = Forms(sms_signature="彭阳县政务公开", card_forms={Purpose.NOTICE: "thing1=title,thing2=where"})
    second = Forms(sms_signature="彭阳农业", card_forms={Purpose.NOTICE: "thing1=title"})
    with both_databases.writing() as session:
        offices.found_places(session)
        for forms in (first, second):
            drafts.save_draft(session, draft(), offices.EDITOR, clock.now(), forms, renew=True)
            lifecycle.submit(session, "PY-2026-001", offices.EDITOR, clock.now(), forms=forms)
            for reviewer in (offices.FIRST, offices.SECOND, offices.SIGNER):
                lifecycle.approve(session, "PY-2026-001", reviewer, clock.now())
    found = earlier(both_databases)
    assert found is not None
    text, card = found.differences
    assert (text.label, text.before[:9], text.after[:6]) == ("短信", "【彭阳县政务公开】", "【彭阳农业】")
    assert (card.label, card.before) == ("微信卡片", f"{card.after}；所在村委会")
