"""Turns at SQLite's one write lock, so that who has begun to wait goes next.

SQLite lets waiting writers look again after pauses that grow to a tenth of a second: a process that writes one
transaction after another (a site taking receipts in) then keeps another (a worker) out for seconds. A courtesy and no
more: what excludes writers is SQLite's own lock, also where nobody keeps to this.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import time
from pathlib import Path

# As long as SQLite itself waits; after that the statement goes to SQLite and is refused or not.
PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 0.0005
_SEAT, _PEN = 0, 1
_BUSY = frozenset({errno.EACCES, errno.EAGAIN})


class Turns:
    """One process's place in the queue of a database's writers.

    The first byte of a file is the seat of whoever is next, the second the pen of whoever writes. Only from the seat does
    one reach the pen, so that nobody who has just written can take it again past one who waits.
    """

    def __init__(self, path: Path) -> None:
        """`path` names the queue's file, made at the first turn, readable by its owner alone."""
        self._path = path
        self._mine = threading.Lock()
        self._file: int | None = None

    def take(self) -> bool:
        """Wait for the turn; False when it did not come in time, or there are no turns on this file system."""
        until = time.monotonic() + PATIENCE_SECONDS
        if not self._mine.acquire(timeout=PATIENCE_SECONDS):
            return False
        if self._take_pen(until):
            return True
        self._mine.release()
        return False

    def give_up(self) -> None:
        """End a turn that was taken; from any thread."""
        self._free(_PEN)
        self._mine.release()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _take_pen(self, until: float) -> bool:
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not self._take(_SEAT, until):
            return False
        try:
            return self._take(_PEN, until)
        finally:
            self._free(_SEAT)

    def _take(self, byte: int, until: float) -> bool:
        assert self._file is not None
        while time.monotonic() < until:
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
                return True
            except OSError as error:
                if error.errno not in _BUSY:
                    return False  # a file system without locks: no courtesy there
            time.sleep(LOOK_SECONDS)
        return False

    def _free(self, byte: int) -> None:
        assert self._file is not None
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, byte)
