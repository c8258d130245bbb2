"""What an approval binds: one hash over the writing, its condition and channels, and every rendering."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def digest(content: Mapping[str, Any], surfaces: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON of a writing (condition and channels included) and its stored renderings."""
    bound = json.dumps({"content": content, "surfaces": surfaces}, ensure_ascii=False, sort_keys=True,
                       separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(bound.encode()).hexdigest()
