"""What about a matter a few words ask for, such as 要带什么 or 去哪儿办, and the very words of an answer that say it."""

from __future__ import annotations

import re

from bot.flows.hearing import bare, by_sound
from bot.phrases.days import spoken
from bot.state import Answer, News

PHONE, FITS, AGAIN, OFFLINE, ACCOUNT = "phone", "fits", "again", "offline", "account"
_BEFORE = (r"(?:那[么个]?|这个?|这件?事|那件?事|它|嗯|哦|好|请问|问一?下|再问一?下|还有|都|还|我们?|俺|咱|得|去|来|办理?|申请|登记|"
           r"领|交|报|到时候|到底|一般|是不是|需不需要|需要|要不要|"
           r"用不用|要|该|具体|刚才(?:说的)?|你说的?|您说的?|上面(?:说的)?|[他她]|我[妈爸爹娘]|老人|老汉|老伴|婆姨)*")
_AFTER = r"(?:行不行|行不|行吗|成不成?|可以吗|可以不|才行|才能办|就行|才好|来着|去办|的话|一下|呢|呀|啊|嘛|么|吗|哩|不|的|了)*+"
_WHAT = r"(?:什么|啥子|啥|哪些|哪样|些啥子|些啥|些什么|几样|什么样的?)"
_ASKED = tuple((name, re.compile(f"{_BEFORE}(?:{words}){_AFTER}")) for name, words in (
    ("materials", rf"(?:带|拿|准备|备|提供|交|要)(?:上|着|些|点)?{_WHAT}(?:东西|材料|资料|证件|证明|手续|证)?(?:过?去|来)?|"
                  rf"{_WHAT}(?:材料|资料|证件|证明|手续)|(?:材料|资料|证件|手续)(?:有|要|是|都)*{_WHAT}?|带身份证"),
    ("place", r"(?:去|到|在|上|找|往|克)?(?:哪儿?里?|哪搭|[啊阿][搭达]|哪达|哪点|哪块|哪哈|什么地方|啥地方|"
              r"哪个(?:窗口|部门|单位|地方))(?:去)?(?:办理?|申请|登记|领|交|报|弄)?|地址|地址在哪里?|怎么走"),
    ("time_limit", r"(?:多久|好久|多长时间|多少天|几天|多少时间|几个?工作日|多长)(?:能|才|可以|就)*(?:办好|办成|办下来|办完|批下来|批准|"
                   r"补好|补上|拿到|寄到|下来|到账|批|好)?|(?:补|批|寄)(?:办)?(?:得|要)?(?:多久|几天|多少天)|"
                   r"(?:什么时候|啥时候|几时|好久|多会儿?)(?:能|才|可以)*(?:办好|办成|办下来|下来|批下来)|"
                   r"办(?:下来|好|成|完)?(?:要|得)?(?:多久|好久|几天|多长时间)|等(?:多久|几天|多长时间)|快不快"),
    ("fee", r"(?:收费|收钱|掏钱|花钱|交钱|要钱|用钱|免费|收不收费|收不收钱|花不花钱|掏不掏钱|交不交钱|要不要钱|有没有费用|手续费|"
            r"工本费)(?:多少|是多少)?|(?:收|花|掏|交)(?:多少|几个)钱"),
    ("until", r"(?:截止|截至|办|报|交)?(?:到)?(?:几号|几月几号|哪天|哪一天)(?:之前|以前|前)?(?:截止|为止|到期|结束)?|"
              r"(?:什么时候|啥时候|几时|何时|好久|多会儿?)(?:之前|以前|前)?(?:截止|到期|结束|为止)|"
              r"最(?:晚|迟)(?:到)?(?:什么时候|啥时候|几号|哪天)?"
              r"|(?:现在)?(?:还)?(?:来得及|赶得上|能办|能报|没过期)|过期了?没?有?|截止(?:时间|日期)?"),
    (PHONE, r"(?:有没有|有没得|有)(?:联系)?电话(?:吗|没有?|么)?|(?:联系)?电话(?:号码)?(?:是)?(?:多少|几号)?|"
            r"(?:打电话|去|该)*(?:找|问|联系)(?:谁|哪个|哪个人|啥人)(?:问|说|办)?|(?:打|拨)(?:哪个|什么|啥)电话(?:报案|报修|投诉|举报)?|(?:找|跟|向)(?:谁|哪个|哪里)(?:告|投诉|举报|报案|报修)|(?:联系)方式|"
            r"号码(?:是)?多少|(?:村里面?|村上|镇上|乡上|县上|县里)?(?:这事?|这件事|这个)?(?:谁|哪个|哪个(?:单位|部门|人))(?:在)?管(?:这个?|这事|这件事|呢)*(?:是|的)?|"
            r"(?:这个?|这事|这件事)归(?:谁|哪里?|哪个(?:单位|部门))管"),
    (FITS, r"(?:我|我家|我们家?|俺家?|咱家?|我这种|我这情况|我这样的?|我家这情况)(?:够不够|符不符合|符合|够|算不算|在不在|能不能|"
           r"可不可以|能|可以|有没有|有没有份|有资格|有没有资格)(?:条件|资格|办|领|申请|享受|报|报名|在里面|份)*"
           r"|(?:有没有|有)(?:我|我家|我们家|俺家|咱家)(?:的)?(?:份)?|符合(?:条件)?|符不符合(?:条件)?|够不够条件|够条件"),
    ("conditions", r"(?:要|得|到)?(?:多大|几岁|多少岁)(?:岁数|年纪|年龄)?(?:才)?(?:能|可以)?(?:办|领|享受)?|"
                   r"(?:谁|哪些人|什么人|啥人|哪些户|什么样的人)(?:能|可以|才能|都能|有资格)(?:办|领|申请|享受|报|拿)?|"
                   r"(?:有|要)?(?:什么|啥|哪些)(?:条件|要求|资格)|条件(?:是)?(?:什么|啥)?"),
    ("standard", r"(?:能|可以)?(?:补|给|领|发|拿|报|得|贴|奖)?(?:到|助|贴|销)?多少(?:钱|元|块)?|"
                 r"一(?:亩|头|只|个月|年|人|户)(?:补|给|发|领|是)?多少(?:钱)?|(?:每|一)个?(?:月|年)(?:能|可以|才)?(?:领|给|发|补|"
                 r"有)?(?:多少|几个)(?:钱)?|多少钱(?:一|每)(?:亩|头|只|个?月|年|次|天|人|户)|"
                 r"(?:几|多少)级(?:才)?(?:给钱|有钱|发钱|补)|多钱|几块钱|什么标准|标准(?:是)?(?:多少|什么|啥)?"),
    ("proxy", r"(?:我|我妈|我爸|儿女|娃娃?|孩子|家里人|别人|亲戚|村干部|儿子|女儿|老人)?(?:能不能|可不可以|能|可以)(?:去)?(?:替|帮|"
              r"代替?|给)(?:我|他|她|老人|家里人|家里老人|别人|我妈|我爸|我爹|我娘|老伴|父母|娃)?(?:去)?(?:办理?|领|交|弄|登记|"
              r"代办|跑|认证)"
              r"|(?:能不能|可不可以|能|可以)?(?:让|叫|由)?(?:我|他|她|家里)?(?:儿子|女儿|媳妇|老婆|老公|男人|娃|孩子|儿女|邻居|"
              r"亲戚|别人|家里人|人|村干部)(?:替|帮|代)(?:我|我们|他|她|老人)?(?:去)?(?:办理?|领|交|弄|登记|跑|认证|一下)?"
              r"|(?:能不能|可不可以|能|可以)(?:找人)?代(?:办|领|交|替)|(?:能不能|可不可以|能|可以)?(?:派人)?上门(?:来)?(?:办|认证|"
              r"服务)?|我?(?:腿|脚|腿脚|身体|眼睛)(?:也|都)?(?:不行|不好|不便|不方便|瘫了?)(?:去不了|走不动|出不了门)?|"
              r"(?:必须|非得|得|要不要|是不是|非要|要)*(?:本人|我本人|她本人|他本人|老人本人|自己|亲自|老人|带(?:他|她|老人)?本人)(?:自己|亲自)?(?:去|来|"
              r"到场|到|过去)"
              r"|(?:我妈|我爸|我爹|我娘|老人|她|他|我|家里老人|老伴)?(?:也|都|又|人|现在)*(?:走不动|下不了床|来不了|去不了|不在家|出不了门|在外地|"
              r"在外打工|回不来)(?:路|道)?(?:了)?(?:人|也|又)*(?:去不了|来不了|出不了门|回不来)?(?:怎么办|咋办|咋弄)?"),
    ("paid", r"(?:这?钱|款|补贴|补助|津贴)?(?:是|都)?(?:什么时候|啥时候|几时|何时|多会儿?|每月几号|几号|哪天)(?:能|才|给)*(?:发|打|"
             r"到|给|发放|到卡|来)(?:钱|账|手|下来|过来|到卡上|卡上)?"),
    (ACCOUNT, r"(?:这?钱|款|补贴|补助|津贴)?(?:是|都)?(?:给)?(?:打|发|存|转|到)(?:到|在|进)?(?:哪(?:里|儿|个|张)?|谁|什么|"
              r"啥)(?:的)?(?:银行)?(?:卡|折子?|存折|账户|账)?(?:上|里|头)?(?:了)?"),
    (OFFLINE, r"(?:我们?|俺|额|咱|家里|屋里|老人|老汉|老伴|我妈|我爸|他|她){0,2}(?:也|都|又)?(?:不会|不懂|用不来|弄不来|没有?|没得|"
              r"莫得)(?:用|弄|耍|玩|使)?(?:智能)?(?:手机|微信|电话|智能机)(?:号)?"
              r"(?:(?:那|又|可)?(?:咋个?|怎么)(?:办|弄|整|交|领|认证|登记)?)?|(?:智能)?手机(?:也|都)?(?:不会用|用不来|不会弄|没有)"),
    ("hours", r"(?:什么时候|啥时候|几点|啥时间|什么时间|多会儿?)(?:去|能去|可以去|办|能办|可以办|有人)"),
    ("steps", r"(?:怎么|咋|咋个|咋样|如何|怎样)(?:办理?|弄|搞|申请|申领|领|交|报|报名|登记|操作|做|办呢)?|流程|步骤|"
              r"(?:手机|网)上(?:能|可以)?(?:怎么|咋)?(?:办|交|弄|报)"),
    (AGAIN, r"(?:你|您)?把?(?:刚才|上面|前面)(?:你|您)?(?:说|讲|发)的(?:话)?(?:给我)?再(?:说|讲|发)一[遍次]|"
            r"再说一遍|再说一次|重说一遍|说(?:的)?(?:什么|啥)|讲(?:的)?(?:什么|啥)|是(?:什么|啥|咋回|怎么回)(?:事|意思)?|"
            r"(?:什么|啥)(?:内容|事)|(?:咋|怎么)回事"),
))
# As dictation writes them: 钱啥时候到帐, 要带什么才料.
_BY_SOUND = {tuple(sounds.split()): word for sounds, word in {
    "dao zhang": "到账", "cai liao": "材料", "zheng jian": "证件", "shou xu": "手续", "dai shen me": "带什么", "dai sha": "带啥", "na xie": "哪些",
    "liu cheng": "流程", "di zhi": "地址", "jie zhi": "截止", "shou fei": "收费", "duo jiu": "多久", "tiao jian": "条件", "duo shao": "多少"}.items()}
_LABELS = {
    "materials": ("带什么", "要带什么", "材料", "所需材料", "带啥"), "place": ("到哪办", "去哪儿办", "去哪办", "办理地点", "地点", "到哪里办", "在哪办"),
    "time_limit": ("多久", "多久办好", "办理时限", "要多久"), "fee": ("收不收费", "收费", "收费标准", "费用"), "until": ("截止", "什么时候前办", "申办期限"),
    "conditions": ("谁能办", "谁能领", "办理条件", "条件", "谁能交"), "standard": ("多少钱", "能报多少", "补多少", "交多少", "标准", "补贴标准", "发多少"),
    "paid": ("什么时候发", "发放时间", "几时发"), OFFLINE: ("不会用手机", "没有手机", "没手机", "不会用手机的", "没有手机的"),
    "hours": ("什么时候办", "什么时间办", "办理时间"), "steps": ("怎么办", "办理流程", "手机上办", "手机上交", "怎么交", "步骤", "网上办"),
}
# What is done without a telephone says what to bring as well.
_NAMED = frozenset({"问谁", *(label for name, labels in _LABELS.items() if name != OFFLINE for label in labels)})
_CLUES = {
    "materials": re.compile(r"(?:带|拿|凭|持)(?:上|着|好)?[^。]*(?:证|户口本|卡|材料|合同|发票|单)"),
    "place": re.compile(r"(?:到|向|去|在|找)[^，。；]*(?:村委会|乡镇|窗口|大厅|中心|派出所|卫生院|医院|学校|局|银行|站|所)"),
    "time_limit": re.compile(r"(?:\d+|[一二两三四五六七八九十几])\s*(?:个)?(?:工作日|天|个?月)(?:内|以内|左右)|当天|当场|马上就能"),
    "fee": re.compile(r"不收钱|免费|不花钱|不收费|不用交钱|工本费|手续费|收费"),
    "until": re.compile(r"截止|截至|\d+\s*月\s*\d+\s*日\s*(?:之)?前|年底前|月底前"),
    "standard": re.compile(r"\d+(?:\.\d+)?\s*(?:元|块|%)"),
    "paid": re.compile(r"按[月年季]发|每[月年季][^。；]{0,8}发|[发打]到[^。；]{0,6}[卡折]|\d+\s*月[^。；]{0,10}(?:发放|到账|打到)"),
    ACCOUNT: re.compile(r"[发打][到进][^，。；]{0,8}[卡折户]"),
    OFFLINE: re.compile(r"不会用|没有?(?:智能)?手机|村干部帮|代办"),
    "proxy": re.compile(r"代办|代领|代交|替|委托|上门|本人|走不动|儿女"),
    "conditions": re.compile(r"满\s*\d+\s*(?:周)?岁|(?:都|才)(?:能|可以)(?:领|办|申请|享受|报名)|可以申请"),
}
# Who says so of themselves and asks on in the same breath: 我不会用手机咋交医保.
_WITHOUT = re.compile(r"(?:我们?|俺们?|额|咱们?|家里|屋里|老人|老汉|老伴|我[妈爸爹娘]|他|她){0,2}(?:也|都|又)?(?:不会|不懂|没有?|"
                      r"没得|莫得)(?:用|弄|耍|玩|使)?(?:(?:智能)?手机|微信|智能机)(?![号卡费里上壳])(?:的)?(?:老?人)?[，,\s]*")
LEAST_OF_A_MATTER = 4
_SENTENCES = re.compile(r"(?<=[。；！？])")
LONGEST_ASIDE = 22
_CLAUSES = re.compile(r"[，,。；;？?！!、\n]+|(?<=[一-龥])\s+(?=[一-龥])")


def asked_for(text: str) -> str:
    """What about a matter a text asks for that names no matter itself; empty when it asks for more, or for nothing."""
    said = bare(text)
    if not said or len(said) > LONGEST_ASIDE:
        return ""
    ways = dict.fromkeys((said, by_sound(said, _BY_SOUND)))
    return next((name for name, pattern in _ASKED for way in ways if pattern.fullmatch(way)), "")


def apart(text: str) -> tuple[str, tuple[str, ...]]:
    """A message without the clauses that only ask on about its matter, and what those ask: 低保咋办，要带啥，去哪儿办."""
    unable = _WITHOUT.match(text.strip())
    if unable and len(text.strip()) - unable.end() >= LEAST_OF_A_MATTER:
        matter, besides = apart(text.strip()[unable.end():])
        return matter, tuple(dict.fromkeys((OFFLINE, *besides)))
    first, *more = [one for one in _CLAUSES.split(text) if one.strip()] or [""]
    names = tuple(dict.fromkeys(name for one in more if (name := asked_for(one))))
    return ("，".join([first, *(one for one in more if not asked_for(one))]), names) if names else (text, ())


def of_answer(answer: Answer, aspect: str) -> str:
    """An entry's own words on one aspect: its element, the line that carries its name, or the sentence that speaks of it."""
    if aspect == PHONE:
        return f"{answer.office} {answer.phone}".strip() if answer.phone else ""
    if aspect == AGAIN:
        return answer.answer
    if aspect in vars(answer.elements) and getattr(answer.elements, aspect):
        return "；".join(answer.elements.listed(aspect))
    lines = [line.strip() for line in answer.answer.splitlines() if line.strip()]
    for line in lines:
        label, colon, told = line.partition("：")
        if colon and told and label.strip() in _LABELS.get(aspect, ()):
            return told.strip()
    clue = _CLUES.get(aspect)
    if clue is not None:
        unnamed = [line for line in lines if line.partition("：")[0].strip() not in _NAMED]
        if aspect == ACCOUNT:
            unnamed = [line if line in unnamed else line.partition("：")[2] for line in lines]
        return next((sentence for line in unnamed for sentence in _SENTENCES.split(line) if clue.search(sentence)), "")
    return _how(lines) if aspect == "steps" else ""


def of_notice(told: News, aspect: str) -> str:
    """A notice's own words on one aspect."""
    match aspect:
        case "materials":
            return told.bring
        case "place":
            return told.where
        case "until":
            return f"{spoken(told.until)}截止" if told.until else ""
        case "phone":
            return f"{told.office} {told.phone}".strip()
        case "steps":
            return "；".join(filter(None, (f"到{told.where.removeprefix('到')}" if told.where else "", f"带{told.bring}" if told.bring else "")))
    if aspect in ("again", "standard", "conditions"):
        return told.summary
    clue = _CLUES.get(aspect)
    return next((one for one in _SENTENCES.split(told.summary) if clue is not None and clue.search(one)), "")


def _how(lines: list[str]) -> str:
    """What to do, of an entry that has no line for it: all but who is to be asked."""
    return "\n".join(line for line in lines if not line.startswith("问谁"))
