"""The templates a simulated vendor keeps: those of the settings are approved, others are filed by whoever plays with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from channels.messages import Purpose
from channels.sms.templates import Approval, Template


@dataclass(frozen=True)
class Kept:
    """One template, how its review stands and why."""

    template: Template
    state: Approval = Approval.APPROVED
    reason: str = ""


class Shelf:
    """One account's templates by the vendor's id."""

    def __init__(self, wordings: Mapping[Purpose, Template], vendor_ids: Mapping[Purpose, str]) -> None:
        """What the settings name has passed its review."""
        self._kept = {vendor_id: Kept(wordings[purpose]) for purpose, vendor_id in vendor_ids.items() if vendor_id}

    def file(self, vendor_id: str, template: Template, state: Approval, reason: str = "") -> None:
        """Another template, or another word on one."""
        self._kept[vendor_id] = Kept(template, state, reason)

    def find(self, vendor_id: str) -> Kept | None:
        """A template, whatever its state."""
        return self._kept.get(vendor_id)

    def sendable(self, vendor_id: str) -> Template | None:
        """A template that has passed."""
        kept = self._kept.get(vendor_id)
        return kept.template if kept is not None and kept.state is Approval.APPROVED else None
