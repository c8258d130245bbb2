"""The order of notices on one's own page: personal or plain, why, what is remembered for it, and deleting that now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from notices import reading
from profiles import divisions
from profiles.portraits import signals
from web.house import house
from web.public.cards import card
from web.public.mine_session import Me, Reply, bound
from web.rendering import the_day

MOST_READ = 60
SHOWN = 6
PLAIN, PERSONAL = "plain", "personal"


def context(session: Session, me: Me) -> Mapping[str, Any]:
    """The newest notices of one's village in one's order, each with its reason, and what is remembered."""
    now, today, names = house().clock.now(), the_day(), divisions.Names(session)
    views = reading.published_for(session, me.division, today, MOST_READ)
    order = house().personal.arranged(session, me.resident_id, views, now)
    return {
        "is_on": house().personal.is_on, "is_personal": order.is_personal, "why": order.why,
        "is_plain_wanted": signals.wants_plain_order(session, me.resident_id),
        "notices": [(card(view, today, names, house().catalogue), reasons)
                    for view, reasons in zip(order.views[:SHOWN], order.reasons, strict=False)],
        "place": divisions.place(session, me.division), "board": me.division,
        "held": signals.held_of(session, me.resident_id), "days": signals.RETENTION.days,
    }


@bound
def choose(me: Me) -> Reply:
    """Take the plain order, which forgets everything at once, or the personal one again."""
    wanted, now = request.form.get("order", ""), house().clock.now()
    if wanted not in (PLAIN, PERSONAL):
        return Reply(faults=("没有选怎么排。请点下面的按钮。",))
    with house().database.writing() as session:
        if wanted == PLAIN:
            signals.choose_plain_order(session, me.resident_id, now)
        else:
            signals.choose_personal_order(session, me.resident_id)
    said = "现在按发布时间排。以前记下的都删了，以后也不再记。" if wanted == PLAIN else "以后按您常看的内容排。随时可以改回来。"
    return Reply(done=said)


@bound
def forget(me: Me) -> Reply:
    """Delete all that is remembered now, and go on."""
    with house().database.writing() as session:
        signals.forget_resident(session, me.resident_id)
    return Reply(done="记下的都删了。")
