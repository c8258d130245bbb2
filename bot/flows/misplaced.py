"""我不是这个村的, 村子不对, 换村: the village that is reckoned with is another's, and how it is put right."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.flows import arrival
from bot.flows.hearing import spared
from bot.phrases import misplaced as words
from bot.state import Library, State, Turn
from channels.messages import Incoming, IncomingKind, Reply

_WE = r"(?:我们?|俺们?|额|咱们?)"
_NOT = r"(?:都|也|就|又|其实|根本|早就|可)*(?:不是|不在|不住在?|不属于|没在|没住在?)"
_OF = r"(?:的|滴|嘞|哩)?(?:人|村民)?(?:的|滴|啊)?"
DENIED = re.compile(rf"(?:不对)?{_WE}?(?:家|户口)?{_NOT}(?P<place>(?:这里|这儿|这个?|那个?|本|{_WE}|你们?|"
                    rf"[一-龥]{{1,12}}?)(?:村子?|社区|镇|乡)|(?<=不是)这(?:里|儿))(?:里|上)?{_OF}"
                    rf"|(?:这|那)(?:个|里)?(?:也|都)?不是{_WE}(?:家)?(?:的)?村子?(?:的)?")
_MIS = r"(?:弄|搞|记|认|选|填|定|写|分|扫|说|点|登记)错(?:了)?"
MISTAKEN = re.compile(rf"(?:你们?|您|这里?|系统|直达)?(?:是不是|肯定|又|都)*(?:把|给)?(?:{_WE}|我)?(?:家)?(?:的)?"
                      rf"(?:(?:村子?|村名)(?:都|也|给我)*(?:不对|不是|不准|错|{_MIS})|{_MIS}{_WE}?(?:的)?(?:村子?|村名|码))(?:了|啦)?")
CHANGE = re.compile(rf"(?:{_WE}|要|想|请|帮|给|怎么|咋|能不能|可不可以|能|可以)*(?:重新)?(?:换|改|选|挑)(?:一?下|一?个|成|到|别的|"
                    rf"其他|另外?|{_WE})*(?:的)?村子?")


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Let whoever scanned or named the wrong village name their own; the register is put right by the village alone."""
    if incoming.kind not in (IncomingKind.TEXT, IncomingKind.VOICE):
        return None
    said = spared(incoming.text)
    found = next((found for way in (DENIED, MISTAKEN, CHANGE) if (found := way.match(said))), None)
    if found is None:
        return None
    rest = said[found.end():]
    if rest:
        # 我不是姚河村的，我是任湾村的: what is no village is a question of its own.
        return arrival.place(state, replace(incoming, text=rest), library)
    registered = library.place_of_address(incoming)
    if registered is None:
        told = words.NAME_YOURS.format(place=library.name_of(state.division)) if state.division else words.WHICH_IS_YOURS
        return Turn(replace(state, division=None, offered=(), awaiting="place"), (Reply(told),))
    told = words.REGISTERED_WECHAT if incoming.channel == "wechat" else words.REGISTERED
    return Turn(replace(state, division=registered), (Reply(told),))
