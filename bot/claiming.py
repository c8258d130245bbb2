"""What one household may apply for, by the register and by its own word, and the question it can answer itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from bot.phrases import claiming as phrases
from bot.phrases import words
from bot.state import Asked, Claims, Expected, Fit, Offer
from kernel.crypto import Keyring
from notices.eligibility import Policy, Question, policies_for
from notices.hardships import hardships_in
from notices.offers import Offers
from profiles import answers
from profiles.facts import NONE, Fact, Kind
from profiles.register import facts_of


def claims_of(
    session: Session, keyring: Keyring, household_id: int, said: Mapping[str, answers.Value], skipped: Sequence[str],
    day: date, offers: Offers,
) -> Claims:
    """The claims of a household with its own answers, kept and just heard, beside the register."""
    registered = facts_of(session, household_id)
    told = answers.beside(session, registered, household_id, answers.standing_answers(session, keyring, household_id),
                          offers.catalogue)
    told = answers.heard(session, told, household_id, said, offers.catalogue)
    found = policies_for(session, told, day, offers)
    sure = {one.reference for one in policies_for(session, registered, day, offers).yes} if told != registered else None
    made = tuple(_offer(policy, is_told=sure is not None and policy.reference not in sure) for policy in found.yes)
    open_ones = [one for one in found.questions if one.fact.name not in skipped]
    question = next((one for one in open_ones if _is_answerable(session, one, household_id)), None)
    ask = open_ones[0].words if open_ones and question is None else ""
    # Right after an answer everything is said by it; later only where an offer hangs on it.
    is_told = bool(said) or (sure is not None and any(policy.reference not in sure for policy in found.yes))
    return Claims(made, question.words if question else ask, asked(question.fact) if question else None, is_told)


def fit_of(session: Session, keyring: Keyring, household_id: int, reference: str, day: date, offers: Offers) -> Fit:
    """Whether one notice is for a household, by the register and its own word."""
    registered = facts_of(session, household_id)
    told = answers.beside(session, registered, household_id, answers.standing_answers(session, keyring, household_id),
                          offers.catalogue)
    found = policies_for(session, told, day, offers)
    if reference in {one.reference for one in found.yes}:
        return Fit.YES
    return Fit.UNKNOWN if reference in {one.reference for one in found.unknown} else Fit.NO


def _is_answerable(session: Session, question: Question, household_id: int) -> bool:
    return answers.can_answer(question.fact) and answers.whom(session, question.fact, household_id)[0]


def asked(fact: Fact) -> Asked:
    """A fact as the talk asks for it."""
    expected = (Expected.TRUTH if fact.kind is Kind.BOOLEAN else Expected.NUMBER if fact.kind.is_numeric else Expected.WORD)
    choices = fact.choices if NONE not in fact.choices or fact.denied else tuple(one for one in fact.choices if one != NONE)
    return Asked(fact.name, fact.question, expected, fact.unit, fact.kind is Kind.INTEGER, choices)


def _offer(policy: Policy, *, is_told: bool) -> Offer:
    """An offer as it may stand in a message: a title that names a hardship would say that the household has it."""
    title = words.UNNAMED_OFFER if hardships_in(policy.title) else policy.title
    reserve = phrases.ONE_AS_TOLD.format(office=policy.offer.office) if is_told else policy.words
    return Offer(policy.reference, title, policy.told, reserve, policy.what_to_bring, policy.where, policy.deadline)
