"""`zhida portraits`: train on what residents opened, rank one resident's notices, measure on data from outside."""

from __future__ import annotations

import time
from datetime import date, datetime
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import record
from kernel.clock import today
from kernel.settings import read, settings_file
from notices.personal import features
from notices.reading import NoticeView, published_for
from profiles.models import Household, Resident
from profiles.portraits import interests
from profiles.portraits.failures import PortraitRefused
from profiles.portraits.models import PortraitTraining
from profiles.portraits.notices import Exposure, NoticeFeatures
from profiles.portraits.ordering import rank
from profiles.portraits.settings import PortraitSettings
from profiles.portraits.signals import RETENTION, keep_to_the_law
from profiles.portraits.storage import load, save
from profiles.portraits.training import train
from push.models import Delivery, DeliveryState, Dispatch
from web.commands.line import Told, command, system_actor, the_house

MOST_NOTICES = 5_000
SCENARIOS = {"warm": "有记录的人", "cold": "没有记录的人", "unseen": "没人打开过的信息", "unseen_cold": "没有记录的人、没人打开过的信息"}


def commands() -> tuple[click.Group, ...]:
    """The groups of this module."""
    group = click.Group("portraits", help="个性化推荐（默认关闭）。")
    command(group, "train")(_train)
    click.option("--resident", required=True, help="群众编号。")(_rank)
    command(group, "rank")(_rank)
    given = click.Path(exists=True, dir_okay=False, path_type=Path)
    for option in (
        click.option("--half-life", type=click.FloatRange(min=0), default=0.0, help="多少天后一次打开只算一半（0 = 不衰减）。"),
        click.option("--held-out", type=click.Path(dir_okay=False, path_type=Path), help="把检验时各份的排序写到这个文件，供他人复算。"),
        click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="把排序写到这个文件（person,item,score）。"),
        click.option("--items", required=True, type=given, help="条目（item,<类别>…）。"),
        click.option("--people", required=True, type=given, help="人（person,<属性>…）。"),
        click.option("--events", required=True, type=given, help="打开记录（person,item,time）。"),
    ):
        option(_evaluate)
    command(group, "evaluate")(_evaluate)
    return (group,)


def _train() -> Told:
    """用近 180 天的记录训练；只在开启个性化推荐后可用，过期记录同时删除。"""
    settings, house = _settings(), the_house()
    now = house.clock.now()
    with house.database.writing() as session:
        forgotten = keep_to_the_law(session, settings, now)
    if not settings.is_on:
        raise _refused("个性化推荐没有开启。请先做影响评估，再设置 PORTRAITS=on 和 PORTRAITS_ASSESSMENT。")
    with house.database.reading() as session:
        views = published_for(session, "", today(house.clock), MOST_NOTICES)
        trained = train(session, [_features(one) for one in views], _exposures(session, now), now)
    path = save(trained.portraits, house.installation.folder)
    with house.database.writing() as session:
        interests.write(session, trained.drawn)
        session.add(PortraitTraining(at=now, assessment=settings.portraits_assessment, metrics=trained.metrics))
        record(session, now, system_actor(), "portraits.train", "portraits:model",
               {"assessment": settings.portraits_assessment, "residents": trained.metrics["residents"]})
    told = {**trained.metrics, "forgotten": forgotten, "file": path.name}
    return Told(f"已训练：{told['residents']} 人、{told['notices']} 条信息、{told['signals']} 次记录；"
                f"删除过期记录 {forgotten} 次。", told)


def _rank(resident: str) -> Told:
    """给一位群众排当前发布的信息，每条说明理由；没有开启时按发布时间排。"""
    settings, house = _settings(), the_house()
    with house.database.reading() as session:
        found = session.scalar(select(Resident).where(Resident.reference == resident.strip()))
        if found is None:
            raise _refused(f"没有编号为“{resident}”的群众。请在农户信息里核对编号。")
        village = session.scalars(select(Household.division).where(Household.id == found.household_id)).one()
        notices = _published_near(session, village, today(house.clock))
        portraits = load(house.installation.folder) if settings.is_on else None
        order = rank(session, settings, portraits, found, notices, house.clock.now())
    lines = [order.why, *(f"{number}. {one.title}（{'；'.join(one.reasons)}）"
                          for number, one in enumerate(order.notices, start=1))]
    return Told("\n".join(lines), {
        "resident": found.reference, "personal": order.is_personal, "why": order.why,
        "notices": [{"reference": one.reference, "title": one.title, "score": one.score, "reasons": list(one.reasons)}
                    for one in order.notices]})


def _evaluate(events: Path, people: Path, items: Path, out: Path | None, held_out: Path | None, half_life: float) -> Told:
    """用外来数据检验排序：按人分五份，与“按热度”“按人群热度”比较。"""
    from profiles.portraits.evaluation import evaluate
    from profiles.portraits.outside import HeldOut, read_outside, write_ranking

    began = time.perf_counter()
    outside = read_outside(events, people, items)
    notes = {} if held_out is None else {"note": HeldOut(outside, held_out).note}
    figures, blends = evaluate(outside.openings, outside.attributes, outside.categories, half_life,
                               lambda words: click.echo(words, err=True), **notes)
    told = {"people": len(outside.people), "items": len(outside.items), "events": len(outside.openings.person),
            **figures, "blends": [one.as_json() for one in blends]}
    if out is not None:
        told["ranking_rows"] = write_ranking(outside, out, half_life)
    told["seconds"] = round(time.perf_counter() - began, 1)
    words = [f"{SCENARIOS[name]}：NDCG@10 {of['model']['ndcg@10']:.3f}（热度 {of['popularity']['ndcg@10']:.3f}，"
             f"人群热度 {of['popularity_by_segment']['ndcg@10']:.3f}），HR@10 {of['model']['hr@10']:.3f}，"
             f"AUC {of['model']['auc']:.3f}" for name, of in figures.items()]
    return Told("\n".join(words), told)


def _settings() -> PortraitSettings:
    return read(PortraitSettings, settings_file())


def _features(view: NoticeView) -> NoticeFeatures:
    return features(view, the_house().catalogue)


def _published_near(session: Session, village: str, day: date) -> list[NoticeFeatures]:
    return [_features(one) for one in published_for(session, village, day, MOST_NOTICES)]


def _exposures(session: Session, now: datetime) -> list[Exposure]:
    """What reached residents in the last 180 days, with the time it was settled."""
    rows = session.execute(
        select(Delivery.resident_id, Dispatch.notice_id, Delivery.channel, Delivery.settled_at)
        .join(Dispatch, Dispatch.id == Delivery.dispatch_id)
        .where(Delivery.resident_id.is_not(None), Delivery.settled_at >= now - RETENTION,
               Delivery.state.in_((DeliveryState.ACCEPTED, DeliveryState.DELIVERED))).order_by(Delivery.id))
    return [Exposure(resident, notice, channel, at) for resident, notice, channel, at in rows
            if resident is not None and at is not None]


def _refused(words: str) -> PortraitRefused:
    return PortraitRefused(words)
