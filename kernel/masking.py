"""What somebody wrote, as it may be kept in clear: without numbers that lead to a person, and without the names they gave."""

from __future__ import annotations

import re

from kernel.logs import mask

# The surnames of nearly everybody here; after 我是 only these begin a name, for 我是低保户 is none.
_SURNAMES = ("王李张刘陈杨赵黄周吴徐孙胡朱郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范石姚谭廖邹熊金陆"
             "郝孔崔康毛邱秦史顾侯邵孟段雷钱汤尹黎乔贺赖龚虎海麻祁")
_END = "(?=[^一-鿿]|$|住|家|的|今年|身份证|电话|手机|是)"
_KIN = "爸|妈|父亲|母亲|爷爷|奶奶|儿子|女儿|老公|老婆|媳妇|丈夫|妻子|老伴|婆婆|公公|岳父|岳母|弟|哥|姐|妹|孙子|孙女|[他她]"
_CALLED = re.compile(f"((?:我|名|{_KIN})叫|姓名[:：是为]?|名字[:：叫是]?)([一-鿿]{{2,4}}?){_END}")
_BEING = re.compile(f"(我是|本人是?|户主是?)([{_SURNAMES}][一-鿿]{{1,2}}?){_END}")
# Seven figures and more, with or without gaps, or said one by one; a date is none of them.
_LONG = re.compile(r"(?<!\d)(?!(?:19|20)\d\d[-.]\d{1,2}[-.]\d{1,2}(?!\d))\d(?:[ \-－—.·]?\d){6,}[xX]?")
_SPOKEN = re.compile("[零〇一二三四五六七八九幺两]{7,}")
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")


def masked_words(text: str) -> str:
    """The text without telephone and identity numbers, and without the name that was given, wherever it stands again."""
    hidden = mask(text)
    given = {found.group(2) for saying in (_CALLED, _BEING) for found in saying.finditer(hidden)}
    for name in sorted((one for one in given if one[0] in _SURNAMES), key=len, reverse=True):
        hidden = hidden.replace(name, _hidden(name))
    hidden = _CALLED.sub(lambda found: found.group(1) + _hidden(found.group(2)), hidden)
    return _BEING.sub(lambda found: found.group(1) + _hidden(found.group(2)), hidden)


def of_nobody(text: str) -> str:
    """The same without any long number at all (landlines, cards, numbers said figure by figure); twice changes no more."""
    hidden = _LONG.sub(lambda found: found.group()[:2] + "****", masked_words(text.translate(_WIDE)))
    return _SPOKEN.sub(lambda found: found.group()[0] + "****", hidden)


def _hidden(name: str) -> str:
    return name[0] + "某" * (len(name) - 1)
