"""Processor seconds and memory of the processes of a measurement, as the kernel counts them.

Seconds on the wall swing with the machine's neighbours; processor seconds hardly do.
"""

from __future__ import annotations

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Meter:
    """Adds up what processes and their children spent, by the part they play."""

    def __init__(self) -> None:
        """Nobody is watched yet."""
        self._pids: dict[str, list[int]] = {}

    def watch(self, role: str, pid: int) -> None:
        """Count a process, with its children, to a part."""
        self._pids.setdefault(role, []).append(pid)

    def spent(self) -> dict[str, float]:
        """Processor seconds so far, by part."""
        children = _children()
        return {role: round(sum(_seconds(pid) + sum(map(_own_seconds, children.get(pid, ()))) for pid in pids), 2)
                for role, pids in self._pids.items()}

    def since(self, before: dict[str, float]) -> dict[str, float]:
        """Processor seconds since an earlier reading, by part."""
        return {role: round(seconds - before.get(role, 0.0), 2) for role, seconds in self.spent().items()}


def resident_megabytes(pid: int) -> float:
    """What a process holds in memory now."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE / 1_000_000


def family(pid: int) -> list[int]:
    """A process and its children."""
    return [pid, *_children().get(pid, ())]


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _own_seconds(pid: int) -> float:
    return sum(map(int, _stat(pid)[11:13])) / TICKS


def _seconds(pid: int) -> float:
    """Its own and those of the children that have ended."""
    return sum(map(int, _stat(pid)[11:15])) / TICKS


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            stat = _stat(int(entry.name))
            if stat:
                found.setdefault(int(stat[1]), []).append(int(entry.name))
    return found
