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
                  rf"我家|我们|我手机上?|我这里?)(?:的|了|来)?"
                  r"|(?:给我|给俺|给我家)(?:发|送|推)(?:来)?(?:的)?(?:这个?|这条)?(?:短信|消息|通知|信息)?(?:是)?(?:因为|为)(?:啥|什么)(?:呢)?")
_MINE = r"(?:我|俺|额|咱)(?:们)?(?:家|屋)?(?:里|头)?(?:的)?(?:到底|现在|还)*"
_KIND = r"(?:低保|五保|特困|贫困|脱贫|监测|建档立卡|易地搬迁|残疾)(?:户|对象|人)?"
# What is written down of one's own household: told to nobody before it is known who asks, and nowhere in a message.
RECORD = re.compile(rf"(?:我想|想|帮我|给我)*(?:查|看)*(?:一下|下)?{_MINE}(?:在村里)?(?:登记|登|填|报|记)(?:了|的|着)*(?:是|都是|有)?"
                    rf"(?:些)?(?:啥|什么|哪些|咋样|怎么)(?:情况|信息|内容|样|写)?(?:的)?"
                    rf"|(?:我想|想|帮我|给我)*(?:查|看)+(?:一下|下)?{_MINE}(?:登记|户里|家里|个人)?(?:的)?(?:登记|情况|信息|资料|档案)"
                    rf"|{_MINE}(?:是不是|算不算|在不在|有没有|是没是)(?:在)?(?:吃|享受|评上|评|列入|列为|登记成)?(?:成|为)?{_KIND}(?:名单)?(?:里|上)?(?:头|面)?(?:了)?"
                    rf"|{_MINE}(?:是|算|在|有|吃|评上|还是)(?:了)?{_KIND}(?:名单)?(?:里|上)?(?:了)?(?:吗|么|没有?|不)"
                    rf"|{_MINE}(?:名下)?(?:登记)?(?:了)?(?:有)?(?:多少|几)亩?(?:承包)?地|{_MINE}(?:一年)?(?:人均)?收入(?:登记)?(?:的)?(?:是)?多少")
_HELD = r"(?:个人)?(?:信息|资料|隐私|数据|记录|账号|账户|手机号码?|号码?)"
_OF_ME = r"(?:我|俺)(?:们|家)?(?:的)?(?:所有|全部|一切)?(?:的)?"
_WANTED = r"(?:我要|我想|我要求|请|帮我|给我|要求|能不能|可以|想|要)*"
_GOES = r"(?:给我|都|全部?)*(?:删除|删|清空|清除|清|注销|抹)(?:掉|了)*"
ERASE = re.compile(rf"{_WANTED}(?:把)?{_OF_ME}{_HELD}(?:从你们?(?:这里|那里)?)?{_GOES}(?:吗|吧)?"
                   rf"|{_WANTED}{_GOES}(?:{_OF_ME}(?:{_HELD})?|{_HELD})(?:吗|吧)?|{_WANTED}注销(?:了|吧)?"
                   rf"|(?:你们?)?(?:不要|别|不许|不准)(?:再)?(?:存|留|保存|记)(?:着)?{_OF_ME}{_HELD}(?:了)?")
UNFOLLOW = re.compile(r"(?:我)?(?:怎么|咋个?|如何|在哪里?|想|要)?(?:取消|取|不)(?:再)?关注(?:你们?)?(?:公众号|这个号)?(?:了)?")
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
    told = next((told for way, told in ((SENT, words.SENT), (NUMBER, words.NUMBER), (TRUE, words.TRUE), (WRONG, words.WRONG), (PRIVATE, words.PRIVATE),
                                      (RECORD, words.RECORD), (ERASE, words.ERASE), (UNFOLLOW, words.UNFOLLOW))
                 if way.fullmatch(said)), None)
    if told is None or (told == words.WRONG and state.awaiting in PROVING) or (told == words.UNFOLLOW and incoming.channel != "wechat"):
        return None
    if told in (words.TRUE, words.PRIVATE, words.UNFOLLOW):
        return Turn(state, (Reply(told),))
    return Turn(replace(state, offered=(), asked=incoming.text.strip()), (Reply(told, link=library.own_page()),))
