"""The account's menu from a file: read, and refused with the place of each fault (自定义菜单, 创建接口)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from channels.splitting import utf8_length

MOST, MOST_BELOW = 3, 5
LONGEST_NAME, LONGEST_NAME_BELOW = 16, 60
LONGEST_KEY, LONGEST_ADDRESS = 128, 1024
# What a button may do, and the field that says it; others need materials or a mini program of the account.
_ACTS = {"click": "key", "view": "url", "scancode_push": "key", "scancode_waitmsg": "key", "location_select": "key",
         "pic_sysphoto": "key", "pic_photo_or_album": "key", "pic_weixin": "key"}


class MenuRefused(Exception):
    """A menu that the platform would refuse: every fault with its place."""

    def __init__(self, faults: Sequence[str]) -> None:
        """Carry the faults."""
        super().__init__("".join(faults))
        self.faults = tuple(faults)


def read_menu(text: str, keys: Collection[str] = ()) -> Mapping[str, Any]:
    """The menu a JSON file holds: {"button": [{"name", "type", "key"|"url"} | {"name", "sub_button": […]}]}.

    `keys` are those that somebody answers; none given means any.
    """
    try:
        menu = json.loads(text)
    except ValueError as error:
        raise MenuRefused(["菜单文件不是 JSON。请核对逗号和引号。"]) from error
    buttons = menu.get("button") if isinstance(menu, dict) else None
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= MOST:
        raise MenuRefused([f"菜单要有 button，里面 1 到 {MOST} 个一级菜单。"])
    faults = [fault for number, button in enumerate(buttons, 1) for fault in _faults(button, f"button[{number}]", below=False)]
    faults += _unheard(buttons, keys)
    if faults:
        raise MenuRefused(faults)
    return {"button": buttons}


def _unheard(buttons: Sequence[Any], keys: Collection[str]) -> list[str]:
    """Buttons of type click whose key nobody answers."""
    flat = [(f"button[{number}]", button) for number, button in enumerate(buttons, 1) if isinstance(button, dict)]
    flat += [(f"{place}.sub_button[{number}]", one) for place, button in list(flat)
             if isinstance(button.get("sub_button"), list) for number, one in enumerate(button["sub_button"], 1) if isinstance(one, dict)]
    return [f"{place}.key“{one.get('key')}”没有人应。可以用：{'、'.join(keys)}。" for place, one in flat
            if keys and one.get("type") == "click" and isinstance(one.get("key"), str) and one["key"] not in keys]


def _faults(button: Any, place: str, *, below: bool) -> Iterator[str]:
    if not isinstance(button, dict):
        yield f"{place} 应是一个对象。"
        return
    name, longest = button.get("name"), LONGEST_NAME_BELOW if below else LONGEST_NAME
    if not isinstance(name, str) or not name.strip() or utf8_length(name) > longest:
        yield f"{place}.name 要填，最多 {longest} 字节（约 {longest // 3} 个汉字）。"
    inner = button.get("sub_button")
    if inner:
        if below or not isinstance(inner, list) or len(inner) > MOST_BELOW:
            yield f"{place}.sub_button 最多 {MOST_BELOW} 个，而且只能有两级。"
        else:
            for number, one in enumerate(inner, 1):
                yield from _faults(one, f"{place}.sub_button[{number}]", below=True)
        return
    yield from _act_faults(button, place)


def _act_faults(button: Mapping[str, Any], place: str) -> Iterator[str]:
    act = button.get("type")
    if not isinstance(act, str) or act not in _ACTS:
        yield f"{place}.type 只能是 {'、'.join(_ACTS)}。"
        return
    value = button.get(_ACTS[act])
    longest = LONGEST_ADDRESS if act == "view" else LONGEST_KEY
    if not isinstance(value, str) or not value or utf8_length(value) > longest:
        yield f"{place}.{_ACTS[act]} 要填，最多 {longest} 字节。"
    elif act == "view" and urlsplit(value).scheme not in ("http", "https"):
        yield f"{place}.url 要以 http:// 或 https:// 开头。"
