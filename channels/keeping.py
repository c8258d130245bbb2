"""What of this room stands sealed, so that a new key reaches it."""

from __future__ import annotations

from channels.wechat.models import AccessToken
from channels.wechat.shelf import PURPOSE
from kernel.sealing import Register, Sealed

SEALED: Register = (Sealed(AccessToken.token, PURPOSE),)
