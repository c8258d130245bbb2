"""What of a person may stand on a screen or in a sentence: masked names, telephones and identity numbers."""

from __future__ import annotations

import re

from kernel.logs import mask

# The surnames of nearly everybody here; after 我是 only these begin a name, for 我是低保户 is none.
_SURNAMES = ("王李张刘陈杨赵黄周吴徐孙胡朱郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范石姚谭廖邹熊金陆"
             "郝孔崔康毛邱秦史顾侯邵孟段雷钱汤尹黎乔贺赖龚虎海麻祁")
_END = "(?=[^一-鿿]|$|住|家|的|今年|身份证|电话|手机|是)"
_CALLED = re.compile(f"(我叫|名叫|姓名[:：是为]?|名字[:：叫是]?)([一-鿿]{{2,4}}?){_END}")
_BEING = re.compile(f"(我是|本人是?|户主是?)([{_SURNAMES}][一-鿿]{{1,2}}?){_END}")


def masked_phone(number: str) -> str:
    """`138****1234`; a landline keeps its last two digits; anything too short to mask is hidden whole."""
    digits = number.strip()
    if len(digits) == 11 and digits.isdigit() and digits.startswith("1"):
        return f"{digits[:3]}****{digits[-4:]}"
    if len(digits) > 6:
        return "*" * (len(digits) - 2) + digits[-2:]
    return "****"


def masked_name(name: str) -> str:
    """`张*` for two characters, `张*三` for three, `欧阳**` style hiding of the middle for longer ones."""
    letters = name.strip()
    if len(letters) < 2:
        return "*"
    if len(letters) == 2:
        return letters[0] + "*"
    return letters[0] + "*" * (len(letters) - 2) + letters[-1]


def masked_id_number(number: str) -> str:
    """The area and the last two characters: `999999**********96`; a shorter document is hidden but for its ends."""
    letters = number.strip()
    if len(letters) >= 15:
        return letters[:6] + "*" * (len(letters) - 8) + letters[-2:]
    if len(letters) > 4:
        return letters[0] + "*" * (len(letters) - 2) + letters[-1]
    return "*" * len(letters)


def few(count: int) -> str:
    """A number of households as a screen may show it: below five nobody can be told from their neighbours."""
    return "少于 5 户" if 0 < count < 5 else f"{count:,} 户"


def masked_words(text: str) -> str:
    """What somebody wrote, as it may be kept in clear: without telephone and identity numbers, and without the name they gave."""
    hidden = _CALLED.sub(lambda found: found.group(1) + _hidden(found.group(2)), mask(text))
    return _BEING.sub(lambda found: found.group(1) + _hidden(found.group(2)), hidden)


def _hidden(name: str) -> str:
    return name[0] + "某" * (len(name) - 1)
