"""The address of a carrier's port as one setting: protocol://user:password@host:port/?name=value&…"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class LineAddress:
    """Where to connect and as whom; `contract` is what the carrier agreed on, by our names."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    contract: Mapping[str, str]


def line_address(value: str, scheme: str, port: int, defaults: Mapping[str, str]) -> LineAddress:
    """Read an address; `defaults` names every parameter there is. Raises ValueError with a Chinese sentence, secrets left out."""
    example = f"{scheme}://账号:口令@10.0.0.1:{port}/?{next(iter(defaults))}=…"
    try:
        split = urlsplit(value.strip())
        found = split.port or port
        given = dict(parse_qsl(split.query, keep_blank_values=True, strict_parsing=bool(split.query)))
    except ValueError as error:
        raise ValueError(f"地址写法不对，应写成 {example}") from error
    if split.scheme != scheme or not split.hostname or not split.username or split.path not in ("", "/") or split.fragment:
        raise ValueError(f"地址写法不对，应写成 {example}；口令里的特殊字符写成 %XX")
    unknown = [name for name in given if name not in defaults]
    if unknown:
        raise ValueError(f"没有名为 {unknown[0][:20]} 的参数，可用：{'、'.join(defaults)}")
    user, password = unquote(split.username), unquote(split.password or "")
    if not (user + password + "".join(given.values())).isascii():
        raise ValueError("账号、口令和参数只能是英文字母、数字和符号，请核对开户资料")
    return LineAddress(split.hostname, found, user, password, {**defaults, **given})
