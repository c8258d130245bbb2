"""The manual of a command (`--help`) in Chinese; the placeholders stay Latin, so that the columns line up."""

from __future__ import annotations

from collections.abc import Iterable

import click

HEADINGS = {"Options": "选项", "Commands": "命令", "Positional arguments": "参数"}
PLACEHOLDERS = {"[OPTIONS]": "[选项]", "COMMAND [ARGS]...": "命令 [参数]...",
                "INTEGER RANGE": "NUMBER", "FLOAT RANGE": "NUMBER", "INTEGER": "NUMBER"}
REMARKS = {"Show this message and exit.": "显示这段说明。", "required]": "必填]", "[default: ": "[默认 ",
           "x>=0": "不小于 0", "1<=x<=9223372036854775807": "从 1 起"}


class Formatter(click.HelpFormatter):
    """Writes what the library says of every command in the words of the office."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """How the command is called."""
        super().write_usage(prog, _said(args, PLACEHOLDERS), prefix or "用法：")

    def write_heading(self, heading: str) -> None:
        """What the following lines are."""
        self.write(f"{HEADINGS.get(heading, heading)}：\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """A line an option or a command."""
        told = [(_said(term, PLACEHOLDERS), _said(words, REMARKS)) for term, words in rows]
        super().write_dl(told, col_max, col_spacing)


class ChineseContext(click.Context):
    """A call of a command whose manual is in Chinese."""

    formatter_class = Formatter


def in_chinese(command: click.Command) -> click.Command:
    """The command, and all below it, with its manual in Chinese."""
    command.context_class = ChineseContext
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        in_chinese(below)
    return command


def _said(words: str, sayings: dict[str, str]) -> str:
    for english, chinese in sayings.items():
        words = words.replace(english, chinese)
    return words
