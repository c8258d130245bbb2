"""系统检查: what `zhida doctor` finds, shown to whoever keeps the whole system; found afresh each time the page is opened."""

from __future__ import annotations

from flask import abort, render_template, request

from web.commands.doctor import examine
from web.house import house
from web.security import actor, staff
from web.staff.models import Role
from web.staff.system_tabs import keeps_the_system, tabs

LEVELS = (("error", "要马上处理"), ("warning", "要安排处理"), ("note", "知道就行"))


@staff(Role.ADMINISTRATOR)
def checkup() -> str:
    """Every finding with its cure; what has to read every sealed value is left out until it is asked for."""
    if not keeps_the_system(actor()):
        abort(403, description="系统检查给管全县的管理员看。发现系统不对劲，请告诉县里的管理员。")
    counts_keys = request.args.get("keys") == "1"
    findings = list(examine(house(), counts_keys=counts_keys))
    groups = [(words, found) for level, words in LEVELS if (found := [one for one in findings if one.level == level])]
    return render_template("staff/system/checkup.html", heading="系统检查", tabs=tabs(actor()), groups=groups, counts_keys=counts_keys,
                           is_well=all(one.level == "note" for one in findings), now=house().clock.now())
