"""What stood round the words when they were approved stands there when they leave, or they do not leave."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from channels.contract import Sender
from channels.messages import Purpose
from push import releasing
from push.calls import content_of
from push.claims import Claim
from push.models import Dispatch

CURE = "发出去会和签发的不一样，先停住了。处理好后点“继续”；重新签发的，先停止这一次，再另发给没收到的。"


def hold_misfit(session: Session, claim: Claim, sender: Sender, now: datetime) -> None:
    """Pause a dispatch whose words, approved with signature or fields, would not go out over a channel as they were approved.

    Settings change between the approval and the last message: a schedule, a pause, late joiners and reminders lie between.
    Of an emergency only that channel waits. The claim learns whether its channel was kept back before.
    """
    dispatch = session.get_one(Dispatch, claim.dispatch_id)
    content = content_of(dispatch.content, claim.channel)
    complaints = "；".join(sender.complaints(content)) if content.form else ""
    if not complaints:
        releasing.let_fit(dispatch, claim.channel)
    elif dispatch.purpose != Purpose.EMERGENCY or not releasing.keep_back(
            session, claim.batch_id, f"{releasing.MISFIT}{complaints}", now):
        # What is cut where it is long stands last.
        releasing.hold(session, claim.dispatch_id, f"{CURE}{complaints}", now)
    claim.is_kept_back = claim.channel in releasing.kept_back(dispatch)
