"""TC3-HMAC-SHA256 (cloud.tencent.com 382/52071, 签名方法 v3): JSON bodies, signed headers content-type and host."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

ALGORITHM = "TC3-HMAC-SHA256"
SERVICE = "sms"
CONTENT_TYPE = "application/json; charset=utf-8"
_SIGNED = "content-type;host"


def authorization(
    *, host: str, path: str, body: bytes, secret_id: str, secret_key: str, now: datetime, service: str = SERVICE
) -> str:
    """The Authorization header of one POST; `now` must be the X-TC-Timestamp that goes with it."""
    at = now.astimezone(UTC)
    scope = f"{at:%Y-%m-%d}/{service}/tc3_request"
    headers = f"content-type:{CONTENT_TYPE}\nhost:{host}\n"
    canonical = f"POST\n{path}\n\n{headers}\n{_SIGNED}\n{hashlib.sha256(body).hexdigest()}"
    to_sign = f"{ALGORITHM}\n{int(at.timestamp())}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"TC3{secret_key}".encode()
    for part in (f"{at:%Y-%m-%d}", service, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={secret_id}/{scope}, SignedHeaders={_SIGNED}, Signature={signature}"
