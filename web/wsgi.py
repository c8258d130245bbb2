"""The application factory that the web server calls."""

from __future__ import annotations

import threading

from flask import Flask

_LONGEST_START = 20.0
"""Seconds the site waits for its answers before it opens without them."""


def create() -> Flask:
    """Start logging and make the application from the environment."""
    # Imported only now: the house takes longer to load than anything else here, and the server is to begin at once.
    from kernel.garbage import spare_what_stays
    from kernel.logs import start_logging
    from web.app import create_app

    start_logging()
    app = create_app()
    # WeChat waits five seconds: the answers are in memory before the first resident asks. Connections queue meanwhile;
    # a base still to be encoded (minutes, once) does not keep the public pages waiting any longer.
    loading = threading.Thread(target=app.extensions["zhida"].library.prepare, name="answers", daemon=True)
    loading.start()
    loading.join(_LONGEST_START)
    spare_what_stays()
    return app
