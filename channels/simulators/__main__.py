"""`python -m channels.simulators --port 8300 --hooks http://127.0.0.1:8000/hooks`."""

from __future__ import annotations

import argparse

from channels.simulators.running import run_process
from kernel.logs import start_logging


def main() -> None:
    """Read the arguments and serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m channels.simulators", description="模拟的短信、微信、Telegram 平台和手机")
    parser.add_argument("--port", type=int, required=True, help="监听的端口（只在本机）")
    parser.add_argument("--hooks", default="", help="回调送到哪里，例如 http://127.0.0.1:8000/hooks；留空不送")
    parser.add_argument("--failing", type=float, default=0.02, help="永远送不到的号码占几成，0 到 1")
    parser.add_argument("--delay", type=float, default=0.5, help="回执晚几秒")
    given = parser.parse_args()
    start_logging()
    run_process(given.port, given.hooks, failing=given.failing, delay=given.delay)


if __name__ == "__main__":
    main()
