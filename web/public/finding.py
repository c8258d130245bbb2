"""Finding: one line for places, notices and answers; and the feed of what is new."""

from __future__ import annotations

from flask import Response, render_template, request
from sqlalchemy.orm import Session

from knowledge.ranking import Decision
from notices import reading
from profiles import divisions
from web import asked
from web.house import house
from web.public.boards import Place
from web.public.cards import Card, card
from web.rendering import the_day
from web.security import public

LONGEST_QUERY = 60
PLACES_SHOWN = 12
ANSWERS_SHOWN = 3
FEED_LENGTH = 40


@public
def search() -> str:
    """Places, notices and reviewed answers for `?q=`."""
    words = " ".join(request.args.get("q", "").split())[:LONGEST_QUERY]
    if not words:
        return render_template("public/search.html", words="", places=(), cards=(), answers=(), is_sure=False)
    today = the_day()
    with house().database.reading() as session:
        names = divisions.Names(session)
        places = _places(session, words)
        cards: tuple[Card, ...] = tuple(card(view, today, names, house().catalogue) for view in reading.search(session, words, today))
    found = house().library.ask(words, None, today)
    # A published notice is an answer too; here it already stands among the notices.
    answers = [entry for entry in found.entries if entry.notice_reference is None][:ANSWERS_SHOWN]
    if not (places or cards or answers):
        asked.keep_vain(house(), words, found)
    # What is sure is what was meant: it stands above what only holds the words.
    is_sure = found.decision is Decision.ANSWER and bool(answers)
    return render_template("public/search.html", words=words, places=places, cards=cards, answers=answers, is_sure=is_sure)


@public
def feed() -> Response:
    """What is new in the county, for readers and the county's portal (Atom, RFC 4287)."""
    today = the_day()
    with house().database.reading() as session:
        names = divisions.Names(session)
        views = reading.published_for(session, house().county, today, FEED_LENGTH)
        cards = [(view, card(view, today, names, house().catalogue)) for view in views if view.published_at is not None]
    newest = max((view.published_at for view, _ in cards if view.published_at), default=house().clock.now())
    body = render_template("public/feed.xml", entries=cards, updated=newest, root=house().settings.web.public_url)
    return Response(body, content_type="application/atom+xml; charset=utf-8")


def _places(session: Session, words: str) -> tuple[Place, ...]:
    """Divisions below the county whose name holds the words, with or without the township before it."""
    bare = words.replace(" ", "")
    called = {code: divisions.short_name(name) for code, name in divisions.standing(session, house().county)}
    places = [Place(code, f"{called.get(code[:9], '')} {name}" if len(code) > 9 else name)
              for code, name in called.items() if len(code) > 6]
    found = [place for place in places if bare in place.name.replace(" ", "")]
    return tuple(sorted(found, key=lambda place: (len(place.code), len(place.name), place.code))[:PLACES_SHOWN])
