"""Signatures and encryption of callbacks (developers.weixin.qq.com, 消息加解密说明): SHA-1 over sorted strings, AES-256-CBC."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from wechatpy.crypto import PrpCrypto

# Read without parsing: nothing of a body is parsed before its signature is known to be good.
_ENCRYPTED = re.compile(rb"<Encrypt>\s*(?:<!\[CDATA\[)?([A-Za-z0-9+/=]+)(?:\]\]>)?\s*</Encrypt>")


def signature(*parts: str) -> str:
    """The platform's signature: SHA-1 over the parts, sorted and joined."""
    return hashlib.sha1("".join(sorted(parts)).encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def is_signed(given: str, *parts: str) -> bool:
    """Whether a signature fits, compared in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), signature(*parts).encode())


def cipher_text(body: bytes) -> str | None:
    """What stands in <Encrypt>, or None."""
    found = _ENCRYPTED.search(body)
    return found[1].decode("ascii") if found else None


class Envelope:
    """Opens and closes encrypted messages of one account."""

    def __init__(self, token: str, aes_key: str, app_id: str) -> None:
        """`aes_key` is the 43-character EncodingAESKey."""
        self._token = token
        self._app_id = app_id
        self._crypto = PrpCrypto(base64.b64decode(aes_key + "="))

    def opened(self, encrypted: str) -> str:
        """The message inside; raises whatever the library raises for what is none, or is another account's."""
        return str(self._crypto.decrypt(encrypted, self._app_id))

    def closed(self, xml: str, timestamp: str, nonce: str) -> str:
        """A reply in its envelope, signed."""
        encrypted = self._crypto.encrypt(xml, self._app_id).decode("ascii")
        return (
            f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{signature(self._token, timestamp, nonce, encrypted)}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        )
