"""`zhida serve`, `worker`, `clock`, `poller`: the processes of the Procfile."""

from __future__ import annotations

import atexit
import errno
import gc
import os
import signal
import socket
import sys
import threading
from functools import partial

import click
import structlog
from flask.cli import with_appcontext

from channels.contract import Replier
from channels.limits import OwnRates, Rates
from kernel.files import said
from kernel.garbage import spare_what_stays
from kernel.settings import SettingsRefused
from profiles.facts import REGISTER, Catalogue
from profiles.failures import CountyFactsRefused
from profiles.imports.running import importing
from push.tallies import Counter
from push.worker import run_clock, run_worker
from web import noting
from web.answering_back import answering
from web.case_clock import CaseClock
from web.commands.line import the_house
from web.house import House
from web.importing import importer_of
from web.keeping import Tidier
from web.learning import Learner
from web.lines import kept_open

log = structlog.get_logger(__name__)

STOP_WITHIN = "20s"
"""What has not ended by then is killed: longer than any callback waits, shorter than systemd does."""


def commands() -> tuple[click.Command, ...]:
    """The commands of this module."""
    made = click.command
    return (
        made("serve", help="网站：公开页面、工作台、回调。")(with_appcontext(_serve)),
        made("worker", help="发送进程：发送消息、导入农户表；可开多个。")(with_appcontext(_worker)),
        made("clock", help="钟点进程：到点放行、补拨，夜里清理到期数据、归拢没答上的问题。")(with_appcontext(_clock)),
        made("poller", help="Telegram 收信进程；没有设置令牌时空转。")(with_appcontext(_poller)),
    )


def _serve() -> None:
    house = the_house()
    house.catalogue  # noqa: B018 (a site whose catalogue is refused would fail page by page; it says so at once)
    port, processes = house.settings.web.port, house.settings.web.site_processes
    _refuse_taken(port)
    # granian replaces this process, so that signals reach it directly.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "web.serving",  # noqa: S606
                       "--interface", "wsgi", "--factory", "--host", "0.0.0.0", "--port", str(port),  # noqa: S104
                       "--workers", str(processes), "--blocking-threads", "16", "--no-ws", "--log-level", "warning",
                       "--workers-kill-timeout", STOP_WITHIN,
                       # One that dies is begun anew beside the others; a lone one ends the service, for systemd to begin it anew.
                       *(("--respawn-failed-workers",) if processes > 1 else ()), "web.wsgi:create"])


def _refuse_taken(port: int) -> None:
    """Granian shares its port with whoever asks: a second site, perhaps of another database, would get every other request."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104
        except OSError as error:
            why = "已被别的程序占用" if error.errno == errno.EADDRINUSE else f"用不了（{said(error)}）"
            raise SettingsRefused(f"PORT: 端口 {port} {why}。请先停掉占用它的程序，或换一个端口。") from error


def _facts(house: House) -> Catalogue:
    """The facts conditions are read by; without a county's own while its file is refused, for what needs none of them goes on."""
    try:
        return house.catalogue
    except CountyFactsRefused as refused:
        log.warning("the county's own facts cannot be read and are left out", why=str(refused))
        return REGISTER


def _rates(house: House) -> Rates:
    """The gateways' rates: kept together with all other workers where there is Redis."""
    address = house.installation.redis_url
    if address is None:
        return OwnRates()
    # Imported only where there is a fleet.
    from channels.shared_rates import SharedRates

    return SharedRates(address, 1 / house.settings.push.worker_processes)


def _until_told() -> threading.Event:
    stop = threading.Event()
    # What a process leaves behind goes with it; looking all of it over for rubbish takes longer than the whole ending.
    atexit.register(gc.freeze)
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    return stop


def _worker() -> None:
    house, stop = the_house(), _until_told()
    spare_what_stays()
    with kept_open(house), importing(importer_of(house, stop), stop), answering(house, stop):
        run_worker(house.database, house.keyring, house.channels.senders, house.network, house.broker, house.clock,
                   house.settings.push, stop, _rates(house), catalogue=_facts(house))


def _clock() -> None:
    house, stop = the_house(), _until_told()
    beside = [threading.Thread(target=work.run, args=(stop,), name=name) for name, work in (
        ("tidying", Tidier(house)), ("consultations", CaseClock(house)), ("learning", Learner(house)), ("counting", Counter(house.database, house.clock)))]
    for thread in beside:
        thread.start()
    try:
        run_clock(house.database, house.broker, house.clock, house.settings.push, stop, _facts(house))
    finally:
        stop.set()
        for thread in beside:
            thread.join()


def _poller() -> None:
    from channels.telegram.polling import run_poller

    house = the_house()
    talker = house.channels.talkers.get("telegram")
    if house.settings.channels.telegram.is_on:
        house.library.prepare()  # the first who asks waits no longer than the second
    run_poller(house.settings.channels.telegram, partial(noting.hear, house, once=True), talker if isinstance(talker, Replier) else None,
               house.clock, _until_told(), house.network,
               gone=lambda incoming, outcome: noting.gone(house, incoming, outcome, house.clock.now()),
               begin=house.reception.begin, end=house.reception.end)
