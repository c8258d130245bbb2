"""The WeChat platform as it is seen over the wire: stable_token, template messages, 客服消息, and their fates.

Subscription messages, broadcasts, menu and codes stand in `wechat_desk`.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from channels.simulators.ledger import Taken
from channels.simulators.letters import WechatLetters
from channels.simulators.wechat_desk import WechatDesk, breaks_rule
from channels.simulators.world import Answered, Asked, World
from channels.wechat.templates import CardTemplate

TOKEN_SECONDS = 7200
# A client_msg_id is de-duplicated per openid for ten minutes.
DEDUPLICATED = timedelta(minutes=10)
LABELS = {"title": "事项", "deadline": "时间", "where": "地点", "phone": "电话"}


class WechatVendor:
    """One simulated 服务号; every openid follows it unless it was said to have left."""

    name = "wechat"

    def __init__(self, world: World, letters: WechatLetters) -> None:
        """Templates are those of the world's settings."""
        self._world = world
        self._letters = letters
        self._settings = world.config.wechat
        self._templates: Mapping[str, CardTemplate] = {
            template.vendor_id: template for template in self._settings.templates.values()}
        self._token = ""
        self._ends = world.clock.now()
        self._sent: dict[tuple[str, str], tuple[int, datetime]] = {}
        self.left: set[str] = set()
        self.tokens_made = 0
        self.desk = WechatDesk(world, letters, self.left)

    def answer(self, asked: Asked) -> Answered:
        """Answer one of the paths under /cgi-bin/."""
        data = _object(asked.body)
        if asked.path.endswith("/cgi-bin/stable_token"):
            return self._stable_token(data)
        if asked.path.endswith("/cgi-bin/token"):
            return self._stable_token({**{k: v[0] for k, v in parse_qs(asked.query).items()}, "force_refresh": True})
        token = parse_qs(asked.query).get("access_token", [""])[0]
        if not token:
            return self.refusal("41001")
        if token != self._token or self._world.clock.now() >= self._ends:
            return self.refusal("40001" if token != self._token else "42001")
        if asked.path.endswith("/cgi-bin/message/template/send"):
            return self._template(data)
        if asked.path.endswith("/cgi-bin/message/custom/send"):
            return self._custom(data)
        return self.desk.answer(asked.path, data)

    def refusal(self, code: str) -> Answered:
        """An errcode inside an HTTP 200."""
        return Answered({"errcode": int(code), "errmsg": f"simulated refusal {code}"})

    def end_token(self) -> None:
        """Let the present token end at once, as a reset of the secret does."""
        self._token = ""

    def _stable_token(self, data: Mapping[str, Any]) -> Answered:
        if data.get("appid") != self._settings.wechat_app_id:
            return self.refusal("40013")
        if data.get("secret") != self._settings.wechat_app_secret:
            return self.refusal("40125")
        now = self._world.clock.now()
        if data.get("force_refresh") or not self._token or now >= self._ends - timedelta(minutes=5):
            self._token, self._ends = secrets.token_urlsafe(48), now + timedelta(seconds=TOKEN_SECONDS)
            self.tokens_made += 1
        return Answered({"access_token": self._token, "expires_in": int((self._ends - now).total_seconds())})

    def _template(self, data: Mapping[str, Any]) -> Answered:
        openid, template = str(data.get("touser", "")), self._templates.get(str(data.get("template_id")))
        values = data.get("data")
        if not openid:
            return self.refusal("40003")
        if openid in self.left:
            return self.refusal("43004")
        if template is None:
            return self.refusal("40037")
        if not isinstance(values, dict) or any(breaks_rule(field, values.get(field)) for field in template.fields):
            return self.refusal("47003")
        return Answered(take=lambda: self._take(openid, template, data))

    def _take(self, openid: str, template: CardTemplate, data: Mapping[str, Any]) -> Mapping[str, Any]:
        now, client_id = self._world.clock.now(), str(data.get("client_msg_id", ""))
        before = self._sent.get((openid, client_id)) if client_id else None
        if before is not None and now - before[1] < DEDUPLICATED:
            return {"errcode": 0, "errmsg": "ok", "msgid": before[0]}
        number = 3_000_000_000_000_000_000 + self._world.number()
        self._sent[(openid, client_id)] = (number, now)
        blanks = {name: str(data["data"][field]["value"]) for field, name in template.fields.items()}
        self._world.ledger.book(Taken(self.name, client_id, now, str(number), (openid,), (blanks,), template.vendor_id))
        link = str(data.get("url", ""))
        self._world.inbox.arrive("wechat", (openid,), now, lambda _: _card(blanks, link))
        if self._world.postman.hooks is not None:
            status = "failed:user block" if self._world.faults.fails(openid) else "success"
            self._world.postman.put(self._letters.job_finished(openid, number, status, now))
        return {"errcode": 0, "errmsg": "ok", "msgid": number}

    def _custom(self, data: Mapping[str, Any]) -> Answered:
        openid, text = str(data.get("touser", "")), data.get("text")
        if openid in self.left or not openid:
            return self.refusal("43004" if openid else "40003")
        if not isinstance(text, dict) or not isinstance(text.get("content"), str):
            return self.refusal("44004")
        refused = self.desk.window_fault(openid)
        if refused:
            return self.refusal(refused)
        return Answered(take=lambda: self._say(openid, text["content"]))

    def _say(self, openid: str, text: str) -> Mapping[str, Any]:
        now = self._world.clock.now()
        self._world.ledger.book(Taken("wechat_custom", "", now, "", (openid,), ({"text": text},)))
        self._world.inbox.say("wechat", openid, text, now, "in")
        return {"errcode": 0, "errmsg": "ok"}


def _card(blanks: Mapping[str, str], link: str) -> dict[str, Any]:
    rows = [[LABELS.get(name, name), value] for name, value in blanks.items()]
    return {"title": "办事通知", "fields": rows, "link": link, "text": "\n".join(f"{name}：{value}" for name, value in rows)}


def _object(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body.decode())
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
