"""What `zhida serve` becomes: granian, whose processes end when they are told to also while they begin."""

from __future__ import annotations

import os
import signal

from granian.cli import entrypoint


def _put_off() -> None:
    # A word that comes while a process is being made would be forgotten there.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})


def _hear() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


def _heed() -> None:
    # Until a process answers, what its parent left here would only swallow the word, and the parent waits twenty seconds.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _hear()


def main() -> None:
    """Serve as the command line says."""
    os.register_at_fork(before=_put_off, after_in_parent=_hear, after_in_child=_heed)
    entrypoint()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
