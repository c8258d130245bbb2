"""The way back: 返回, 算了, 打错了; the list before is shown again, and nothing is asked about a slip."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.effects import ChooseEntry
from bot.flows import asking, courtesy, menus
from bot.flows.hearing import BACK, OFF, SLIP, bare, spared
from bot.phrases import leaving as phrases
from bot.phrases import words
from bot.state import Library, State, Turn
from channels.messages import Incoming, IncomingKind, Reply

TOP = re.compile(r"(?:返回|回到?|去)?(?:首页|主页|主菜单|开头|最开始|菜单首页)|(?:重新|从头|重头)(?:开始|来|说|问)(?:吧)?")
WANTS_TO_ASK = re.compile(r"(?:娃娃?们?|同志们?|领导们?|师傅|姑娘|小伙子?)?(?:我|俺)?(?:就是|还|又|先)?(?:想|要|来)?(?:问|咨询|打听|请教|了解|反映)(?:一下|一哈|下|个|你|您|一个|"
                          r"件|一件)*(?:事情?|问题|情况|话)?(?:行不|行吗|可以吗|可以不)?"
                          r"|(?:我|俺)?有(?:个|件|点)?(?:事情?|问题)(?:想|要)?(?:问|咨询|请教)?(?:一下|下|你|您)*|请问(?:一下|下)?|"
                          r"(?:那|就)是(?:那|这)?个?(?:啥|什么)|(?:你|您)(?:给我)?听我说|(?:你|您)(?:先|快)?说|我(?:给|跟)(?:你|您)说")
NOT_THIS = re.compile(r"(?:我)?(?:问|说|要|想问)?(?:的)?(?:也|都)?不是(?:这个?|这些|这件事|那个|这回事|我要的|我问的|"
                      r"这个意思)?(?:事)?|不对|都不对|(?:上面|里面|这里面|这几个|这三个|这几件|这些|以上|哪一?个|一个|全|"
                      r"统统)(?:里面?)?(?:都|也)*(?:不是|不对|没有|不沾边)(?:我(?:想|要)?(?:问|找|说)的)?|"
                      r"没(?:有)?一个是?(?:对的?|我(?:想|要)?(?:问|找|说)的)?|(?:都|这里)?没有我(?:想|要)?(?:问|找|说)的|都不沾边|"
                      r"不是这样的?|答非所问|答错了?|说的不是(?:这个|一回事)|驴唇不对马嘴")
UNSURE = re.compile(r"(?:我|俺)?(?:也|还|真)*(?:不知道|不晓得|不清楚|说不上来?|说不清楚?|记不得了?|忘了)")
FEWEST = 2
MOST_SHOWN = 3


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Go back a list, leave what was begun, forgive a slip, or wait for the question that is announced."""
    if incoming.kind not in (IncomingKind.TEXT, IncomingKind.VOICE):
        return None
    said = bare(incoming.text)
    if BACK.fullmatch(said):
        return _back(state, incoming, library)
    if TOP.fullmatch(said):
        return Turn(rested(state), (Reply(phrases.BACK_AT_START),))
    if OFF.fullmatch(said):
        return Turn(rested(state), (Reply(phrases.LEFT),))
    if SLIP.fullmatch(said) or (UNSURE.fullmatch(said) and not state.awaiting):
        return Turn(replace(state, unheard=""), (Reply(phrases.NO_MATTER),))
    if NOT_THIS.fullmatch(said):
        return _other(state, library)
    heard = spared(incoming.text)
    if courtesy.answer(said):
        return None
    if (said and not heard and said not in courtesy.CLOSING) or WANTS_TO_ASK.fullmatch(heard):
        return Turn(state, (Reply(phrases.GO_ON),))
    is_too_little = len(heard) < FEWEST and not heard.isascii() and not state.offered and not state.awaiting
    return Turn(state, (Reply(phrases.MORE_WORDS),)) if is_too_little and heard == said else None


def rested(state: State) -> State:
    """Nothing is waited for, offered or spoken of any more."""
    return replace(state, offered=(), earlier=(), awaiting="", asked="", unheard="", missed=False, asked_fact="", told_fact="",
                   rating="", subject="", reminded=0)


def _back(state: State, incoming: Incoming, library: Library) -> Turn:
    """The list before the present one; without any, the beginning."""
    if state.awaiting or not (state.earlier or state.offered):
        return Turn(rested(state), (Reply(phrases.BACK_AT_START),))
    return _listed(state, state.earlier or state.offered, incoming, library) or Turn(rested(state), (Reply(phrases.BACK_AT_START),))


def _listed(state: State, targets: Sequence[str], incoming: Incoming, library: Library) -> Turn | None:
    shown = menus.named(targets, incoming, library)
    if not shown:
        return None
    offered = tuple(target for target, _ in shown)
    return Turn(replace(state, offered=offered, earlier=()), (Reply(phrases.AGAIN, tuple(label for _, label in shown)),))


def _other(state: State, library: Library) -> Turn:
    """What else the last question may have meant; after that a person."""
    if "none:" in state.offered:
        refused = (ChooseEntry(state.note, None),) if state.note else ()
        return replace(asking.uncaught(replace(state, offered=(), earlier=state.offered)), effects=refused)
    near = [one for one in library.near(state.asked, state.division) if f"entry:{one.id}" not in (state.subject, *state.offered)] \
        if state.asked else []
    if not near:
        said = words.SAY_IT_OTHERWISE if state.missed or not state.asked else f"{words.NOT_FOUND}\n{words.OFFER_HUMAN}"
        return Turn(replace(state, offered=(), subject=""), (Reply(said),))
    shown = near[:MOST_SHOWN]
    offered = (*(f"entry:{one.id}" for one in shown), "none:")
    choices = (*(one.question for one in shown), words.NONE_OF_THESE)
    return Turn(replace(state, offered=offered, subject="", missed=True), (Reply(phrases.NOT_THAT, choices),))
