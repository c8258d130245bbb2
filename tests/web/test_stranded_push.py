"""A push that waits for a channel nobody set up any more is told to whoever looks after the machine."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from channels.simulators.identity import demo_config
from kernel.clock import CHINA
from push.models import Batch, BatchState, Dispatch, DispatchState
from tests import houses
from web.commands.channel_findings import stranded_findings
from web.house import House

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=CHINA)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house that sends text messages and nothing over WeChat any more, with a push that began when it did."""
    config = demo_config("http://127.0.0.1:9", {"WECHAT_APP_ID": "", "WECHAT_APP_SECRET": "", "WECHAT_TOKEN": ""})
    made = houses.build(houses.sqlite_url(tmp_path), config, data_key=base64.b64encode(b"k" * 32).decode(), secret_key="s" * 32)
    with made.database.writing() as session:
        dispatch = Dispatch(notice_id=1, notice_reference="PY-1", digest="d", purpose="notice", state=DispatchState.RUNNING,
                            content={}, channels=["wechat", "sms"], divisions=[], sent_by="赵推送", created_at=NOW, release_at=NOW)
        session.add(dispatch)
        session.flush()
        session.add_all(Batch(dispatch_id=dispatch.id, channel=channel, state=BatchState.DUE, due_at=NOW, size=1, first_id=1, last_id=1)
                        for channel in ("wechat", "sms"))
    yield made
    made.database.close()


def test_the_doctor_names_the_push_that_waits_for_a_channel_taken_out_of_the_settings(house: House) -> None:
    [(level, what, cure)] = stranded_findings(house)
    assert level == "error"
    assert "（PY-1）还有 1 批要走 wechat" in what
    assert "停止这个任务" in cure


def test_what_was_stopped_or_is_done_waits_for_nothing(house: House) -> None:
    with house.database.writing() as session:
        session.execute(update(Batch).where(Batch.channel == "wechat").values(state=BatchState.DONE))
    assert list(stranded_findings(house)) == []
    with house.database.writing() as session:
        session.execute(update(Batch).values(state=BatchState.DUE))
        session.execute(update(Dispatch).values(state=DispatchState.STOPPED))
    assert list(stranded_findings(house)) == []
