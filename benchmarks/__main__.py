"""`make bench`: every measurement, one after the other; each prints its ratios and keeps them as JSON.

`python -m benchmarks delivery` measures one, `delivery.bulk` a part of one that has parts.
"""

from __future__ import annotations

import importlib
import json
import platform
import sys
import time
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
NAMES = ("crypto", "intake", "targeting", "eligibility", "planning", "delivery", "chaos", "gateways", "answering", "pages",
         "callbacks")


def main(names: list[str]) -> int:
    RESULTS.mkdir(exist_ok=True)
    for name in names or NAMES:
        began = time.perf_counter()
        name, _, part = name.partition(".")
        module = importlib.import_module(f"benchmarks.{name}")
        figures = {**_kept(name), **module.measure(part)} if part else module.measure()
        kept = {"measured": time.strftime("%Y-%m-%d"), "machine": f"{platform.machine()}, Python {platform.python_version()}",
                "seconds": round(time.perf_counter() - began, 1), "figures": figures}
        (RESULTS / f"{name}.json").write_text(json.dumps(kept, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        print(f"== {name} ({kept['seconds']} s)")
        for figure, value in figures.items():
            print(f"   {figure}: {value}")
    return 0


def _kept(name: str) -> dict[str, Any]:
    """The figures of the other parts, where one is measured alone (`delivery.bulk`)."""
    path = RESULTS / f"{name}.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))["figures"]) if path.exists() else {}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
