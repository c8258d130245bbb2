"""What `make run` needs before its processes start: a settings file, the schema, the demo county."""

from __future__ import annotations

import os
from pathlib import Path

from channels.simulators.identity import demo_environment
from kernel.schema import current, newest, upgrade
from web.commands.line import system_actor
from web.compose import compose
from web.demo.loading import COUNTY, load, password_of

# Two of the simulated telephones, for trying a message out.
OFFICE_PHONES = "19900000001,19900000002"
OFFICE_HOURS = "08:30-12:00 14:30-18:00; 政务服务中心=09:00-17:00"


def write_settings(path: Path, port: int, simulators_port: int) -> None:
    """The demo's settings file, which a second shell can name in ZHIDA_ENV; addresses follow the port."""
    simulators = f"http://127.0.0.1:{simulators_port}"
    values = {"SIMULATE": "1", "COUNTY": COUNTY, "QUIET_HOURS": "", "PORT": str(port), "OFFICE_PHONES": OFFICE_PHONES,
              "OFFICE_HOURS": OFFICE_HOURS,
              "PUBLIC_URL": f"http://127.0.0.1:{port}", "SIMULATORS_URL": simulators, **demo_environment(simulators)}
    if os.environ.get("DATABASE_URL"):
        values["DATABASE_URL"] = os.environ["DATABASE_URL"]
    path.write_text("".join(f"{name}={value}\n" for name, value in values.items()), encoding="utf-8")


def prepare(password_file: Path) -> None:
    """Bring the schema up to date and load what of the demo county is not there yet."""
    house = compose()
    if current(house.database) != newest():
        print("正在建立数据库、装入演示县，第一次约需半分钟……", flush=True)
        upgrade(house.database)
    load(house, system_actor())
    password_of(password_file.parent)
    house.database.close()
