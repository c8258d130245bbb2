"""Whoever guesses numbers is stopped: what was tried in vain is counted by address, for all processes of the site together."""

from __future__ import annotations

import hashlib
import ipaddress

from flask import abort, request

from kernel import knocks
from web.house import house

DOOR = "cases"
# Residents behind one carrier's gateway share an address: this stops a machine, not a village that mistypes.
MOST = 60
HANDED, MOST_HANDED = "handed", 60
WORDS = "这里查编号查错的次数太多了。请过一小时再试，或拨 12345 报编号查。"


def refuse_guessers() -> None:
    """Answer 429 to an address from which too many numbers were tried in vain within this hour."""
    with house().database.reading() as session:
        tried = knocks.times(session, DOOR, _who(), house().clock.now())
    if tried >= MOST:
        abort(429, description=WORDS)


def missed() -> None:
    """Count a number that is none, or a secret that is another one."""
    with house().database.writing() as session:
        knocks.note(session, DOOR, _who(), house().clock.now())


def may_hand_over() -> bool:
    """Whether this address may hand more to people within this hour: talks on the web cost nothing to begin anew."""
    with house().database.reading() as session:
        return knocks.times(session, HANDED, _who(), house().clock.now()) < MOST_HANDED


def handed_over() -> None:
    """Count a question that was handed to people."""
    with house().database.writing() as session:
        knocks.note(session, HANDED, _who(), house().clock.now())


def _who() -> str:
    """A keyed digest of the address; of the sixth version its network, for a household has more addresses than one could count."""
    address = request.remote_addr or ""
    try:
        known = ipaddress.ip_address(address)
        address = str(ipaddress.ip_network((known, 64), strict=False)) if known.version == 6 else address
    except ValueError:
        address = ""  # no address at all: all of those count together
    return hashlib.blake2b(address.encode(), key=house().token_key[:64], person=b"knocks", digest_size=16).hexdigest()
