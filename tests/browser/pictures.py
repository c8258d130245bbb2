"""`make pictures`: starts the demo on a fresh database, sends a notice, and takes the pictures of the README."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "pictures"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
NOTICE = "PY-2026-001"
VILLAGE = "640425100200"


def main() -> int:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        environment = {**os.environ, "DATABASE_URL": f"sqlite:///{folder / 'zhida.db'}", "PORT": str(port)}
        demo = subprocess.Popen([sys.executable, "-m", "web.demo.running"], env=environment, cwd=ROOT,
                                stdout=subprocess.DEVNULL)
        try:
            site = f"http://127.0.0.1:{port}"
            _wait(f"{site}/readyz")
            password = (folder / "demo-sign-in.txt").read_text(encoding="ascii").strip()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
                _console(browser, site, password, environment | {"ZHIDA_ENV": str(folder / "demo.env")})
                _public(browser, site)
                browser.close()
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(60)
    return 0


def _wait(address: str) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"nobody answers at {address}")


def _console(browser: Browser, site: str, password: str, environment: dict[str, str]) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 860})
    page.goto(f"{site}/staff/")
    page.fill("[name=name]", "推送")
    page.fill("[name=password]", password)
    page.click("main button[type=submit], main button")
    page.goto(f"{site}/staff/push/of/{NOTICE}")
    _take(page, "audience")
    zhida = Path(sys.executable).with_name("zhida")
    subprocess.run([zhida, "push", "send", "--notice", NOTICE, "--as", "推送"], env=environment, check=True, cwd=ROOT)
    time.sleep(12)
    page.goto(f"{site}/staff/push/1")
    _take(page, "dispatch")
    page.goto(f"{site}/staff/")
    _take(page, "desk")


def _public(browser: Browser, site: str) -> None:
    wide = browser.new_page(viewport={"width": 1280, "height": 1000})
    wide.goto(f"{site}/phones")
    wide.wait_for_timeout(2500)
    _take(wide, "phones")
    small = browser.new_page(viewport={"width": 360, "height": 720}, device_scale_factor=2)
    for path, name in ((f"/divisions/{VILLAGE}", "board"), (f"/notices/{NOTICE}", "notice"), ("/ask", "ask")):
        small.goto(f"{site}{path}")
        _take(small, name)


def _take(page: Page, name: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":
    sys.exit(main())
