"""All simulated vendors behind one port: /aliyun, /tencent, /wechat, /telegram, /phones, /control; CMPP and SMPP beside them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from channels.simulators.aliyun import AliyunVendor
from channels.simulators.cmpp import CmppVendor
from channels.simulators.faults import Fault, Rule
from channels.simulators.letters import WechatLetters
from channels.simulators.lines import Gateway
from channels.simulators.phones import Phones
from channels.simulators.smpp import SmppVendor
from channels.simulators.telegram import TelegramVendor
from channels.simulators.tencent import TencentVendor
from channels.simulators.wechat import WechatVendor
from channels.simulators.world import Answered, Asked, Vendor, World

JSON_TYPE = "application/json"
MOST_BYTES = 4 * 1024 * 1024


class Simulators:
    """The vendors and the telephones of one world, and the HTTP that reaches them."""

    def __init__(self, world: World) -> None:
        """Nothing is opened before `serve`."""
        self.world = world
        letters = WechatLetters(world.config.wechat)
        self.aliyun, self.tencent = AliyunVendor(world), TencentVendor(world)
        self.wechat = WechatVendor(world, letters)
        self.telegram = TelegramVendor(world)
        self.vendors: Mapping[str, Vendor] = {
            vendor.name: vendor for vendor in (self.aliyun, self.tencent, self.wechat, self.telegram)}
        self.lines: Mapping[str, Gateway] = {one.name: one.gateway for one in (CmppVendor(world), SmppVendor(world))}
        self.phones = Phones(world, letters, self.wechat, self.telegram, self.lines)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        path, _, query = request.raw_path.partition("?")
        room = path.split("/", 2)[1]
        body = await request.read()
        if room in self.vendors:
            headers = {name.lower(): value for name, value in request.headers.items()}
            return await self._vendor(request, self.vendors[room], Asked(request.method, path, query, headers, body))
        if room == "phones":
            return _json(await self._phones(path.rpartition("/")[2], request, body))
        if room == "control":
            return _json(self._control(path.rpartition("/")[2], request, body))
        return _json({"simulators": sorted(self.vendors)} if path == "/" else {"error": "no such path"})

    async def _vendor(self, request: web.BaseRequest, vendor: Vendor, asked: Asked) -> web.StreamResponse:
        self.world.ledger.requests[vendor.name] += 1
        answered = vendor.answer(asked)
        rule = self.world.faults.next(vendor.name) if answered.take is not None else None
        if rule is not None and not rule.fault.is_taken:
            return _not_taken(request, vendor, rule)
        if rule is not None and rule.fault is Fault.LATE:
            # It lies somewhere on the vendor's side and is taken long after whoever asked has given up.
            await asyncio.sleep(float(rule.value or 1))
        data = answered.take() if answered.take is not None else answered.data
        if answered.take is not None and self.world.faults.receipts.early:
            await self.world.postman.round()
        return await _taken(request, data, answered, rule)

    async def _phones(self, act: str, request: web.BaseRequest, body: bytes) -> Mapping[str, Any]:
        if act == "inbox":
            query = request.query
            return self.phones.inbox(_whole(query.get("since"), 0), query.get("address", ""),
                                     min(_whole(query.get("limit"), 200), 1000))
        acts = {"say": self.phones.say, "scan": self.phones.scan, "leave": self.phones.leave}
        data = _read(body)
        return await acts[act](data) if act in acts and data is not None else {"error": "no such act"}

    def _control(self, act: str, request: web.BaseRequest, body: bytes) -> Mapping[str, Any]:
        ledger = self.world.ledger
        if act == "faults" and request.method == "POST":
            self.world.faults.set_from(_read(body) or {})
        elif act == "reset" and request.method == "POST":
            self.world.faults.clear()
            ledger.clear()
        elif act == "ledger":
            since = _whole(request.query.get("since"), 0)
            return {"next": len(ledger.calls), "taken": [
                [taken.vendor, taken.attempt, taken.reference, list(taken.addresses)] for taken in ledger.calls[since:]]}
        return {"requests": dict(ledger.requests), "calls": len(ledger.calls), "messages": ledger.messages,
                "receipts": self.world.postman.delivered, "idle": self.is_idle}

    @property
    def is_idle(self) -> bool:
        """Whether nothing is on its way to us."""
        return self.world.postman.is_idle and all(line.is_idle for line in self.lines.values())


def _not_taken(request: web.BaseRequest, vendor: Vendor, rule: Rule) -> web.StreamResponse:
    if rule.fault is Fault.ERRCODE:
        refusal = vendor.refusal(rule.value)
        return _json(refusal.data, refusal.status)
    if rule.fault is Fault.STATUS:
        status = int(rule.value or 503)
        headers = {"Retry-After": "3"} if status == 429 else None
        return web.Response(status=status, text="simulated fault", headers=headers)
    return _hang_up(request)


async def _taken(
    request: web.BaseRequest, data: Mapping[str, Any], answered: Answered, rule: Rule | None
) -> web.StreamResponse:
    if rule is None or rule.fault is Fault.LATE:
        return _json(data, answered.status)
    if rule.fault is Fault.LOSE_ANSWER:
        return _hang_up(request)
    if rule.fault is Fault.STATUS_AFTER:
        return web.Response(status=int(rule.value or 500), text="simulated fault")
    if rule.fault is Fault.GARBLE:
        return web.Response(text="<html>not what you expect</html>", content_type="text/html")
    if rule.fault is Fault.CUT:
        return await _cut(request, json.dumps(data).encode())
    await asyncio.sleep(float(rule.value or 1))
    return _json(data, answered.status)


async def _cut(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
    """Promise the whole body, send half of it, hang up."""
    response = web.StreamResponse(headers={"Content-Length": str(len(body)), "Content-Type": JSON_TYPE})
    await response.prepare(request)
    await response.write(body[:len(body) // 2])
    return _hang_up(request, response)


def _hang_up(request: web.BaseRequest, response: web.StreamResponse | None = None) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.close()
    return response or web.Response()


def _json(data: Mapping[str, Any], status: int = 200) -> web.Response:
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    return web.Response(body=body, status=status, content_type=JSON_TYPE)


def _read(body: bytes) -> dict[str, Any] | None:
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() else otherwise
