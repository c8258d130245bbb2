"""The life of a notice as a table: from which state, by which act and role, to which; and who may review whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from notices.models import State


class Act(StrEnum):
    """What is done to a notice."""

    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"

    @property
    def words(self) -> str:
        """The office's word."""
        return {"submit": "送审", "approve": "审核", "return": "退回", "publish": "发布", "withdraw": "撤下"}[self]


ROLE_WORDS = MappingProxyType({
    "editor": "编辑", "first_reviewer": "初审", "second_reviewer": "复审", "signer": "签发",
})
STAGE_WORDS = MappingProxyType({
    State.FIRST_REVIEW: "初审", State.SECOND_REVIEW: "复审", State.SIGNING: "签发",
})


@dataclass(frozen=True)
class Step:
    """Where an act leads, and the roles one of which it needs."""

    to: State
    roles: tuple[str, ...]


STEPS: Mapping[tuple[State, Act], Step] = MappingProxyType({
    (State.DRAFT, Act.SUBMIT): Step(State.FIRST_REVIEW, ("editor",)),
    (State.WITHDRAWN, Act.SUBMIT): Step(State.FIRST_REVIEW, ("editor",)),
    (State.FIRST_REVIEW, Act.APPROVE): Step(State.SECOND_REVIEW, ("first_reviewer",)),
    (State.SECOND_REVIEW, Act.APPROVE): Step(State.SIGNING, ("second_reviewer",)),
    (State.SIGNING, Act.APPROVE): Step(State.APPROVED, ("signer",)),
    (State.FIRST_REVIEW, Act.RETURN): Step(State.DRAFT, ("first_reviewer",)),
    (State.SECOND_REVIEW, Act.RETURN): Step(State.DRAFT, ("second_reviewer",)),
    (State.SIGNING, Act.RETURN): Step(State.DRAFT, ("signer",)),
    (State.APPROVED, Act.PUBLISH): Step(State.PUBLISHED, ("editor", "signer")),
    (State.APPROVED, Act.WITHDRAW): Step(State.WITHDRAWN, ("editor", "signer")),
    (State.PUBLISHED, Act.WITHDRAW): Step(State.WITHDRAWN, ("editor", "signer")),
})


def possible(state: State) -> tuple[Act, ...]:
    """What may be done to a notice in a state."""
    return tuple(act for known, act in STEPS if known is state)


def why_not(state: State, act: Act) -> str:
    """Why an act is impossible in a state, and what comes first."""
    if act is Act.APPROVE:
        cure = "请先由编辑送审" if state in (State.DRAFT, State.WITHDRAWN) else "已经签发过了，不用再审"
    elif act is Act.PUBLISH:
        cure = {State.PUBLISHED: "已经在网上了，不用再发布", State.WITHDRAWN: "撤下的信息要重新送审、签发后才能发布"}.get(
            state, "请先完成初审、复审、签发")
    elif act is Act.SUBMIT:
        cure = "已经在审核中" if state.is_under_review else "已经签发过了；要改文字，请先保存新的草稿"
    elif act is Act.RETURN:
        cure = "只有正在审核的信息才能退回"
    else:
        cure = "已经撤下了" if state is State.WITHDRAWN else "还没有发布，不用撤下"
    return f"现在是“{state.words}”，不能{act.words}。{cure}。"


def why_not_by(name: str, stage: State, authors: Collection[str], reviewers: Collection[str]) -> str | None:
    """Why somebody may not review at a stage: it is their own text, or they reviewed it already; None when they may."""
    if name in authors:
        return f"{name} 写过或送审过这条信息，不能自己做{STAGE_WORDS[stage]}。请换一位有权限的同事。"
    if name in reviewers:
        return f"{name} 已经审过这条信息，一人不能审两道。请换一位有{STAGE_WORDS[stage]}权限的同事。"
    return None
