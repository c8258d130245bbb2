"""A command called wrongly, said in Chinese: which word, what may stand there, and where the manual is."""

from __future__ import annotations

import re

import click
from click.exceptions import NoSuchCommand

_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def usage_words(error: click.UsageError) -> str:
    """The sentence for a command that was called wrongly."""
    path = error.ctx.command_path if error.ctx is not None else "zhida"
    return f"{_fault(error)}\n用法见：{path} --help"


def _fault(error: click.UsageError) -> str:
    if isinstance(error, click.MissingParameter):
        return f"少了{_place(error)}。"
    if isinstance(error, click.BadParameter):
        return f"{_place(error)}不对：{_expected(error)}"
    if isinstance(error, click.NoSuchOption):
        return f"没有选项“{error.option_name}”。{_meant(error.possibilities)}"
    if isinstance(error, NoSuchCommand):
        return f"没有命令“{error.command_name}”。{_meant(error.possibilities)}"
    if isinstance(error, click.BadOptionUsage):
        return f"选项“{error.option_name}”后面要写它的值，或它不带值。"
    return error.message if _CHINESE.search(error.message) else f"命令写得不对：{error.message}"


def _place(error: click.BadParameter) -> str:
    param = error.param
    if param is None:
        return "参数"
    if isinstance(param, click.Argument):
        return f"参数“{param.make_metavar(error.ctx) if error.ctx else param.name}”"
    return f"选项“{param.opts[0]}”"


def _expected(error: click.BadParameter) -> str:
    """What may stand there."""
    kind = error.param.type if error.param is not None else None
    if isinstance(kind, click.Choice):
        return f"只能是 {'、'.join(str(one) for one in kind.choices)} 之一。"
    if isinstance(kind, click.Path):
        is_folder = "is a directory" in error.message
        return f"{'这是文件夹，要给一个文件' if is_folder else '没有这个文件，或者读不了'}。请核对路径。"
    if isinstance(kind, click.types.IntParamType | click.types.FloatParamType):
        return "要写一个数，并在允许的范围内。"
    if isinstance(kind, click.DateTime):
        return "要写一个日期，像 2026-11-01。"
    return error.message


def _meant(possibilities: object) -> str:
    names = [str(one) for one in possibilities] if isinstance(possibilities, list | tuple) else []
    return f"是不是想写 {'、'.join(names[:3])}？" if names else ""
