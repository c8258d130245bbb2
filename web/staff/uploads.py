"""Household tables that wait for a clerk's yes: kept encrypted for a day, seen by nobody but who brought them."""

from __future__ import annotations

import base64
import csv
import io
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kernel.crypto import Keyring
from profiles.reports import ImportReport, RejectedRow
from web.staff.models import Upload

PURPOSE = "upload"
KEPT_FOR = timedelta(days=1)
COLUMNS = ("行号", "列", "值", "原因", "办法")


@dataclass(frozen=True)
class Brought:
    """A table that was brought, what the dry run or the import said of it, and whether it is in."""

    token: str
    file_name: str
    complete_for: str
    report: Mapping[str, Any]
    rejections: tuple[RejectedRow, ...]
    is_done: bool

    @property
    def changes(self) -> Mapping[str, Any]:
        """What a dry run would change."""
        return self.report.get("changes") or {}


def keep(session: Session, keyring: Keyring, owner: str, file_name: str, complete_for: str, content: bytes,
         report: ImportReport, now: datetime) -> str:
    """Keep a table after its dry run; returns the token of its page. What is older than a day goes."""
    session.execute(delete(Upload).where(Upload.made_at < now - KEPT_FOR))
    token = secrets.token_urlsafe(18)
    session.add(Upload(token=token, owner=owner, file_name=file_name[:200], complete_for=complete_for,
                       content=keyring.encrypt(base64.b64encode(content).decode("ascii"), PURPOSE),
                       report=_sealed(keyring, report), made_at=now))
    return token


def find(session: Session, keyring: Keyring, owner: str, token: str) -> Brought | None:
    """A table one brought oneself, or None when it is gone."""
    upload = _own(session, owner, token)
    if upload is None:
        return None
    told = json.loads(keyring.decrypt(upload.report, PURPOSE))
    return Brought(upload.token, upload.file_name, upload.complete_for, told["report"],
                   tuple(RejectedRow(**row) for row in told["rejections"]), upload.is_done)


def content(session: Session, keyring: Keyring, owner: str, token: str) -> bytes | None:
    """The table itself, while it waits."""
    upload = _own(session, owner, token)
    if upload is None or upload.content is None:
        return None
    return base64.b64decode(keyring.decrypt(upload.content, PURPOSE))


def done(session: Session, keyring: Keyring, owner: str, token: str, report: ImportReport) -> None:
    """The table is in: forget its content, keep what came of it."""
    upload = _own(session, owner, token)
    if upload is not None:
        upload.content, upload.report, upload.is_done = None, _sealed(keyring, report), True


def drop(session: Session, owner: str, token: str) -> None:
    """Forget a table that is not to be taken in."""
    session.execute(delete(Upload).where(Upload.token == token, Upload.owner == owner))


def errors_csv(rejections: Sequence[RejectedRow]) -> bytes:
    """The rejected rows as the office's spreadsheet program opens them."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows((one.row, *(harmless(part) for part in (one.column, one.value, one.reason, one.cure)))
                     for one in rejections)
    return text.getvalue().encode("utf-8-sig")


def harmless(value: str) -> str:
    """A value that a spreadsheet program would run as a formula gets an apostrophe."""
    is_formula = value[:1] in ("=", "@", "\t", "\r") or (value[:1] in ("+", "-") and not value[1:2].isdigit())
    return "'" + value if value and is_formula else value


def _own(session: Session, owner: str, token: str) -> Upload | None:
    return session.scalar(select(Upload).where(Upload.token == token, Upload.owner == owner))


def _sealed(keyring: Keyring, report: ImportReport) -> bytes:
    told = {"report": report.as_json(), "rejections": [vars(one) for one in report.rejections]}
    return keyring.encrypt(json.dumps(told, ensure_ascii=False), PURPOSE)
