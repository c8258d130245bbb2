"""People and writings the tests of this room share: one county office, its reviewers, its notices."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kernel.audit import Actor
from notices import lifecycle
from notices.drafts import Saved, save_draft
from notices.writing import NoticeDraft, read
from profiles.facts import REGISTER
from profiles.models import Division

COUNTY, TOWNSHIP, VILLAGE = "640425", "640425100", "640425100201"


def person(name: str, *roles: str, area: str = COUNTY) -> Actor:
    return Actor(name, frozenset(roles), area)


EDITOR = person("编辑马芳", "editor")
FIRST = person("科长王强", "first_reviewer")
SECOND = person("主任李红", "second_reviewer")
SIGNER = person("局长陈刚", "signer")


def writing(**changes: Any) -> dict[str, Any]:
    """A good notice as decoded JSON."""
    return {
        "reference": "PY-2026-001", "title": "关于2026年玉米良种补贴申报的通知", "body": "种玉米3亩以上的农户，每亩补60元。\n\n- 带身份证\n- 带社保卡",
        "office": "彭阳县农业农村局", "phone": "0954-7012345", "divisions": [COUNTY], "topic": "种植", "kind": "policy",
        "condition": {"fact": "crop.玉米", "at_least": 3}, "valid_from": "2026-11-01", "valid_until": "2027-04-30",
        "deadline": "2026-12-31", "short_text": "玉米良种补贴可以申请，请到村委会登记", "where": "所在村委会",
        "what_to_bring": "身份证、社保卡", "aspect": "服务", "channels": ["wechat", "sms"], **changes,
    }


def draft(**changes: Any) -> NoticeDraft:
    return read(writing(**changes), REGISTER).draft


def lines(*writings: dict[str, Any]) -> bytes:
    """A JSONL file."""
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in writings).encode()


def found_places(session: Session) -> None:
    session.add_all([Division(code=COUNTY, name="彭阳县", parent=None), Division(code=TOWNSHIP, name="白阳镇", parent=COUNTY),
                     Division(code=VILLAGE, name="姚河村民委员会", parent=TOWNSHIP),
                     Division(code="640425101", name="王洼镇", parent=COUNTY)])


def save(session: Session, now: datetime, **changes: Any) -> Saved:
    return save_draft(session, draft(**changes), EDITOR, now)


def sign(session: Session, now: datetime, reference: str = "PY-2026-001") -> None:
    """Submit and take through the three reviews."""
    lifecycle.submit(session, reference, EDITOR, now)
    for reviewer in (FIRST, SECOND, SIGNER):
        lifecycle.approve(session, reference, reviewer, now)


def put_up(session: Session, now: datetime, **changes: Any) -> None:
    """Write, review and publish."""
    save(session, now, **changes)
    reference = str(changes.get("reference", "PY-2026-001"))
    sign(session, now, reference)
    lifecycle.publish(session, reference, EDITOR, now)
