"""One queue task a message, the shape of GOV.UK Notify: each task loads its row, sends, updates the row and commits.

Written to be fast at that: dramatiq on Redis with as many threads as we have requests in flight, a kept-alive connection a
thread, statements prepared once, the token fetched and every task queued before the clock starts. It asks about nothing,
writes no attempt down and keeps no opt-out.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import dramatiq
import requests
from dramatiq import Worker
from dramatiq.brokers.redis import RedisBroker
from sqlalchemy import create_engine, select, update

from kernel.ids import sortable_id
from profiles.contacts import purpose_of
from profiles.models import Contact
from push.models import Delivery
from web.house import House

THREADS = 32
PATIENCE = 120.0

_DELIVERIES, _CONTACTS = Delivery.__table__, Contact.__table__


def seconds_with_a_task_each(house: House, redis_url: str, vendors: str, dispatch: int, said: dict[str, Any]) -> tuple[int, float]:
    """How many messages of a dispatch were sent so, and the seconds it took; `said` is the template message's data."""
    broker, done = RedisBroker(url=redis_url), threading.Semaphore(0)  # type: ignore[no-untyped-call]
    settings, purpose, local = house.settings.channels.wechat, purpose_of("wechat"), threading.local()
    token = requests.post(f"{vendors}/wechat/cgi-bin/stable_token", timeout=15, json={
        "grant_type": "client_credential", "appid": settings.wechat_app_id, "secret": settings.wechat_app_secret}).json()["access_token"]
    address = f"{vendors}/wechat/cgi-bin/message/template/send?access_token={token}"
    load = select(_DELIVERIES.c.id, _CONTACTS.c.address).join(_CONTACTS, _CONTACTS.c.id == _DELIVERIES.c.contact_id)  # type: ignore[arg-type]
    engine = create_engine(house.database.url, pool_size=THREADS)

    def deliver(number: int) -> None:
        if not hasattr(local, "session"):
            local.session = requests.Session()
        with engine.begin() as connection:
            row = connection.execute(load.where(_DELIVERIES.c.id == number)).one()
        answer = local.session.post(address, timeout=15, json={
            "touser": house.keyring.decrypt(row.address, purpose), "client_msg_id": sortable_id(), **said}).json()
        with engine.begin() as connection:
            connection.execute(update(_DELIVERIES).where(_DELIVERIES.c.id == number).values(  # type: ignore[arg-type]
                state="accepted" if answer["errcode"] == 0 else "failed", vendor_reference=str(answer.get("msgid", ""))))
        done.release()

    actor = dramatiq.Actor(deliver, broker=broker, actor_name="deliver_one", queue_name="messages", priority=0, options={"max_retries": 0})
    with house.database.reading() as session:
        numbers = list(session.scalars(select(Delivery.id).where(Delivery.dispatch_id == dispatch, Delivery.state == "planned")))
    for number in numbers:
        actor.send(number)
    worker, began = Worker(broker, worker_threads=THREADS), time.perf_counter()
    worker.start()
    for _ in numbers:
        if not done.acquire(timeout=PATIENCE):
            raise RuntimeError("the queue's tasks did not come to an end")
    seconds = time.perf_counter() - began
    worker.stop()
    broker.close()
    engine.dispose()
    return len(numbers), seconds
