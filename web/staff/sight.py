"""What each role may see of a person, in one place: every page of the register asks here."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.audit import Actor
from web.staff.menu import holds_itself
from web.staff.models import Role

# Whole names: those who know their neighbours anyway. Whole numbers, one at a time and each written down: those who call.
NAMES = (Role.CADRE,)
NUMBERS = (Role.CADRE, Role.AGENT, Role.EDITOR)
HARDSHIP = (Role.CADRE, Role.EDITOR, Role.AUDITOR)
LOOKS = (Role.AUDITOR, Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Sight:
    """What one may see: whole names, what tells of hardship, a whole number after a click, who looked."""

    names: bool
    hardship: bool
    numbers: bool
    looks: bool


def sight_of(actor: Actor) -> Sight:
    """Of an account by the roles it holds itself: being an administrator shows nobody's data.

    Cadres know their neighbours by name; an agent on the telephone sees nothing that tells of hardship; an auditor sees
    who looked, and calls nobody. Identity numbers are shown whole to nobody.
    """
    return Sight(names=holds_itself(actor, *NAMES), hardship=holds_itself(actor, *HARDSHIP),
                 numbers=holds_itself(actor, *NUMBERS), looks=holds_itself(actor, *LOOKS))
