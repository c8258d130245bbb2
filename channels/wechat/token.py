"""The access token: one for all processes, fetched by one of them, renewed once when the platform refuses it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta

from channels import exchange
from channels.exchange import THROTTLE_WAIT, Said, Verdict
from channels.failures import OutcomeKind
from channels.waits import until_midnight
from channels.wechat import errors
from channels.wechat.settings import WechatSettings
from channels.wechat.shelf import Kept, TokenStore
from kernel.clock import Clock, in_china
from kernel.http import Client

# stable_token gives the same token until five minutes before its end (developers.weixin.qq.com, 获取稳定版接口调用凭据).
EARLY = timedelta(minutes=5)
LEASE = timedelta(seconds=20)
PATIENCE_SECONDS = 18.0
STEP_SECONDS = 0.1


class TokenMissing(Exception):
    """No token can be had now; `verdict` is what that means for a message, which was not sent."""

    def __init__(self, verdict: Verdict) -> None:
        """Carry the verdict."""
        super().__init__(verdict.words)
        self.verdict = verdict


class Tokens:
    """Hands out the account's token; keeps a copy in this process and the truth in the store."""

    def __init__(self, settings: WechatSettings, store: TokenStore, clock: Clock) -> None:
        """For the account of the settings."""
        self._settings = settings
        self._store = store
        self._clock = clock
        self._kept: Kept | None = None

    async def present(self, client: Client) -> str:
        """A token believed good; raises TokenMissing."""
        kept = self._kept
        if kept is None or not self._is_good(kept):
            kept = self._kept = await self._obtain(client, rejected=None)
        return kept.token

    async def renew(self, client: Client, rejected: str) -> str:
        """A token other than the one the platform has just refused; raises TokenMissing."""
        kept = self._kept
        if kept is None or kept.token == rejected:
            kept = self._kept = await self._obtain(client, rejected=rejected)
        return kept.token

    async def calling(self, client: Client, request: Callable[[str], Awaitable[Said | Verdict]]) -> Said | Verdict:
        """Make a request that needs a token; when the token had ended, renew it and repeat the request once."""
        try:
            kept = self._kept
            token = kept.token if kept is not None and self._is_good(kept) else await self.present(client)
            said = await request(token)
            if isinstance(said, Said) and errors.errcode(said) in errors.TOKEN_ENDED:
                said = await request(await self.renew(client, token))
        except TokenMissing as missing:
            return missing.verdict
        return said

    def _is_good(self, kept: Kept) -> bool:
        return self._clock.now() < kept.expires_at - EARLY

    async def _obtain(self, client: Client, rejected: str | None) -> Kept:
        who = uuid.uuid4().hex
        for _ in range(int(PATIENCE_SECONDS / STEP_SECONDS)):
            kept = await self._usable(rejected)
            if kept is not None:
                return kept
            now = self._clock.now()
            if await asyncio.to_thread(self._store.claim, who, now, now + LEASE):
                return await self._fetch_and_keep(client, who, rejected)
            await asyncio.sleep(STEP_SECONDS)
        raise TokenMissing(Verdict(OutcomeKind.THROTTLED, "no_token", "等不到微信的接口凭据，稍后再发", THROTTLE_WAIT))

    async def _usable(self, rejected: str | None) -> Kept | None:
        kept = await asyncio.to_thread(self._store.read)
        return kept if kept is not None and kept.token != rejected and self._is_good(kept) else None

    async def _fetch_and_keep(self, client: Client, who: str, rejected: str | None) -> Kept:
        try:
            # Somebody may have fetched between our look and our claim.
            kept = await self._usable(rejected)
            if kept is not None:
                await asyncio.to_thread(self._store.release, who)
                return kept
            kept = await self._fetch(client, force=False)
            if kept.token == rejected:
                # The platform repeats a stable token it no longer honours only until it is told to make a new one.
                await self._count_force()
                kept = await self._fetch(client, force=True)
        except BaseException:
            await asyncio.to_thread(self._store.release, who)
            raise
        await asyncio.to_thread(self._store.keep, who, kept, self._clock.now())
        return kept

    async def _count_force(self) -> None:
        """A fault that comes back with every new token must not use up the day's refreshes in a minute."""
        now = self._clock.now()
        most = self._settings.wechat_forced_refreshes
        if not await asyncio.to_thread(self._store.may_force, in_china(now).date(), most):
            raise TokenMissing(Verdict(OutcomeKind.THROTTLED, "forced_refreshes",
                                       f"微信一再不认接口凭据，今天已强制换过 {most} 次，明天再换", until_midnight(now)))

    async def _fetch(self, client: Client, *, force: bool) -> Kept:
        said = await exchange.post_json(client, f"{self._settings.wechat_api_url}/cgi-bin/stable_token", {
            "grant_type": "client_credential", "appid": self._settings.wechat_app_id,
            "secret": self._settings.wechat_app_secret, "force_refresh": force,
        })
        if isinstance(said, Verdict):
            raise TokenMissing(_without_a_token(said))
        token, lasts = said.data.get("access_token"), said.data.get("expires_in")
        if isinstance(token, str) and token and isinstance(lasts, int) and not isinstance(lasts, bool):
            return Kept(token, self._clock.now() + timedelta(seconds=max(0, min(lasts, 86400))))
        raise TokenMissing(_without_a_token(errors.judge(said, self._clock.now())))


def _without_a_token(verdict: Verdict) -> Verdict:
    """Whatever became of fetching the token, the message itself did not leave: it may be sent again."""
    if verdict.kind in (OutcomeKind.MISCONFIGURED, OutcomeKind.REFUSED):
        return Verdict(OutcomeKind.MISCONFIGURED, verdict.code, verdict.words or "微信不给接口凭据，请检查 AppID 和 AppSecret")
    wait = verdict.wait or timedelta(seconds=5)
    return Verdict(OutcomeKind.THROTTLED, f"token_{verdict.code}", verdict.words or "暂时拿不到微信的接口凭据", wait)
