"""What profiles may refuse, with the place, the reason and the cure in words a clerk can act on."""

from __future__ import annotations

from kernel.settings import SettingsRefused


class CatalogueRefused(Exception):
    """A fact cannot be added to the catalogue; `name` is the fact, `cure` what to change."""

    def __init__(self, name: str, reason: str, cure: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason
        self.cure = cure


class CountyFactsRefused(SettingsRefused):
    """The county's file of facts is not taken; `faults` are whole sentences, each with its place and its cure."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class ConditionRefused(Exception):
    """A condition (推送范围) is not valid; `path` leads to the fault, as in `all[1].in`."""

    def __init__(self, path: str, reason: str, cure: str) -> None:
        self.path = path or "整个条件"
        super().__init__(f"{self.path}: {reason}")
        self.reason = reason
        self.cure = cure

    @property
    def words(self) -> str:
        """Where, what and how to mend it, in one Chinese sentence."""
        return f"{self}。{self.cure}"


class MoveRefused(Exception):
    """A household or member cannot be moved so; `words` say why and what to do instead."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class AnswerRefused(Exception):
    """What a resident said cannot be settled so; `words` say why and what to do instead."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words
