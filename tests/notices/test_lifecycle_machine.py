"""Whatever is done in whatever order, nothing is approved without three different people on the same words."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from kernel.clock import CHINA
from kernel.database import Base, Database
from notices import lifecycle, reading
from notices.failures import Refused
from notices.models import Notice, Review, Revision, State
from tests.notices.offices import person, save

REFERENCE = "PY-2026-001"
ROLES = {State.FIRST_REVIEW: "first_reviewer", State.SECOND_REVIEW: "second_reviewer", State.SIGNING: "signer"}
PEOPLE = [
    person("甲", "editor", "first_reviewer"), person("乙", "first_reviewer", "second_reviewer"),
    person("丙", "second_reviewer", "signer"), person("丁", "signer", "editor"),
    person("戊", "editor", "first_reviewer", "second_reviewer", "signer"),
    person("外镇", "editor", "first_reviewer", "second_reviewer", "signer", area="640425101"),
]
people = st.sampled_from(PEOPLE)


class NoticeLife(RuleBasedStateMachine):
    """Editors rewrite, people of all roles act at random, and once in a while a row is changed behind their backs."""

    def __init__(self) -> None:
        super().__init__()
        self.database = Database("sqlite://")
        Base.metadata.create_all(self.database.engine)
        self.now = datetime(2026, 11, 23, 10, 0, tzinfo=CHINA)
        self.writers: dict[int, str] = {}
        self.tampered = False

    @initialize()
    def begin(self) -> None:
        with self.database.writing() as session:
            save(session, self.now)

    def _try(self, act: str, who: object, **more: str) -> bool:
        self.now += timedelta(minutes=1)
        try:
            with self.database.writing() as session:
                getattr(lifecycle, act)(session, REFERENCE, who, self.now, **more)
        except Refused:
            return False
        return True

    @rule(who=people)
    def submit(self, who: object) -> None:
        if self._try("submit", who):
            self.tampered = False

    @rule(who=people, answer=st.sampled_from(["cleared", "cleared", "refused"]))
    def approve(self, who: object, answer: str) -> None:
        assert not (self._try("approve", who, confidentiality=answer) and self.tampered)

    @rule(who=people)
    def approve_all_the_way(self, who: object) -> None:
        for reviewer in PEOPLE[:4]:
            self._try("approve", reviewer)

    @rule(who=people)
    def give_back(self, who: object) -> None:
        self._try("give_back", who, reason="再核一遍")

    @rule(who=people)
    def publish(self, who: object) -> None:
        assert not (self._try("publish", who) and self.tampered)

    @rule(who=people)
    def withdraw(self, who: object) -> None:
        self._try("withdraw", who, reason="有误")

    @rule(price=st.integers(10, 99))
    def rewrite(self, price: int) -> None:
        with self.database.writing() as session:
            if save(session, self.now, body=f"每亩补{price}元") == "updated":
                self.tampered = False

    @rule()
    def change_a_row_behind_their_backs(self) -> None:
        with self.database.writing() as session:
            notice = session.scalars(select(Notice)).one()
            revision = session.scalars(select(Revision).where(Revision.number == notice.revision)).one()
            revision.content = {**revision.content, "body": f"{revision.content['body']}！"}
            self.tampered = True

    @invariant()
    def what_is_approved_was_seen_by_three(self) -> None:
        with self.database.reading() as session:
            notice = session.scalar(select(Notice))
            if notice is None:
                return
            if not State(notice.state).may_be_sent:
                assert notice.approved_hash is None or notice.state == State.WITHDRAWN
                return
            reviews = session.scalars(select(Review).where(
                Review.round == notice.round, Review.digest == notice.approved_hash, Review.decision == "approved")).all()
            assert {State(one.stage): one.role for one in reviews} == ROLES
            reviewers = {one.reviewer for one in reviews}
            assert len(reviewers) == 3
            revision = session.scalars(select(Revision).where(Revision.number == notice.revision)).one()
            assert not reviewers & {notice.created_by, notice.submitted_by, revision.written_by, "外镇"}

    @invariant()
    def what_is_sent_is_what_was_approved(self) -> None:
        with self.database.reading() as session:
            view = reading.working(session, REFERENCE)
            if view is None:
                return
            try:
                view.refuse_unsendable()
            except Refused:
                return
            assert not self.tampered
            assert view.state.may_be_sent

    def teardown(self) -> None:
        self.database.close()


NoticeLife.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestNoticeLife = NoticeLife.TestCase
