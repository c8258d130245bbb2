"""Handing a question to people, and asking how far it has come."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.effects import TakeConsultation
from bot.flows import menus
from bot.flows.hearing import BACK, OFF, SLIP, bare, number, plain
from bot.phrases import brief, words
from bot.state import Library, State, Turn
from channels.messages import Incoming, Reply
from kernel.ids import READABLE

ASK_FOR_HUMAN = re.compile(r"(?:我要|我想|给我|帮我|请)*(?:转|找|叫|换|要|接)?(?:一?个|一下)?(?:人工|活人|真人|客服|工作人员|干部|"
                           r"管事的|人工客服|留言)(?:服务|说话|说|聊|问问?|回答)?"
                           r"|(?:我)?不(?:想|要|愿意)?(?:跟|和|同|对着)(?:机器人?|电脑|你)(?:说话?|聊|"
                           r"讲)?(?:(?:我要|我想|给我|帮我)?(?:转|找|叫|换)个?(?:人工|活人|真人|人|客服)(?:说话?|来)?)?"
                           r"|(?:我要|我想)?找人(?:说话|说|问问?)?|(?:我要|我想)?(?:和|跟|同)(?:真人|活人|人)(?:说话?|聊|问问?)|"
                           r"(?:没说清)?转(?:给|到)?(?:人工客服|人工|工作人员|客服|真人)(?:吧|处理)?"
                           r"|(?:我要|我想)?(?:找|叫|见)(?:一下)?(?:你们?|您们?)?(?:的)?(?:领导|头儿?|负责人|管事的|县长|县委书记|"
                           r"书记|镇长|乡长)(?:说话|来|说)?"
                           r"|(?:那|就|请|麻烦|帮我|给我|你|您)*转(?:一下|过去|上去|给他们)?")
COMPLAINT = re.compile(r"(?:我们?要|我们?想)?(?:投诉|举报|告|反映)(?!电话|热线|怎么|咋|找谁|在哪|渠道).{2,}")
# To 可以替您转 a 是的 is a yes: whoever heard 好的 to it would take their matter for handed on.
UNDO = re.compile(r"(?:算了)?(?:我)?(?:也)?(?:不(?:告|投诉|举报|反映|问|要|留言)了)?(?:把|帮我|给我|请|想|要)*(?:我)?(?:的)?(?:刚才|上面|前面|那个|那条|这个|这条)*(?:的)?"
                  r"(?:留言|投诉|举报|问题|工单|事)?(?:给我)?(?:撤(?:了|回来?|销|掉)(?:我的|刚才的?|那个?|这个?)*(?:留言|投诉|举报|工单|问题)?|"
                  r"(?:取消|删)(?:了|掉|除)?(?:我的|刚才的?|那个?|这个?)*(?:留言|投诉|举报|工单))(?:吧|了|行吗|行不行)*")
AGREED = re.compile(r"(?:好的?|行|可以|要得?|是的?|对的?|嗯|中|成|ok|那|就|你|帮我|给我|麻烦|转|告|他)+(?:一下)?(?:谢谢|谢了|您|你们?)*")
ONLY_A_COMPLAINT = re.compile(r"(?:我们?|俺)?(?:要|想)(?:投诉|举报|反映)(?:一下|一个|个)?(?:事情?|问题|情况)?")
GRIEVANCE = re.compile(r"贪污|受贿|优亲厚友|吃拿卡要|态度(?:特别|很|太|真|也|就是)*(?:差|不好|恶劣|坏)|"
                       r"(?:干部|书记|主任|村长|窗口|工作人员|办事员)(?:.{0,6})(?:骂人|骂我|刁难|欺负(?:人|我|老百姓)|不作为|"
                       r"乱收钱|收黑钱|收钱才办)"
                       r"|(?:低保|补贴|补助|名额|救济)(?:.{0,6})给(?:了)?(?:.{0,4})(?:亲戚|家里人|自己人|关系户)|"
                       r"(?:低保|补贴|补助|名额|救济)(?:.{0,6})给(?:了)?(?:他|她|自己|自家|他们)(?:家)?(?:的)?亲?(?:弟|哥|兄|姐|妹|侄|儿子|女儿|媳妇|老婆|小舅子)|"
                       r"(?:要|想|去|就)(?:去)?(?:上访|信访)|(?:要|去|就|到)+(?:市|省|县|区|北京|上面|法院)里?告|(?<![转通报宣警劝广公])告(?:到)?(?:你们?|他们?|市里|省里|县里|上面)|曝光|找记者|政府(?:大)?门口")
_ASKS = re.compile("怎么|咋|哪|谁|什么|啥|吗$|多少|电话")
LONGEST_GRIEVANCE = 40
HOW_FAR = re.compile(r"(?:查|看|看看|问|问问)?(?:一下)?(?:我)?(?:的)?(?:那个?|那些|以前的?|上次的?)?(?:留言|诉求|咨询|工单|"
                     r"反映的(?:事|问题)?|问题|投诉)?(?:的)?(?:办理)?进度|(?:查|看|看看)(?:一下)?(?:我的?)?(?:留言|诉求|咨询|工单)|"
                     r"我的(?:留言|诉求|咨询|工单|事|问题|投诉)"
                     r"|(?:我)?(?:的|那个|那|上次|反映的|问的|说的)*(?:事|留言|问题|事情)?(?:办|处理|弄|解决)(?:得|的)?(?:咋样|"
                     r"怎么样|到哪(?:里|儿)?(?:一步)?|好(?:了)?没有?|完(?:了)?没有?)了?(?:吗|没)?"
                     r"|(?:办|走|弄)?到(?:了)?哪(?:里|儿)?一?步了|催(?:办|一下|一催|催)(?:一下)?|"
                     r"(?:我)?(?:们)?(?:上次|以前|那天)?(?:反映|留言|投诉|问|说)?(?:的|那个?|那件)*(?:事情?|留言|问题)?(?:怎么|咋|为啥|为什么)(?:还|都)*(?:没有?|不)(?:人)?(?:答复|回复|回|处理|办|管|回话)(?:我)?|"
                     r"(?:什么时候|啥时候|几时|多会儿?)(?:能|才|给我?)*(?:答复|回复|回话|回我)|"
                     r"(?:什么时候|啥时候|几时|多会儿?)给我回(?:话|复|信)?|(?:我的?)?(?:留言|工单|诉求)?(?:的)?(?:编号|单号)(?:是|有)?(?:多少|几号?|啥|什么)|"
                     r"(?:编号|号码?|查询码)(?:我)?(?:也)?(?:忘了|忘记了?|"
                     r"找不[到见着]了?|丢了|记不得了?)|.{0,8}(?:问|反映|留言|说|投诉)过?的.{0,4}(?:办|处理|回|解决|答复)(?:了|好|完|成)*(?:吗|没有?|没得|么)|(?:[^怎咋么什啥哪]{2,16}的)?(?:那件|那个|这件)?事情?(?:办|处理|弄|解决)(?:得|的)?(?:咋样|怎么样|到哪(?:里|儿)?(?:一步)?|好(?:了)?没有?|完(?:了)?没有?)了?(?:吗|没)?|等了(?:好)?(?:几|多少|[一二三四五六七八九十\d]+)(?:天|日)了.{0,6}")
MOST_SHOWN = 3
AGREEING = "agreeing"
NUMBER = re.compile(rf"(?:编号|查|进度)*([{READABLE}]{{6}})")
# Among other words: 我昨天打过电话，编号 K7M2PQ; six letters are a word, six digits a code.
WITHIN = re.compile(rf"(?<![A-Z0-9])(?=[A-Z]*[0-9])(?=[0-9]*[A-Z])([{READABLE}]{{6}})(?![A-Z0-9])")
LEAST_OF_A_MATTER = 3


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Take the question that waits for a person, ask for one, or tell where a number stands."""
    said = bare(incoming.text)
    if ASK_FOR_HUMAN.fullmatch(said):
        return hand_over(state)
    if ONLY_A_COMPLAINT.fullmatch(said):
        return hand_over(replace(state, asked=""))
    numbered = _numbered(state, incoming, library)
    if numbered is not None:
        return numbered
    if UNDO.fullmatch(said) and not state.awaiting:
        return Turn(state, (Reply(words.UNDO.format(number=state.cases[-1]) if state.cases else words.NO_CASES),))
    if HOW_FAR.fullmatch(said):
        return _listed(state, incoming, library)
    if state.awaiting == AGREEING and AGREED.fullmatch(said):
        return hand_over(state)
    if state.awaiting == "question":
        return _matter(state, said, incoming.text.strip(), library)
    is_grieved = len(said) <= LONGEST_GRIEVANCE and GRIEVANCE.search(said) and not _ASKS.search(said)
    if COMPLAINT.fullmatch(said) or (is_grieved and library.ask(incoming.text.strip(), state.division).decision != "answer"):
        return Turn(replace(state, offered=(), awaiting=AGREEING, asked=incoming.text.strip()), (Reply(words.COMPLAINT),))
    return None


def _numbered(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Where the consultation stands whose number was said, alone or among other words."""
    found = NUMBER.fullmatch(plain(incoming.text).upper())
    if found and not found[1].isalpha() and not (found[1].isdigit() and state.awaiting):
        told = show(state, found[1], incoming, library)
        # Nothing but digits is a code that came too late rather than a number.
        return told or (None if found[1].isdigit() else Turn(state, (Reply(words.NO_SUCH_NUMBER),)))
    within = WITHIN.findall(incoming.text.upper()) if not state.awaiting else []
    return show(state, within[0], incoming, library) if len(within) == 1 else None


def show(state: State, number: str, incoming: Incoming, library: Library) -> Turn | None:
    """Where one consultation stands; what was answered, and once what is thought of it, for who asked."""
    stands = library.progress(number, incoming)
    if stands is None:
        return None
    told = brief.replies(words.progress(stands), incoming.channel) if stands.answer else (Reply(words.progress(stands)),)
    if not (stands.may_rate and stands.answer):
        return Turn(state, told)
    rating = replace(state, rating=stands.number)
    if incoming.channel == brief.CHANNEL:
        return Turn(rating, told)
    offered = tuple(f"rate:{stands.number}:{name}" for name in menus.RATINGS)
    return Turn(replace(rating, offered=offered, earlier=state.offered), (replace(told[0], choices=tuple(menus.RATINGS.values())),))


def _listed(state: State, incoming: Incoming, library: Library) -> Turn:
    found = list(library.cases(incoming, state.cases))[:MOST_SHOWN]
    if not found:
        return Turn(state, (Reply(words.NO_CASES),))
    if len(found) == 1:
        return show(state, found[0].number, incoming, library) or Turn(state, (Reply(words.NO_CASES),))
    offered = tuple(f"case:{one.number}" for one in found)
    return Turn(replace(state, offered=offered, earlier=state.offered), (Reply(words.YOUR_CASES, tuple(map(words.case_line, found))),))


def hand_over(state: State) -> Turn:
    """Hand the question asked last to people, or ask for it."""
    rested = replace(state, asked="", offered=(), awaiting="")
    if len(plain(state.asked)) >= LEAST_OF_A_MATTER:
        return Turn(rested, (), (TakeConsultation(state.asked),))
    return Turn(replace(rested, awaiting="question"), (Reply(words.SAY_MORE),))


def _matter(state: State, said: str, text: str, library: Library) -> Turn | None:
    rested = replace(state, awaiting="", asked="")
    if any(way.fullmatch(said) for way in (OFF, BACK, SLIP)):
        return Turn(rested, (Reply(words.LEFT_IT),))
    if len(said) < LEAST_OF_A_MATTER or number(said) is not None:
        return Turn(state, (Reply(words.SAY_MORE),)) if said else None
    kind, _, target = state.subject.partition(":")
    told = library.notice(target) if kind == "notice" else None
    # What they had just read is part of the question: 能不能晚几天 alone says nothing to the clerk.
    return Turn(rested, (), (TakeConsultation(f"{text}（刚看了“{told.title}”）" if told else text),))
