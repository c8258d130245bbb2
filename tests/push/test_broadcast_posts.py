"""A broadcast that goes chat by chat, by several processes at once and by one that died: nobody gets it twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from channels.messages import Incoming, IncomingKind
from channels.registry import Channels, open_channels
from channels.simulators.identity import demo_config
from channels.simulators.running import start_simulators
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.http import Network, loopback_only
from push.broadcast_models import Broadcast, BroadcastPost, BroadcastState, PostState
from push.broadcast_posts import Posts
from push.broadcasts import Release

READERS = 50


@pytest.fixture
def vendors(clock: SetClock):
    with start_simulators(clock=clock, changes={"TELEGRAM_TOKEN": "1:simulated"}) as running:
        yield running


@pytest.fixture
def channels(both_databases: Database, keyring: Keyring, clock: SetClock, vendors: Any) -> Channels:
    """Fifty chats that asked."""
    opened = open_channels(demo_config(vendors.address, {"TELEGRAM_TOKEN": "1:simulated"}), both_databases, keyring, clock)
    assert opened.subscribers is not None
    for chat in range(700, 700 + READERS):
        opened.subscribers.note(Incoming("telegram", str(chat), f"k{chat}", IncomingKind.TEXT, "订阅"), clock.now())
    return opened


@pytest.fixture
def release(both_databases: Database, clock: SetClock) -> Release:
    with both_databases.writing() as session:
        row = Broadcast(channel="telegram", notice_id=1, notice_reference="PY-T-1", digest="d", text="全县停水通知", client_id="c",
                        state=BroadcastState.CALLING.value, released_by="赵推送", released_at=clock.now())
        session.add(row)
        session.flush()
        return Release(row.id, "telegram", "c", row.text)


def sent(posts: list[Posts], channels: Channels) -> list[Any]:
    async def go() -> list[Any]:
        async with Network(loopback_only).open(8) as client:
            return await asyncio.gather(*(one.send(client, channels.talkers["telegram"], 10_000) for one in posts))

    return asyncio.run(go())


def test_two_processes_share_the_readers(
    channels: Channels, release: Release, both_databases: Database, keyring: Keyring, clock: SetClock, vendors: Any
) -> None:
    sent([Posts(both_databases, keyring, clock, release) for _ in range(2)], channels)
    assert vendors.ledger.addresses("telegram") == {str(chat): 1 for chat in range(700, 700 + READERS)}
    done = Posts(both_databases, keyring, clock, release).close()
    assert (done.state, done.sent) == (BroadcastState.FINISHED, READERS)


def test_what_a_dead_process_had_claimed_is_not_sent_again(
    channels: Channels, release: Release, both_databases: Database, keyring: Keyring, clock: SetClock, vendors: Any
) -> None:
    posts = Posts(both_databases, keyring, clock, release)
    posts.plan()
    with both_databases.writing() as session:
        first = session.scalars(select(BroadcastPost.subscriber_id).order_by(BroadcastPost.subscriber_id).limit(3)).all()
        session.execute(update(BroadcastPost).where(BroadcastPost.subscriber_id.in_(first))
                        .values(state=PostState.SENDING.value, claimed_at=clock.now()))
    assert sent([posts], channels)[0].state is BroadcastState.UNKNOWN
    clock.advance(timedelta(minutes=3))
    (done,) = sent([posts], channels)
    assert (done.state, done.sent, done.words) == (BroadcastState.FINISHED, READERS - 3, "3 人不知是否收到，没有重发")
    assert vendors.ledger.messages == READERS - 3


def test_a_pause_the_platform_asks_for_is_waited_for_and_everybody_is_reached(
    channels: Channels, release: Release, both_databases: Database, keyring: Keyring, clock: SetClock, vendors: Any
) -> None:
    vendors.faults.add("errcode", "429", vendor="telegram", times=1)
    posts = Posts(both_databases, keyring, clock, release)

    async def waited(seconds: float) -> None:
        clock.advance(timedelta(seconds=seconds))

    posts.rest = waited
    (done,) = sent([posts], channels)
    assert (done.state, done.sent) == (BroadcastState.FINISHED, READERS)
    assert vendors.ledger.twice("telegram") == {}
