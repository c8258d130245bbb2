"""How long each kind of data is kept: the settings, every room's rules, and the thread that applies them at night."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import func, or_
from sqlalchemy.exc import SQLAlchemyError

from bot.models import AnsweredEvent, Conversation, LateAnswer
from channels.telegram.models import Subscriber
from channels.wechat.models import Opening, SignedCallback
from kernel import retention
from kernel.audit import AuditEntry
from kernel.knocks import Knock
from kernel.retention import RetentionRun, Rule
from knowledge.gap_models import AskedDay, Gap, GapNight, GapWording
from knowledge.models import Consultation, ConsultationState, Question
from profiles.access import AccessEntry
from profiles.code_requests import CodeRequest
from profiles.data_requests import DataRequest, RequestState
from profiles.imports.models import ImportJob, JobState
from profiles.models import ImportRun, Refusal
from profiles.portraits.models import PortraitSignal
from profiles.portraits.signals import keep_to_the_law
from profiles.sessions import OwnSession
from push.models import Delivery, ReceiptEntry
from push.replies import Reply
from push.visits import Visit
from qrcodes.models import ScanCount
from web.house import House
from web.retention import THREE_YEARS, RetentionSettings

ERRORS, ERRORS_FOLDER = "导入拒收清单", "errors"
LOOK_SECONDS = 300.0
NIGHT = range(1, 5)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Tidied:
    """What one run ended, by kind."""

    ended: dict[str, int]

    @property
    def total(self) -> int:
        """Rows over all kinds."""
        return sum(self.ended.values())


def rules(settings: RetentionSettings) -> tuple[Rule, ...]:
    """Every kind of data that ends, in the office's words."""
    answered = Consultation.state.in_((ConsultationState.ANSWERED, ConsultationState.CLOSED))
    return (
        Rule("操作记录", AuditEntry.at, settings.keep_audit_days),
        Rule("查看记录", AccessEntry.at, settings.keep_looks_days),
        Rule("机器人对话", Conversation.updated_at, settings.keep_talks_days),
        Rule("机器人已答的消息", AnsweredEvent.at, 2),
        Rule("还没说出的答复", LateAnswer.at, 2),
        Rule("群众问过的话", Question.at, settings.keep_questions_days),
        Rule("没答上的问法", GapWording.last_at, settings.keep_questions_days),
        Rule("待补充问题", Gap.last_at, settings.keep_questions_days),
        Rule("提问次数", AskedDay.day, settings.keep_asked_days),
        Rule("归拢记录", GapNight.at, settings.keep_asked_days),
        Rule("扫码次数", ScanCount.day, settings.keep_scans_days),
        Rule("个性化推荐的行为记录", PortraitSignal.at, settings.keep_portraits_days),
        Rule("短信平台回执", ReceiptEntry.received_at, settings.keep_receipts_days),
        Rule("对推送的回复", Reply.at, settings.keep_replies_days),
        Rule("发送记录里的号码", Delivery.settled_at, settings.keep_numbers_days,
             where=(or_(Delivery.address_index.is_not(None), Delivery.vendor_words != ""),),
             blank=((Delivery.address_index, None), (Delivery.vendor_words, ""))),
        Rule("入户名单", Visit.asked_at, settings.keep_visits_days),
        Rule("留言人的联系方式", Consultation.answered_at, settings.keep_senders_days,
             where=(answered, func.coalesce(Consultation.address, Consultation.address_index, Consultation.secret).is_not(None)),
             blank=((Consultation.address, None), (Consultation.address_index, None), (Consultation.secret, None))),
        Rule("已撤回的退订", Refusal.withdrawn_at, settings.keep_wishes_days),
        Rule("个人信息申请的内容", DataRequest.settled_at, settings.keep_requests_days,
             where=(DataRequest.state != RequestState.OPEN, or_(DataRequest.text.is_not(None), DataRequest.answer.is_not(None))),
             blank=((DataRequest.text, None), (DataRequest.answer, None))),
        Rule("微信可以发客服消息的时段", Opening.closes_at, 2),
        Rule("微信回调用过的签名", SignedCallback.at, 1),
        Rule("已退订的 Telegram 会话", Subscriber.ended_at, settings.keep_wishes_days),
        Rule("猜编号的次数", Knock.hour, 1),
        Rule("验证码", CodeRequest.sent_at, 2),
        Rule("本人登录", OwnSession.seen_at, 1),
        Rule("导入的农户表", ImportJob.kept_until, 0, where=(ImportJob.state != JobState.RUNNING,)),
        Rule("导入报告", ImportRun.at, settings.keep_audit_days),
        Rule("清理记录", RetentionRun.at, THREE_YEARS),
    )


def tidy(house: House, is_stopped: Callable[[], bool] = lambda: False) -> Tidied:
    """Apply every rule now; while portraits are off nothing of them stays at all."""
    with house.database.writing() as session:
        keep_to_the_law(session, house.settings.portraits, house.clock.now())
    now, settings = house.clock.now(), house.settings.retention
    ended = retention.run(house.database, rules(settings), now, is_stopped)
    files = remove_old(house.installation.folder / ERRORS_FOLDER, now - timedelta(days=settings.keep_errors_days))
    with house.database.writing() as session:
        session.add(RetentionRun(at=now, kind=ERRORS, days=settings.keep_errors_days, count=files))
    return Tidied({**ended, ERRORS: files})


def remove_old(folder: Path, before: datetime) -> int:
    """Delete the files of a folder last written before a moment; how many. What another hand deletes meanwhile is gone too."""
    if not folder.is_dir():
        return 0
    over = [one for one in folder.iterdir() if one.is_file() and one.stat().st_mtime <= before.timestamp()]
    for one in over:
        one.unlink(missing_ok=True)
    return len(over)


class Tidier:
    """Tidies each night from one o'clock on, and at once when the last night was missed."""

    def __init__(self, house: House) -> None:
        """Of a house."""
        self._house = house

    def look(self, is_stopped: Callable[[], bool] = lambda: False) -> Tidied | None:
        """Tidy when it is due; None when it is not."""
        now = self._house.clock.now()
        with self._house.database.reading() as session:
            last = retention.last_run(session)
            is_due = retention.is_due(session, now)
        missed = last is None or (now - last).total_seconds() > 28 * 3600
        if not is_due or not (now.hour in NIGHT or missed):
            return None
        done = tidy(self._house, is_stopped)
        log.info("data that were over are gone", rows=done.total)
        return done

    def run(self, stop: threading.Event) -> None:
        """Look every few minutes until told to stop."""
        while not stop.is_set():
            try:
                self.look(stop.is_set)
            except SQLAlchemyError as error:
                log.warning("data could not be tidied, trying again", kind=type(error).__name__)
            stop.wait(LOOK_SECONDS)
