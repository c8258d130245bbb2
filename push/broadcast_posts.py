"""A broadcast that goes chat by chat (Telegram): a row a subscriber, claimed before it leaves, settled by its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.orm import Session

from channels.contract import Talker
from channels.failures import Outcome, OutcomeKind
from channels.messages import Content, Message, Purpose
from channels.telegram.models import Subscriber
from channels.telegram.subscribers import PURPOSE
from kernel.clock import Clock
from kernel.crypto import Keyring, Unreadable
from kernel.database import Database
from kernel.http import Client
from push.broadcast_models import Broadcast, BroadcastPost, BroadcastState, PostState
from push.broadcasts import Release, Released

AT_ONCE = 20
# A claim older than this belongs to a process that died: whether its message left nobody knows.
ABANDONED = timedelta(minutes=2)
# Longer pauses are left to another call of the command: the rows wait.
PATIENCE = timedelta(minutes=5)
_STATES = {OutcomeKind.ACCEPTED: PostState.SENT, OutcomeKind.UNKNOWN: PostState.UNKNOWN, OutcomeKind.THROTTLED: PostState.PLANNED,
           OutcomeKind.MISCONFIGURED: PostState.PLANNED}


@dataclass(frozen=True)
class Copy:
    """One subscriber's copy, claimed."""

    subscriber_id: int
    address: str = field(repr=False)


class Posts:
    """The copies of one broadcast."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock, release: Release) -> None:
        """`release` was written down by `push.broadcasts.prepare` or `again`."""
        self._database = database
        self._keyring = keyring
        self._clock = clock
        self._release = release
        self.rest: Callable[[float], Awaitable[None]] = asyncio.sleep

    def plan(self) -> None:
        """A row for everybody who asks now and has none yet; claims of processes that died become unknown."""
        number = self._release.number
        there = select(BroadcastPost.subscriber_id).where(BroadcastPost.broadcast_id == number)
        rows = select(literal(number), Subscriber.id, literal(PostState.PLANNED.value), literal("")).where(
            Subscriber.ended_at.is_(None), Subscriber.id.not_in(there))
        with self._database.writing() as session:
            # Two processes that go on with one broadcast must not both find the same readers missing.
            session.execute(select(Broadcast.id).where(Broadcast.id == number).with_for_update())
            session.execute(insert(BroadcastPost).from_select(["broadcast_id", "subscriber_id", "state", "code"], rows))
            session.execute(update(BroadcastPost).where(
                BroadcastPost.broadcast_id == number, BroadcastPost.state == PostState.SENDING,
                BroadcastPost.claimed_at <= self._clock.now() - ABANDONED,
            ).values(state=PostState.UNKNOWN.value).execution_options(synchronize_session=False))

    async def send(self, client: Client, talker: Talker, per_second: float) -> Released:
        """Send until nothing is left to send, at the account's pace; a pause the platform asks for is kept by all."""
        await asyncio.to_thread(self.plan)
        waited = timedelta(0)
        while copies := await asyncio.to_thread(self._claim):
            outcomes = [await self._say(client, talker, copy, per_second) for copy in copies]
            await asyncio.to_thread(self._settle, copies, outcomes)
            rest = max((one.wait for one in outcomes if one.kind is OutcomeKind.THROTTLED), default=timedelta(0))
            waited = waited + rest if rest else timedelta(0)
            if waited > PATIENCE or any(one.kind is OutcomeKind.MISCONFIGURED for one in outcomes):
                break
            await self.rest(rest.total_seconds())
        return await asyncio.to_thread(self.close)

    async def _say(self, client: Client, talker: Talker, copy: Copy, per_second: float) -> Outcome:
        content = Content(Purpose.NOTICE, self._release.text)
        outcome = await talker.say(client, Message(copy.subscriber_id, copy.address, content))
        await asyncio.sleep(1 / per_second if per_second > 0 else 0)
        return outcome

    def _claim(self) -> list[Copy]:
        with self._database.writing() as session:
            rows = session.execute(
                select(Subscriber.id, Subscriber.address, Subscriber.ended_at)
                .join(BroadcastPost, BroadcastPost.subscriber_id == Subscriber.id)
                .where(BroadcastPost.broadcast_id == self._release.number, BroadcastPost.state == PostState.PLANNED)
                .order_by(Subscriber.id).limit(AT_ONCE).with_for_update(of=BroadcastPost, skip_locked=True)).all()
            copies = []
            for number, address, ended_at in rows:
                try:
                    if ended_at is not None:
                        self._write(session, number, PostState.FAILED, "ended")
                        continue
                    copies.append(Copy(number, self._keyring.decrypt(address, PURPOSE)))
                    self._write(session, number, PostState.SENDING, "")
                except Unreadable:
                    self._write(session, number, PostState.FAILED, "unreadable")
            return copies

    def _settle(self, copies: Sequence[Copy], outcomes: Sequence[Outcome]) -> None:
        now = self._clock.now()
        with self._database.writing() as session:
            for copy, outcome in zip(copies, outcomes, strict=True):
                self._write(session, copy.subscriber_id, _STATES.get(outcome.kind, PostState.FAILED), outcome.code)
                if outcome.kind is OutcomeKind.RECIPIENT_GONE:
                    session.execute(update(Subscriber).where(Subscriber.id == copy.subscriber_id, Subscriber.ended_at.is_(None))
                                    .values(ended_at=now, ended_why="gone").execution_options(synchronize_session=False))

    def _write(self, session: Session, subscriber_id: int, state: PostState, code: str) -> None:
        session.execute(update(BroadcastPost).where(
            BroadcastPost.broadcast_id == self._release.number, BroadcastPost.subscriber_id == subscriber_id,
        ).values(state=state.value, code=code[:60], claimed_at=self._clock.now()).execution_options(synchronize_session=False))

    def close(self) -> Released:
        """Count; finished when nothing waits, else to be gone on with."""
        with self._database.writing() as session:
            counted = dict(session.execute(
                select(BroadcastPost.state, func.count()).where(BroadcastPost.broadcast_id == self._release.number)
                .group_by(BroadcastPost.state)).all())
            row = session.get_one(Broadcast, self._release.number)
            waiting = counted.get(PostState.PLANNED.value, 0) + counted.get(PostState.SENDING.value, 0)
            row.total, row.filtered = sum(counted.values()), sum(counted.values())
            row.sent, row.failed = counted.get(PostState.SENT.value, 0), counted.get(PostState.FAILED.value, 0)
            unsure = counted.get(PostState.UNKNOWN.value, 0)
            row.state = (BroadcastState.UNKNOWN if waiting else BroadcastState.FINISHED).value
            row.finished_at = None if waiting else self._clock.now()
            row.words = f"还有 {waiting} 人没有发" if waiting else f"{unsure} 人不知是否收到，没有重发" if unsure else ""
            return Released(row.id, BroadcastState(row.state), row.words, row.sent, row.failed)
