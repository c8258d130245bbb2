"""The application factory that the web server calls."""

from __future__ import annotations

import threading

from flask import Flask

from kernel.logs import start_logging
from web.app import create_app


def create() -> Flask:
    """Start logging and make the application from the environment."""
    start_logging()
    app = create_app()
    # WeChat waits five seconds: the answers are in memory before the first resident asks.
    threading.Thread(target=app.extensions["zhida"].library.prepare, name="answers", daemon=True).start()
    return app
