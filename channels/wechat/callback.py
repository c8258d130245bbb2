"""The receiving half of WeChat: every callback is verified before anything of it is parsed."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from wechatpy.parser import parse_message

from channels.contract import Received, Request, Response
from channels.failures import CallbackRefused
from channels.messages import Reply
from channels.splitting import first_piece, utf8_length
from channels.wechat import happenings, reading
from channels.wechat.envelope import Envelope, cipher_text, is_signed
from channels.wechat.settings import WechatSettings
from channels.wechat.signatures import Signatures
from channels.wording import CUT, together
from kernel.clock import Clock

SUCCESS = Response(b"success")
LONGEST_ECHO = 512

log = structlog.get_logger(__name__)


class WechatReceiver:
    """Mounted at `/hooks/wechat`; takes plain and encrypted messages as `encrypt_type` says, or encrypted only."""

    name = "wechat"

    def __init__(self, settings: WechatSettings, clock: Clock, signatures: Signatures | None = None) -> None:
        """`clock` judges how old a callback is; `signatures` are those used at every process."""
        self._settings = settings
        self._clock = clock
        aes_key = settings.wechat_aes_key
        self._signatures = Signatures() if signatures is None else signatures
        self._envelope = Envelope(settings.wechat_token, aes_key, settings.wechat_app_id) if aes_key else None

    def receive(self, request: Request) -> Received:
        """Verify and read a callback; raises CallbackRefused.

        A repeat of signature, timestamp and nonce is the platform's own retry and is read again: Incoming.key and
        Receipt.key let the reader see that it has been answered.
        """
        query = request.query
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        self._refuse_stale(timestamp, request.at or self._clock.now())
        is_encrypted = query.get("encrypt_type", "raw") == "aes"
        if not is_encrypted or "signature" in query:
            self._refuse_forged(query.get("signature", ""), timestamp, nonce)
        if request.method == "GET":
            self._refuse_reused(f"{timestamp} {nonce}", b"")
            return Received(response=Response(query.get("echostr", "")[:LONGEST_ECHO].encode("utf-8", "replace")))
        if request.method != "POST":
            raise CallbackRefused(405, "微信回调只用 GET 和 POST。")
        xml = self._opened(request, timestamp, nonce) if is_encrypted else self._plain(request.body)
        self._refuse_reused(f"{timestamp} {nonce}", b"" if is_encrypted else request.body)
        return self._read(xml, is_encrypted=is_encrypted)

    def acknowledge(self, received: Received, replies: Sequence[Reply]) -> Response:
        """A passive text reply, encrypted when the message was; `success` when there is nothing to say."""
        if received.response is not None:
            return received.response
        text = first_piece(together(replies), self._settings.wechat_reply_bytes, utf8_length, CUT)
        if not text or not received.token.get("person"):
            return SUCCESS
        timestamp = str(int(self._clock.now().timestamp()))
        xml = _text_reply(received.token["person"], received.token["account"], timestamp, text)
        if received.token.get("encrypted") and self._envelope is not None:
            xml = self._envelope.closed(xml, timestamp, secrets.token_hex(8))
        return Response(xml.encode("utf-8", "replace"), "application/xml; charset=utf-8")

    def _refuse_stale(self, timestamp: str, now: datetime) -> None:
        if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
            raise CallbackRefused(403, "回调没有时间戳，已拒收。")
        if abs(now.timestamp() - int(timestamp)) > self._settings.wechat_callback_window:
            raise CallbackRefused(403, "回调的时间戳过期，已拒收。若是真的微信回调，请校准服务器的时间。")

    def _refuse_forged(self, given: str, timestamp: str, nonce: str) -> None:
        if not is_signed(given, self._settings.wechat_token, timestamp, nonce):
            raise CallbackRefused(403, "回调的签名不对，已拒收。若是真的微信回调，请核对 WECHAT_TOKEN。")

    def _refuse_reused(self, signed: str, plain: bytes) -> None:
        """The signature of a plain callback says nothing of its body: one seen on the way would sign any other words.

        An encrypted body has a signature of its own, and its platform's retries are encrypted anew.
        """
        if self._settings.wechat_safe_only:
            return  # no plain one is heard at all
        digest = hashlib.sha256(plain).digest() if plain else b""
        first = self._signatures.first(signed, digest, self._clock.now())
        if digest and first != digest:
            raise CallbackRefused(403, "同一个签名又带来别的内容，已拒收。请在公众平台选安全模式，并设置 WECHAT_SAFE_ONLY=true。")

    def _plain(self, body: bytes) -> bytes:
        if self._settings.wechat_safe_only:
            raise CallbackRefused(403, "只收加密消息，已拒收明文回调。请在公众平台选安全模式。")
        return body

    def _opened(self, request: Request, timestamp: str, nonce: str) -> str:
        encrypted = cipher_text(request.body)
        if self._envelope is None:
            raise CallbackRefused(403, "收到加密消息，但没有设置 WECHAT_AES_KEY，无法解开。")
        if encrypted is None:
            raise CallbackRefused(400, "加密回调里没有 Encrypt 一节，已拒收。")
        given = request.query.get("msg_signature", "")
        if not is_signed(given, self._settings.wechat_token, timestamp, nonce, encrypted):
            raise CallbackRefused(403, "加密回调的签名不对，已拒收。若是真的微信回调，请核对 WECHAT_TOKEN。")
        try:
            return self._envelope.opened(encrypted)
        except Exception as error:  # the library lets ValueError, IndexError, struct.error, InvalidAppId … through
            raise CallbackRefused(400, "加密回调解不开，已拒收。请核对 WECHAT_AES_KEY 和 WECHAT_APP_ID。") from error

    def _read(self, xml: bytes | str, *, is_encrypted: bool) -> Received:
        message = _parsed(xml)
        try:
            besides = _besides(message._data)
            receipt = reading.receipt(message)
            incoming = reading.incoming(message) if receipt is None else None
            people = reading.people(message)
        except Exception as error:  # fields of impossible kinds: the platform would only send them again
            log.warning("a message of the platform had unreadable fields", error=type(error).__name__)
            return Received(response=SUCCESS)
        if besides is not None:
            return besides
        if receipt is not None:
            return Received(receipts=(receipt,), response=SUCCESS)
        if incoming is None:
            return Received(response=SUCCESS)
        return Received(incoming=(incoming,), in_place=True, token={**people, "encrypted": "1" if is_encrypted else ""})


def _besides(data: Any) -> Received | None:
    """What the library has no reading for: consents, fates of subscription messages, broadcasts that ended."""
    if not isinstance(data, dict):
        return None
    consents, receipts, jobs = happenings.consents(data), happenings.receipts(data), happenings.jobs(data)
    if not (consents or receipts or jobs):
        return None
    return Received(receipts=receipts, consents=consents, jobs=jobs, response=SUCCESS)


def _parsed(xml: bytes | str) -> Any:
    """The one guard around parsing: the library raises KeyError, TypeError, ExpatError, UnicodeDecodeError and more."""
    try:
        message = parse_message(xml)
    except Exception as error:
        raise CallbackRefused(400, "回调的内容不是微信的 XML 消息，已拒收。") from error
    if message is None:
        raise CallbackRefused(400, "回调没有内容，已拒收。")
    return message


def _text_reply(person: str, account: str, timestamp: str, text: str) -> str:
    return (
        f"<xml><ToUserName>{_cdata(person)}</ToUserName><FromUserName>{_cdata(account)}</FromUserName>"
        f"<CreateTime>{timestamp}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{_cdata(text)}</Content></xml>"
    )


def _cdata(text: str) -> str:
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"
