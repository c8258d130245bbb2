"""Second implementations of the vendors' published algorithms, written from their documents for the tests alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import urllib.parse
from datetime import UTC, datetime

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC


def sha256_hex(data: bytes) -> str:
    return hashlib.new("sha256", data).hexdigest()


def acs3_signature(secret: str, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes) -> str:
    """Aliyun, V3版本请求体&签名机制: `headers` are exactly those that are signed, without Authorization."""
    encoded = "&".join(
        urllib.parse.quote(name, safe="") + "=" + urllib.parse.quote(query[name], safe="") for name in sorted(query))
    lower = {name.lower(): value.strip() for name, value in headers.items()}
    block = "".join(f"{name}:{lower[name]}\n" for name in sorted(lower))
    request = "\n".join((method, path, encoded, block, ";".join(sorted(lower)), sha256_hex(body)))
    to_sign = "ACS3-HMAC-SHA256\n" + sha256_hex(request.encode("utf-8"))
    return hmac.digest(secret.encode("utf-8"), to_sign.encode("utf-8"), "sha256").hex()


def tc3_signature(secret: str, service: str, stamp: int, headers: dict[str, str], body: bytes, path: str = "/") -> str:
    """Tencent, 签名方法 v3: `headers` are exactly those that are signed; values as sent."""
    date = datetime.fromtimestamp(stamp, UTC).date().isoformat()
    names = sorted(headers)
    request = "POST\n" + path + "\n\n"
    for name in names:
        request += name + ":" + headers[name] + "\n"
    request += "\n" + ";".join(names) + "\n" + sha256_hex(body)
    to_sign = "\n".join(("TC3-HMAC-SHA256", str(stamp), f"{date}/{service}/tc3_request", sha256_hex(request.encode())))
    key = hmac.digest(("TC3" + secret).encode(), date.encode(), "sha256")
    key = hmac.digest(key, service.encode(), "sha256")
    key = hmac.digest(key, b"tc3_request", "sha256")
    return hmac.digest(key, to_sign.encode(), "sha256").hex()


def wechat_sha1(*parts: str) -> str:
    """消息加解密说明: sha1 of the sorted parts put together."""
    return hashlib.new("sha1", "".join(sorted(parts)).encode("utf-8")).hexdigest()


def wechat_encrypt(xml: bytes, aes_key: str, app_id: str) -> str:
    """AES-256-CBC over random(16) + length(4, network order) + message + AppID, PKCS#7 to blocks of 32."""
    key = base64.b64decode(aes_key + "=")
    text = os.urandom(16) + len(xml).to_bytes(4, "big") + xml + app_id.encode()
    pad = 32 - (len(text) & 31)
    worker = Cipher(AES(key), CBC(key[0:16])).encryptor()
    return base64.b64encode(worker.update(text + pad.to_bytes(1, "big") * pad) + worker.finalize()).decode()


def wechat_decrypt(encrypted: str, aes_key: str) -> tuple[str, str]:
    """The message and the AppID it is for."""
    key = base64.b64decode(aes_key + "=")
    worker = Cipher(AES(key), CBC(key[0:16])).decryptor()
    text = worker.update(base64.b64decode(encrypted)) + worker.finalize()
    text = text[16:len(text) - text[-1]]
    size = int.from_bytes(text[:4], "big")
    return text[4:4 + size].decode(), text[4 + size:].decode()
