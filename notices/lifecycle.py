"""Submit, three reviews, publish, withdraw: each act checked, recorded, and bound to the very words it was said of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kernel import audit
from kernel.audit import Actor
from notices import checks, publishing
from notices.digests import digest
from notices.drafts import current_revision, refresh
from notices.failures import Refused
from notices.models import Notice, NoticeDivision, Review, Revision, State
from notices.surfaces.forms import Forms
from notices.surfaces.rendering import render
from notices.transitions import ROLE_WORDS, STEPS, Act, Step, why_not, why_not_by
from notices.writing import Property, restored

CHANGED = "有人在{when}后改了文字，请重新送审。"
LONGEST_REASON = 200


@dataclass(frozen=True)
class NoticeState:
    """What came of an act."""

    reference: str
    state: State


def submit(
    session: Session, reference: str, actor: Actor, now: datetime, reason: str = "", forms: Forms | None = None
) -> NoticeState:
    """Send a draft into review (editor): renderings are made anew, and nothing with an obstacle goes on."""
    notice, step = _admitted(session, reference, actor, Act.SUBMIT)
    revision = current_revision(session, notice)
    surfaces = render(restored(revision.content), forms)
    refresh(revision, surfaces)
    _refuse_obstacles(checks.obstacles(surfaces), "送审")
    notice.round += 1
    notice.submitted_by = actor.name
    notice.approved_hash = notice.approved_at = None
    return _done(session, notice, step.to, actor, now, Act.SUBMIT, {"revision": revision.number, "reason": reason})


def approve(
    session: Session, reference: str, actor: Actor, now: datetime, reason: str = "", confidentiality: str = "cleared"
) -> NoticeState:
    """Say yes at the stage the notice stands at; the signer's yes carries the answer of the confidentiality review.

    `confidentiality` is cleared or refused; refused sends the notice back to draft.
    """
    notice, step = _admitted(session, reference, actor, Act.APPROVE)
    if confidentiality not in ("cleared", "refused"):
        raise Refused(f"保密审查结论“{confidentiality}”看不懂。请写 cleared（可以公开）或 refused（不可公开）。")
    is_signing = notice.state is State.SIGNING
    if confidentiality == "refused" and not is_signing:
        raise Refused("保密审查结论由签发人在签发时记录。现在认为不能公开的，请退回并写明原因。")
    revision = current_revision(session, notice)
    _refuse_unfit_reviewer(session, notice, revision, actor)
    _refuse_changed(session, notice, revision)
    decision = "not_cleared" if confidentiality == "refused" else "approved"
    session.add(_review(notice, revision, actor, now, decision, reason, confidentiality if is_signing else None))
    to = State.DRAFT if decision == "not_cleared" else step.to
    if to is State.APPROVED:
        notice.approved_hash, notice.approved_at = revision.digest, now
    details = {"stage": notice.state.value, "decision": decision, "digest": revision.digest}
    return _done(session, notice, to, actor, now, Act.APPROVE, details)


def give_back(session: Session, reference: str, actor: Actor, now: datetime, reason: str = "") -> NoticeState:
    """Send a notice back to its editor with a reason."""
    notice, step = _admitted(session, reference, actor, Act.RETURN)
    said = _reason(reason, "退回", "写明哪里要改")
    revision = current_revision(session, notice)
    session.add(_review(notice, revision, actor, now, "returned", said, None))
    details = {"stage": notice.state.value, "reason": said}
    return _done(session, notice, step.to, actor, now, Act.RETURN, details)


def publish(session: Session, reference: str, actor: Actor, now: datetime, reason: str = "") -> NoticeState:
    """Put an approved notice on the web and hand its answers to the knowledge base (editor or signer)."""
    notice, step = _admitted(session, reference, actor, Act.PUBLISH)
    revision = current_revision(session, notice)
    refuse_unapproved(notice, revision, "发布")
    if not Property(revision.content["property"]).is_public:
        words = f"公开属性是“{revision.content['property']}”，不能发布到网站。确要公开，请改公开属性后重新送审；只发给相关农户的，请用定向推送。"
        raise Refused(words)
    notice.published_revision, notice.published_at = revision.number, now
    notice.withdrawn_at = notice.withdrawn_reason = None
    session.execute(delete(NoticeDivision).where(NoticeDivision.notice_id == notice.id))
    session.add_all(NoticeDivision(notice_id=notice.id, division=code) for code in revision.content["divisions"])
    publishing.hand_down(session, revision, actor, now)
    return _done(session, notice, step.to, actor, now, Act.PUBLISH, {"revision": revision.number, "reason": reason})


def withdraw(session: Session, reference: str, actor: Actor, now: datetime, reason: str = "") -> NoticeState:
    """Take a notice down with a reason that the page will show; its answers leave the knowledge base.

    While a newer draft is being written, what is published comes down and the draft stays where it is.
    """
    notice = _locked(session, reference)
    is_up_beside_draft = notice.state not in (State.PUBLISHED, State.APPROVED) and _is_up(notice)
    if is_up_beside_draft:
        _refuse_outsider(session, notice, actor)
        _refuse_role(actor, STEPS[State.PUBLISHED, Act.WITHDRAW], Act.WITHDRAW)
        to = notice.state
    else:
        notice, step = _admitted(session, reference, actor, Act.WITHDRAW)
        to = step.to
    said = _reason(reason, "撤下", "网页上会写明")
    notice.withdrawn_at, notice.withdrawn_reason = now, said
    publishing.take_back(session, notice, said, actor, now)
    return _done(session, notice, to, actor, now, Act.WITHDRAW, {"reason": said})


def refuse_unapproved(notice: Notice, revision: Revision, act: str) -> None:
    """Refuse to publish or send what is not, byte for byte, what was approved, or holds a number that must not go out."""
    if not notice.state.may_be_sent or notice.approved_hash is None:
        raise Refused(f"信息 {notice.reference} 现在是“{notice.state.words}”，还不能{act}。请先完成初审、复审、签发。")
    if digest(revision.content, revision.surfaces) != notice.approved_hash:
        raise Refused(f"信息 {notice.reference}：{CHANGED.format(when='签发')}")
    found = checks.findings(restored(revision.content), revision.surfaces["web"]["text"])
    _refuse_obstacles(tuple(one.words for one in found), act)


def _admitted(session: Session, reference: str, actor: Actor, act: Act) -> tuple[Notice, Step]:
    """The notice, locked, and the step, once state, area and role allow the act."""
    notice = _locked(session, reference)
    _refuse_outsider(session, notice, actor)
    step = STEPS.get((notice.state, act))
    if step is None:
        raise Refused(f"信息 {reference}：{why_not(notice.state, act)}")
    _refuse_role(actor, step, act)
    return notice, step


def _locked(session: Session, reference: str) -> Notice:
    # Two reviewers at the same moment must not both act on the state they saw.
    notice = session.scalar(
        select(Notice).where(Notice.reference == reference).with_for_update().execution_options(populate_existing=True))
    if notice is None:
        raise Refused(f"没有编号为“{reference}”的信息。请核对编号，或先导入。")
    notice.state = State(notice.state)
    return notice


def _refuse_outsider(session: Session, notice: Notice, actor: Actor) -> None:
    for code in current_revision(session, notice).content["divisions"]:
        if not actor.may_act_in(code):
            raise Refused(f"信息 {notice.reference} 适用于 {code}，不在 {actor.name} 的管理范围内。请由管理该地的同事办理。")


def _refuse_role(actor: Actor, step: Step, act: Act) -> None:
    if not actor.roles.intersection(step.roles):
        needed = "或".join(f"“{ROLE_WORDS[role]}”" for role in step.roles)
        raise Refused(f"{actor.name} 没有{needed}权限，不能{act.words}。请由有权限的同事办理，或请管理员给账号加上这个角色。")


def _refuse_unfit_reviewer(session: Session, notice: Notice, revision: Revision, actor: Actor) -> None:
    authors = {notice.created_by, revision.written_by, notice.submitted_by or ""}
    earlier = session.scalars(
        select(Review.reviewer).where(Review.notice_id == notice.id, Review.round == notice.round)).all()
    why = why_not_by(actor.name, notice.state, authors, earlier)
    if why:
        raise Refused(why)


def _refuse_changed(session: Session, notice: Notice, revision: Revision) -> None:
    """Every review of a round must be of the same bytes, whatever happened to the rows in between."""
    approved = session.scalars(select(Review.digest).where(
        Review.notice_id == notice.id, Review.round == notice.round, Review.decision == "approved")).all()
    now_bound = digest(revision.content, revision.surfaces)
    if now_bound != revision.digest or any(bound != now_bound for bound in approved):
        raise Refused(f"信息 {notice.reference}：{CHANGED.format(when='送审')}")


def _refuse_obstacles(obstacles: tuple[str, ...], act: str) -> None:
    if obstacles:
        listed = "\n".join(f"{number}. {words}" for number, words in enumerate(obstacles, start=1))
        raise Refused(f"还不能{act}，请先改好这 {len(obstacles)} 处：\n{listed}")


def _reason(reason: str, act: str, hint: str) -> str:
    said = " ".join(reason.split())
    if not said:
        raise Refused(f"{act}要写原因（{hint}）。命令行请加 --reason。")
    if len(said) > LONGEST_REASON:
        raise Refused(f"原因有 {len(said)} 字，最多 {LONGEST_REASON} 字。请写短一些。")
    return said


def _review(
    notice: Notice, revision: Revision, actor: Actor, now: datetime, decision: str, reason: str, confidentiality: str | None
) -> Review:
    role = STEPS[notice.state, Act.APPROVE].roles[0]
    return Review(notice_id=notice.id, round=notice.round, revision=revision.number, stage=notice.state.value,
                  decision=decision, role=role, reviewer=actor.name, on_behalf_by=actor.on_behalf_by, reason=reason,
                  confidentiality=confidentiality, digest=revision.digest, at=now)


def _is_up(notice: Notice) -> bool:
    return notice.published_revision is not None and notice.withdrawn_at is None


def _done(
    session: Session, notice: Notice, to: State, actor: Actor, now: datetime, act: Act, details: Mapping[str, object]
) -> NoticeState:
    details = {**details, "from": notice.state.value, "to": to.value}
    notice.state = to
    audit.record(session, now, actor, f"notice.{act.value}", f"notice:{notice.reference}", details)
    session.flush()
    return NoticeState(notice.reference, to)
