"""`make run`: the whole system on one machine with simulated vendors, ready to be walked through.

Only the standard library stands here: what was prepared before starts without loading the house a second time.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 110
READY_FILE = "demo-ready"
SETTINGS_FILE = "demo.env"
PASSWORD_FILE = "demo-sign-in.txt"  # noqa: S105
SIMULATORS_ABOVE = 50
WORKING_PROCESSES = ("web", "worker", "clock", "poller", "simulators")


def main() -> int:
    """Prepare data, start every process, wait until they answer, print the addresses; Ctrl-C ends all."""
    port = int(os.environ.get("PORT") or 8000)
    if taken := [str(one) for one in (port, port + SIMULATORS_ABOVE) if _is_taken(one)]:
        print(f"端口 {'、'.join(taken)} 已被别的程序占用（演示用 {port}，模拟平台用 {port + SIMULATORS_ABOVE}）。请换一个：make run PORT=8080",
              file=sys.stderr)
        return 1
    folder = _folder()
    environment = {**os.environ, "ZHIDA_ENV": str(folder / SETTINGS_FILE), "PORT": str(port),
                   "SIMULATORS_PORT": str(port + SIMULATORS_ABOVE), "HOOKS_ADDRESS": f"http://127.0.0.1:{port}/hooks"}
    _prepare(folder, port, environment)
    return _run(environment, port, (folder / PASSWORD_FILE).read_text(encoding="ascii").strip())


def _prepare(folder: Path, port: int, environment: dict[str, str]) -> None:
    """Write the settings, bring the schema up to date, load the county: once for each schema, port and database."""
    newest = max(path.name for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))
    mark, wanted = folder / READY_FILE, f"{newest} {port} {os.environ.get('DATABASE_URL', '')}"
    if mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return
    from web.demo import preparing

    preparing.write_settings(folder / SETTINGS_FILE, port, port + SIMULATORS_ABOVE)
    os.environ.update(environment)
    preparing.prepare(folder / PASSWORD_FILE)
    mark.write_text(wanted, encoding="utf-8")


def _folder() -> Path:
    url = os.environ.get("DATABASE_URL", "")
    folder = Path(url.removeprefix("sqlite:///")).parent if url.startswith("sqlite:///") else ROOT / "instance"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _run(environment: dict[str, str], port: int, password: str) -> int:
    honcho = Path(sys.executable).with_name("honcho")
    program = [str(honcho), "--no-prefix", "-f", "Procfile.demo", "-e", "/dev/null", "start", "-p", str(port), *WORKING_PROCESSES]
    # A session of its own, so that one Ctrl-C reaches honcho once, and honcho ends its processes in order.
    running = subprocess.Popen(program, env=environment, cwd=ROOT, start_new_session=True)
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: _end(running))
    try:
        if _wait(running, port):
            print(_addresses(port, password), flush=True)
        return _left(running)
    finally:
        _end(running)
        _left(running)


def _wait(running: subprocess.Popen[bytes], port: int) -> bool:
    until = time.monotonic() + READY_SECONDS
    waiting = [f"http://127.0.0.1:{port}/readyz", f"http://127.0.0.1:{port + SIMULATORS_ABOVE}/phones/inbox?since=0"]
    while waiting and time.monotonic() < until and running.poll() is None:
        try:
            with urllib.request.urlopen(waiting[0], timeout=2):  # noqa: S310
                waiting.pop(0)
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    if waiting and running.poll() is None:
        print(f"{READY_SECONDS} 秒内没有等到系统就绪，请看上面的日志。", file=sys.stderr)
    return not waiting


def _addresses(port: int, password: str) -> str:
    here = f"http://127.0.0.1:{port}"
    return "\n".join((
        "", "直达已经就绪：", "",
        f"  群众网站    {here}/",
        f"  工作台      {here}/staff/    账号：管理员  密码：{password}",
        f"              其他账号（编辑、初审、复审、签发、推送、坐席、审计，白阳镇的“乡镇”，姚河村的“村干部”）密码相同，存在 "
        f"instance/{PASSWORD_FILE}",
        f"  模拟手机    {here}/phones", "", "按 Ctrl-C 结束；下次 make run 接着用同一份数据。", ""))


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _end(running: subprocess.Popen[bytes]) -> None:
    if running.poll() is None:
        running.send_signal(signal.SIGTERM)


def _left(running: subprocess.Popen[bytes]) -> int:
    code = running.wait()
    return 0 if code in (0, -signal.SIGTERM, 128 + signal.SIGTERM, 143) else 1


if __name__ == "__main__":
    sys.exit(main())
