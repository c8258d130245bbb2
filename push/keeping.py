"""What of this room holds a blind index, so that a new key reaches it; addresses themselves stay with the contacts."""

from __future__ import annotations

from kernel.sealing import Copied, Register, Sealed
from profiles.models import Contact
from push.models import Delivery, ReceiptEntry
from push.replies import PURPOSE, Reply

SEALED: Register = (
    Copied(Delivery.address_index, source=Contact.address_index, by=Delivery.contact_id),
    Copied(ReceiptEntry.address_index, source=Delivery.address_index, by=ReceiptEntry.delivery_id),
    Sealed(Reply.text, PURPOSE),
)
