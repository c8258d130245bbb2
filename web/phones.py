"""The simulated telephones of the demo's families; mounted only where the vendors are simulated."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from kernel.http import AnswerLost, NotSent
from profiles import divisions
from qrcodes import images, tokens
from qrcodes.codes import BOARD
from qrcodes.models import Code
from web.demo.families import PHONE_FAMILIES, PhoneFamily
from web.demo.loading import openid_of
from web.house import house
from web.rendering import site
from web.security import public

MOST_AT_ONCE = 1000
SHOWN_EACH = 40
LONGEST_TEXT = 300
EXAMPLES = ("医保啥时候交", "我能领什么", "最新", "高龄补贴咋领", "出去打工有啥补助", "养牛补贴咋领")


@dataclass(frozen=True)
class Shown:
    """One message on a screen: sms, card (微信服务通知), text (微信) or mine (what its owner typed)."""

    id: int
    kind: str
    caption: str
    text: str
    title: str
    rows: tuple[tuple[str, str], ...]
    link: str


@dataclass(frozen=True)
class Phone:
    """One family's telephone."""

    id: str
    name: str
    place: str
    story: str
    example: str
    messages: tuple[Shown, ...]


@dataclass(frozen=True)
class Poster:
    """The code on a village's board, to be clicked instead of scanned."""

    place: str
    address: str
    picture: Markup


def blueprints() -> tuple[Blueprint, ...]:
    """The telephones, ready to be registered."""
    blueprint = Blueprint("phones", __name__, url_prefix="/phones")
    blueprint.add_url_rule("", "page", page)
    blueprint.add_url_rule("/inbox", "inbox", inbox)
    blueprint.add_url_rule("/say", "say", say, methods=["POST"])
    return (blueprint,)


@public
def page() -> str:
    """All telephones side by side, with what has arrived."""
    screens, last, is_reachable = _screens()
    with house().database.reading() as session:
        names = divisions.Names(session)
        phones = [Phone(family.reference, family.head, names.name(family.village), family.story, example,
                        tuple(screens.get(family.reference, ())))
                  for family, example in zip(PHONE_FAMILIES, EXAMPLES, strict=True)]
        place = names.place(PHONE_FAMILIES[0].village)
        code = session.scalar(select(Code.id).where(Code.target == PHONE_FAMILIES[0].village, Code.kind == BOARD,
                                                    Code.replaced_by.is_(None)).limit(1))
    return render_template("phones/page.html", phones=phones, since=last, is_reachable=is_reachable,
                           poster=_poster(code, place) if code else None)


@public
def inbox() -> Response:
    """What arrived after `?since=`, as pieces of the page: {"since", "messages": [{"id", "phone", "mine", "html"}]}."""
    since = request.args.get("since", 0, type=int)
    found = _asked([{"since": since, "limit": MOST_AT_ONCE}])
    if found is None:
        abort(503, description="模拟平台没有回应。请用 make run 启动。")
    answer, owners = found[0], _owners()
    messages = [one for one in answer["messages"] if one["address"] in owners]
    pieces = [{"id": one["id"], "phone": owners[one["address"]], "mine": one["direction"] == "out",
               "html": render_template("phones/message.html", message=_shown(one))} for one in messages]
    is_cut = len(answer["messages"]) >= MOST_AT_ONCE
    return jsonify(since=answer["messages"][-1]["id"] if is_cut else answer["last"], messages=pieces)


@public
def say() -> BaseResponse:
    """A resident types into WeChat; the bot's answer comes back over the real callback."""
    owner = request.form.get("phone", "")
    text = request.form.get("text", "").strip()[:LONGEST_TEXT]
    family = next((one for one in PHONE_FAMILIES if one.reference == owner), None)
    if family is None or not text:
        abort(400, description="没有写字。请在手机下面写一句再发。")
    typed = {"channel": "wechat", "address": openid_of(family.reference), "text": text}
    try:
        house().network.post(f"{_simulators()}/phones/say", json.dumps(typed).encode(), {"Content-Type": "application/json"})
    except (NotSent, AnswerLost):
        abort(503, description="模拟平台没有回应。请用 make run 启动。")
    if request.form.get("part"):
        return Response(status=204)
    return redirect(url_for("phones.page", _anchor=family.reference))


def _simulators() -> str:
    return str(house().settings.web.simulators_url).rstrip("/")


def _owners() -> dict[str, str]:
    """Whose each address is: telephones and openids of the demo's heads of household."""
    return {address: family.reference for family in PHONE_FAMILIES for address in _addresses(family)}


def _addresses(family: PhoneFamily) -> tuple[str, str]:
    return family.phone, openid_of(family.reference)


def _screens() -> tuple[dict[str, list[Shown]], int, bool]:
    """What each telephone shows, the newest message's id, and whether the simulators answered."""
    wanted = [(family.reference, address) for family in PHONE_FAMILIES for address in _addresses(family)]
    found = _asked([{"since": 0, "limit": MOST_AT_ONCE, "address": address} for _, address in wanted])
    if found is None:
        return {}, 0, False
    screens: dict[str, list[Mapping[str, Any]]] = {}
    for (reference, _), answer in zip(wanted, found, strict=True):
        screens.setdefault(reference, []).extend(answer["messages"])
    shown = {reference: [_shown(one) for one in _newest(messages)] for reference, messages in screens.items()}
    return shown, min(answer["last"] for answer in found), True


def _newest(messages: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(messages, key=lambda one: int(one["id"]))[-SHOWN_EACH:]


def _asked(queries: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """The simulators' answers to several questions at once, or None when they do not answer."""
    if not _simulators():
        return None

    async def ask() -> list[dict[str, Any]]:
        async with house().network.open(len(queries)) as client:
            answers = await asyncio.gather(*(client.get(f"{_simulators()}/phones/inbox?{urlencode(query)}") for query in queries))
        return [json.loads(answer.body) for answer in answers]

    try:
        return asyncio.run(ask())
    except (NotSent, AnswerLost, ValueError):
        return None


def _shown(message: Mapping[str, Any]) -> Shown:
    at = datetime.fromisoformat(message["at"])
    clock = f"{at.hour}:{at.minute:02d}"
    fields = tuple((str(name), str(words)) for name, words in message.get("fields", ()))
    if message["direction"] == "out":
        kind, caption = "mine", ""
    elif message["channel"] == "sms":
        kind, caption = "sms", f"短信 · {clock}"
    else:
        kind, caption = "card" if fields else "text", f"微信 · {site(house()).name} · {clock}"
    return Shown(int(message["id"]), kind, caption, str(message.get("text", "")), str(message.get("title", "")), fields,
                 str(message.get("link", "")))


def _poster(code: int, place: str) -> Poster:
    token = tokens.make(code, house().token_key)
    address = url_for("public.landing", token=token)
    picture = images.svg(f"{house().settings.web.public_url}{address}", f"{place}公示栏上的二维码")
    return Poster(place, address, Markup(picture))  # noqa: S704 (drawn by us, the place's name is ours)
