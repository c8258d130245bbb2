"""Arriving: a follow, a scanned board, a village named in words, and leaving again."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.effects import PlaceConsultation, ShowNotice
from bot.flows import news
from bot.flows.hearing import bare
from bot.phrases import words
from bot.state import Library, State, Turn
from channels.messages import Incoming, IncomingKind, Reply

GREETINGS = frozenset({"你好", "您好", "你好你好", "你们好", "大家好", "在吗", "听得见吗", "喂听得见吗", "能听见吗", "喂能听见吗", "听见了吗", "听得到吗", "喂听得到吗",
                       "在不在", "在不", "在没", "在没在", "有人不", "有人吗", "有人没", "有人没有", "有人没得", "喂有人没得",
                       "有没有人", "喂有没有人", "喂", "喂喂", "喂喂喂", "喂你好", "喂您好",
                       "早上好", "上午好", "中午好", "下午好", "晚上好", "早", "同志你好", "领导好", "领导你好", "老师好", "hello", "hi", "start", "help",
                       "帮助", "菜单", "测试", "试试", "咋用", "怎么用", "这个咋用"})
HEARING = re.compile(r"喂*(?:你|您)?(?:能|可以)?(?:听|看)(?:得|不)?(?:见|到|清)(?:我说话|我说的)?(?:不|吗|么|没有?|了没)")
WHAT_IS_THIS = re.compile(r"(?:你们?|您)?(?:这个?|这里|这儿)?(?:平台|公众号|机器人|软件|"
                          r"号)?(?<=[你您们里儿台号人件])(?:到底)?(?:是)?(?:干啥|干什么|做啥|做什么|弄啥|有啥用|有什么用)(?:的|"
                          r"用的)?"
                          r"|(?:这里|这儿|你们?|您)?(?:都)?(?:能|可以|会)(?:问|查|干|做|答|办)(?:你们?|您)?(?:点|些)?(?:啥|什么|"
                          r"哪些)(?:事情?|问题)?|(?:你|您)(?:都)?会(?:啥|什么|些啥)|能问(?:你|您)?(?:啥|什么)")
# Of a place that is named, not of one's own: 姚河村最近有啥通知.
NEWS_OF = re.compile(r"(?:请问|帮我|给我|我想|我要|想)*(?:看看?|查|听|知道|了解|说说)?(?:一下|下)?(?P<place>[一-龥]{2,12}?)(?:里|上)?(?:的)?"
                     r"(?:最近|近期|这几天|今天|最新|新)+(?:的)?(?:都|又)?(?:有)?(?:没有|没|什么|啥|哪些)?(?:最新|新)?(?:的)?"
                     r"(?:通知|公告|消息|新闻|政策|动态|信息)(?:没有|没|吗|么)?")
# 新集村的，看看最近有啥通知: whose village it is first, then what is asked.
OF_A_PLACE = re.compile(r"(?P<place>[^，,。；;]{2,14}?(?:的|人|[村镇乡组队]))[，,。；;\s]+(?P<asked>.{2,20})")
# To 您在…附近，对吗.
HERE = re.compile(r"(?:嗯|是|对|就是|没错|正是|不错)(?:的|着|头|呢|是|对|这里|这儿|啊)*")
NOT_HERE = re.compile(r"(?:不是|不对|错了|没在|不在)(?:的|这里?|这儿|那里|这个村|啊|了)*")
MOST_PLACES = 3
_SLIPPED = re.compile(r"^(?:不对|不是|错了|(?:我)?说错了)[，,。、 ]*(?=我|俺|咱|是)")
_A_VILLAGE = r"(?!.*(?:我们|咱|俺|你们|他们|农村|哪|什么|啥|那个|这个|本村|对面|隔壁|几个|一个))[一-龥]{2,8}?(?:村|社区)"
UNKNOWN = re.compile(rf"(?:我们?|俺们?|咱们?|家)*(?:是|住在?|"
                     rf"在)(?P<name>{_A_VILLAGE})(?:[一二三四五六七八九十\d]{{1,2}}[组队社])?(?:的)?(?:人|村民)?(?:的)?")
ONLY_A_NAME = re.compile(_A_VILLAGE)
UNSURE = re.compile(r"(?:我|俺)?(?:也|还|真)*(?:不知道|不晓得|不清楚|说不上来?|记不得了?|忘了)(?:是哪个村|村名|叫啥|叫什么)?")


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Greet who follows, scans or says hello; say nothing to who leaves."""
    if incoming.kind is IncomingKind.UNFOLLOW:
        return Turn(State())
    if incoming.kind in (IncomingKind.FOLLOW, IncomingKind.SCAN):
        return _scanned(state, incoming, library)
    if incoming.kind is IncomingKind.LOCATION:
        return _near(state, incoming, library)
    if incoming.kind is IncomingKind.IMAGE:
        return Turn(state, (Reply(words.ONLY_WORDS),))
    said = bare(incoming.text)
    if state.offered[1:] == ("village:",) and not state.awaiting:
        if HERE.fullmatch(said):
            return settle(state, state.offered[0].partition(":")[2], library)
        if NOT_HERE.fullmatch(said):
            return Turn(replace(state, offered=(), awaiting="place"), (Reply(words.WHERE),))
    if said in GREETINGS or HEARING.fullmatch(said) or WHAT_IS_THIS.fullmatch(said):
        return Turn(_rested(state), (Reply(words.WELCOME),))
    return None


def _scanned(state: State, incoming: Incoming, library: Library) -> Turn:
    """A follow or a scanned code: the village it hangs in, the notice it stands for, or both."""
    scene, reference = split_scene(incoming.scene or "")
    code = library.place_of_scene(scene) if scene else None
    told = library.notice(reference) if reference else None
    arrived = settle(replace(state, asked=""), code, library) if code else Turn(_rested(state), (Reply(words.WELCOME),))
    if told is None:
        return arrived
    shown = replace(arrived.state, subject=f"notice:{told.reference}", asked="", awaiting="")
    said = words.notice(told.title, told.summary, told.until, told.office, told.phone)
    return Turn(shown, (Reply(f"{said}\n{words.ASK_ON}", link=library.address(told.reference)),), (ShowNotice(told.reference),))


def split_scene(scene: str) -> tuple[str, str]:
    """A scene's board and notice: `<token>`, `n_<reference>`, or one after the other, `<token>.n_<reference>`."""
    board, sign, reference = scene.partition("n_") if scene.startswith("n_") else scene.partition(".n_")
    return (board, reference) if sign else (scene, "")


def _near(state: State, incoming: Incoming, library: Library) -> Turn:
    """A place that was sent: the village nearest to it, to be confirmed."""
    code = library.place_near(incoming)
    if code is None:
        return Turn(replace(state, offered=(), awaiting="place"), (Reply(words.NOT_FOUND_PLACE),))
    offered = (f"place:{code}", "village:")
    return Turn(replace(state, offered=offered), (Reply(words.near(library.name_of(code)), (words.HERE, words.ANOTHER_VILLAGE)),))


def place(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Remember a village that the words are about and nothing else; ask which when several have the name."""
    text = _SLIPPED.sub("", incoming.text.strip())
    codes = tuple(library.places_named(text))
    if not codes:
        return _no_place(state, bare(text))
    meant = _offered(state, codes[0]) if len(codes) == 1 else ""
    if meant:
        kind, _, target = meant.partition(":")
        return placed(state, target, library) if kind == "at" else settle(state, target, library)
    if len(codes) == 1:
        return settle(state, codes[0], library)
    shown = codes[:MOST_PLACES]
    offered = tuple(f"place:{code}" for code in shown)
    return Turn(replace(state, offered=offered), (Reply(words.WHICH_PLACE, tuple(map(library.name_of, shown))),))


def news_of(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """What is new in a place that the words name."""
    if incoming.kind not in (IncomingKind.TEXT, IncomingKind.VOICE):
        return None
    named, apart = NEWS_OF.fullmatch(bare(incoming.text)), OF_A_PLACE.fullmatch(incoming.text.strip())
    if apart is not None and news.is_asked(bare(apart["asked"])):
        named = apart
    if named is None or not library.places_named(named["place"]):
        return None
    return place(replace(state, awaiting="place"), replace(incoming, text=named["place"]), library)


def _no_place(state: State, said: str) -> Turn | None:
    """Somebody's village that is not in the county, or whose name they do not know."""
    is_awaited = state.awaiting == "place"
    named = UNKNOWN.fullmatch(said)
    if named or (is_awaited and ONLY_A_NAME.fullmatch(said)):
        return Turn(replace(state, awaiting="place"), (Reply(words.NO_SUCH_PLACE.format(name=named["name"] if named else said)),))
    return Turn(replace(state, awaiting=""), (Reply(words.WITHOUT_A_PLACE),)) if is_awaited and UNSURE.fullmatch(said) else None


def placed(state: State, target: str, library: Library) -> Turn:
    """The village of a question that was handed over, and of whoever asked it."""
    number, _, code = target.partition(":")
    said = words.PLACED_CASE.format(place=library.name_of(code), number=number)
    return Turn(replace(_rested(state), division=code), (Reply(said),), (PlaceConsultation(number, code),))


def _offered(state: State, code: str) -> str:
    """The village on offer that a place names: itself, or the one of its township."""
    fit = [one for one in state.offered if one.startswith(("place:", "at:")) and one.rpartition(":")[2].startswith(code)]
    return fit[0] if len(fit) == 1 else ""


def settle(state: State, code: str, library: Library) -> Turn:
    """Keep where the person is, and show the news when they were waited for; what they asked before may still go to people."""
    arrived = replace(_rested(state), division=code, asked=state.asked)
    if state.awaiting == "place":
        return news.show(arrived, library)
    return Turn(arrived, (Reply(words.placed(library.name_of(code))),))


def _rested(state: State) -> State:
    return replace(state, offered=(), awaiting="", asked="")
