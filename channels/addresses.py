"""Addresses of vendors as settings give them."""

from __future__ import annotations

from urllib.parse import urlsplit


def vendor_address(value: str) -> str:
    """An http(s) address without query and without a slash at its end; refuses anything else."""
    value = value.strip()
    try:
        split = urlsplit(value)
        is_good = split.scheme in ("http", "https") and bool(split.hostname) and not split.query and not split.fragment
        _ = split.port
    except ValueError:
        is_good = False
    if not is_good or not value.isascii():
        raise ValueError("应为 http:// 或 https:// 开头的地址，不带 ? 和 #，例如 https://sms.example.cn")
    return value.rstrip("/")


def host_and_path(address: str) -> tuple[str, str]:
    """The Host header and the path that a signature covers."""
    split = urlsplit(address)
    return split.netloc.rpartition("@")[2].lower(), split.path or "/"
