"""Answering the open question on one's own page, as in the talk: kept beside the register until the office has looked."""

from __future__ import annotations

from flask import request

from bot.claiming import asked, claims_of
from bot.flows import telling
from bot.flows.hearing import bare
from bot.phrases import claiming as words
from kernel.clock import today
from profiles import answers
from profiles.sessions import Me
from web.house import house
from web.public.mine_session import Reply, bound

LONGEST = 40


@bound
def answer(me: Me) -> Reply:
    """Keep what the household says of itself; a form of before, whose question is settled by now, changes nothing."""
    said, name = request.form.get("said", "").strip()[:LONGEST], request.form.get("fact", "")
    if telling.UNSURE.fullmatch(bare(said)):
        return Reply(done=words.ASK_AT_HOME)
    now, offers = house().clock.now(), house().offers
    with house().database.writing() as session:
        claims = claims_of(session, house().keyring, me.household_id, {}, (), today(house().clock), offers)
        fact = offers.catalogue.fact(name)
        if fact is None or claims.question is None or claims.question.fact != name:
            return Reply(("这一条已经答过了，或者不用答了。请看下面还问什么。",))
        question = asked(fact)
        value = telling.heard(said, question)
        is_clear, about = answers.whom(session, fact, me.household_id)
        if value is None or not is_clear:
            return Reply((words.not_heard(question),))
        answers.keep(session, house().keyring, household_id=me.household_id, resident_id=me.resident_id, about=about, fact=fact,
                     value=value, channel="web", now=now)
    return Reply(done=words.noted(question, value))
