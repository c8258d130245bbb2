"""What must hold before a notice may be sent: approved to the letter, by somebody who may, over channels that are open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.contract import Limits, Sender
from channels.messages import Content
from channels.sms.templates import Register
from channels.splitting import parts
from kernel.audit import Actor
from kernel.clock import in_china
from notices import checks, reading
from notices.failures import Refused as NoticeRefused
from notices.models import Notice
from notices.redaction import phones_in, scan
from notices.views import NoticeView
from notices.writing import restored
from profiles.facts import REGISTER, Catalogue
from profiles.failures import ConditionRefused
from profiles.targeting.conditions import Condition
from profiles.targeting.parsing import parse
from push.failures import Refused
from push.models import Dispatch
from push.states import DispatchState

SENDER_ROLE = "sender"
# Over these a dispatch may go to residents; a channel abroad never (个人信息保护法 §36).
TARGETED = ("wechat", "sms")


class OpenChannels(Protocol):
    """What this room needs to know of the channels that are open."""

    @property
    def senders(self) -> Mapping[str, Sender]:
        """The sender of each open channel."""
        ...

    @property
    def closed(self) -> Mapping[str, str]:
        """Why an expected channel is not open, in Chinese."""
        ...

    @property
    def sms_register(self) -> Register | None:
        """The approved templates and the signature that stands before every text message."""
        ...


@dataclass(frozen=True)
class Admitted:
    """A notice that may be sent: its view, what each open channel says and may carry a day, and its condition read."""

    view: NoticeView
    contents: Mapping[str, Content] = field(repr=False)
    condition: Condition | None
    sms_parts: int
    limits: Mapping[str, Limits] = field(default_factory=dict)

    @property
    def channels(self) -> tuple[str, ...]:
        """The open channels in the notice's order."""
        return tuple(self.contents)

    def snapshot(self) -> dict[str, Any]:
        """The contents as plain JSON, with the parts each message is paid as."""
        return {channel: {"purpose": content.purpose.value, "text": content.text, "variables": dict(content.variables),
                          "link": content.link, "form": content.form, "parts": self.sms_parts if channel == "sms" else 0,
                          **_carries(self.limits.get(channel, Limits()))}
                for channel, content in self.contents.items()}


def read_notice(session: Session, reference: str, now: datetime, *, lock: bool = False) -> NoticeView:
    """The notice in force under a reference, locked until the end of the transaction if so wanted; Refused when there is none."""
    if lock:
        session.execute(select(Notice.id).where(Notice.reference == reference).with_for_update())
    view = reading.current(session, reference, in_china(now).date())
    if view is None:
        raise Refused(f"没有编号为“{reference}”的信息。请核对编号。")
    return view


def admit(view: NoticeView, channels: OpenChannels, now: datetime, *, correction: bool = False,
          catalogue: Catalogue = REGISTER) -> Admitted:
    """The notice as it may go out; Refused with the cure for everything that keeps it from it."""
    try:
        view.refuse_unsendable()
    except NoticeRefused as refusal:
        raise Refused(refusal.words) from refusal
    if view.valid_until is not None and view.valid_until < in_china(now).date():
        raise Refused(f"信息 {view.reference} 的有效期到 {view.valid_until:%Y年%-m月%-d日}，已经过了。请改有效期后重新送审。")
    contents = _contents(view, channels, correction=correction)
    _refuse_findings(view, contents)
    limits = {name: channels.senders[name].limits for name in contents}
    return Admitted(view, contents, _condition(view, catalogue), _sms_parts(contents.get("sms"), channels.sms_register), limits)


def refuse_stranger(actor: Actor, view: NoticeView) -> None:
    """Refused unless the actor may send, and to the whole area of the notice."""
    if SENDER_ROLE not in actor.roles:
        raise Refused(f"{actor.name} 没有推送的权限。请由有“推送”角色的人办理。")
    outside = [code for code in view.divisions if not actor.may_act_in(code)]
    if outside:
        raise Refused(f"信息 {view.reference} 的范围（{'、'.join(outside)}）超出 {actor.name} 的管理范围。请由上级单位发送。")


def refuse_repetition(session: Session, view: NoticeView, *, lock: bool = True, corrects: int | None = None) -> tuple[int, ...]:
    """Refused when the same words were sent before; gives the dispatches of them, whose readers are not told again.

    Those were stopped on the way, or went out in an earlier signature or template (`reading.same_writing`).
    One correction may be owed to the readers of several dispatches: with `corrects`, corrections of others are no repetition.
    Locks the notice, so that of two who send at the same moment the second sees the first; without `lock` it only looks.
    """
    if lock:
        session.execute(select(Notice.id).where(Notice.id == view.id).with_for_update())
    same = reading.same_writing(session, view.id, view.digest)
    before = session.execute(select(Dispatch.id, Dispatch.state, Dispatch.corrects, Dispatch.digest).where(
        Dispatch.notice_id == view.id, Dispatch.digest.in_(same)).order_by(Dispatch.id)).all()
    for number, state, corrected, digest in before:
        is_anothers = corrects is not None and corrected is not None and corrected != corrects
        if state == DispatchState.STOPPED or is_anothers:
            continue
        if digest == view.digest:
            raise Refused(f"信息 {view.reference} 已经发过：推送任务 {number}（{DispatchState(state).words}）。"
                          "同样的内容不再发；要补充请另写一条，要更正请用“更正”。", earlier=number)
        if not DispatchState(state).is_over:
            raise Refused(f"同样的内容，推送任务 {number}（{DispatchState(state).words}）还没有结束，用的是重新送审前的签名或模板。"
                          "请先停止它，再回到这里发；收到过的不会再收到。", earlier=number)
    return tuple(number for number, *_ in before)


def _carries(limits: Limits) -> dict[str, Any]:
    """What planning has to know of a channel: its quota of the day, and for which template followers must have opened it."""
    return {"per_day": limits.per_day, **({"consent_for": limits.consent_for} if limits.needs_opening else {})}


def _contents(view: NoticeView, channels: OpenChannels, *, correction: bool) -> dict[str, Content]:
    wanted = [name for name in view.channels if name in TARGETED]
    if not wanted and "board" in view.channels:
        return {}
    if not wanted:
        raise Refused(f"信息 {view.reference} 没有选推送通道。请在“通道”（channels）里选 wechat 或 sms，再送审。")
    contents: dict[str, Content] = {}
    for name in wanted:
        content, sender = view.content_for(name, correction=correction), channels.senders.get(name)
        if content is None or sender is None:
            continue
        complaints = sender.complaints(content)
        if complaints:
            raise Refused(f"信息 {view.reference} 现在发不出去：{'；'.join(complaints)}")
        contents[name] = content
    if not contents:
        why = "".join(channels.closed.get(name, "") for name in wanted) or "请管理员在设置里开通，或让编辑换一条通道重新送审。"
        raise Refused(f"信息 {view.reference} 要走的通道（{'、'.join(wanted)}）都没有开通。{why}")
    return contents


def _sms_parts(content: Content | None, register: Register | None) -> int:
    """How many parts one text message is paid as, the signature included."""
    if content is None:
        return 0
    if register is None or content.purpose not in register.templates:
        return parts(content.text)
    return parts(register.templates[content.purpose].whole(content.variables, register.signature))


def _refuse_findings(view: NoticeView, contents: Mapping[str, Content]) -> None:
    draft = restored(view.content)
    own = draft.own_phones | phones_in([view.phone])
    found = [*checks.findings(draft, view.surfaces["web"]["text"]),
             *(one for content in contents.values() for one in scan(content.text, own))]
    if found:
        raise Refused(f"信息 {view.reference} 里有不能外发的号码：{found[0].words}")


def _condition(view: NoticeView, catalogue: Catalogue) -> Condition | None:
    try:
        return parse(view.condition, catalogue)
    except ConditionRefused as refusal:
        raise Refused(f"信息 {view.reference} 的推送范围用不了：{refusal}。{refusal.cure}") from refusal
