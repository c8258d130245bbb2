"""`zhida qrcodes`: sheets for the boards."""

from __future__ import annotations

from pathlib import Path

import click

from qrcodes.posters import print_sheets
from web.commands.line import Told, command, the_house


def commands() -> tuple[click.Group, ...]:
    """The group of this module."""
    codes = click.Group("qrcodes", help="二维码。")
    click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="写到哪个 PDF。")(_print)
    click.option("--division", required=True, help="区划代码：打印它和它下面各村的码。")(_print)
    command(codes, "print")(_print)
    return (codes,)


def _print(division: str, out: Path) -> Told:
    """打印一个区划和它下面各村的公示栏二维码（A4 PDF）。"""
    house = the_house()
    printed = print_sheets(house.database, house.token_key, division, out, house.settings.web.public_url,
                           house.clock.now())
    return Told(f"{printed.codes} 个码，{printed.pages} 页，写在 {out}。",
                {"codes": printed.codes, "pages": printed.pages, "seconds": round(printed.seconds, 3)})
