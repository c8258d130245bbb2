"""The figures for Prometheus: from the counts each dispatch keeps and from what is open, never from every delivery.

A scrape costs the same whether ten thousand messages were sent or ten million. No label names a person, a number, a
household or a notice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Boolean, ColumnElement, case, exists, func, literal_column, select
from sqlalchemy.orm import Session

from push import asides
from push.models import Attempt, Batch, Delivery, Dispatch, ReceiptEntry
from push.receipts import MATCHED_WITHIN
from push.settings import PushSettings
from push.states import DeliveryState, DispatchState
from push.tallies import CALL, CLOCK, DELIVERY, DispatchCount, DispatchMark, Pulse

# Release to first call: the bar is a second, an outage is minutes.
BUCKETS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
PAID = (DeliveryState.ACCEPTED.value, DeliveryState.DELIVERED.value)
# In the very words of the partial indexes, so that both databases use them.
NOT_DONE: ColumnElement[bool] = literal_column("batches.state <> 'done'", Boolean())
LOST: ColumnElement[bool] = literal_column("attempts.state = 'lost'", Boolean())


class Figures(Collector):
    """Collects once, of one moment."""

    def __init__(self, session: Session, settings: PushSettings, now: datetime) -> None:
        """A session that stays open while the figures are written."""
        self._session, self._settings, self._now = session, settings, now

    def collect(self) -> Iterator[Metric]:
        """Every family of figures."""
        yield from self._dispatches()
        yield from self._counts()
        yield self._first_calls()
        yield from self._waiting()
        yield from self._health()

    def _dispatches(self) -> Iterator[Metric]:
        states = GaugeMetricFamily("zhida_dispatches", "Dispatches by state", labels=["state"])
        counted = {str(state): count for state, count in
                   self._session.execute(select(Dispatch.state, func.count()).group_by(Dispatch.state))}
        for state in DispatchState:
            states.add_metric([state.value], counted.get(state.value, 0))
        yield states
        held = self._session.scalar(select(func.count()).where(
            Dispatch.state.in_((DispatchState.PAUSED, DispatchState.RUNNING)), Dispatch.held_because != ""))
        yield GaugeMetricFamily("zhida_dispatches_held", "Dispatches the machine holds, whole or a channel: somebody has to look", value=held or 0)

    def _counts(self) -> Iterator[Metric]:
        deliveries = GaugeMetricFamily("zhida_deliveries", "Deliveries by where they stand, as last counted",
                                       labels=["channel", "gateway", "state", "reason"])
        calls = GaugeMetricFamily("zhida_calls", "Calls to vendors by what became of them, as last counted",
                                  labels=["channel", "gateway", "state"])
        parts = GaugeMetricFamily("zhida_message_parts_paid", "Parts of text messages that are paid", labels=["gateway"])
        cost = GaugeMetricFamily("zhida_cost_yuan", "What text messages are reckoned to have cost", labels=["gateway"])
        one = DispatchCount
        paid: dict[str, int] = {}
        for what, channel, gateway, state, reason, count, weight in self._session.execute(
                select(one.what, one.channel, one.gateway, one.state, one.reason, func.sum(one.count), func.sum(one.count * one.parts))
                .group_by(one.what, one.channel, one.gateway, one.state, one.reason)):
            if what == DELIVERY:
                deliveries.add_metric([channel, gateway, state, reason], int(count))
                if state in PAID and weight:
                    paid[gateway] = paid.get(gateway, 0) + int(weight)
            elif what == CALL:
                calls.add_metric([channel, gateway, state], int(count))
        for gateway, weight in sorted(paid.items()):
            parts.add_metric([gateway], weight)
            cost.add_metric([gateway], round(weight * self._settings.sms_price / 100, 2))
        yield from (deliveries, calls, parts, cost)

    def _first_calls(self) -> Metric:
        seconds = DispatchMark.first_call_seconds
        columns = [func.coalesce(func.sum(case((seconds <= edge, 1), else_=0)), 0) for edge in BUCKETS]
        row = self._session.execute(select(func.count(seconds), func.coalesce(func.sum(seconds), 0.0), *columns)).one()
        total, whole, *below = row
        buckets = [(str(edge), float(count)) for edge, count in zip(BUCKETS, below, strict=True)]
        return HistogramMetricFamily("zhida_release_to_first_call_seconds", "From a dispatch's release to its first call",
                                     buckets=[*buckets, ("+Inf", float(total))], sum_value=float(whole))

    def _waiting(self) -> Iterator[Metric]:
        open_batches = self._session.scalar(select(func.count()).select_from(Batch).where(NOT_DONE))
        yield GaugeMetricFamily("zhida_batches_open", "Batches that are not done", value=open_batches or 0)
        due = self._session.scalar(
            select(func.min(Batch.due_at)).join(Dispatch, Dispatch.id == Batch.dispatch_id)
            .where(NOT_DONE, Batch.state == "due", Batch.due_at <= self._now,
                   Dispatch.state.in_((DispatchState.PLANNED, DispatchState.RUNNING))))
        yield GaugeMetricFamily("zhida_oldest_due_batch_seconds", "How long the oldest due batch waits for a worker", value=self._since(due))
        lost, first = self._unknown()
        yield GaugeMetricFamily("zhida_calls_unknown", "Calls whose answer was lost and whose fate is not known yet", value=lost)
        yield GaugeMetricFamily("zhida_oldest_unknown_seconds", "Age of the oldest call of unknown fate", value=self._since(first))
        unmatched = self._session.scalar(select(func.count()).select_from(ReceiptEntry).where(
            ReceiptEntry.delivery_id.is_(None), ReceiptEntry.received_at > self._now - MATCHED_WITHIN))
        yield GaugeMetricFamily("zhida_receipts_unmatched", "Receipts of the last hour that found no delivery yet", value=unmatched or 0)

    def _unknown(self) -> tuple[int, datetime | None]:
        """Lost calls that still have a message of unknown fate: how many, and since when the oldest.

        Of a sheaf, whose calls carry a message each and are written down together, those whose message is unknown.

        A call stays lost when a receipt tells of its messages, so only the calls of dispatches that count an unknown one are
        looked at, and of those the few messages each.
        """
        unclear = select(DispatchCount.dispatch_id).where(DispatchCount.what == DELIVERY, DispatchCount.state == DeliveryState.UNKNOWN)
        theirs = (Delivery.id.between(Attempt.first_id, Attempt.last_id), Delivery.attempt_id == Attempt.id,
                  Delivery.state == DeliveryState.UNKNOWN)
        singly = select(func.count()).select_from(Delivery).where(*theirs).correlate(Attempt).scalar_subquery()
        calls = case((Attempt.calls > 1, singly), else_=case((exists(select(1).where(*theirs)), 1), else_=0))
        lost = select(Attempt.started_at, calls.label("calls")).where(LOST, Attempt.dispatch_id.in_(unclear)).subquery("lost")
        count, first = self._session.execute(
            select(func.coalesce(func.sum(lost.c.calls), 0), func.min(lost.c.started_at)).where(lost.c.calls > 0)).one()
        return int(count), first

    def _health(self) -> Iterator[Metric]:
        aside = GaugeMetricFamily("zhida_gateway_aside", "Gateways set aside because their settings are wrong",
                                  labels=["gateway", "purpose"])
        for one in asides.asides(self._session):
            aside.add_metric([one.gateway, one.purpose.value], 1)
        yield aside
        seen = self._session.scalar(select(Pulse.at).where(Pulse.name == CLOCK))
        yield GaugeMetricFamily("zhida_clock_age_seconds", "Since the clock process last did its round; -1 when it never did",
                                value=-1 if seen is None else self._since(seen))
        stale = self._session.scalar(select(func.min(DispatchMark.counted_at)).join(Dispatch, Dispatch.id == DispatchMark.dispatch_id)
                                     .where(Dispatch.state == DispatchState.RUNNING))
        yield GaugeMetricFamily("zhida_count_age_seconds", "Age of the oldest count of a running dispatch", value=self._since(stale))

    def _since(self, moment: datetime | None) -> float:
        return 0.0 if moment is None else max(0.0, (self._now - moment).total_seconds())
