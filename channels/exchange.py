"""One request to a vendor and what may be concluded from how it ended, the same for every vendor."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from channels import cleaning
from channels.failures import Fault, Outcome, OutcomeKind
from channels.messages import Message
from kernel.http import Answer, AnswerLost, Client, HostRefused, NotSent

# A line that could not be opened is tried again soon; a vendor that says "too fast" gets its minute.
NOT_SENT_WAIT = timedelta(seconds=5)
THROTTLE_WAIT = timedelta(seconds=60)
LONGEST_WAIT = timedelta(hours=24)
JSON_HEADERS = {"Content-Type": "application/json; charset=utf-8"}
CLOCK_WORDS = "本机时间与平台相差太多，请校准服务器的时间"

# A value as JSON in as few characters as it takes.
written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True)
class Said:
    """A whole answer that is a JSON object."""

    status: int
    data: Mapping[str, Any] = field(repr=False)
    wait: timedelta | None = None

    @property
    def is_throttled(self) -> bool:
        """Whether the vendor answered 429."""
        return self.status == 429


@dataclass(frozen=True)
class Verdict:
    """What an answer, or its absence, means for a message."""

    kind: OutcomeKind
    code: str = ""
    words: str = ""
    wait: timedelta = timedelta(0)
    vendor_reference: str | None = None
    alone: bool = False
    fault: Fault = Fault.GATEWAY

    def outcome(self, message: Message) -> Outcome:
        """The verdict on one message."""
        return Outcome(message.reference, self.kind, self.vendor_reference, self.code, self.words, self.wait, self.alone,
                       self.fault)


def for_all(verdict: Verdict, messages: Sequence[Message]) -> list[Outcome]:
    """The same verdict on every message of a call."""
    return [verdict.outcome(message) for message in messages]


async def post(client: Client, url: str, body: bytes, headers: Mapping[str, str]) -> Said | Verdict:
    """POST once; a JSON object comes back as Said (2xx, 4xx), everything else already as a verdict."""
    try:
        answer = await client.post(url, body, headers)
    except NotSent:
        return Verdict(OutcomeKind.THROTTLED, "not_sent", "连接不上平台，请求没有发出", NOT_SENT_WAIT, fault=Fault.LINE)
    except HostRefused:
        return Verdict(OutcomeKind.MISCONFIGURED, "host_refused", "平台地址不在允许访问的范围内，请检查地址设置")
    except AnswerLost:
        return Verdict(OutcomeKind.UNKNOWN, "answer_lost", "平台没有完整回答，不知是否收到")
    return _judge(answer)


async def post_json(client: Client, url: str, data: Mapping[str, Any]) -> Said | Verdict:
    """POST a JSON object in UTF-8: WeChat shows escaped characters as they stand."""
    return await post(client, url, written(data).encode("utf-8", "replace"), JSON_HEADERS)


def _judge(answer: Answer) -> Said | Verdict:
    code = f"http_{answer.status}"
    if answer.status >= 500 or answer.status == 408:
        return Verdict(OutcomeKind.UNKNOWN, code, "平台出错，不知是否收到")
    if 300 <= answer.status < 400:
        return Verdict(OutcomeKind.MISCONFIGURED, code, "平台要求改用别的地址，请检查地址设置")
    data = read_object(answer.body)
    wait = _retry_after(answer)
    if data is not None:
        return Said(answer.status, data, wait)
    if answer.status == 429:
        return Verdict(OutcomeKind.THROTTLED, code, "平台说发送过快", wait or THROTTLE_WAIT)
    if answer.status >= 400:
        return Verdict(OutcomeKind.MISCONFIGURED, code, "地址上不是短信或微信平台，请检查地址设置")
    return Verdict(OutcomeKind.UNKNOWN, "unreadable", "平台的回答读不懂，不知是否收到")


def read_object(body: bytes) -> dict[str, Any] | None:
    """A JSON object, or None for everything else."""
    try:
        data = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _retry_after(answer: Answer) -> timedelta | None:
    text = answer.headers.get("retry-after", "")
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        return None
    return min(timedelta(seconds=int(text)), LONGEST_WAIT)


def said_words(value: Any) -> str:
    """A vendor's explanation, masked and short."""
    return cleaning.words(value)
