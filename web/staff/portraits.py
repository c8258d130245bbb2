"""系统管理 · 个性化推荐: whether it is on and under which assessment, how good the last training was; nothing about anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from profiles.portraits.models import PlainOrder, PortraitSignal, PortraitTraining
from profiles.portraits.population import LEAST_GROUP
from profiles.portraits.signals import RETENTION
from web.house import house
from web.security import actor, staff
from web.staff.menu import KEEPERS
from web.staff.push_figures import told
from web.staff.system_tabs import tabs

SCENARIOS = (("warm", "有记录的人"), ("cold", "没有记录的人"), ("unseen", "没人打开过的信息"))
RANKINGS = (("model", "个性化推荐"), ("popularity", "按热度"), ("popularity_by_segment", "按人群热度"))


@dataclass(frozen=True)
class Line:
    """One line of the evaluation: whom it was asked for, and NDCG@10 by ranking; None where it was not measured."""

    scenario: str
    worth: tuple[float | None, ...]


@staff(*KEEPERS)
def portraits() -> str:
    """The state of portraits in the whole installation."""
    with house().database.reading() as session:
        last = session.scalars(select(PortraitTraining).order_by(PortraitTraining.id.desc()).limit(1)).first()
        metrics: Mapping[str, Any] = {} if last is None else last.metrics
        return render_template(
            "staff/system/portraits.html", heading="个性化推荐", tabs=tabs(actor()), settings=house().settings.portraits, last=last,
            metrics=metrics, lines=_lines(metrics), rankings=[words for _, words in RANKINGS],
            response=metrics.get("response"), plain=told(_count(session, PlainOrder.resident_id)),
            signals=told(_count(session, PortraitSignal.id)), days=RETENTION.days, least=LEAST_GROUP)


def _lines(metrics: Mapping[str, Any]) -> Sequence[Line]:
    measured: Mapping[str, Any] = metrics.get("ranking") or {}
    return [Line(words, tuple(measured[name].get(ranking, {}).get("ndcg@10") for ranking, _ in RANKINGS))
            for name, words in SCENARIOS if name in measured]


def _count(session: Session, column: Any) -> int:
    return session.scalar(select(func.count(column))) or 0
