"""The consultations of who is speaking: from this address, from their other ones once they are bound, and by number."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from bot.state import Progress
from channels.messages import Incoming
from kernel.clock import Clock, today
from kernel.crypto import Keyring
from knowledge import consultations, rating
from knowledge.consultations import OPEN, found
from knowledge.letters import ADDRESS_PURPOSES
from knowledge.models import Consultation, ConsultationState
from profiles.models import Resident
from profiles.subjects import subject

STATES = {ConsultationState.TAKEN: "已受理", ConsultationState.PASSED_ON: "已转办", ConsultationState.ANSWERED: "已答复",
          ConsultationState.CLOSED: "已办结"}
MOST = 5


class Cases:
    """Reads consultations as a talk may tell them; every method in the caller's session."""

    def __init__(self, keyring: Keyring, clock: Clock) -> None:
        """Of one house."""
        self._keyring = keyring
        self._clock = clock

    def progress(self, session: Session, number: str, incoming: Incoming, resident: int | None, own: Sequence[str] = ()
                 ) -> Progress | None:
        """Where one stands; its answer only for who asked, from here, from another address of theirs, or in an `own` talk."""
        case = found(session, number)
        if case is None:
            return None
        is_own = consultations.is_own(case, self._keyring, incoming.channel, incoming.address)
        return self._told(case, is_own=is_own or case.number in own or self._is_of(session, case, resident))

    def of(self, session: Session, incoming: Incoming, numbers: Sequence[str], resident: int | None, own: Sequence[str] = ()
           ) -> list[Progress]:
        """Those of who is speaking, the latest first, then those that only their number is known of."""
        purpose = ADDRESS_PURPOSES.get(incoming.channel)
        here = self._keyring.indexes(incoming.address, purpose) if purpose and incoming.address else ()
        indexes = {*here, *self._indexes(session, resident)}
        asked = [one.number for one in consultations.of_addresses(session, self._keyring, tuple(indexes), today(self._clock), MOST)]
        listed = list(dict.fromkeys((*asked, *reversed(own), *reversed(numbers))))[:MOST]
        told = [self.progress(session, number, incoming, resident, own) for number in listed]
        return [one for one in told if one is not None]

    def _told(self, case: Consultation, *, is_own: bool) -> Progress:
        state = ConsultationState(case.state)
        is_open = state in OPEN
        return Progress(case.number, STATES[state], case.due_on, is_open, is_open and case.due_on < today(self._clock),
                        case.answer if is_own and not is_open else "", is_own and rating.may_rate(case))

    def _is_of(self, session: Session, case: Consultation, resident: int | None) -> bool:
        """Whether it was asked from an address that is nobody's but this resident's; nothing of an answer goes abroad."""
        return (case.channel in consultations.READ_AGAIN and case.address_index is not None
                and case.address_index in self._indexes(session, resident))

    def _indexes(self, session: Session, resident: int | None) -> tuple[bytes, ...]:
        person = session.get(Resident, resident) if resident is not None else None
        return () if person is None else subject(session, self._keyring, person).indexes
