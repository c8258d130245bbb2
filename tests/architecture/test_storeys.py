"""You may only call downstairs, and the pure parts know no database, no network and no queue."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STOREYS = (("web",), ("push", "bot"), ("notices", "qrcodes"), ("profiles", "knowledge"), ("channels",), ("kernel",))
HEIGHT = {room: len(STOREYS) - level for level, rooms in enumerate(STOREYS) for room in rooms}
PURE = ("bot/conversation.py", "bot/state.py", "bot/flows", "push/planning.py", "profiles/targeting",
        "knowledge/ranking.py", "channels/splitting.py", "channels/messages.py", "qrcodes/tokens.py")
IMPURE = {"sqlalchemy", "aiohttp", "requests", "urllib3", "httpx", "dramatiq", "redis", "flask"}
VENDORS = ("aliyun", "tencent", "cmpp", "smpp")


def imports_of(path: Path, *, at_once: bool = False) -> set[str]:
    """What a module imports; `at_once` leaves out what it needs later or for its types alone."""
    found: set[str] = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if at_once else ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def files(*places: str) -> list[Path]:
    found: list[Path] = []
    for place in places:
        path = ROOT / place
        found.extend(sorted(path.rglob("*.py")) if path.is_dir() else [path])
    return found


def test_no_modules_import_one_another_in_a_circle() -> None:
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in files(*HEIGHT)}
    graph = {name: {found for found in imports_of(path, at_once=True) & modules.keys() if found != name} for name, path in modules.items()}
    TopologicalSorter(graph).prepare()


def test_every_import_goes_downstairs_or_stays_in_its_room() -> None:
    wrong = []
    for room, height in HEIGHT.items():
        for path in files(room):
            for name in imports_of(path):
                other = name.partition(".")[0]
                if other != room and other in HEIGHT and HEIGHT[other] >= height:
                    wrong.append(f"{path.relative_to(ROOT)} -> {name}")
    assert wrong == []


def test_pure_parts_import_no_database_network_or_queue() -> None:
    wrong = [f"{path.relative_to(ROOT)} -> {name}" for path in files(*PURE) for name in imports_of(path)
             if path.name != "clauses.py" and name.partition(".")[0] in IMPURE]
    assert wrong == []


def test_flask_stays_in_web() -> None:
    rooms = [room for room in HEIGHT if room != "web"]
    assert [str(path) for path in files(*rooms) if any(name.startswith("flask") for name in imports_of(path))] == []


def test_the_network_has_one_door() -> None:
    """Library clients that bring their own transport, and servers, stand here by name."""
    exceptions = {"kernel/http.py", "channels/telegram/polling.py"}
    outward = {"aiohttp", "requests", "urllib3", "httpx", "telegram"}
    wrong = {str(path.relative_to(ROOT)) for path in files(*HEIGHT)
             for name in imports_of(path) if name.partition(".")[0] in outward}
    assert {name for name in wrong - exceptions if not name.startswith("channels/simulators/")} == set()


def test_vendor_names_stay_with_their_channel() -> None:
    rooms = [room for room in HEIGHT if room not in ("channels", "web")]
    found = [f"{path.relative_to(ROOT)}: {vendor}" for path in files(*rooms) for vendor in VENDORS
             if vendor in path.read_text(encoding="utf-8").lower()]
    assert found == []
