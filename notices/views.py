"""A notice as the rooms above see it: one frozen value with everything a page, a message or a reviewer needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from channels.messages import Content
from notices.digests import digest
from notices.failures import Refused
from notices.models import Notice, Review, Revision, State
from notices.surfaces.fitting import clauses_within, shortened
from notices.surfaces.rendering import content_of
from notices.topics import is_exempt, is_urgent
from notices.transitions import STAGE_WORDS
from notices.writing import Kind, must_arrive_of

LIST_IS_OVER = "公示期已满，名单已从网站撤下。要查看存档，请到发布单位申请。"
LONGEST_GIST = 60


@dataclass(frozen=True)
class NoticeView:
    """One revision of a notice, with where the notice stands.

    `body` is the Markdown the web may show (a public list's names masked), `body_html` the same made safe; `digest` is
    the hash of these very words, `approved_hash` what the signer approved: only when both are equal may it be sent.
    `newer` is the state of a later revision still on its way, None when this is the latest. `must_arrive`: so many days
    before the deadline whoever has it not is looked for, 0 = not.
    """

    id: int
    reference: str
    state: State
    revision: int
    title: str
    summary: str
    body: str = field(repr=False)
    body_html: str = field(repr=False)
    board_text: str = field(repr=False)
    topic: str
    kind: str
    office: str
    phone: str
    document_number: str
    disclosure: str
    aspect: str | None
    divisions: tuple[str, ...]
    condition: Mapping[str, Any] | None
    to: str
    must_arrive: int
    valid_from: date | None
    valid_until: date | None
    deadline: date | None
    short_text: str
    what_to_bring: str
    where: str
    channels: tuple[str, ...]
    digest: str
    approved_hash: str | None
    approved_at: datetime | None
    published_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None
    written_by: str
    submitted_by: str | None
    newer: State | None = None
    reviewers: tuple[tuple[str, date], ...] = ()
    content: Mapping[str, Any] = field(default_factory=dict, repr=False)
    surfaces: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_statutory(self) -> bool:
        """Whether an opt-out does not stop it."""
        return is_exempt(self.topic, self.kind)

    @property
    def is_emergency(self) -> bool:
        """Whether quiet hours do not hold it back and it goes before all others."""
        return is_urgent(self.kind)

    @property
    def kind_words(self) -> str:
        """The office's word for its kind."""
        return Kind(self.kind).words

    @property
    def last_day(self) -> date | None:
        """The last day one can still do something about it: the deadline, else the end of its validity."""
        return min((day for day in (self.deadline, self.valid_until) if day is not None), default=None)

    @property
    def is_intact(self) -> bool:
        """Whether the stored words are, byte for byte, what the signer approved."""
        return self.approved_hash is not None and digest(self.content, self.surfaces) == self.approved_hash

    def content_for(self, channel: str, *, correction: bool = False) -> Content | None:
        """What a channel sends, as approved; None for a channel the notice does not use."""
        return content_of(self.surfaces, channel, correction=correction)

    def refuse_unsendable(self) -> None:
        """Raise Refused, with what to do, unless these very words may be sent now."""
        if self.newer is State.APPROVED:
            raise Refused(f"信息 {self.reference} 的新版本已签发、还没有发布。请先发布新版本，再发送。")
        if self.newer is not None:
            raise Refused(f"信息 {self.reference} 在签发后有人改了文字，新版本现在是“{self.newer.words}”。请重新送审、签发并发布，再发送。")
        if not self.state.may_be_sent:
            raise Refused(f"信息 {self.reference} 现在是“{self.state.words}”，还不能发送。请先完成初审、复审、签发。")
        if not self.is_intact:
            raise Refused(f"信息 {self.reference}：有人在签发后改了文字，请重新送审。")


def view(notice: Notice, revision: Revision, reviews: tuple[Review, ...], today: date) -> NoticeView:
    """A notice read at one of its revisions; a public list whose period is over shows no names any more."""
    content, page = revision.content, revision.surfaces["web"]
    is_over = revision.kind == Kind.PUBLIC_LIST and revision.valid_until is not None and revision.valid_until < today
    state = State(notice.state)
    is_published = notice.published_revision == revision.number
    if is_published:
        state = State.PUBLISHED if notice.withdrawn_at is None else State.WITHDRAWN
    return NoticeView(
        id=notice.id, reference=notice.reference, state=state, revision=revision.number, title=revision.title,
        summary=content["summary"] or gist(LIST_IS_OVER if is_over else page["text"]),
        body=LIST_IS_OVER if is_over else page["markdown"],
        body_html=f"<p>{LIST_IS_OVER}</p>" if is_over else page["html"],
        board_text=LIST_IS_OVER if is_over else revision.surfaces["board"]["text"],
        topic=revision.topic, kind=revision.kind, office=content["office"], phone=content["phone"],
        document_number=content["document_number"], disclosure=content["property"], aspect=revision.aspect,
        divisions=tuple(content["divisions"]), condition=content["condition"], to=content["to"],
        must_arrive=must_arrive_of(content), valid_from=revision.valid_from, valid_until=revision.valid_until,
        deadline=revision.deadline, short_text=content["short_text"], what_to_bring=content["what_to_bring"],
        where=content["where"], channels=tuple(content["channels"]), digest=revision.digest,
        approved_hash=notice.approved_hash, approved_at=notice.approved_at, published_at=notice.published_at,
        withdrawn_at=notice.withdrawn_at, withdrawn_reason=notice.withdrawn_reason, written_by=revision.written_by,
        submitted_by=notice.submitted_by,
        newer=State(notice.state) if is_published and notice.revision != revision.number else None,
        reviewers=_signatures(reviews, revision), content=content, surfaces=revision.surfaces,
    )


def gist(text: str) -> str:
    """The first sentences of a text in at most 60 characters."""
    line = " ".join(text.split())
    return clauses_within(line, LONGEST_GIST) or shortened(line, LONGEST_GIST)


def _signatures(reviews: tuple[Review, ...], revision: Revision) -> tuple[tuple[str, date], ...]:
    """Who reviewed these words, by role and day, in the order of the stages; the last round counts."""
    last = {State(review.stage): review for review in sorted(reviews, key=lambda one: one.id)
            if review.decision == "approved" and review.digest == revision.digest}
    return tuple((words, last[stage].at.date()) for stage, words in STAGE_WORDS.items() if stage in last)
