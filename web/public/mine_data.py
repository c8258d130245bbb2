"""What is held of oneself: a summary, everything on one page or as a file, and asking to have it corrected or erased."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response, make_response, render_template, request
from sqlalchemy.orm import Session

from kernel import holdings
from kernel.holdings import Fate, Subject
from profiles import access, data_requests, divisions
from profiles.data_requests import Asked, RequestKind, RequestRefused
from profiles.models import Resident
from profiles.privacy import masked_id_number, masked_words
from profiles.subjects import subject
from web.holdings import HOLDINGS, copy_of, whom
from web.house import house
from web.public.mine_session import Me, Reply, bound, kept_to_oneself
from web.sealed import SEALED

DOCUMENT = "证件号码"
VILLAGE_CODE, VILLAGE = "村代码", "所在的村"
SHOWN_A_KIND = 30


def context(session: Session, me: Me) -> Mapping[str, Any]:
    """How much of each kind is held, and what one has asked of the office."""
    told = _held(session, me)
    return {"counts": {kind: len(rows) for kind, rows in told.items()}, "requests": _requests(session, me)}


@bound
def everything(me: Me) -> Response:
    """All that is held, on one page that can be read and printed."""
    with house().database.writing() as session:
        told = _held(session, me)
        access.looked_at_own(session, house().clock.now(), whom(_subject(session, me)))
    return kept_to_oneself(render_template("public/mine/everything.html", me=me, told=told, most=SHOWN_A_KIND))


@bound
def download(me: Me) -> Response:
    """The same as a file."""
    with house().database.writing() as session:
        who = _subject(session, me)
        told = copy_of(house(), session, who)
        told["内容"] = _held(session, me)
        access.looked_at_own(session, house().clock.now(), whom(who))
    response = make_response(json.dumps(told, ensure_ascii=False, indent=2))
    response.headers.update({"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store",
                             "Content-Disposition": "attachment; filename=my-data.json"})
    return response


@bound
def ask(me: Me) -> Reply | Response:
    """Ask the office to correct or to erase; erasing first shows what would go and what the law keeps."""
    chosen = request.form.get("kind", "")
    if chosen not in set(RequestKind):
        return Reply(faults=("没有选要办什么。请点“申请更正”或“申请删除”。",))
    kind = RequestKind(chosen)
    if kind is RequestKind.ERASE and request.form.get("confirmed") != "yes":
        return _confirm(me)
    try:
        with house().database.writing() as session:
            asked = data_requests.ask(session, house().keyring, kind, me.resident_id, me.reference, me.division,
                                      request.form.get("words", ""), house().clock.now(),
                                      house().settings.retention.answer_requests_days)
    except RequestRefused as refused:
        return Reply(faults=(str(refused),))
    return Reply(done=f"您的{kind.words}申请已收到，编号 {asked.number}，{asked.due_on.month}月{asked.due_on.day}日前办结。"
                          "结果写在这一页。")


def _confirm(me: Me) -> Response:
    """What an erasure would do, tried out and taken back."""
    with house().database.writing() as session:
        ended = holdings.erase(session, house().keyring, SEALED, HOLDINGS, _subject(session, me), house().clock.now(), masked_words,
                               from_register=False)
        session.rollback()
    return kept_to_oneself(render_template(
        "public/mine/erase.html", me=me, gone=[one for one in ended if one.fate is Fate.DELETED],
        kept=[one for one in ended if one.fate is not Fate.DELETED]))


def _subject(session: Session, me: Me) -> Subject:
    return subject(session, house().keyring, session.get_one(Resident, me.resident_id))


def _held(session: Session, me: Me) -> dict[str, list[dict[str, object]]]:
    """A copy for a telephone's screen, which others may see: the identity number is masked, the village has its name."""
    told = holdings.copy(session, house().keyring, SEALED, HOLDINGS, _subject(session, me))
    for rows in told.values():
        for row in rows:
            if DOCUMENT in row:
                row[DOCUMENT] = masked_id_number(str(row[DOCUMENT]))
            if VILLAGE_CODE in row:
                row[VILLAGE] = divisions.place(session, str(code := row.pop(VILLAGE_CODE))) or code
    return told


def _requests(session: Session, me: Me) -> list[Asked]:
    return data_requests.of_resident(session, house().keyring, me.resident_id)
