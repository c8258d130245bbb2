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
# Whose matter it is, named without a word for it: 王芳的低保, 马秀莲身份证丢了. A surname and what people are called by, so that 王村, 李庄,
# 高龄, 马路 and 马铃薯 are no names: none of what follows their surname is a given name's.
_GIVEN = ("芳兰英秀玉梅桂花凤霞红丽艳娟娜敏静淑云莲珍芬琴翠菊萍燕春香彩巧慧玲婷倩雪涵怡琪彤曦馨瑶晓雅欣楠蓉茹洁莉娥姣妮雯颖璐琳"
          "建国军伟强勇刚平明华文志成福贵生旺龙虎峰涛斌亮凯辉宁超博磊浩宇轩辰航俊杰鹏飞林森海永宏德彦万世保祥瑞庆义忠孝仁礼学武兵"
          "耀宗喜双全有发富财来柱栓锁三四五六小佳思语若梦可诗嘉梓然豪熙佑远宝改润存民少旭东向")
_OWN = ("低保|五保|特困|补贴|补助|补偿|救助|救济|津贴|养老|医保|社保|合疗|残疾|工资|贷款|身份证|户口|危房|房子|宅基地|病|地被|"
        "名额|岗位|退役|高龄|公益|电话|手机|住院|报销|为啥|为什么|凭啥|凭什么|咋(?!办)|怎么(?!办|申请|领|报)")
_BEFORE = "(?:(?<![一-鿿])|(?<=[查问看帮替给叫是的村庄组队社里上下姐哥弟妹妈爸娘爹婶叔伯姨舅嫂奶爷居戚友门壁长记任们和跟与说为因就]))"
_OWNER = re.compile(f"{_BEFORE}([{_SURNAMES}高何林白穆安向龙姬])([{_GIVEN}][{_GIVEN}阳]?)(?=(?:家里?|[他她]家|家他|家她|这户|这个人|他|她)?的?(?:{_OWN}))")
# What begins with a surname, goes on like a name, and is none.
_NO_NAMES = re.compile("黄花|黄金|海军|陆军|杨树|周三|周四|周五|周六|王国|林海|林有|金三|金五|高三|马来|马国|马三|马五|马小|何来|何存|任有|安宁|安全|白花|白云|白来|"
                       "高明|高学|高华|海宝|金花|金银|龙虎|向来|向学|康明|康宁|万全|金林|石林|钱来|钱有|钱全|钱少|贺兰|丁香")
# Seven figures and more, with or without gaps, or said one by one; a date is none of them.
_LONG = re.compile(r"(?<!\d)(?!(?:19|20)\d\d[-.]\d{1,2}[-.]\d{1,2}(?!\d))\d(?:[ \-－—.·]?\d){6,}[xX]?")
# A number that goes on in the next line.
_BROKEN = re.compile(r"(?<!\d)\d+(?:[ \t]*\r?\n[ \t]*\d+)+[xX]?(?![\dxX])")
_SPOKEN = re.compile("[零〇一二三四五六七八九幺两]{7,}")
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")


def masked_words(text: str) -> str:
    """The text without telephone and identity numbers, and without the name that was given, wherever it stands again."""
    hidden = mask(_BROKEN.sub(_whole, text))
    given = {found.group(2) for saying in (_CALLED, _BEING) for found in saying.finditer(hidden)}
    for name in sorted((one for one in given if one[0] in _SURNAMES), key=len, reverse=True):
        hidden = hidden.replace(name, _hidden(name))
    hidden = _CALLED.sub(lambda found: found.group(1) + _hidden(found.group(2)), hidden)
    return _BEING.sub(lambda found: found.group(1) + _hidden(found.group(2)), hidden)


def of_nobody(text: str) -> str:
    """The same without any long number at all (landlines, cards, numbers said figure by figure); twice changes no more."""
    hidden = _OWNER.sub(_nobodys, masked_words(text.translate(_WIDE)))
    hidden = _LONG.sub(lambda found: found.group()[:2] + "****", hidden)
    return _SPOKEN.sub(lambda found: found.group()[0] + "****", hidden)


def _whole(found: re.Match[str]) -> str:
    """A broken number masked whole where it is a person's; figures that only end and begin two lines stay as they are."""
    whole = "".join(found.group().split())
    hidden = mask(whole)
    return found.group() if hidden == whole else hidden


def _nobodys(found: re.Match[str]) -> str:
    name = found.group()
    return name if _NO_NAMES.fullmatch(name) else _hidden(name)


def _hidden(name: str) -> str:
    return name[0] + "某" * (len(name) - 1)
