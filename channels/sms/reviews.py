"""Asking a vendor how far the review of a template has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol, runtime_checkable

from channels.sms.templates import Approval
from kernel.http import Client


@dataclass(frozen=True)
class Reviewed:
    """A vendor's word on one template: its state, why it was rejected, the day, and the wording it holds.

    `fault` is set where the vendor told nothing; then only it counts.
    """

    state: Approval = Approval.UNFILED
    reason: str = ""
    decided_on: date | None = None
    wording: str = ""
    fault: str = ""


@runtime_checkable
class Reviews(Protocol):
    """A gateway whose vendor can be asked."""

    async def reviewed(self, client: Client, vendor_id: str) -> Reviewed:
        """Ask about one template."""
        ...
