"""What a person does with a simulated telephone: reads the screen, types, scans a code, follows or leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels.simulators.aliyun import reply_letter
from channels.simulators.letters import WechatLetters
from channels.simulators.lines import Gateway
from channels.simulators.postman import Letter
from channels.simulators.telegram import TelegramVendor
from channels.simulators.wechat import WechatVendor
from channels.simulators.world import World


class Phones:
    """The residents' side: everything goes to our hooks as the real platforms bring it."""

    def __init__(self, world: World, letters: WechatLetters, wechat: WechatVendor, telegram: TelegramVendor,
                 lines: Mapping[str, Gateway]) -> None:
        """Shares the screens with the vendors; text messages come by the first gateway of the settings."""
        self._lines = lines
        self._world = world
        self._letters = letters
        self._wechat = wechat
        self._telegram = telegram
        self._followers: set[str] = set()

    def inbox(self, since: int, address: str, limit: int) -> dict[str, Any]:
        """The messages after `since`: {"last", "messages": [{"id", "channel", "address", "direction", "text", …}]}."""
        return {"last": self._world.inbox.last, "messages": self._world.inbox.since(since, limit, address)}

    async def say(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Type a text: {"channel", "address", "text"}; WeChat's passive reply comes back in "replies"."""
        channel, address, text = (str(data.get(name, "")) for name in ("channel", "address", "text"))
        now = self._world.clock.now()
        if not address or not text or channel not in ("wechat", "sms", "telegram"):
            return {"error": "要写 channel（wechat、sms、telegram）、address 和 text。"}
        self._world.inbox.say(channel, address, text, now, "out")
        if channel == "wechat":
            self._followers.add(address)
            return await self._bring(address, self._letters.text(address, text, self._world.number_at(now), now))
        if channel == "sms" and self._world.config.sms.gateways[0] in self._lines:
            self._lines[self._world.config.sms.gateways[0]].say(address, text)
            return {"status": 200, "replies": []}
        if channel == "sms":
            body = reply_letter(address, text, now, self._world.number_at(now))
            answer = await self._world.postman.ask("aliyun", body, "application/json; charset=utf-8")
            return {"status": answer.status if answer else 0, "replies": []}
        self._telegram.say(int(address), text)
        return {"status": 200, "replies": []}

    async def scan(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Scan a parametric code: {"address", "scene"}; whoever does not follow yet follows by it."""
        openid, scene = str(data.get("address", "")), str(data.get("scene", ""))
        if not openid:
            return {"error": "要写 address。"}
        is_new = openid not in self._followers
        self._followers.add(openid)
        self._wechat.left.discard(openid)
        event, key = ("subscribe", f"qrscene_{scene}" if scene else "") if is_new else ("SCAN", scene)
        return await self._bring(openid, self._letters.event(openid, event, key, self._world.clock.now()))

    async def leave(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Unfollow: {"address"}."""
        openid = str(data.get("address", ""))
        self._followers.discard(openid)
        self._wechat.left.add(openid)
        return await self._bring(openid, self._letters.event(openid, "unsubscribe", "", self._world.clock.now()))

    async def _bring(self, openid: str, letter: Letter) -> dict[str, Any]:
        answer = await self._world.postman.ask(letter.hook, letter.body, letter.content_type)
        if answer is None:
            return {"status": 0, "replies": [], "error": "网站没有回答。请看网站进程是否在运行。"}
        text = self._letters.reply_text(answer.body) if answer.status == 200 else None
        if text:
            self._world.inbox.say("wechat", openid, text, self._world.clock.now(), "in")
        return {"status": answer.status, "replies": [text] if text else []}
