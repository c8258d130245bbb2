"""A notice as portraits see it: values handed down by the storey above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from profiles.portraits.sensitive import is_sensitive


@dataclass(frozen=True)
class NoticeFeatures:
    """What of a notice tells whom it interests; `sensitive` where its text or condition touches what leaves no trace."""

    id: int
    reference: str
    title: str
    topic: str
    kind: str
    office: str = ""
    sensitive: bool = False

    @property
    def row(self) -> dict[str, str]:
        """Its categories."""
        return {"topic": self.topic, "kind": self.kind, "office": self.office}

    @property
    def stays_in_place(self) -> bool:
        """Whether no portrait moves it: emergencies, and what is sensitive."""
        return self.sensitive or self.kind == "emergency" or is_sensitive(self.topic, self.title)


@dataclass(frozen=True)
class Exposure:
    """A notice that reached a resident over a channel: the ground on which opening is a choice."""

    resident_id: int
    notice_id: int
    channel: str
    at: datetime
