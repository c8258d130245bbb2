"""The manual of every command is in Chinese and leaves nothing unsaid."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from web.commands.line import ROOMS, Commands, create_command_app
from web.commands.manual import ChineseContext

ENGLISH = re.compile(r"Usage|Options|Commands|OPTIONS|ARGS|RANGE|Show this|required|default|x>|<=x")


def below(name: str, command: click.Command, parent: click.Context) -> Iterator[click.Context]:
    call = command.context_class(command, info_name=name, parent=parent)
    yield call
    for sub in command.commands.items() if isinstance(command, click.Group) else ():
        yield from below(*sub, call)


@pytest.mark.parametrize("name", ROOMS)
def test_the_manual_of_a_command_is_in_chinese_and_tells_every_option(name: str) -> None:
    top = ChineseContext(Commands(name="zhida", create_app=create_command_app), info_name="zhida")
    command = Commands().get_command(top, name)
    assert command is not None
    for call in below(name, command, top):
        manual = call.get_help()
        assert manual.startswith(f"用法：{call.command_path}")
        assert not ENGLISH.search(manual), manual
        assert call.command.help
        assert all(option.help for option in call.command.params if isinstance(option, click.Option))
