"""What pydantic says of a writing, in Chinese, with the path of the field and the cure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from kernel.logs import mask
from notices.failures import Fault

OWN = "notice"
"""The type of errors our own validators raise."""


def fault(reason: str, cure: str, path: str = "") -> PydanticCustomError:
    """An error of our own validators: why, what to do, and of what field when it is not the validator's own."""
    return PydanticCustomError(OWN, "{reason}", {"reason": reason, "cure": cure, "path": path})


def faults_of(error: ValidationError, labels: Mapping[str, str]) -> tuple[Fault, ...]:
    """Every fault pydantic found; `labels` are the fields' names in the office's words."""
    return tuple(_fault(detail, labels) for detail in error.errors(include_url=False))


def shown(value: object) -> str:
    """A faulty value, short and masked, as it may stand in a report."""
    text = value if isinstance(value, str) else type(value).__name__ if isinstance(value, dict | list) else repr(value)
    masked = mask("".join(letter if letter.isprintable() else "�" for letter in text[:200]))
    return masked if len(masked) <= 20 else masked[:20] + "…"


def _fault(detail: ErrorDetails, labels: Mapping[str, str]) -> Fault:
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    path = _path(detail["loc"])
    if kind == OWN:
        own_path = str(context["path"])
        return Fault(own_path or path, str(context["reason"]), str(context["cure"]), "" if own_path else shown(value))
    if kind == "missing":
        return Fault(path, "没有填写", f"请补上“{labels.get(path, path)}”（{path}）")
    if kind == "extra_forbidden":
        return Fault(path, "没有这一栏", _nearest(str(detail["loc"][-1]), labels), shown(value))
    reason, cure = _TYPES.get(kind, _other)(context)
    return Fault(path, reason, cure, shown(value))


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path or "整条"


def _nearest(key: str, labels: Mapping[str, str]) -> str:
    near = get_close_matches(key, labels, n=1, cutoff=0.6)
    by_label = [name for name, label in labels.items() if label == key]
    found = (by_label or near or [""])[0]
    return f"是不是“{found}”（{labels[found]}）？不是就请删去" if found else f"请删去；可用的有：{'、'.join(labels)}"


def _other(_context: Mapping[str, Any]) -> tuple[str, str]:
    return "写法不对", "请对照手册“信息文件”一节改写"


_TYPES: dict[str, Callable[[Mapping[str, Any]], tuple[str, str]]] = {
    "string_type": lambda _: ("这里要写文字", "请写在英文双引号里"),
    "string_too_long": lambda context: ("太长", f"请缩短到 {context['max_length']} 个字以内"),
    "string_too_short": lambda _: ("没有填写", "请补上"),
    "string_unicode": lambda _: ("里面有不能识别的字", "请删去乱码后重新输入这一段"),
    "list_type": lambda _: ("这里要写一组", '请写成 ["甲", "乙"] 这样'),
    "too_long": lambda context: ("写得太多", f"最多 {context['max_length']} 项"),
    "too_short": lambda _: ("一项也没有写", "请至少写一项"),
    "bool_type": lambda _: ("这里只能是 true 或 false", "请写 true（是）或 false（否），不加引号"),
    "bool_parsing": lambda _: ("这里只能是 true 或 false", "请写 true（是）或 false（否），不加引号"),
    "dict_type": lambda _: ("这里要写一个条件", '请写成 {"fact": "crop.玉米", "at_least": 3} 这样'),
    "literal_error": lambda context: ("不在可选范围里", f"可选：{_choices(context)}"),
    "enum": lambda context: ("不在可选范围里", f"可选：{_choices(context)}"),
    "model_type": lambda _: ("这一行不是一条信息", '请写成 {"reference": …, "title": …} 这样'),
}


def _choices(context: Mapping[str, Any]) -> str:
    return str(context["expected"]).replace("'", "").replace(" or ", "、").replace(", ", "、")
