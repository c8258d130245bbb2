"""Boards as they were last printed: a township scans at once after a broadcast, and all see the same page."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock

from cachetools import LRUCache
from flask import current_app, request
from sqlalchemy.orm import Session

from notices import reading
from web.house import house
from web.rendering import is_large, the_day

MOST_PAGES = 1_000
"""Some 15 KB each."""
LONGEST_SECONDS = 60
"""What no notice tells of, such as a village that was renamed, shows after a minute."""
KNOWN_ARGUMENTS = frozenset({"all", "large"})


class Printed:
    """The pages of one process, the longest unasked one forgotten first."""

    def __init__(self, most: int = MOST_PAGES) -> None:
        """Holds `most` pages."""
        self._pages: LRUCache[Hashable, str] = LRUCache(most)
        self._lock = Lock()

    def page(self, key: Hashable, make: Callable[[], str]) -> str:
        """The page under a key, made when it is not there; two threads may make the same one, which harms nobody."""
        with self._lock:
            found = self._pages.get(key)
        if found is None:
            found = make()
            with self._lock:
                self._pages[key] = found
        return found


def printed(session: Session, make: Callable[[], str], also: Hashable = ()) -> str:
    """The page of this address as it stands today with the notices of this moment, printed at most once a minute.

    Only for pages that are the same for everybody. An address with anything else behind it is made each time, so that
    nobody can fill the shelf with invented ones. `also` is what else the page changes with.
    """
    if not request.args.keys() <= KNOWN_ARGUMENTS:
        return make()
    minute = int(house().clock.now().timestamp()) // LONGEST_SECONDS
    key = (request.path, tuple(sorted(request.args.items(multi=True))), is_large(), the_day(), minute, reading.edition(session), also)
    pages: Printed = current_app.extensions.setdefault("zhida_printed", Printed())
    return pages.page(key, make)
