"""Who takes money for getting one what the state gives: 交五百块代办低保 hears that it costs nothing before any answer."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.flows import asking
from bot.flows.hearing import bare
from bot.phrases import danger as words
from bot.state import Library, State, Turn
from channels.messages import Incoming, IncomingKind, Reply

LONGEST = 60
_SUM = r"(?:[\d一二两三四五六七八九十几百千万好]+(?:来|多)?(?:块|元|百|千|万|钱)|钱|好处费|介绍费|中介费|辛苦费|手续费|代办费|办事费|押金|保证金|定金|红包|费用?)"
# 给八百 is what one is given as often as what one gives, unless it says to whom.
_TO = r"(?:了|过|他们?|她|人家|对方|中介|那人|熟人|上)"
MONEY = re.compile(rf"(?:交|收|要|花|掏|转|付|打|塞|送)(?:{_TO}|我们?|个|点|些){{0,3}}{_SUM}|给{_TO}{{1,3}}(?:个|点|些)?{_SUM}|"
                   rf"{_SUM}(?:就|才)?(?:能|可以|给|包)?(?:代办|包办|办成|办下来|搞定)")
BROKER = re.compile(r"代办|包办|包过|包下来|保证(?:能)?(?:办|批|下来|领)|搞定|找(?:人|关系|熟人)|走后门|走关系|有熟人|有关系|中介|黄牛|"
                    r"(?:帮|替|给)(?:我|俺|额|咱|你|人|大家|我们|我家|我妈|我爸)(?:们|家)?(?:去)?(?:办|弄|搞|申请|领|跑)|骗|真的(?:假的)?吗|是真是假|真假|可信|靠谱|能信")
MATTER = re.compile(r"低保|五保|特困|补贴|补助|救助|救济|津贴|残疾证|残疾人?证|退役|优待证|危房|贫困户|监测户|养老金|养老|社保|医保|慢病|"
                    r"公益(?:性)?岗|岗位|贷款|贴息|助学|雨露|安置|搬迁|户口|证明|身份证|宅基地")
# What an official asks for is no swindler's; and the state's own fee is asked after without anybody between.
_OF_OFFICE = re.compile(r"村干部|干部|村长|支书|书记|主任|会计|组长|窗口|派出所|民政所|村委会|村上|村里|乡上|镇上|医院|银行|学校")
_REFUSED = re.compile(r"(?:收不收|要不要|用不用|花不花|交不交|需不需要|免不免)|(?:不|没)(?:收|要|用|花|交)(?:任何|一分)?(?:钱|费)|退(?:钱|回|给)")


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Warn, then answer as ever: what it really takes stands in the entry where there is one."""
    if incoming.kind not in (IncomingKind.TEXT, IncomingKind.VOICE) or not warns(incoming.text):
        return None
    answered = asking.ask(state, incoming, library)
    if answered is None or not answered.state.subject.startswith("entry:"):
        return Turn(replace(state, asked=incoming.text.strip(), unheard=""), (Reply(words.BROKER),))
    return replace(answered, replies=(Reply(words.BROKER), *answered.replies))


def warns(text: str) -> bool:
    """Whether a text tells of somebody who wants money for a matter of the state's."""
    said = bare(text)
    return len(said) <= LONGEST and all(way.search(said) for way in (MONEY, BROKER, MATTER)) and not (_OF_OFFICE.search(said) or _REFUSED.search(said))
