"""Every library has its reason in the manual, and the pins are those of the constraints."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINNED = {"constraints.txt": PROJECT["dependencies"],
          "constraints-dev.txt": [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]],
          "constraints-heavy.txt": PROJECT["optional-dependencies"]["heavy"]}


def split(pin: str) -> tuple[str, str]:
    name, _, version = pin.partition("==")
    return re.sub(r"\[.*\]", "", name), version


@pytest.mark.parametrize("name", sorted({split(pin)[0] for pins in PINNED.values() for pin in pins}))
def test_a_library_stands_in_the_manual_with_its_reason(name: str) -> None:
    manual = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    assert re.search(rf"\b{re.escape(name)}\b", manual)


@pytest.mark.parametrize("file", sorted(PINNED))
def test_every_pin_is_exact_and_stands_with_its_hashes(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    for pin in PINNED[file]:
        name, version = split(pin)
        assert version, pin
        assert re.search(rf"^{re.escape(name)}(\[[^\]]*\])?=={re.escape(version)} \\\n    --hash=sha256:", text,
                         re.MULTILINE | re.IGNORECASE), f"{file}: {pin}"


@pytest.mark.parametrize("file", sorted(PINNED))
def test_constraints_name_no_address(file: str) -> None:
    assert not re.search(r"https?://|^--", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("python", ["3.11.0", "3.11.2", "3.12.0", "3.13.0"])
def test_the_pins_are_whole_for_every_python_it_runs_on(python: str) -> None:
    """They are installed without looking for more, and the Python that wrote them is seldom the one of the office (Debian 12: 3.11.2)."""
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pinned = {plain(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)}
    there = {"python_version": python.rpartition(".")[0], "python_full_version": python, "extra": ""}
    missing = {f"{name} needs {need.name}" for name in pinned for need in needs_of(name)
               if (need.marker is None or need.marker.evaluate(there)) and plain(need.name) not in pinned}
    assert missing == set()


def needs_of(name: str) -> list[Requirement]:
    try:
        return [Requirement(line) for line in requires(name) or ()]
    except PackageNotFoundError:
        return []


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
