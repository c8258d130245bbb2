"""What of this room stands sealed, so that a new key reaches it."""

from __future__ import annotations

from kernel.sealing import Register, Sealed
from knowledge.consultations import PURPOSE
from knowledge.letters import ADDRESS_PURPOSES
from knowledge.models import Consultation

SEALED: Register = (
    Sealed(Consultation.address, ADDRESS_PURPOSES, index=Consultation.address_index, by=Consultation.channel, together=True),
    Sealed(Consultation.text, PURPOSE),
    Sealed(Consultation.secret, PURPOSE),
    Sealed(Consultation.rating_reason, PURPOSE),
)
