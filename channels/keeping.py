"""What of this room stands sealed, so that a new key reaches it."""

from __future__ import annotations

from channels.telegram import subscribers
from channels.telegram.models import Subscriber
from channels.wechat import openings, shelf
from channels.wechat.models import AccessToken, Opening, SignedCallback
from kernel.sealing import Fleeting, Register, Sealed

SEALED: Register = (
    Sealed(AccessToken.token, shelf.PURPOSE),
    Sealed(Opening.address, openings.PURPOSE, index=Opening.address_index),
    Sealed(Subscriber.address, subscribers.PURPOSE, index=Subscriber.address_index),
    Fleeting(SignedCallback.signed, "the digest of a timestamp and a nonce of the platform's"),
    Fleeting(SignedCallback.body, "the digest of what they signed; ends within a day"),
)
