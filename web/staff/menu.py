"""The rooms of the console: their names, where they begin, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.audit import Actor
from web.staff.models import Role

WRITERS = (Role.EDITOR,)
REVIEWERS = (Role.FIRST_REVIEWER, Role.SECOND_REVIEWER, Role.SIGNER)
NOTICE_READERS = (*WRITERS, *REVIEWERS, Role.SENDER, Role.AUDITOR)
PUSH_READERS = (Role.SENDER, Role.SIGNER, Role.EDITOR, Role.AUDITOR)
AGENTS = (Role.AGENT,)
KNOWLEDGE_WRITERS = (Role.AGENT, Role.EDITOR)
KNOWLEDGE_APPROVERS = (Role.EDITOR, *REVIEWERS)
KNOWLEDGE_READERS = (*KNOWLEDGE_WRITERS, *REVIEWERS, Role.AUDITOR)
REGISTER_READERS = (Role.CADRE, Role.EDITOR, Role.AGENT, Role.AUDITOR)
REGISTER_WRITERS = (Role.EDITOR,)
CHANGE_REPORTERS = (Role.CADRE,)
WISH_TAKERS = (Role.AGENT, Role.CADRE, Role.EDITOR)
CHANGE_READERS = (*CHANGE_REPORTERS, *REGISTER_WRITERS)
AUDIENCE_TESTERS = (Role.EDITOR, *REVIEWERS, Role.SENDER, Role.AUDITOR)
CODE_KEEPERS = (Role.CADRE, Role.EDITOR)
LEDGER_READERS = (Role.EDITOR, *REVIEWERS, Role.SENDER, Role.AUDITOR)
# The head of an office reviews second (复审), the leader in charge signs: they are told of what is overdue, and urge.
HEADS = (Role.SECOND_REVIEWER, Role.SIGNER)
CADRES = (Role.CADRE,)
KEEPERS = (Role.ADMINISTRATOR, Role.AUDITOR)


@dataclass(frozen=True)
class Room:
    """One line of the rail; nobody named means every member of the staff."""

    name: str
    endpoint: str
    path: str
    roles: tuple[Role, ...] = ()

    def admits(self, actor: Actor) -> bool:
        """Whether the actor may enter."""
        return not self.roles or holds(actor, *self.roles)


ROOMS = (
    Room("工作台", "staff.desk", "/staff/"),
    Room("村里的事", "staff.village", "/staff/village", CADRES),
    Room("信息发布", "staff.notices", "/staff/notices", NOTICE_READERS),
    Room("定向推送", "staff.dispatches", "/staff/push", PUSH_READERS),
    Room("留言办理", "staff.consultations", "/staff/consultations", AGENTS),
    Room("知识库", "staff.knowledge", "/staff/knowledge", KNOWLEDGE_READERS),
    Room("农户信息", "staff.households", "/staff/households", (*REGISTER_READERS, *AUDIENCE_TESTERS)),
    Room("资金项目", "staff.funds", "/staff/funds", NOTICE_READERS),
    Room("二维码", "staff.codes", "/staff/codes", CODE_KEEPERS),
    Room("台账统计", "staff.ledger", "/staff/ledger", LEDGER_READERS),
    Room("系统管理", "staff.system", "/staff/system", KEEPERS),
)


def holds(actor: Actor, *roles: Role) -> bool:
    """Whether the actor holds one of the roles; an administrator may look into every room."""
    return bool(actor.roles & {*roles, Role.ADMINISTRATOR})


def holds_itself(actor: Actor, *roles: Role) -> bool:
    """Whether the actor holds one of the roles itself: an administrator reviews and sends nothing by being one."""
    return bool(actor.roles & set(roles))


def room_of(path: str) -> Room:
    """The room a page's path lies in."""
    return max((room for room in ROOMS if path.startswith(room.path)), key=lambda room: len(room.path))
