"""The county's page: what Zhida is for, the way to one's village, and what is new; and the catalogue of it all."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request
from sqlalchemy.orm import Session

from notices import reading
from profiles import divisions
from web.house import house
from web.public.boards import below
from web.public.cards import Card, card, sorted_out
from web.public.printed import printed
from web.rendering import the_day
from web.security import public

DUE_SHOWN = 3
NEW_SHOWN = 6
MOST_READ = 200
CATALOGUE_SHOWN = 500


@dataclass(frozen=True)
class Shelf:
    """One topic of the catalogue with what is published under it."""

    topic: str
    cards: tuple[Card, ...]


@public
def county() -> str:
    """Choose a township; what is due in the county; what is new; ask."""
    with house().database.reading() as session:
        return printed(session, lambda: _county(session))


def _county(session: Session) -> str:
    today, names = the_day(), divisions.Names(session)
    found = reading.published_for(session, house().county, today, MOST_READ)
    cards = sorted_out([card(view, today, names, house().catalogue) for view in found], DUE_SHOWN)
    return render_template("public/county.html", townships=below(session, house().county), cards=cards, shown=NEW_SHOWN)


@public
def catalogue() -> str:
    """Everything that is published, by topic (主动公开基本目录); one topic with `?topic=`."""
    today, topic = the_day(), request.args.get("topic", "")
    with house().database.reading() as session:
        names = divisions.Names(session)
        found = reading.published_for(session, house().county, today, CATALOGUE_SHOWN)
        shelves: dict[str, list[Card]] = {}
        for view in found:
            shelves.setdefault(view.topic, []).append(card(view, today, names, house().catalogue))
    ordered = [Shelf(name, tuple(cards)) for name, cards in sorted(shelves.items(), key=lambda one: (-len(one[1]), one[0]))]
    chosen = [shelf for shelf in ordered if shelf.topic == topic]
    return render_template("public/catalogue.html", shelves=ordered, chosen=chosen[0] if chosen else None,
                           total=len(found))
