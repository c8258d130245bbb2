"""Settings from the environment or from the file that ZHIDA_ENV names; each room declares its own section."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsRefused(Exception):
    """A setting is unknown, malformed or contradicts another; the text says which, and the cure."""


class Section(BaseSettings):
    """One room's settings: a frozen class whose field names, upper-cased, are the environment's names.

    Every field carries a description in Chinese, which `docs/configuration.md` repeats and a test compares.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=False, case_sensitive=False)


AnySection = TypeVar("AnySection", bound=Section)


def settings_file(environment: Mapping[str, str] | None = None) -> Path | None:
    """The file named by ZHIDA_ENV, or None; a named file that does not exist is refused."""
    named = (os.environ if environment is None else environment).get("ZHIDA_ENV", "").strip()
    if not named:
        return None
    path = Path(named).expanduser()
    if not path.is_file():
        raise SettingsRefused(f"ZHIDA_ENV 指向的文件不存在：{path}。请改正路径，或去掉这个变量。")
    return path


def read(section: type[AnySection], path: Path | None) -> AnySection:
    """Read one section, the environment before the file; raises SettingsRefused with every fault named."""
    try:
        return section(_env_file=path, _env_file_encoding="utf-8")  # type: ignore[call-arg]
    except ValidationError as error:
        raise SettingsRefused("；".join(_fault(one) for one in error.errors())) from error


def refuse_unknown(path: Path | None, sections: Iterable[type[Section]]) -> None:
    """Refuse a settings file that names a setting no section declares, with the nearest known name."""
    if path is None:
        return
    known = {name.upper() for section in sections for name in section.model_fields}
    try:
        named = dotenv_values(path, encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SettingsRefused(f"{path.name} 不是 UTF-8 编码的文本。请用 UTF-8 编码另存。") from error
    for name in named:
        if name.upper() not in known:
            near = difflib.get_close_matches(name.upper(), known, n=1)
            hint = f"是不是要写 {near[0]}？" if near else "请对照 docs/configuration.md 改正。"
            raise SettingsRefused(f"{path.name}: 没有名为 {name} 的设置。{hint}")


def _fault(error: Mapping[str, Any]) -> str:
    name = ".".join(str(part) for part in error["loc"]).upper() or "设置"
    words = _in_chinese(error)
    return f"{name}: {words}"


def _in_chinese(error: Mapping[str, Any]) -> str:
    kind, limits = str(error["type"]), error.get("ctx") or {}
    if kind == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    if kind in ("literal_error", "enum"):
        return f"写法不对，只能是 {limits['expected'].replace(' or ', '、').replace(', ', '、')}。请改正"
    if kind in ("greater_than_equal", "greater_than", "less_than_equal", "less_than"):
        return f"数字不在范围内（{'、'.join(str(limit) for limit in limits.values())}）。请对照 docs/configuration.md 改正"
    return "写法不对。请对照 docs/configuration.md 改正"
