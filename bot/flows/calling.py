"""打12345没人接, 跑了三趟都没办成: who rang in vain or was sent round is not argued with; the matter is written down here instead."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.flows import asking, consulting
from bot.flows.hearing import bare, plain
from bot.phrases import brief, words
from bot.phrases import calling as phrases
from bot.state import Library, State, Turn
from channels.messages import Incoming, IncomingKind, Reply

LONGEST = 40
LEAST_OF_A_MATTER, LEAST_OF_A_NAME = 2, 2
"""Characters left when all that is said of the call is taken away, from which on a matter was named: 停电."""
_NUMBER = r"(?:电话|热线|号码|座机|[1-9]\d{4,11}|0\d{9,11})"
UNANSWERED = re.compile(rf"(?:没人|没有人|没人来|无人|没个人|不)接(?:电话|听)|(?:{_NUMBER}|"
                        rf"[打拨](?:了|过)?).{{0,10}}(?:(?:没人|没有人|没个人|无人|不|没)接(?!受|收|到|手|种|送|待)|占线|忙音|"
                        rf"是?空号|不通(?!知|过))"
                        r"|^(?:都|一直|还是|总是?|老是?|根本)*(?:没有?人接|打不通|打不进去?|拨不通|占线)(?:听|啊|了)?$|[打拨]不进去?(?:电话)?$")
# Somebody of one's own who does not answer is no office, and 路打不通 is no call.
_OTHERS = re.compile(r"儿子|女儿|娃|孩子|老伴|老汉|我[妈爸爹娘]|媳妇|老婆|老公|亲戚|邻居|[他她]|[路洞井墙]打不通")
_EMERGENCY = re.compile(r"(?<!\d)1(?:10|19|20)(?!\d)")
_ONLY_THE_CALL = re.compile(rf"{UNANSWERED.pattern}|[一-龥]{{1,3}}(?:局|所|站|中心|大厅|窗口|卫生院|医院|学校|银行|公司|办公室|府)|"
                            rf"{_NUMBER}|手机|[打拨]不[通进]去?|我们?|俺|你们?|您|给|"
                            rf"[打拨过了都也的啊呢吗又再还个回次遍天好几多半]|老是?|一直|总是?|根本|就是|怎么|咋|为什么|为啥|"
                            rf"怎么办|办|没用|[气急烦]死人?|真是?|这里?|那里?|上面"
                            r"|今天|昨天|刚才|早上|晚上|上午|下午|中午|周末|一|两|三|四|五|十|\d|政府|镇上?|乡上?|村里|村委会|单位|县里|[县局]")
_PARTS = re.compile(r"[，,。；;？?！!\s]+")


_TIMES = r"(?:[几多两三四五六七八九十百\d]+|好几|好多|多少|无数|数不清)(?:多|来)?(?:趟|回|次|遍|个?来回)"
SENT_ROUND = re.compile(rf"(?:跑|去|来|找|问|说|反映)(?:了|过)?(?:有|都)?{_TIMES}(?:了|都|也|还|还是|就是|总|一直|全|事情?|的|"
                        rf"到现在|现在)*(?:没有?|不|未|白)(?:给|能|人|个|一个|跑)*(?:我)?(?:办|弄|解决|结果|成|行|管|理|说清|人管|"
                        rf"批|下来|搭理)*(?:成|好|完|了|下来|法)*"
                        rf"|(?:跑|说|问|找|反映)(?:了|过){_TIMES}(?:了|啦)?(?:$|(?=.{{0,14}}[没不未]))|跑断(?:了)?腿|跑细了?腿|"
                        rf"白跑|来回跑|(?:总|老|一直|天天|尽)(?:是)?(?:让|叫|喊)(?:我们?|俺|老百姓|人)?(?:来回)?跑|"
                        rf"踢(?:来踢去|皮球)|一个推一个|你推我我推你|跑(?:了|过){_TIMES}(?:镇|乡|县|村)(?:上|里|政府)?|推(?:过)?来推(?:过)?去|(?:互相|相互)(?:踢|推|扯皮)|"
                        rf"推(?:给)?[^，。\s]{{1,3}}[，。\s]?[^，。\s]{{1,3}}推(?:给)?[^，。\s]{{1,3}}"
                        r"|(?:都|全)?(?:说|讲)(?:这)?不归(?:他|她|我|他们|自己|这里|这儿)+(?:们)?管|"
                        r"(?:谁|哪个|哪里|哪)(?:都|也)不管|(?:都|谁也|全)(?:没人|没有人)(?:管|理)(?:我们?|这事|这件事)?|"
                        r"没(?:有)?人(?:理|搭理|理睬)(?:我们?|俺)?|^(?:根本|就是|都|也|一直)*没(?:有)?人管(?:我们?|这事)?(?:了|"
                        r"的)?$"
                        r"|(?:到底|究竟)(?:有没有人|有人)?管不管|(?:不给|没|没有|给)个准话|问了也(?:是)?白问|说了也(?:是)?白说|"
                        r"光说不(?:办|做|动)|一会儿?要(?:这|那)[^，。]{0,3}[，。\s]?一会儿?要(?:这|那)[^，。]{0,2}|"
                        r"(?:总|老|又|还)(?:是)?说(?:我)?(?:缺|少|差|没有?)(?:这个?|那个?|材料|手续|东西|证明)+|"
                        r"(?:就是|死活|硬是|偏)不给(?:我们?|俺)?(?:办|开|批|盖章?)")
_ONLY_THE_ROUND = re.compile(
    rf"{SENT_ROUND.pattern}|第?(?:跑|去|来|找|问|说|反映)?(?:了|过)?{_TIMES}(?:问|跑|来|找)?|没(?:有)?人[管理]|个?准话|我们?|俺们?|"
    rf"额|咱们?|你们?|您|他们?|办事?|为啥|为什么|咋|怎么|[都也的啊呢吗又再还个了就是地得]|气死人?|烦死人?|真是?|一|天天|村上?|"
    rf"镇上?|乡上?|县上?|政府|单位|干部|到处|这里|那里|事情?|推|到底")


@dataclass(frozen=True)
class _Vain:
    """A way of having tried in vain: the words for it, what is no matter beside them, and what is said first."""

    told: re.Pattern[str]
    besides: re.Pattern[str]
    sorry: str


_WAYS = (_Vain(UNANSWERED, _ONLY_THE_CALL, phrases.RANG), _Vain(SENT_ROUND, _ONLY_THE_ROUND, phrases.WALKED))


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Offer to write the matter down: the one asked before, the one told beside it, or the one to be told now."""
    text = incoming.text.strip()
    if incoming.kind not in (IncomingKind.TEXT, IncomingKind.VOICE) or len(text) > LONGEST:
        return None
    said = bare(text)
    way = next((one for one in _WAYS if one.told.search(said)), None)
    if way is None or (way.sorry == phrases.RANG and _OTHERS.search(said)):
        return None
    if way.sorry == phrases.RANG and _EMERGENCY.search(said):
        return Turn(state, (Reply(phrases.EMERGENCY),))
    is_named = len(way.besides.sub("", said)) >= LEAST_OF_A_NAME
    matter = "，".join(part for part in _PARTS.split(text) if part and not way.told.search(bare(part))) or (way.told.sub("", said) if is_named else "")
    if len(plain(matter)) >= LEAST_OF_A_MATTER and library.ask(matter, state.division).decision != "hand_over":
        answered = asking.ask(state, replace(incoming, text=matter), library)
        return answered and replace(answered, state=replace(answered.state, asked=text), replies=(*answered.replies, Reply(phrases.OR_HERE[way.sorry])))
    on_foot = phrases.WAY[way.sorry]
    if is_named:
        return Turn(replace(state, asked=text), brief.replies(way.sorry + phrases.THESE_WORDS.format(way=on_foot), incoming.channel))
    if len(plain(state.asked)) >= consulting.LEAST_OF_A_MATTER:
        return Turn(state, brief.replies(way.sorry + phrases.ASKED.format(way=on_foot, asked=words.shortened(state.asked)), incoming.channel))
    return Turn(replace(state, offered=(), awaiting="question", asked=""), (Reply(way.sorry + phrases.TELL_ME),))
