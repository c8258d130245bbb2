"""The importer of a composed house: for the worker, and for pages and calls that bring a small table."""

from __future__ import annotations

import threading
from datetime import timedelta

from profiles.imports.running import Importer
from web.house import House

# A table as small as this is worked on while the page waits; a county's goes to the worker.
SMALL_BYTES = 200 * 1024


def importer_of(house: House, stop: threading.Event | None = None) -> Importer:
    """Whoever works on the tables of this house; setting `stop` breaks off what is under way."""
    return Importer(house.database, house.keyring, house.clock, lambda: house.catalogue, stop,
                    timedelta(seconds=house.settings.push.lease))
