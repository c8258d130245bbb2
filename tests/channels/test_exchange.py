"""What may be concluded from an answer before any vendor's own words are read."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest

from channels.exchange import Said, Verdict, post_json
from channels.failures import OutcomeKind
from kernel.http import Network
from tests.channels.calling import HookCalls, run, speaking


def asked(network: Network, address: str) -> Said | Verdict:
    return run(network, lambda client: post_json(client, f"{address}/x", {"字": "值"}))


def test_a_long_answer_that_comes_in_many_pieces_arrives_whole(network: Network) -> None:
    body = json.dumps({"numbers": ["139"] * 60_000}).encode()

    async def slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        for start in range(0, len(body), 50_000):
            writer.write(body[start:start + 50_000])
            await writer.drain()
            await asyncio.sleep(0.01)

    async def both(client) -> Said | Verdict:
        async with await asyncio.start_server(slowly, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            return await post_json(client, f"http://127.0.0.1:{port}/", {})

    said = run(network, both)
    assert isinstance(said, Said)
    assert len(said.data["numbers"]) == 60_000


@pytest.mark.parametrize(("status", "body", "kind"), [
    (200, b"<html>", OutcomeKind.UNKNOWN), (300, b"{}", OutcomeKind.MISCONFIGURED), (302, b"", OutcomeKind.MISCONFIGURED),
    (401, b"no", OutcomeKind.MISCONFIGURED),
    (408, b"{}", OutcomeKind.UNKNOWN), (429, b"slow down", OutcomeKind.THROTTLED), (500, b"{}", OutcomeKind.UNKNOWN),
    (503, b"{}", OutcomeKind.UNKNOWN),
])
def test_the_status_alone_says_this_much(status: int, body: bytes, kind: OutcomeKind, hooks: HookCalls, network: Network) -> None:
    hooks.answer = lambda name, request: (status, body)
    verdict = asked(network, hooks.address)
    assert isinstance(verdict, Verdict)
    assert verdict.kind is kind
    assert (verdict.wait > timedelta(0)) == (kind is OutcomeKind.THROTTLED)


def test_nobody_is_made_to_rest_for_longer_than_a_day(network: Network) -> None:
    with speaking(b"HTTP/1.1 429 Too Many\r\nRetry-After: 999999\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") as address:
        verdict = asked(network, address)
    assert isinstance(verdict, Verdict)
    assert verdict.wait == timedelta(hours=24)


def test_words_go_out_in_utf8_and_unescaped(hooks: HookCalls, network: Network) -> None:
    hooks.answer = lambda name, request: (200, b"{}")
    asked(network, hooks.address)
    assert hooks.requests[0][1].body == '{"字":"值"}'.encode()


def test_a_host_that_is_not_allowed_is_a_matter_of_settings(hooks: HookCalls) -> None:
    verdict = asked(Network(lambda host: False), hooks.address)
    assert isinstance(verdict, Verdict)
    assert verdict.kind is OutcomeKind.MISCONFIGURED
    assert hooks.requests == []
