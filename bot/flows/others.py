"""Other people's matters: what another household gets, somebody's telephone or identity card is nobody else's business."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.flows.hearing import spared
from bot.phrases import leaving as words
from bot.state import Library, State, Turn
from channels.messages import Incoming, IncomingKind, Reply

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤")
_PERSON = rf"(?:[{_SURNAMES}](?!家)[一-龥]{{1,2}}(?<![镇乡村县市省区])|[{_SURNAMES}](?=家)|老[{_SURNAMES}]|[{_SURNAMES}]某某?)"
_TITLE = r"(?:村长|支书|书记|主任|会计|组长|邻居|隔壁|对门|亲戚|别人|人家|旁人|他|她|那家|谁|全村|村里(?:谁|哪家|哪些人))"
_ASK = (
    r"(?:请|麻烦|能不能|可以|帮我|给我|我想|我要|想)*(?:查|看|问|打听|了解)?(?:一下|一哈|下|"
    r"查)?(?:(?:我们?|俺们?|咱们?)(?:家|村)?(?:的)?(?=邻居|隔壁|对门))?")
_GETS = (r"(?:今年|去年|一年|每年|每月|一个月|到底|现在|的|都|里|吃|是|有)*(?:低保|五保|特困|补贴|补助|救助|养老金|残疾补贴|工资|"
         r"钱|贷款)?(?:金|钱|款)?(?:都|到底|一共|一年|每月|一个月)*"
         r"(?:领|拿|得|享受|分|发|吃|欠)(?:了|到|过|的|着)*(?:多少|几个|啥|什么|几)(?:钱|元|块|补贴|补助|低保|东西)?")
_PRIVATE = (
    r"(?:的|家|家里|他的|本人)*(?:电话号?码?|手机号?码?|联系方式|身份证号?码?|银行卡号?|卡号|住址|家庭住址|地址|病|工资|收入|存款|"
    r"年收入)(?:号)?(?:是|有)?(?:多少|几号|啥|什么|在哪|哪里)?")
ASKED = re.compile(rf"{_ASK}(?:邻居|隔壁|对门|前院|后院)?(?:{_PERSON}|{_TITLE})(?:家里?|家的|的|他家)?{_GETS}.*"
                   rf"|{_ASK}{_PERSON}(?:家|家里|这个人|这人)?{_PRIVATE}"
                   rf"|{_ASK}(?:邻居|隔壁|对门|别人|人家|他|她|那家|谁家?){_PRIVATE}"
                   rf"|(?:查|帮我查|给我查|看看)(?:一下|下)?{_PERSON}(?:家里?|家的|的)(?:情况|信息|登记|资料|低保|补贴|户口)?"
                   r"|(?:帮我|给我|查)*(?:一下|下)?1\d{10}(?:这个号|这个电话)?(?:是|的)?(?:谁|哪个|哪家|谁家)的?(?:号|电话)?"
                   rf"|(?:我们?|俺们?|咱)?(?:邻居|隔壁|对门|别人|人家|那家|谁家?)(?:家)?(?:的)?(?:低保|五保|补贴|补助)(?:一个月|"
                   rf"一年|每月)?(?:是)?多少(?:钱)?"
                    rf"|{_ASK}(?:邻居|隔壁|对门|前院|后院)?(?:{_PERSON}|{_TITLE})(?:家里?|他家)?(?:凭啥|凭什么)(?:就|还|也|"
                    rf"能)?(?:吃|领|拿|享受|有)(?:上|着|了|到)?(?:低保|五保|特困|补贴|补助)"
                    rf"|{_ASK}(?:邻居|隔壁|对门|前院|后院)?(?:{_PERSON}|{_TITLE})(?:家里?|他家)?(?:就|还|也|能)?(?:吃|领|拿|享受|"
                    rf"有)(?:上|着|了|到)?(?:低保|五保|特困|补贴|补助)(?:凭啥|凭什么)(?:呢|哩)?"
                    rf"|{_ASK}(?:邻居|隔壁|对门)?(?:{_PERSON}|{_TITLE})(?:家里?|他家|家的)?(?:一个月|一年|每月)?(?:的)?(?:低保|"
                    rf"五保|特困)(?:金|钱)?(?:一个月|一年|每月)?(?:是|有|领|拿)?(?:多少|几个)(?:钱|元|块)?"
                    rf"|{_ASK}(?:邻居|隔壁|对门|前院|后院)?(?:{_PERSON}|{_TITLE})(?:家里?|他家)?(?:凭啥|凭什么|为啥|为什么|"
                    rf"咋)(?:就|都|也|能)*(?:有|领|吃|评)(?:上|到)?(?:低保|补贴|补助|钱|了)*(?:我们?|俺们?|咱们?)家?(?:就|却|咋|"
                    rf"为啥|都)*(?:没有?|不给|领不上|评不上).*"
                    rf"|{_PERSON}(?:是不是|有没有|有)(?:吃|领|享受|评|办)?(?:上|着|了)?(?:低保|五保|特困)(?:户)?(?:没有?|吗|不)?|"
                    rf"{_PERSON}家(?:是不是|是|有没有|有)(?:吃|领|享受|评)?(?:上|着|了)?(?:低保|五保|特困|贫困|脱贫|残疾|"
                    rf"监测)(?:户)?")
# What begins with a surname and is none.
_NO_NAME = re.compile("^(?:请|麻烦|帮我|给我|我想|我要|想|查|看|问|一下|下)*(?:高龄|高中|高血压|马铃|黄牛|黄芪|金银|白内|毛驴|万人|"
                      "石油|江水|方便|向谁|何时|何处|任何|程序|于是|武装|雷电|夏粮|龙头|田地|林地|林权|林业|严重|熊猫|钱|余|段|贺|"
                      "顾)")


def take(state: State, incoming: Incoming, _library: Library) -> Turn | None:
    """Say that it is not told, and where what is public hangs."""
    if incoming.kind not in (IncomingKind.TEXT, IncomingKind.VOICE):
        return None
    said = spared(incoming.text)
    if ASKED.fullmatch(said) is None or _NO_NAME.match(said):
        return None
    return Turn(replace(state, asked=incoming.text.strip(), unheard=""), (Reply(words.OTHERS),))
