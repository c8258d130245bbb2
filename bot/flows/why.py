"""为什么发给我: why a message came, whether it is true, who hears what is asked here, and where the telephone number is from; true of everybody, naming nothing of anybody."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.flows.hearing import bare
from bot.phrases import why as words
from bot.state import Library, State, Turn
from channels.messages import Incoming, IncomingKind, Reply

_WHY = r"(?:为什么|为啥|凭什么|凭啥|咋|怎么|干啥|干嘛)"
SENT = re.compile(rf"(?:你们?|您|这个?)*{_WHY}(?:会|要|老|总|光|只|还|就|把)*(?:这[个条]?|它|短信|消息|通知)*(?:会|要|老|"
                  rf"总)*(?:给我|给俺|给咱|给我家|给我们)(?:发|送|推)(?:的|了)?(?:这|这个|这些|这条|这种|来|短信|消息|信息|通知|"
                  rf"东西)*"
                  rf"|(?:这[个条些]?|短信|消息|通知|你们?)*{_WHY}(?:会|要|老|总|光|只|还)*(?:发|送|推)(?:送)?(?:给|到)(?:我|俺|咱|"
                  rf"我家|我们|我手机上?|我这里?)(?:的|了|来)?")
NUMBER = re.compile(r"(?:你们?|您|这|我的)*(?:咋|怎么|为啥|为什么|凭啥|从哪里?|哪里|哪儿|哪来|谁)(?:会|能|就)*(?:有|知道|晓得|弄到|"
                    r"得到|来|给你们?|告诉你们?)(?:的|了)*(?:我|我家|俺)?(?:们)?(?:的)?(?:手机号?码?|电话号?码?|号码|号)(?:的)?"
                    r"|(?:我的?|俺的?)(?:手机号?码?|电话号?码?|号码|号)(?:你们?)?(?:是)?(?:从)?(?:哪里?来|哪儿来|哪来|咋来|怎么来|"
                    r"咋知道|咋有|谁给你们?)(?:的|了)*")

TRUE = re.compile(r"(?:这个?|这条|那条|你们?|刚才|刚|收到)*(?:发|来)?(?:的)?(?:这个?|这条|一条|个)?(?:消息|短信|信息|"
                  r"通知)(?:到底)?(?:是不是|是)?(?:真的?|假的?|骗人的)(?:还是假的?)?(?:吗|么|不)?")
WRONG = re.compile(r"(?:你们?|是不是|短信|消息)+发错(?:人|号码?|地方)?了?|发错(?:人|号码?)了?|"
                   r"(?:这个?)?(?:手机)?号码?(?:已经|早就|早|现在)?(?:换人|不是(?:他|她|我|这个人|这家|本人)(?:的|用|在用)?)了?|"
                   r"我不认识(?:这个人|他|她)|我不是(?:他|她|这个人)")
_NEIGHBOURS = r"(?:村干部|干部|村长|支书|书记|主任|村上|村里人?|别人|邻居|人家|外人)(?:们)?"
PRIVATE = re.compile(rf"(?:我|俺|额)?(?:不想|不要|不能|别|莫|就?怕|可别)(?:让|叫|给|被)?{_NEIGHBOURS}(?:知道|看见|看到|晓得)(?:了|我|是|问|说|的|这事|这件事)*"
                     rf"|(?:你们?|您|这里?)?(?:会不会|该不会|不会|可别|别)(?:把|将)?(?:我们?)?(?:说的|问的|讲的)?(?:的)?(?:话|信息|事|这些|号码)?"
                     rf"(?:告诉|说给|传给|泄露|透露)(?:给)?(?:{_NEIGHBOURS}|出去)?(?:吧|吗|么|了)*"
                     r"|(?:我们?)?(?:的)?(?:个人)?(?:信息|隐私|资料)(?:会不会|会|能不能|能)?(?:被)?(?:安全|保密|泄露|漏出去)(?:吗|么|不)?|"
                     r"(?:你们?|这里?)?(?:给)?(?:保不保密|保密|匿名)(?:吗|么|不)?")
PROVING = frozenset({"phone", "code", "who"})


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Say why messages come, and where each one's own reason can be read; of no message that it is ours, for it may be a swindler's."""
    if incoming.kind not in (IncomingKind.TEXT, IncomingKind.VOICE):
        return None
    said = bare(incoming.text)
    told = next((told for way, told in ((SENT, words.SENT), (NUMBER, words.NUMBER), (TRUE, words.TRUE), (WRONG, words.WRONG), (PRIVATE, words.PRIVATE))
                 if way.fullmatch(said)), None)
    if told is None or (told == words.WRONG and state.awaiting in PROVING):
        return None
    if told in (words.TRUE, words.PRIVATE):
        return Turn(state, (Reply(told),))
    return Turn(replace(state, offered=(), asked=incoming.text.strip()), (Reply(told, link=library.own_page()),))
