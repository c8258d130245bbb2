"""The application factory that the web server calls."""

from __future__ import annotations

from flask import Flask

from kernel.logs import start_logging
from web.app import create_app


def create() -> Flask:
    """Start logging and make the application from the environment."""
    start_logging()
    return create_app()
