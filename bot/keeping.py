"""What of this room stands sealed, so that a new key reaches it."""

from __future__ import annotations

from bot.events import REPLIES
from bot.late import LATE
from bot.memory import TALK
from bot.models import AnsweredEvent, Conversation, LateAnswer
from kernel.sealing import Companion, Register, Sealed
from profiles.models import Contact

SEALED: Register = (
    # The talk of somebody in no register is found under every key, and moves when they next write.
    Companion(Conversation.address_index, of=Contact.address),
    Sealed(Conversation.state, TALK),
    Sealed(AnsweredEvent.replies, REPLIES),
    Sealed(LateAnswer.incoming, LATE),
    Sealed(LateAnswer.replies, REPLIES),
)
