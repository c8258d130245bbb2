"""Questions that come over other doors than the bot's are kept as those of the bot are; a token lets their asker judge the answer."""

from __future__ import annotations

import hmac
from hashlib import sha256

from knowledge import gaps
from knowledge.answers import Found
from knowledge.ranking import Decision
from web.house import House

SEARCH, API = "search", "api"
DIGITS = (6, 9, 12)


def keep(house: House, channel: str, text: str, division: str | None, found: Found) -> str:
    """Keep a question with what it found; the token by which its answer may be judged."""
    best = found.candidates[0] if found.candidates else None
    place = division if division and division.isdigit() and len(division) in DIGITS else None
    with house.database.writing() as session:
        number = gaps.note(session, channel=channel, text=text, division=place, decision=found.decision.value,
                           entry_id=best.id if best else None, score=best.score if best else 0.0, now=house.clock.now())
    return f"{number}-{_proof(house, number)}"


def keep_vain(house: House, text: str, found: Found) -> None:
    """Keep a search that found nothing at all; what is no question (a number, a sign) will be left aside at night."""
    if found.decision is Decision.HAND_OVER:
        keep(house, SEARCH, text, None, found)


def judge(house: House, token: str, *, helpful: bool) -> bool:
    """Keep what the asker says of the answer; False for a token that was never given out, or is too old."""
    number = _number(house, token)
    if number is None:
        return False
    with house.database.writing() as session:
        return gaps.judge(session, number, helpful)


def choose(house: House, token: str, entry_id: str) -> bool:
    """Keep which of several answers was meant; False as for `judge`."""
    number = _number(house, token)
    if number is None or not house.library.entries([entry_id]):
        return False
    with house.database.writing() as session:
        return gaps.choose(session, number, entry_id)


def _number(house: House, token: str) -> int | None:
    number, _, proof = token.partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        return None
    return int(number) if hmac.compare_digest(proof.encode(), _proof(house, int(number)).encode()) else None


def _proof(house: House, number: int) -> str:
    return hmac.new(house.token_key, f"asked:{number}".encode(), sha256).hexdigest()[:16]
