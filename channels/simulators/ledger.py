"""What the simulated vendors took, call by call: the other side's books, to be held against ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Taken:
    """One call a vendor took: our attempt id, the addresses, and what was said to each."""

    vendor: str
    attempt: str
    at: datetime
    reference: str
    addresses: Sequence[str] = field(repr=False)
    blanks: Sequence[Mapping[str, str]] = field(repr=False)
    template: str = ""


class Ledger:
    """Every call taken, in order; the look-up by address is built when somebody asks."""

    def __init__(self) -> None:
        """Empty books."""
        self.calls: list[Taken] = []
        self.requests: Counter[str] = Counter()
        self._by_address: dict[tuple[str, str], list[int]] = {}
        self._indexed = 0

    def book(self, taken: Taken) -> None:
        """Write one call down."""
        self.calls.append(taken)

    def clear(self) -> None:
        """Burn the books."""
        self.__init__()  # type: ignore[misc]

    @property
    def messages(self) -> int:
        """How many messages were taken."""
        return sum(len(taken.addresses) for taken in self.calls)

    @property
    def attempts(self) -> list[str]:
        """The attempt ids in order."""
        return [taken.attempt for taken in self.calls]

    def addresses(self, vendor: str = "") -> Counter[str]:
        """How often each address was served."""
        return Counter(address for taken in self.calls if vendor in ("", taken.vendor) for address in taken.addresses)

    def twice(self, vendor: str = "") -> dict[str, int]:
        """The addresses served more than once."""
        return {address: count for address, count in self.addresses(vendor).items() if count > 1}

    def of(self, vendor: str, address: str) -> Iterator[Taken]:
        """The calls of a vendor that served an address, the newest first."""
        while self._indexed < len(self.calls):
            taken = self.calls[self._indexed]
            for each in taken.addresses:
                self._by_address.setdefault((taken.vendor, each), []).append(self._indexed)
            self._indexed += 1
        for place in reversed(self._by_address.get((vendor, address), [])):
            yield self.calls[place]
