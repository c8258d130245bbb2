"""A small, real county for the public pages: 彭阳县's places, the demo's notices through their reviews, and the bot."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from bot.reception import Reception
from channels.registry import ChannelConfig, open_channels
from kernel.audit import Actor
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.http import Network, loopback_only
from knowledge.answers import Library
from knowledge.filing import import_entries
from notices import drafts, lifecycle
from notices.offers import Offers
from notices.personal import Personal
from profiles.facts import REGISTER
from profiles.models import Division
from profiles.portraits.settings import PortraitSettings
from push.last_sent import last_sent
from qrcodes import codes, tokens
from web import errors, hooks, phones
from web.posting import CodePost
from web.public import site
from web.retention import RetentionSettings
from web.security import harden
from web.settings import WebSettings

DATA = Path(__file__).parents[3] / "web" / "demo" / "data"
COUNTY = "640425"
YAOHE, BAIYANG = "640425100200", "640425100"
TOKEN_KEY = b"0123456789abcdef0123456789abcdef"
WITHDRAWN = "PY-2026-002"
DRAFT = "PY-2026-018"
EDITOR = Actor("编辑", frozenset({"editor"}), COUNTY)
CHAIN = tuple(Actor(name, frozenset({role}), COUNTY) for name, role in (
    ("初审", "first_reviewer"), ("复审", "second_reviewer"), ("签发", "signer")))


def fill(database: Database, clock: SetClock) -> None:
    """Load places, answers and notices; one notice stays a draft and one is withdrawn."""
    now = clock.now()
    with database.writing() as session, (DATA / "divisions-pengyang.csv").open(encoding="utf-8-sig") as file:
        session.add_all(Division(code=row["code"], name=row["name"], parent=row["parent"] or None)
                        for row in csv.DictReader(file))
    import_entries(database, (DATA / "knowledge.jsonl").read_bytes(), now, EDITOR)
    written = (DATA / "notices.jsonl").read_bytes()
    drafts.import_notices(database, written, now, EDITOR)
    references = [json.loads(line)["reference"] for line in written.decode().splitlines() if line]
    for place, reference in enumerate(reference for reference in references if reference != DRAFT):
        at = now - timedelta(days=20 - place, hours=place % 5)
        with database.writing() as session:
            lifecycle.submit(session, reference, EDITOR, at)
            for reviewer in CHAIN:
                lifecycle.approve(session, reference, reviewer, at)
            lifecycle.publish(session, reference, EDITOR, at)
    with database.writing() as session:
        lifecycle.withdraw(session, WITHDRAWN, EDITOR, now, reason="补贴标准写错了，正在改正，改好后重新公开。")


def tokens_of(database: Database, clock: SetClock) -> dict[str, str]:
    """A code in force, an expired one and a screen, all of 姚河村."""
    with database.writing() as session:
        board = codes.codes_for(session, [YAOHE], codes.BOARD, clock.now())[YAOHE]
        screen = codes.codes_for(session, [YAOHE], codes.SCREEN, clock.now())[YAOHE]
        old = codes.codes_for(session, [BAIYANG], codes.BOARD, clock.now())[BAIYANG]
        codes.expire(session, old.id, EDITOR, clock.now() - timedelta(days=1))
        made = {"board": board.id, "screen": screen.id, "old": old.id}
    return {name: tokens.make(number, TOKEN_KEY) for name, number in made.items()}


def open_site(database: Database, keyring: Keyring, clock: SetClock, folder: Path, channels: ChannelConfig | None = None,
              portraits: PortraitSettings | None = None, **settings: Any) -> Flask:
    """The public site over a database; everything behind it is real, the callbacks too when there are channels."""
    library = Library(database, folder)
    web = WebSettings(public_url="http://zhida.test", county=COUNTY, **settings)
    network = Network(allows=loopback_only, timeout=5)
    opened = open_channels(channels, database, keyring, clock) if channels else None
    post = CodePost(lambda: opened, network)
    personal = Personal(database, portraits or PortraitSettings(), folder, REGISTER, last_sent)
    house = SimpleNamespace(
        settings=SimpleNamespace(web=web, retention=RetentionSettings.model_construct()), database=database, keyring=keyring, clock=clock, county=COUNTY,
        network=network, library=library, token_key=TOKEN_KEY,
        catalogue=REGISTER, offers=Offers(REGISTER), personal=personal,
        channels=opened, code_post=post,
        reception=Reception(database, keyring, library, clock, web.public_url, TOKEN_KEY, post=post,
                            personal=personal),
    )
    app = Flask("web", static_folder="static", template_folder="templates")
    app.extensions["zhida"] = house
    app.config.update(SECRET_KEY="only for tests", TESTING=True)
    protect = CSRFProtect(app)
    harden(app)
    errors.attach(app)
    if channels is not None:
        hooks.attach(app)
        app.register_blueprint(hooks.blueprint)
        protect.exempt(hooks.blueprint)
    for blueprint in (*site.blueprints(), *(phones.blueprints() if web.simulating else ())):
        app.register_blueprint(blueprint)
    return app
