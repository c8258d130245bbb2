"""A module does one thing and a function fits on a screen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("kernel", "channels", "profiles", "knowledge", "notices", "qrcodes", "push", "bot", "web")
MODULE_LINES = 400
FUNCTION_LINES = 60
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "base", "manager", "service"}


def modules() -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    long = {name_of(path): count for path in [*modules(), *sorted((ROOT / "tests").rglob("*.py"))]
            if (count := len(path.read_text(encoding="utf-8").splitlines())) > MODULE_LINES}
    assert long == {}


def test_no_function_is_longer_than_sixty_lines() -> None:
    long = {}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    long[f"{name_of(path)}:{node.name}"] = lines
    assert long == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [name_of(path) for path in modules() if path.stem in FORBIDDEN_NAMES] == []


def test_a_package_door_holds_a_docstring_and_nothing_else() -> None:
    for path in modules():
        if path.name == "__init__.py":
            body = ast.parse(path.read_text(encoding="utf-8")).body
            assert len(body) == 1, name_of(path)
            assert isinstance(body[0], ast.Expr), name_of(path)


@pytest.mark.parametrize("word", ["TODO", "FIXME", "raise NotImplementedError"])
def test_nothing_unfinished_is_left_in_the_rooms(word: str) -> None:
    assert [name_of(path) for path in modules() if word in path.read_text(encoding="utf-8")] == []
