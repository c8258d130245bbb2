"""Where unsigned SMS callbacks may come from."""

from __future__ import annotations

import ipaddress

from channels.failures import CallbackRefused

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(text: str) -> tuple[Network, ...]:
    """Networks from a comma-separated list of CIDR."""
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            found.append(ipaddress.ip_network(part, strict=False))
        except ValueError as error:
            raise ValueError(f"“{part}”不是网段，应写成 203.0.113.0/24 的样子") from error
    return tuple(found)


def refuse_strangers(remote: str, allowed: tuple[Network, ...]) -> None:
    """Raise CallbackRefused for a sender outside the list; an empty list lets everybody knock."""
    if not allowed:
        return
    try:
        sender = ipaddress.ip_address(remote)
    except ValueError as error:
        raise CallbackRefused(403, "看不出回调从哪里来，已拒收。") from error
    if not any(sender in network for network in allowed):
        raise CallbackRefused(403, "回调不是从短信平台的网段发来的，已拒收。请检查 SMS_CALLBACK_NETWORKS。")
