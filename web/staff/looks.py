"""查看记录: who looked at whom; and finding a person by what a caller says, each find written down."""

from __future__ import annotations

from dataclasses import dataclass
from unicodedata import normalize

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from profiles import access, lookup, register
from profiles.access import Look, Whom
from profiles.contacts import masked_name
from profiles.divisions import Names
from profiles.lookup import Found
from profiles.models import Standing
from web.house import house
from web.security import actor, staff
from web.staff.frame import ROWS_A_PAGE, Paging, page_asked
from web.staff.menu import KEEPERS, REGISTER_READERS
from web.staff.sight import Sight, sight_of
from web.staff.system_tabs import tabs

LONGEST = 40
STANDINGS = {Standing.PRESENT: "", Standing.DIED: "去世", Standing.MOVED: "迁出"}


@dataclass(frozen=True)
class Hit:
    """One person found, as the list shows them."""

    household: str
    name: str
    relation: str
    place: str
    standing: str


@staff(*KEEPERS)
def looks() -> str:
    """Every look at a person's data in the actor's area, the latest first."""
    words = request.args.get("words", "").strip()[:60]
    asked = max(1, request.args.get("page", 1, type=int))
    with house().database.reading() as session:
        found, total = access.search(session, words, actor().jurisdiction, (asked - 1) * ROWS_A_PAGE, ROWS_A_PAGE)
        page: Paging = page_asked(total)
        if page.number != asked:
            found, total = access.search(session, words, actor().jurisdiction, page.offset, ROWS_A_PAGE)
        names = Names(session)
        places = {one.division: names.place(one.division) for one in found if one.division}
    return render_template("staff/system/looks.html", heading="查看记录", looks=found, page=page, words=words, places=places,
                           days=house().settings.retention.keep_looks_days, tabs=tabs(actor()))


@staff(*REGISTER_READERS)
def find_person() -> str | Response:
    """Find a household by a member's name, telephone or identity number; posted, so that no number stands in an address."""
    words = normalize("NFKC", request.form.get("words", "")).strip()[:LONGEST]
    if not words:
        return redirect(url_for("staff.households"))
    sight, now = sight_of(actor()), house().clock.now()
    with house().database.writing() as session:
        home = register.household_by_reference(session, words) or register.household_by_reference(session, words.upper())
        if home is not None and actor().may_act_in(home.division):
            return redirect(url_for("staff.household", reference=home.reference))
        found = lookup.find(session, house().keyring, words, actor().jurisdiction)
        for one in found:
            access.looked(session, now, actor(), Look.SEARCH, Whom(one.household_id, one.resident_id, one.household, one.division),
                          found=len(found))
        if not found:
            access.looked(session, now, actor(), Look.SEARCH, Whom(division=actor().jurisdiction), found=0)
        hits = [_hit(session, one, sight) for one in found]
    return render_template("staff/people/found.html", heading="找一户", hits=hits, most=lookup.MOST)


def _hit(session: Session, one: Found, sight: Sight) -> Hit:
    name = house().keyring.decrypt(one.name, "name")
    return Hit(one.household, name if sight.names else masked_name(name), one.relation, Names(session).place(one.division),
               STANDINGS[one.standing])
