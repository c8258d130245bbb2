"""The command line itself: what is common to every command, and the group they hang on."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from importlib import import_module
from typing import Any, NoReturn

import click
from flask import Flask
from flask.cli import FlaskGroup, with_appcontext

from kernel.audit import Actor
from kernel.logs import start_logging
from web.commands.manual import ChineseContext, in_chinese
from web.commands.refusals import REFUSALS, is_told, sentence
from web.commands.usage import usage_words
from web.compose import compose
from web.house import House, house
from web.staff import accounts
from web.staff.models import Role

# Which module holds which command.
ROOMS = {"db": "data", "demo": "data", "divisions": "data", "profiles": "people", "portraits": "portraits",
         "notices": "notices", "push": "pushing",
         "knowledge": "knowing", "keys": "keys", "residents": "residents",
         "retention": "retaining",
         "wechat": "wechat", "qrcodes": "site", "staff": "staffing", "doctor": "doctor", "serve": "processes", "worker": "processes",
         "clock": "processes", "poller": "processes"}


@dataclass(frozen=True)
class Told:
    """What a command did: words for a person, an object for a program; `refused` makes the exit code 1."""

    words: str
    data: Mapping[str, Any] = field(default_factory=dict)
    refused: bool = False


def command(group: click.Group, name: str) -> Callable[[Callable[..., Told]], click.Command]:
    """Hang a function on a group as a sub-command with `--json`; expected refusals end with exit code 1."""

    def hang(work: Callable[..., Told]) -> click.Command:
        @click.option("--json", "as_json", is_flag=True, help="最后一行输出一个 JSON 对象。")
        @with_appcontext
        @wraps(work)
        def run(as_json: bool, **given: Any) -> None:
            try:
                told = work(**given)
            except REFUSALS as refusal:
                if not is_told(refusal):
                    raise
                told = _refused(refusal)
            tell(told, as_json=as_json)

        vars(work).pop("__click_params__", None)  # the options went to the command; a second one gets its own
        return group.command(name, help=(work.__doc__ or "").strip())(run)

    return hang


def _refused(refusal: BaseException) -> Told:
    words = sentence(refusal)
    return Told(words, {"error": words}, refused=True)


def tell(told: Told, *, as_json: bool) -> None:
    """Print what was done and leave with the exit code that says so."""
    if as_json:
        if told.refused:
            click.echo(told.words, err=True)
        click.echo(json.dumps(told.data, ensure_ascii=False))
    else:
        click.echo(told.words, err=told.refused)
    if told.refused:
        sys.exit(1)


def system_actor() -> Actor:
    """The person at the machine's keyboard, who may load data but holds no reviewer's role."""
    return Actor(_system_user(), frozenset({Role.EDITOR.value, Role.SENDER.value, Role.ADMINISTRATOR.value}), "")


def actor_named(name: str) -> Actor:
    """The account a command acts for; refused where the installation forbids 代操作."""
    allowed = house().settings.web.allow_as
    if not (allowed == "1" or (allowed == "" and house().installation.embedded)):
        raise accounts.AccountRefused("本系统不允许在命令行代工作人员操作（ALLOW_AS）。请由本人在工作台办理。")
    with house().database.reading() as session:
        return accounts.acting_for(session, name, _system_user())


def _system_user() -> str:
    """Who sits at the keyboard; behind sudo whoever called it, for everybody is `root` there."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return "未知系统用户"


def the_house() -> House:
    """The composed house."""
    return house()


class Commands(FlaskGroup):
    """The group of groups; a room's commands are imported when one of them is called."""

    context_class = ChineseContext

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name, in the order of the manual."""
        return list(ROOMS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command or group of a name."""
        module = ROOMS.get(name)
        if module is None:
            return None
        found = import_module(f"web.commands.{module}").commands()
        return next((in_chinese(one) for one in found if one.name == name), None)


def create_command_app() -> Flask:
    """An application that carries the house and no page: commands start without the site."""
    app = Flask("web.commands")
    app.extensions["zhida"] = compose()
    return app


def main() -> None:
    """Run `zhida`; the environment or the file named by ZHIDA_ENV gives the settings."""
    start_logging()
    group = Commands(name="zhida", create_app=create_command_app, add_default_commands=False, add_version_option=False,
                     load_dotenv=False, set_debug_flag=False, help="直达：把县里的信息送到该知道的人家。")
    group.params.clear()  # Flask's own options choose an application; here there is one
    try:
        sys.exit(group.main(prog_name="zhida", standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as asked:
        click.echo(asked.ctx.get_help() if asked.ctx is not None else "", err=True)
        sys.exit(asked.exit_code)
    except click.UsageError as error:
        _leave(usage_words(error), error.exit_code)
    except click.Abort:
        _leave("已中止，没有继续。", 1)
    except REFUSALS as refusal:
        if not is_told(refusal):
            raise
        _leave(sentence(refusal), 1)


def _leave(words: str, code: int) -> NoReturn:
    """End before a command saw its options: a wrong word, a wrong setting. A program that asked for an object gets one all the same."""
    click.echo(words, err=True)
    if "--json" in sys.argv:
        click.echo(json.dumps({"error": words}, ensure_ascii=False))
    sys.exit(code)
