"""What is done to the account as a whole: a broadcast to every follower, the menu, parametric codes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from channels import cleaning, exchange
from channels.exchange import THROTTLE_WAIT, Said, Verdict
from channels.failures import Outcome, OutcomeKind
from channels.splitting import utf8_length
from channels.wechat import errors
from channels.wechat.scenes import SceneBook
from channels.wechat.settings import WechatSettings
from channels.wechat.token import Tokens
from kernel.clock import Clock
from kernel.http import Client

# 群发接口: the same clientmsgid was released before, and its msg_id comes along; too soon after the last try; too long.
_RELEASED_BEFORE, _TOO_SOON, _NO_QUOTA = 45065, 45066, 45028
LONGEST_REFERENCE = 64


class CodeRefused(Exception):
    """A parametric code cannot be had; the sentence says why and what to do."""


class WechatAccount:
    """One 服务号: broadcasts (`Broadcaster`), menu, codes."""

    def __init__(self, settings: WechatSettings, tokens: Tokens, scenes: SceneBook, clock: Clock) -> None:
        """`tokens` is shared with everything that calls the platform."""
        self._settings = settings
        self._tokens = tokens
        self._scenes = scenes
        self._clock = clock

    @property
    def per_month(self) -> int:
        """What one follower gets in a calendar month at the most."""
        return self._settings.wechat_mass_monthly

    def complaints(self, text: str) -> tuple[str, ...]:
        """Only its length can be wrong."""
        size, most = utf8_length(text), self._settings.wechat_reply_bytes
        if size > most:
            return (f"群发的文字有 {size} 字节，最多 {most} 字节（约 {most // 3} 个汉字）。请缩短摘要，重新送审。",)
        return ()

    async def broadcast(self, client: Client, reference: str, text: str) -> Outcome:
        """Release a text to all followers; what was released under this reference before is success of before."""
        if not reference or len(reference) > LONGEST_REFERENCE:
            raise ValueError("a broadcast needs a reference of at most 64 characters")
        said = await self._post(client, "/cgi-bin/message/mass/sendall", {
            "filter": {"is_to_all": True}, "msgtype": "text", "text": {"content": text}, "clientmsgid": reference})
        return self._judged(said)

    async def put_menu(self, client: Client, menu: Mapping[str, Any]) -> Verdict:
        """Replace the account's menu (see `channels.wechat.menu`)."""
        said = await self._post(client, "/cgi-bin/menu/create", menu)
        return said if isinstance(said, Verdict) else errors.judge(said, self._clock.now())

    async def code(self, client: Client, scene: str, *, is_permanent: bool) -> str:
        """What the parametric code of a scene says (an address to draw); made once and kept; raises CodeRefused.

        A code once permanent stays so; a temporary one is made anew when it has ended.
        """
        kept = self._scenes.find(scene, self._clock.now(), is_permanent=is_permanent)
        if kept is not None:
            return kept
        most = self._settings.wechat_permanent_codes
        if is_permanent and self._scenes.permanent() >= most:
            raise CodeRefused(f"永久二维码已有 {most} 个，平台不再给。请改用临时的，或在别处用网页二维码。")
        seconds = int(timedelta(days=self._settings.wechat_code_days).total_seconds())
        action = {"action_info": {"scene": {"scene_str": scene}}}
        said = await self._post(client, "/cgi-bin/qrcode/create", {"action_name": "QR_LIMIT_STR_SCENE", **action} if is_permanent
                                else {"action_name": "QR_STR_SCENE", "expire_seconds": seconds, **action})
        address = "" if isinstance(said, Verdict) else cleaning.clean(said.data.get("url"), 200)
        if isinstance(said, Verdict) or not address:
            verdict = said if isinstance(said, Verdict) else errors.judge(said, self._clock.now())
            raise CodeRefused(f"微信没有给二维码：{verdict.words or verdict.code}。请稍后再试；额度用完请改用临时的。")
        ends = None if is_permanent else self._clock.now() + timedelta(seconds=seconds)
        self._scenes.keep(scene, address, cleaning.clean(said.data.get("ticket"), 200), self._clock.now(), ends)
        return address

    def _judged(self, said: Said | Verdict) -> Outcome:
        if isinstance(said, Verdict):
            return _outcome(said)
        code, words = errors.errcode(said), cleaning.words(said.data.get("errmsg"))
        number = cleaning.reference(said.data.get("msg_id"))
        if code in (0, _RELEASED_BEFORE) and number:
            return Outcome(0, OutcomeKind.ACCEPTED, number, str(code), "" if code == 0 else "此前已经群发")
        if code == _TOO_SOON:
            return Outcome(0, OutcomeKind.THROTTLED, None, str(code), words, THROTTLE_WAIT)
        if code == _NO_QUOTA:
            return Outcome(0, OutcomeKind.REFUSED, None, str(code), "本月的群发次数已经用完")
        verdict = errors.judge(said, self._clock.now())
        # Without a number nothing can ever be matched with it: it was taken or not, we do not know.
        return _outcome(Verdict(OutcomeKind.UNKNOWN, verdict.code, words) if verdict.kind is OutcomeKind.ACCEPTED else verdict)

    async def _post(self, client: Client, path: str, data: Mapping[str, Any]) -> Said | Verdict:
        async def request(token: str) -> Said | Verdict:
            return await exchange.post_json(
                client, f"{self._settings.wechat_api_url}{path}?access_token={quote(token, safe='')}", data)

        return await self._tokens.calling(client, request)


def _outcome(verdict: Verdict) -> Outcome:
    return Outcome(0, verdict.kind, verdict.vendor_reference, verdict.code, verdict.words, verdict.wait)
