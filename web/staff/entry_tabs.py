"""The pages of the knowledge room, side by side."""

from __future__ import annotations

from web.security import actor
from web.staff.menu import KNOWLEDGE_WRITERS, holds


def tabs() -> list[tuple[str, str, int]]:
    """Endpoint, words and count of each page this actor may open."""
    found = [("staff.knowledge", "条目", 0), ("staff.gaps", "待补充问题", 0), ("staff.try_question", "试问", 0),
             ("staff.documents", "废止文件", 0)]
    return [*found, ("staff.import_knowledge", "导入、导出", 0)] if holds(actor(), *KNOWLEDGE_WRITERS) else found
