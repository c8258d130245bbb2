"""`zhida retention`: data that are over go, kind by kind."""

from __future__ import annotations

import click

from web.commands.line import Told, command, the_house
from web.keeping import ERRORS, rules, tidy


def commands() -> tuple[click.Group, ...]:
    """The group of this module."""
    retention = click.Group("retention", help="各类数据的保存期限；钟点进程每天夜里自动清理。")
    command(retention, "run")(_run)
    command(retention, "show")(_show)
    return (retention,)


def _run() -> Told:
    """现在就清理到期的数据。"""
    done = tidy(the_house())
    lines = [f"{kind}：{count} 条" for kind, count in done.ended.items() if count]
    return Told("\n".join(["已清理到期的数据：", *lines]) if lines else "没有到期的数据。", {"ended": done.ended, "total": done.total})


def _show() -> Told:
    """看每一类数据保存多少天。"""
    kept = {rule.kind: rule.days for rule in rules(the_house().settings.retention)}
    kept[ERRORS] = the_house().settings.retention.keep_errors_days
    return Told("\n".join(f"{kind}：{f'{days} 天' if days else '到期即删'}" for kind, days in kept.items()), {"days": kept})
