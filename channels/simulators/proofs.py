"""The vendors' side of the signatures, written apart from the senders so that neither can hide the other's mistake."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import struct
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote_plus

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SKEW_SECONDS = 15 * 60

_ACS3 = re.compile(r"ACS3-HMAC-SHA256 Credential=([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})")
_TC3 = re.compile(r"TC3-HMAC-SHA256 Credential=([^/]+)/(\d{4}-\d\d-\d\d)/(\w+)/tc3_request,\s*"
                  r"SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})")


def aliyun_fault(
    headers: Mapping[str, str], path: str, query: str, body: bytes, keys: tuple[str, str], now: datetime
) -> str | None:
    """The code Aliyun would refuse a request with, or None when its ACS3 signature is good."""
    match = _ACS3.fullmatch(headers.get("authorization", ""))
    if match is None:
        return "IncompleteSignature"
    key_id, names, given = match.groups()
    if key_id != keys[0]:
        return "InvalidAccessKeyId.NotFound"
    signed = names.split(";")
    must = {"host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"}
    if not must <= set(signed) or signed != sorted(signed):
        return "IncompleteSignature"
    try:
        sent = datetime.strptime(headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except (KeyError, ValueError):
        return "InvalidTimeStamp.Format"
    if abs((now - sent).total_seconds()) > SKEW_SECONDS:
        return "InvalidTimeStamp.Expired"
    payload = hashlib.sha256(body).hexdigest()
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    canonical = "\n".join([
        "POST", path or "/", "&".join(f"{_rfc3986(name)}={_rfc3986(value)}" for name, value in pairs),
        *(f"{name}:{headers.get(name, '').strip()}" for name in signed), "", names, payload,
    ])
    expected = hmac.new(keys[1].encode(), b"ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest().encode(),
                        "sha256").hexdigest()
    is_good = headers["x-acs-content-sha256"] == payload and hmac.compare_digest(expected, given)
    return None if is_good else "SignatureDoesNotMatch"


def tencent_fault(
    headers: Mapping[str, str], path: str, body: bytes, keys: tuple[str, str], now: datetime
) -> str | None:
    """The code Tencent would refuse a request with, or None when its TC3 signature is good."""
    match = _TC3.fullmatch(headers.get("authorization", ""))
    if match is None:
        return "AuthFailure.InvalidAuthorization"
    secret_id, day, service, names, given = match.groups()
    if secret_id != keys[0]:
        return "AuthFailure.SecretIdNotFound"
    stamp = headers.get("x-tc-timestamp", "")
    if not stamp.isdigit() or abs(now.timestamp() - int(stamp)) > 300:
        return "AuthFailure.SignatureExpire"
    if day != datetime.fromtimestamp(int(stamp), UTC).strftime("%Y-%m-%d"):
        return "AuthFailure.SignatureFailure"
    canonical = "POST\n" + path + "\n\n" + "".join(
        f"{name}:{headers.get(name, '').strip()}\n" for name in names.split(";")
    ) + "\n" + names + "\n" + hashlib.sha256(body).hexdigest()
    message = f"TC3-HMAC-SHA256\n{stamp}\n{day}/{service}/tc3_request\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    first = hmac.new(b"TC3" + keys[1].encode(), day.encode(), "sha256").digest()
    second = hmac.new(first, service.encode(), "sha256").digest()
    third = hmac.new(second, b"tc3_request", "sha256").digest()
    expected = hmac.new(third, message.encode(), "sha256").hexdigest()
    return None if hmac.compare_digest(expected, given) else "AuthFailure.SignatureFailure"


def wechat_signature(*parts: str) -> str:
    """SHA-1 over the parts in dictionary order."""
    digest = hashlib.sha1(usedforsecurity=False)
    for part in sorted(parts):
        digest.update(part.encode())
    return digest.hexdigest()


def wechat_sealed(xml: str, aes_key: str, app_id: str) -> str:
    """A message as the platform encrypts it: 16 random bytes, length, message, AppID, padded to 32 bytes."""
    key = base64.b64decode(f"{aes_key}=")
    message = xml.encode()
    plain = os.urandom(16) + struct.pack(">I", len(message)) + message + app_id.encode()
    filling = 32 - len(plain) % 32
    sealing = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(sealing.update(plain + bytes([filling]) * filling) + sealing.finalize()).decode()


def wechat_unsealed(encrypted: str, aes_key: str, app_id: str) -> str:
    """The message inside an encrypted reply; ValueError when it is for another account."""
    key = base64.b64decode(f"{aes_key}=")
    opening = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).decryptor()
    plain = opening.update(base64.b64decode(encrypted)) + opening.finalize()
    body = plain[16:-plain[-1]]
    length = struct.unpack(">I", body[:4])[0]
    if body[4 + length:].decode() != app_id:
        raise ValueError("the reply is not for this account")
    return body[4:4 + length].decode()


def _rfc3986(text: str) -> str:
    return quote_plus(text).replace("+", "%20").replace("*", "%2A").replace("%7E", "~")
