"""Every room's sealed columns in one list; no room knows those above it."""

from __future__ import annotations

from bot import keeping as bot
from channels import keeping as channels
from kernel.sealing import Register
from knowledge import keeping as knowledge
from profiles import keeping as profiles
from push import keeping as push

SEALED: Register = (*profiles.SEALED, *knowledge.SEALED, *bot.SEALED, *channels.SEALED, *push.SEALED)
