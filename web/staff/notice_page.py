"""One notice as its staff see it: the approval slip, what is sent word for word, what keeps it back, and its trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.splitting import parts, sms_length
from kernel.audit import Actor, AuditEntry
from notices import checks, reading
from notices.models import Review, State
from notices.reading import Reviewed
from notices.surfaces.forms import Forms
from notices.surfaces.rendering import render
from notices.transitions import STAGE_WORDS, STEPS, Act
from notices.views import NoticeView
from notices.writing import restored
from push.models import Dispatch
from push.states import state_words
from web.staff.notice_form import for_clerks

STAGES = (State.FIRST_REVIEW, State.SECOND_REVIEW, State.SIGNING)
DECISIONS = {"approved": "通过", "returned": "退回", "not_cleared": "保密审查未通过，退回"}
ACTS = {
    "notice.drafted": "起草", "notice.revised": "修改", "notice.submit": "送审", "notice.publish": "发布到网站",
    "notice.withdraw": "撤下",
}
CARD_LABELS = {"title": "标题", "what": "内容", "deadline": "时间", "where": "地点", "phone": "电话", "office": "单位"}
REVIEWS = ("notice.approve", "notice.return")


@dataclass(frozen=True)
class Cell:
    """One cell of the approval slip (审签单)."""

    name: str
    mark: str
    who: str = ""
    at: datetime | None = None
    words: str = ""


@dataclass(frozen=True)
class Step:
    """One line of the trail."""

    at: datetime
    act: str
    who: str
    reason: str = ""


@dataclass(frozen=True)
class Faces:
    """What leaves the house, word for word; None for a channel the notice does not use."""

    sms: str | None
    sms_length: int
    sms_parts: int
    card: tuple[tuple[str, str], ...] | None
    link: str
    page: Markup
    board: str
    neutral: str = ""


@dataclass(frozen=True)
class Sent:
    """One dispatch of a notice."""

    number: int
    state: str
    at: datetime
    who: str


@dataclass(frozen=True)
class Looked:
    """What the checks found: what must be mended before it goes on, and what is worth a look."""

    obstacles: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()


def faces(view: NoticeView, signature: str, forms: Forms) -> Faces:
    """The renderings as they are stored; a draft's are made anew, as they would be submitted."""
    stored = render(restored(view.content), forms).stored() if _is_open(view) else view.surfaces
    sms, card = _content(stored, "sms"), _content(stored, "wechat")
    text = f"【{sms.get('form') or signature}】{sms['text']}" if sms else None
    fields = _fields(card) if card else None
    return Faces(
        sms=text, sms_length=sms_length(text or ""), sms_parts=parts(text) if text else 0, card=fields,
        link=(card["link"] or "") if card else "",
        page=Markup(stored["web"]["html"]), board=stored["board"]["text"],  # noqa: S704 - made safe by notices.surfaces.web
        neutral=stored.get("neutral", {}).get("text", ""),
    )


def looked(view: NoticeView, forms: Forms) -> Looked:
    """The findings of the checks in a clerk's words; nothing for what is past checking."""
    if not _is_open(view):
        return Looked()
    surfaces = render(restored(view.content), forms)
    return Looked(tuple(for_clerks(words) for words in checks.obstacles(surfaces)),
                  tuple(for_clerks(words) for words in surfaces.advice()))


def slip(session: Session, view: NoticeView) -> tuple[Cell, ...]:
    """送审, 初审, 复审, 签发, 发布: who did each for these words, where it waits, where it was sent back."""
    reviews = _last_round(session, view)
    state = view.newer or view.state
    submitted = _when(session, view, "notice.submit")
    was_submitted = state is not State.DRAFT or bool(reviews)
    first = Cell("送审", "done", view.submitted_by or "", submitted) if was_submitted else Cell("送审", "now", words="等编辑送审")
    cells = [first, *(_stage(stage, state, reviews) for stage in STAGES)]
    if state is State.WITHDRAWN:
        cells.append(Cell("撤下", "back", at=view.withdrawn_at, words=view.withdrawn_reason or ""))
    elif state is State.PUBLISHED:
        cells.append(Cell("发布", "done", at=view.published_at))
    else:
        cells.append(Cell("发布", "now" if state is State.APPROVED else "", words="等发布" if state is State.APPROVED else ""))
    return tuple(cells)


def trail(session: Session, view: NoticeView) -> list[Step]:
    """Everything that was done to a notice, the latest first."""
    # Each review wrote its act into the trail in the same transaction, so both come in one order.
    reviews = iter(reading.history(session, view.reference))
    steps: list[Step] = []
    for one in session.scalars(select(AuditEntry).where(AuditEntry.subject == f"notice:{view.reference}")
                               .order_by(AuditEntry.id)):
        review = next(reviews, None) if one.act in REVIEWS else None
        if review is not None:
            steps.append(_reviewed(review))
        elif one.act in ACTS:
            steps.append(Step(one.at, ACTS[one.act], _who(one.actor, one.on_behalf_by), str(one.details.get("reason", ""))))
    return steps[::-1]


def may(view: NoticeView, actor: Actor, act: Act) -> bool:
    """Whether role, area and state let the actor do something; the lifecycle has the last word."""
    step = STEPS.get((view.newer or view.state, act))
    in_area = all(actor.may_act_in(code) for code in view.divisions)
    return step is not None and in_area and bool(actor.roles.intersection(step.roles))


def is_own(view: NoticeView, actor: Actor) -> bool:
    """Whether the actor wrote or submitted these words and so may not review them."""
    return actor.name in (view.written_by, view.submitted_by)


def dispatches(session: Session, reference: str) -> list[Sent]:
    """The dispatches of a notice, the latest first."""
    rows = session.scalars(select(Dispatch).where(Dispatch.notice_reference == reference).order_by(Dispatch.id.desc()))
    return [Sent(one.id, state_words(one.state, one.released_at), one.release_at, one.sent_by) for one in rows]


def last_refusal(session: Session, view: NoticeView) -> Reviewed | None:
    """Why the words were sent back, while they have not been submitted again."""
    if view.state is not State.DRAFT:
        return None
    reviews = reading.history(session, view.reference)
    return reviews[-1] if reviews and reviews[-1].decision != "approved" else None


def _is_open(view: NoticeView) -> bool:
    return view.state in (State.DRAFT, State.WITHDRAWN)


def _content(stored: Mapping[str, Any], channel: str) -> Mapping[str, Any] | None:
    pair = stored.get(channel)
    return pair["content"] if isinstance(pair, dict) else None


def _fields(card: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The fields of the card with what stands in each; all that might, where the fields were not approved with the words."""
    variables, form = card["variables"], card.get("form", "")
    names = [part.partition("=")[2] for part in form.split(",")] if form else list(variables)
    return tuple((CARD_LABELS.get(name, name), variables.get(name, "")) for name in names)


def _stage(stage: State, state: State, reviews: Mapping[State, Reviewed]) -> Cell:
    name, review = STAGE_WORDS[stage], reviews.get(stage)
    if review is not None:
        mark = "done" if review.decision == "approved" else "back"
        words = "" if mark == "done" else DECISIONS[review.decision]
        return Cell(name, mark, _who(review.reviewer, review.on_behalf_by), review.at, words)
    return Cell(name, "now", words=f"等{name}") if state is stage else Cell(name, "")


def _last_round(session: Session, view: NoticeView) -> dict[State, Reviewed]:
    """The reviews of the present words: those of the last round, while nothing was submitted or written since."""
    reviews = [one for one in reading.history(session, view.reference) if one.revision == view.revision]
    last = max((one.round for one in reviews), default=0)
    current = session.scalar(select(Review.round).where(Review.notice_id == view.id).order_by(Review.id.desc()).limit(1))
    submitted = _when(session, view, "notice.submit")
    return {one.stage: one for one in reviews
            if one.round == last == current and (submitted is None or one.at >= submitted)}


def _when(session: Session, view: NoticeView, act: str) -> datetime | None:
    return session.scalar(select(AuditEntry.at).where(
        AuditEntry.subject == f"notice:{view.reference}", AuditEntry.act == act).order_by(AuditEntry.id.desc()).limit(1))


def _reviewed(one: Reviewed) -> Step:
    cleared = {"cleared": "，保密审查：可以公开", "refused": "，保密审查：不能公开"}.get(one.confidentiality or "", "")
    return Step(one.at, f"{STAGE_WORDS[one.stage]}{DECISIONS[one.decision]}{cleared}",
                _who(one.reviewer, one.on_behalf_by), one.reason)


def _who(name: str, on_behalf_by: str | None) -> str:
    return f"{name}（{on_behalf_by} 代操作）" if on_behalf_by else name

