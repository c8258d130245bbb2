"""The rest of the simulated platform: subscription messages, broadcasts, parametric codes, the menu, windows of 客服消息."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from channels.simulators.ledger import Taken
from channels.simulators.letters import WechatLetters
from channels.simulators.world import Answered, World
from kernel.clock import in_china

_LONGEST = {"thing": 20, "character_string": 32, "phone_number": 17, "phrase": 5, "name": 20}
MASS_A_MONTH = 4
LONGEST_TEMPORARY = 2_592_000


class WechatDesk:
    """One account; `is_strict` holds its 客服消息 to the windows that `hear` opens."""

    def __init__(self, world: World, letters: WechatLetters, left: set[str]) -> None:
        """`left` are those who no longer follow."""
        self._world = world
        self._letters = letters
        self._left = left
        self.is_strict = False
        self.menu: Mapping[str, Any] | None = None
        self.codes: dict[str, str] = {}
        self.followers = 0
        self._consents: dict[tuple[str, str], int] = {}
        self._windows: dict[str, tuple[datetime, int]] = {}
        self._released: dict[str, int] = {}
        self._months: list[str] = []

    def answer(self, path: str, data: Mapping[str, Any]) -> Answered:
        """Answer one of the account's other paths."""
        if path.endswith("/cgi-bin/message/subscribe/bizsend"):
            return self._subscription(data)
        if path.endswith("/cgi-bin/message/mass/sendall"):
            return self._mass(data)
        if path.endswith("/cgi-bin/qrcode/create"):
            return self._code(data)
        if path.endswith("/cgi-bin/menu/create"):
            return self._menu(data)
        return _refusal(40066)

    def consent(self, openid: str, template: str, *, is_given: bool = True) -> None:
        """A person says yes (one message more) or no, and the account hears of it."""
        self._consents[(openid, template)] = self._consents.get((openid, template), 0) + 1 if is_given else 0
        self._world.postman.put(self._letters.consented(openid, template, self._world.clock.now(), is_given=is_given))

    def hear(self, openid: str, *, hours: float = 48, messages: int = 5) -> None:
        """A window opens by what a person did."""
        self._windows[openid] = (self._world.clock.now() + timedelta(hours=hours), messages)

    def window_fault(self, openid: str) -> str:
        """The code a 客服消息 would be refused with, empty when a window is open; uses one message of it up."""
        if not self.is_strict:
            return ""
        ends, left = self._windows.get(openid, (self._world.clock.now(), 0))
        if self._world.clock.now() >= ends:
            return "45015"
        if left <= 0:
            return "45047"
        self._windows[openid] = (ends, left - 1)
        return ""

    def _subscription(self, data: Mapping[str, Any]) -> Answered:
        openid, template = str(data.get("touser", "")), self._world.config.wechat.subscription
        if not openid or openid in self._left:
            return _refusal(40003)
        if template is None or data.get("template_id") != template.vendor_id:
            return _refusal(40037)
        values = data.get("data")
        if not isinstance(values, dict) or any(breaks_rule(field, values.get(field)) for field in template.fields):
            return _refusal(47003)
        if self._consents.get((openid, template.vendor_id), 0) <= 0:
            return _refusal(43101)
        blanks = {name: str(values[field]["value"]) for field, name in template.fields.items()}
        return Answered(take=lambda: self._take(openid, template.vendor_id, blanks))

    def _take(self, openid: str, template: str, blanks: Mapping[str, str]) -> Mapping[str, Any]:
        now, number = self._world.clock.now(), 4_000_000_000_000_000_000 + self._world.number()
        self._consents[(openid, template)] -= 1
        self._world.ledger.book(Taken("wechat", "", now, str(number), (openid,), (blanks,), template))
        self._world.inbox.say("wechat", openid, "\n".join(blanks.values()), now, "in")
        if self._world.postman.hooks is not None:
            code = 20001 if self._world.faults.fails(openid) else 0
            self._world.postman.put(self._letters.subscription_sent(openid, template, number, code, now))
        return {"errcode": 0, "errmsg": "ok", "msgid": number}

    def _mass(self, data: Mapping[str, Any]) -> Answered:
        client_id, text = str(data.get("clientmsgid", "")), data.get("text")
        if not isinstance(text, dict) or not isinstance(text.get("content"), str) or data.get("msgtype") != "text":
            return _refusal(40008)
        if len(client_id) > 64:
            return _refusal(45067)
        if client_id in self._released:
            return Answered({"errcode": 45065, "errmsg": "clientmsgid exist", "msg_id": self._released[client_id]})
        if self._months.count(f"{in_china(self._world.clock.now()):%Y-%m}") >= MASS_A_MONTH:
            return _refusal(45028)
        return Answered(take=lambda: self._release(client_id, text["content"]))

    def _release(self, client_id: str, text: str) -> Mapping[str, Any]:
        now, number = self._world.clock.now(), 5_000_000 + self._world.number()
        self._released[client_id] = number
        self._months.append(f"{in_china(now):%Y-%m}")
        self._world.ledger.book(Taken("wechat_mass", client_id, now, str(number), ("*",), ({"text": text},)))
        if self._world.postman.hooks is not None:
            self._world.postman.put(self._letters.broadcast_finished(number, "send success", self.followers, 0, now))
        return {"errcode": 0, "errmsg": "send job submission success", "msg_id": number, "msg_data_id": number}

    def _code(self, data: Mapping[str, Any]) -> Answered:
        scene = str(((data.get("action_info") or {}).get("scene") or {}).get("scene_str", ""))
        name, seconds = data.get("action_name"), data.get("expire_seconds")
        is_temporary = name == "QR_STR_SCENE" and isinstance(seconds, int) and 0 < seconds <= LONGEST_TEMPORARY
        if not 1 <= len(scene) <= 64 or not (is_temporary or name == "QR_LIMIT_STR_SCENE"):
            return _refusal(40053)
        address = f"http://weixin.qq.com/q/{self._world.number():024d}"
        self.codes[address] = scene
        return Answered({"ticket": f"gQ{self._world.number()}", "url": address, **({"expire_seconds": seconds} if is_temporary else {})})

    def _menu(self, data: Mapping[str, Any]) -> Answered:
        buttons = data.get("button")
        if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
            return _refusal(40016)
        self.menu = data
        return Answered({"errcode": 0, "errmsg": "ok"})


def breaks_rule(field: str, given: object) -> bool:
    """Whether a field's value is none, or too long for its kind."""
    value = given.get("value") if isinstance(given, dict) else None
    longest = _LONGEST.get(field.rstrip("0123456789"), 40)
    return not isinstance(value, str) or not 1 <= len(value) <= longest


def _refusal(code: int) -> Answered:
    return Answered({"errcode": code, "errmsg": f"simulated refusal {code}"})
