"""What one household may apply for: told only to a binding, only by what may be read, never as a promise."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.effects import ShowNotice
from bot.flows import telling
from bot.flows.hearing import bare
from bot.phrases import claiming as spoken
from bot.phrases import words
from bot.state import Library, State, Turn
from channels.messages import Incoming, Reply

ASKED = re.compile(r"(?:(?:国家|政府|公家)(?:对|给)?)?(?:我|咱|俺)(?:们)?(?:家里|家|屋里|屋头)?(?:到底|现在|今年|都|还)*(?:能不能|"
                   r"能|可以|可|该|有)(?:不可以)?(?:办理?|享受|领取?|申请|拿|得)?(?:到|上)?"
                   r"(?:个|点|些)?(?:啥子|啥|什么|哪些|哪样|哪个|多少|几样)(?:样的)?(?:钱|补贴|补助|政策|事情?|待遇|好处|优惠|"
                   r"照顾)?(?:(?:可以|能)(?:领取?|享受|办|拿|申请)?(?:的)?)?(?:吗|么|呢|哩)?")
BEFORE = re.compile(r"(?:那|请问|问一下|问下|我想问一?下?|你看|你说|想知道|给我?说说|查一?下)*")
LONG_STORY = 40


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Answer 我能办什么, also at the end of a long story."""
    if not _is_asked(bare(incoming.text)):
        return None
    rested = replace(state, offered=(), awaiting="", asked="", asked_fact="", subject="")
    skipped = state.skipped or library.elsewhere(incoming).skipped
    claims = library.claims(incoming, {}, skipped)
    if claims is None:
        return Turn(rested, (Reply(words.WHAT_CAN_I_CLAIM, link=library.own_page() if incoming.channel == "web" else None),))
    rested = replace(rested, skipped=skipped)
    if claims.question is None and skipped:
        # What they did not know is asked again, after all the rest.
        rested, claims = replace(rested, skipped=()), library.claims(incoming, {}, ()) or claims
    return telling.told(rested, claims, begin=spoken.RESUMED if skipped and claims.question else "")


def show(state: State, reference: str, incoming: Incoming, library: Library) -> Turn | None:
    """One of the offers, with what may be said of the reasons; None when it is not open to the household any more."""
    claims = library.claims(incoming, {}, state.skipped)
    offer = next((one for one in claims.offers if one.reference == reference), None) if claims else None
    told = library.notice(reference) if offer else None
    if offer is None or told is None:
        return None
    text = words.claim(told.title, offer.words, offer.told, offer.bring, offer.where, told.until, told.phone)
    after = replace(state, subject=f"notice:{reference}")
    return Turn(after, (Reply(text, link=library.address(reference)),), (ShowNotice(reference),))


def _is_asked(said: str) -> bool:
    if len(said) > LONG_STORY:
        tail = said[-LONG_STORY // 2:]
        return any(ASKED.fullmatch(tail, start) for start in range(len(tail)))
    return ASKED.fullmatch(BEFORE.sub("", said, count=1)) is not None
