"""The elements of a service guide or a policy: what offices call them, how people ask for them, and in which order they are told."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, fields

from knowledge.wording import fold

LABELS = {
    "background": "背景", "conditions": "办理条件", "standard": "标准", "materials": "所需材料", "steps": "办理流程",
    "place": "办理地点", "hours": "办理时间", "until": "申办期限", "time_limit": "办理时限", "fee": "收费标准", "link": "网上办理",
}
"""Each element under the office's name for it."""
SPOKEN = {
    "background": "为什么", "conditions": "谁能办", "standard": "标准", "materials": "要带什么", "steps": "怎么办", "place": "去哪儿办",
    "hours": "上班时间", "until": "什么时候办", "time_limit": "多久办好", "fee": "收不收费", "link": "网上办",
}
"""Each element under the word a villager uses."""
LONGEST = {"background": 1000, "conditions": 2000, "standard": 1000, "materials": 2000, "steps": 3000, "place": 200, "hours": 200,
           "until": 100, "time_limit": 200, "fee": 300, "link": 300}
"""Characters an element may have."""
LISTED = frozenset({"conditions", "materials", "steps"})
"""Elements that hold one thing a line."""
PHONE = "phone"

# Tried from the first on: what is told apart by one more word stands before the more general.
_ASKED: tuple[tuple[str, re.Pattern[str]], ...] = tuple((name, re.compile(words)) for name, words in (
    (PHONE, r"电话(?:号码)?(?:是|多少|几|号)|(?:哪个|什么|啥|谁的|谁)电话|打(?:给谁|(?:哪个|谁的|什么|啥)(?:电话|号))|"
            r"联系(?:谁|电话|方式|哪)|找谁问"),
    ("fee", r"收费|收(?:不收|多少|啥|什么)?钱|手续费|工本费|免费|(?:要|用|花)(?:不要|不用|不花)?(?:花|交|掏)?钱(?:吗|不|么|办)|"
            r"要不要(?:花|交|掏)?钱"),
    ("standard", r"多少(?:钱|元|块)|多钱|几块钱|(?:补|发|领|给|拿|奖|贴|报|享受)(?:到|贴|助|给|销)?(?:多少|几(?![天个月点号时])|"
                 r"好多)|(?:一|每)(?:亩|头|只|户|人|年|月|个月|吨|平)[^，。]{0,4}多少|"
                 r"标准(?:是|多|怎|咋|呢|有|$)|什么标准|啥标准|多少(?:补贴|补助)"),
    ("materials", r"(?:带|拿|交|备|准备|要|需要|提供)(?:些|点)?(?:什么|啥|哪些)(?:东西|材料|证件|资料|证明|手续|证|吗)?(?:$|去|呢|"
                  r"来|过|办)|(?:什么|啥|哪些)(?:材料|证件|资料|手续|证明)|(?:材料|证件|资料|手续)(?:有|要|是|需)"),
    ("until", r"截止|截至|最(?:晚|迟)|(?:什么时候|啥时候|几号|几月|哪天|何时)(?:之前|以前|前|到期|结束|为止)|到(?:什么时候|啥时候|几号|几月|哪天)|"
              r"还(?:能|可以|来得及)[^，。]{0,6}(?:吗|不)|有没有期限"),
    ("time_limit", r"多久|多长时间|几天|几个?工作日|(?:什么时候|啥时候|几时)(?:能|可以|才)?(?:[^，。]{0,4})(?:办好|办下来|下来|到账|批)"),
    ("place", r"(?:去|到|在|上|往)(?:哪|什么地方|啥地方)|哪(?:里|儿|个窗口|个部门)[^，。]{0,4}(?:办|交|领|申请|报)|什么地方|啥地方|地址|哪个窗口"),
    ("hours", r"几点|上班|下班|(?:周末|星期|礼拜|节假日|中午)[^，。]{0,6}(?:办|开|上|在|有)"),
    ("link", r"网上|手机(?:上|能|可以|咋|怎么)|网址|小程序|线上"),
    ("conditions", r"(?:谁|哪些人|什么人|啥人|哪些户|哪种人|哪个)(?:能|可以|有资格|符合|才能|享受)|条件|资格|什么对象|(?:发|补)给谁|"
                   r"(?:能不能|可不可以|够不够|能否)(?:领|享受|申请|办|拿)"),
    ("background", r"为(?:什么|啥)(?:要|有|发|搞|出)|什么背景|依据(?:是)?(?:什么|啥)"),
    ("steps", r"(?:怎么|咋|咋个|如何|怎样|咋样)(?:办|申请|申领|领|弄|交|报|操作|登记)|流程|步骤|程序"),
))


@dataclass(frozen=True)
class Elements:
    """What a guide says beside its answer; an empty element is not known. Lists hold one thing a line."""

    background: str = ""
    conditions: str = ""
    standard: str = ""
    materials: str = ""
    steps: str = ""
    place: str = ""
    hours: str = ""
    until: str = ""
    time_limit: str = ""
    fee: str = ""
    link: str = ""

    @classmethod
    def of(cls, holder: object) -> Elements:
        """The elements that a stored entry or a line of a file carries."""
        return cls(**{name: getattr(holder, name) or "" for name in NAMES})

    def known(self) -> list[str]:
        """Names of the elements that say something, in the order in which they are told."""
        return [name for name in NAMES if getattr(self, name)]

    def said(self, name: str) -> str:
        """One element's words."""
        return str(getattr(self, name))

    def listed(self, name: str) -> tuple[str, ...]:
        """One element's lines, without the numbers and dashes their writer put before them."""
        lines = (_NUMBER.sub("", line).strip() for line in self.said(name).splitlines())
        return tuple(line for line in lines if line)


NAMES = tuple(one.name for one in fields(Elements))
_NUMBER = re.compile(r"^\s*(?:[(（]?(?:\d{1,2}|[一二三四五六七八九十]{1,3})[)）、.．]|第[一二三四五六七八九十]步[：:，]?|[-*·•])\s*(?![\d])")


def asked_for(question: str, known: Collection[str]) -> str:
    """Which of the `known` elements (or the telephone) a question asks for; empty when it asks for no single one."""
    said = fold(question)
    for name, pattern in _ASKED:
        if name in known and pattern.search(said):
            return name
    if "fee" in known and "standard" not in known and _COSTS.search(said):
        return "fee"
    return ""


_COSTS = re.compile(r"多少(?:钱|元|块)|多钱|几块钱")
