"""ACS3-HMAC-SHA256 (help.aliyun.com 2593177, V3版本请求体&签名机制): a signed POST with parameters in the query or a form."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

ALGORITHM = "ACS3-HMAC-SHA256"
VERSION = "2017-05-25"
FORM = "application/x-www-form-urlencoded"


def canonical_query(parameters: Mapping[str, str]) -> str:
    """Parameters sorted by name, each side percent-encoded (RFC 3986): goes out as it is signed."""
    return "&".join(f"{_encode(name)}={_encode(parameters[name])}" for name in sorted(parameters))


def signed_headers(
    *, action: str, host: str, path: str, query: str, body: bytes, key_id: str, secret: str, now: datetime,
    nonce: str, version: str = VERSION, content_type: str | None = FORM,
) -> dict[str, str]:
    """The headers of one signed POST; whatever content type goes over the wire is signed with them."""
    digest = hashlib.sha256(body).hexdigest()
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": digest,
        "x-acs-date": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    if content_type:
        headers["content-type"] = content_type
    names = sorted(headers)
    signed = ";".join(names)
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    canonical = f"POST\n{path}\n{query}\n{lines}\n{signed}\n{digest}"
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = f"{ALGORITHM} Credential={key_id},SignedHeaders={signed},Signature={signature}"
    return headers


def _encode(text: str) -> str:
    return quote(text, safe="-_.~")
