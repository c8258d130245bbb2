"""Small talk: thanks, leave-taking, anger, danger, and what nobody can read are answered as a neighbour would."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.flows.hearing import bare, number, plain
from bot.phrases import leaving, words
from bot.phrases.danger import LOST
from bot.phrases.leaving import GO_ON
from bot.state import Library, State, Turn
from channels.messages import Incoming, IncomingKind, Reply

THANKS = re.compile(r"(?:好的?|嗯)?(?:太|多|非常|十分)?(?:谢谢|感谢|多谢|谢了|谢|麻烦|辛苦)(?:了|你|您|你们|您们|帮忙|同志|领导|"
                    r"老师|师傅|大家|娃|姑娘|闺女|女子|妹子|兄弟|政府|国家|共产党|党|小伙子?|孩子|大哥|大姐|谢谢|好|啊|呀|哈|您嘞)*")
PRAISE = re.compile(r"(?:你|您|你们|这个?|真的?|可|实在)*(?:太|真|可真|挺|好|很)(?:是)?(?:个)?(?:好|厉害|能干|行|聪明|棒|贴心|方便|"
                    r"有用|不错|好人|热心)(?:啊|呀|了|得很|哩)*|(?:你|您)(?:是个?|就是)?好人|好人一生平安")
CLOSING = frozenset({"好", "好的", "好的好的", "好好", "行", "可以", "嗯", "嗯嗯", "中", "成", "对", "是", "是的", "知道了", "行了行了", "好了好了", "明白了", "明白", "晓得了",
                     "懂了", "收到", "ok", "好了", "没事了", "没有了", "没了", "好些了", "好多了", "现在好些了", "现在好多了", "缓过来了", "再见", "拜拜", "回见", "88"})
_ABOUT_YOU = (
    r"(?:你|您)(?:们)?(?:叫(?:什么|啥)(?:名字)?|姓(?:什么|啥)|多大(?:了|年纪)?|几岁(?:了)?|是男是女|是男的?(?:还是)?女的?|"
    r"是(?:哪|哪个|什么|啥)(?:单位|部门|局|地方)的?|(?:说话?|说的话?|讲的|的话)(?:算数|算话|算不算数|可信|准|是真的|能信|"
    r"靠谱)(?:不|吗|么)?|(?:靠谱|可靠|可信|能信)(?:不|吗|么))|谁(?:让|叫|派)(?:你|您)来的")
WHO = re.compile(_ABOUT_YOU +
    r"|(?:(?:这里?)?(?:是)?直达(?:吗|不)?)?(?:你|您|你们|这)(?:到底|都|全都|全|就|肯定|不会)?(?:是谁|是哪个|是哪里|是哪的|是啥|是什么|叫啥|"
    r"叫什么|是真人|是人|是机器人?|是不是(?:真人|人|机器人?|骗子|骗人的?)|是骗子)(?:吗|么|还是人)?")
_NOT_CLEAR = r"(?:我|俺)?(?:也|都|真的?|实在|还是|一点|根本)*(?:听|看|弄|搞)(?:不|没)(?:太)?(?:懂|明白|清楚?)"
_WHAT_WAS_SAID = r"(?:你|您)(?:们)?(?:说|讲|写|发|回)(?:了|的)?(?:这个|这些|都|是)*(?:啥|什么|话|意思|东西)*"
CLOSINGS = re.compile(rf"(?:(?:叔叔|阿姨|爷爷|奶奶|大爷|大妈|老师|同志)(?=再见|拜拜)|{'|'.join(sorted(map(re.escape, CLOSING), key=len, reverse=True))}|好嘛|要得|没得了|晓得|知道|明白|哦|"
                      rf"噢|谢谢你?|多谢|已经打了|打过了|这就打|马上打)++")
NOT_OURS = re.compile(r"(?:今天|明天|后天|这几天|今儿|明儿|外头|外面)*(?:的)?(?:天气(?:预报)?|下(?:不下)?[雨雪]|会不会下[雨雪]|"
                      r"冷不冷|热不热)(?:咋样|怎么样|好不好|如何|多少度|不|吗|是啥|是什么)?"
                      r"|(?:现在|这会儿?)?几点(?:钟)?了|(?:今天|今儿|明天)(?:是)?(?:几号|星期几|礼拜几|周几|农历几号|"
                      r"啥日子)(?:了)?|(?:你|您)(?:们)?(?:吃|喝|睡|忙|累|冷|热)(?:饭|水)?(?:了|过|觉)?(?:没|吗|不|么)(?:有)?"
                      r"|(?:给我|能不能|会)*(?:唱|讲|说)(?:一?个|首)?(?:歌|笑话|故事|段子)(?:吧|听|吗)*|"
                      r"(?:我)?(?:的)?作业(?:我)?(?:不会|咋|怎么)(?:写|做)(?:了|啊)?")
_KIN = "老伴|老汉|老娘|老爹|婆姨|掌柜的|男人|老公|媳妇|老婆|爹|爸|妈|娘|爷爷|奶奶|父亲|母亲|老人|儿子|女儿|女子|娃娃?|孩子|哥|姐|弟弟?|妹妹?|亲人|孙子"
LOSS = re.compile(rf"(?:我|俺|额|咱|家里|屋里)*(?:的)?(?:{_KIN})(?:昨天|前天|今天|昨晚|今早|上个?月|前几天|年前|刚|已经|也|都|他|"
                  rf"她|就|突然|这样)*(?:走了|没了|去世了?|过世了?|不在了|死了|殁了|病故了?)")
_CHILD = "女子|女儿|儿子|姑娘|娃娃?|娃儿|小娃|孩子|小孩|孙子|孙女|孙娃|弟弟?|妹妹?"
# Of a child the very words may mean that it is dead, and that nobody knows where it is.
GONE_OR_LOST = re.compile(rf"(?:我|俺|额|咱|家里|屋里)*(?:的)?(?:{_CHILD})(?:昨天|前天|今天|昨晚|今早|前几天|刚才?|已经|也|都|就|突然|一下子?)*"
                          r"(?:没了?|没有了|走了|不在了)(?:有|都|已经)*(?:(?:好几|半|[一二两三四五六七八九十几\d]+)(?:多)?(?:个)?(?:天|夜|晚上?|小时|钟头)(?:多)?了?)?")
_LOST = re.compile(r"(?:是|就是|娃|人|他|她)*(?:找不(?:见|着|到)|走丢|走失|走散|跑丢|丢|不见|跑)了?(?:的)?")
_GONE = re.compile(r"(?:是|就是|娃|人|他|她)*(?:人?不在|去世|过世|死|殁|病故|走|没)了?(?:的)?")
SORROW = re.compile(r"(?:我|俺|额)?(?:这|的)?(?:心里|心情)(?:头)?(?:真|很|太|好|特别|一直|老是|总|实在)*(?:难受|难过|闷|憋屈|憋|苦|"
                    r"委屈|堵|慌|不好|不舒服|不是滋味)(?:得很|得慌|死了|着呢)?|(?:我|俺)?(?:真|很|太|好|特别)*(?:想哭|孤单|孤独|"
                    r"伤心|难过|害怕|怕)(?:得很|死了)?"
                    r"|(?:我|俺|娃)?(?:就|只有)?(?:我)?一个人在家(?:里)?(?:有点|好|很|真|太)*(?:害怕|怕|孤单)(?:得很)?|"
                    r"(?:爸爸?妈妈?|父母|大人|家里人|儿女|娃们?)(?:都|全)?(?:在外面?|出去|去)?(?:打工|不在家)?(?:了)?没(?:有)?人管我?(?:们)?"
                    r"|(?:我|俺)?(?:就)?一个人(?:在家|过)?(?:里)?(?:连个|都|也)?(?:没人|没有人)(?:说话|陪|"
                    r"管)?(?:的)?(?:人)?(?:都没有)?|(?:儿女|孩子们?|娃们?|儿子|女儿)(?:们)?(?:都|也)?(?:不回来|不管我|不理我|"
                    r"不来看我|不要我)了?")
UNHEARD_WAYS = re.compile(rf"{_NOT_CLEAR}{_WHAT_WAS_SAID}|{_WHAT_WAS_SAID}{_NOT_CLEAR}|"
    r"(?:我|俺)?(?:不识字|认不得字|不认字|没文化|眼睛看不清).{0,12}|(?:你|您)?(?:给我)?(?:说|讲)(?:得)?(?:简单|慢|明白|"
    r"清楚)(?:一?点|些)|(?:上面|这里?面?|这上面|刚才|这个)?(?:写|说|讲|发)的?(?:都|是|个)*(?:啥|什么)(?:意思|东西)?|说人话|太长了?(?:看不懂|不看)?|字太多了?")
GOING = re.compile(r"(?:哎|唉|好|行|那|算了)*我?(?:明天|明儿|后天|改天|回头|下午|过两天|等会儿?|这就|马上)(?:再)?(?:去|来|办|过去|过来)(?:办|"
                   r"问|看看?)?(?:一下)?")
WAIT = re.compile(r"(?:我)?(?:还)?(?:在|正)*(?:路上|地里|外面|忙着?(?:呢|哩)?|开车(?:呢|哩)?|做饭|上班)?(?:你|您)?(?:先)?"
                  r"(?:稍等|等(?:一?等|一?下|一?会儿?|我一?下|我一?会儿?))(?:一?下|一?会儿?)?(?:再说|再弄|再回)?")
OF_A_PICTURE = re.compile(r".{0,6}(?:图片?|照片|相片|截图)(?:上|里)?(?:面)?(?:你|您|都)?(?:看不(?:了|见|到|清)|能看(?:见|到)?|"
                          r"看(?:见|到)|收到|写的?是?|说的?是?|是)(?:了|的)?(?:没有?|啥|什么|不)?(?:意思|事)?(?:吗|么)?")
BY_VOICE = re.compile(r"(?:你们?|您|能不能|能|可以|请|麻烦|让人|叫人|有没有人)*(?:给|跟)我(?:打|回|来|通)(?:一?个)?电话.{0,20}|"
                      r"(?:我)?(?:打字|写字)(?:太|又)?(?:慢|不会|不方便|费劲|打不来)(?:得很)?|"
                      r"(?:我)?(?:不会|打不了|不方便)(?:打)?字|"
                      r"(?:能不能|可不可以|能|可以)(?:发|说|打)?语音(?:吗|么|不|行不行)?|语音(?:咋|怎么)发|(?:咋|怎么)发语音|"
                      r"(?:能不能|我想|我要)(?:给你们?)?(?:打|通)一?个?电话(?:说|问)?")
LOW_SIGHT = re.compile(r"字(?:太|也)?小(?:了)?(?:看不清|看不见)?|(?:我|俺)?(?:的)?眼睛?(?:也|都|又)?(?:看不见|看不清|花|不好|"
                       r"瞎)了?|(?:能不能|可不可以|能|可以)?(?:给我)?(?:念|读)(?:出来|一下|一遍)*(?:给我)?听?(?:吗|不)?")
UNHEARD = frozenset({"没听懂", "听不懂", "没懂", "不懂", "看不懂", "没看懂", "没听明白", "听不明白", "啥意思", "什么意思", "再说一遍", "再说一次", "不是"})
# A mother is spoken of far more often than sworn by: 我妈的养老金 and 他妈住院 are no curses, nor is a sheep that 滚下山.
ANGER = re.compile("狗屁|放屁|放你.{0,2}屁|你个?[哈瓜][怂松皮]|龟儿子|先人板板|傻逼|他妈的|你妈的|你他妈|王八|混蛋|"
                   "滚(?:蛋|开|出|远|一边|吧?$)|^滚|垃圾东西|破玩意|啥破|什么破|废物|没球用|日你|骗人的|去死|神经病$|脑残|弱智|蠢|"
                   "笨蛋|猪脑|有病吧|"
                   "气死|烦死|扯淡|少废话|废话连篇|^(?:尽|净|全是|都是|说的都是)?(?:些)?废话$|(?:只|就|光)会(?:说|回|讲)(?:这|那)(?:几|两)?(?:句|些)|吃干饭|啥用没有|糊弄|(?<!给)(?<!替)(?<!帮)你妈$|"
                   "(?<![我咱俺额他她你爸爹儿])妈的(?!.*(?:医保|养老|低保|补贴|社保|户口|身份证|钱|证|卡|病))|操你|草泥马|畜生|"
                   "不是人|瓜怂|狗日|^我[操日]|卧槽")
LONGEST_CURSE = 16
A_QUESTION = re.compile("怎么|什么(?!破|玩意|东西)|吗$|如何|原因|怎样|哪")
SORRY = re.compile(r"(?:对不起|不好意思|抱歉)[，,]?(?:我)?(?:刚才|刚刚|前面)?(?:的)?(?:话|说话|说的|口气|态度|骂人)?(?:说)?(?:我)?(?:太)?(?:重|急|冲|难听|不好|不对|"
                   r"过分)(?:了)?(?:啊)?|(?:我)?(?:刚才|刚刚|前面)(?:话)?(?:说|骂)(?:得|的)?(?:太)?(?:重|急|难听|过分|冲)了")
# What a telephone writes in the place of something that is no text.
NOT_TEXT = re.compile(r"\s*\[(?:图片|照片|视频|语音|文件|位置|名片|链接|聊天记录|动画表情|音乐|小程序|红包|转账)\]\s*")
PICTURE = re.compile("[\u2190-\u2bff\U0001f000-\U0001faff]")
# How the platform writes its own little pictures: [微笑], /:strong.
SIGN = re.compile(r"(?:\s*(?:\[[一-龥A-Za-z]{1,6}\]|/:[a-z@,!?*:~\-]{1,9}))+\s*")
# What is said by a picture alone: tears, and anger.
TEARS = re.compile("流泪|大哭|难过|快哭了|委屈|心碎|[😢😭😥😞😔💔]")
RAGE = re.compile("发怒|咒骂|抓狂|[😠😡🤬]")
ONLY_DIGITS = 3
LETTERS_OF_A_SENTENCE = 8
"""Letters from which on a text is no abbreviation any more: dibao zenme shenqing."""
SAID_OVER = 3
"""Times from which one sign said over and over is no question: 哈哈哈."""
# 身份证号6404…: a card's number with its name is no question either, and is not to be sent.
A_CARD = re.compile(r"[^\d]{0,8}\d{14,18}[\dx][^\d]{0,4}")
OF_A_CODE = 6


_SAID = ((THANKS, words.WELCOME_BACK), (PRAISE, words.WELCOME_BACK), (CLOSINGS, words.AT_HAND), (GOING, words.AT_HAND), (WHO, words.WHO_WE_ARE),
         (BY_VOICE, words.CALL_US), (OF_A_PICTURE, words.ONLY_WORDS), (WAIT, words.NO_HURRY), (GONE_OR_LOST, words.GONE_OR_LOST),
         (LOSS, words.CONDOLENCE), (SORROW, words.COMFORT), (SORRY, leaving.NO_MATTER), (NOT_OURS, words.NOT_OURS))
GIVING_WAY = frozenset({words.PATIENCE, words.GONE_OR_LOST, words.CONDOLENCE, words.COMFORT, words.NOT_OURS})
"""What is said only where no answer is sure."""


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Answer what is no question; the choices last offered stay."""
    if incoming.kind is IncomingKind.VOICE and not plain(incoming.text):
        return Turn(state, (Reply(words.VOICE_NOT_HEARD),))
    if incoming.kind not in (IncomingKind.TEXT, IncomingKind.VOICE):
        return None
    if NOT_TEXT.fullmatch(incoming.text):
        return Turn(state, (Reply(words.ONLY_WORDS),))
    said = "" if SIGN.fullmatch(incoming.text) else bare(incoming.text)
    if not said:
        return Turn(state, (Reply(_to_a_picture(incoming.text)),))
    if said in UNHEARD or UNHEARD_WAYS.fullmatch(said):
        return Turn(state, (Reply(_put_plainly(state, library)),))
    if LOW_SIGHT.fullmatch(said):
        plainly = _put_plainly(state, library)
        return Turn(state, (Reply(words.CALL_US if plainly == words.SAY_IT_OTHERWISE else plainly),))
    if GONE_OR_LOST.fullmatch(bare(state.unheard)) and (which := _which(said)):
        return Turn(replace(state, unheard=""), (Reply(which),))
    if len(said) >= SAID_OVER and len(set(said)) == 1 and not said.isdigit():
        return Turn(state, (Reply(GO_ON),))
    told = answer(said)
    if told in GIVING_WAY and library.ask(incoming.text.strip(), state.division).decision == "answer":
        return None  # angry or in grief, and asking all the same
    if told is not None:
        unheard = said if told == words.GONE_OR_LOST else state.unheard
        return Turn(replace(state, asked="" if told == words.PATIENCE else state.asked, unheard=unheard), (Reply(told),))
    if not state.offered and number(said) is not None:
        return Turn(state, (Reply(words.NOTHING_OFFERED),))
    if len(said) >= LETTERS_OF_A_SENTENCE and said.isascii() and not said.isdigit() and not A_CARD.fullmatch(said):
        return Turn(state, (Reply(words.IN_CHARACTERS),))
    if A_CARD.fullmatch(said):
        return Turn(state, (Reply(words.ONLY_DIGITS),))
    if said.isdigit() and len(said) >= ONLY_DIGITS and said != "12345":
        return Turn(state, (Reply(words.LATE_CODE if len(said) == OF_A_CODE else words.ONLY_DIGITS),))
    return None


def _which(said: str) -> str:
    """What is said of a child once it is known whether it is lost or dead."""
    return LOST if _LOST.fullmatch(said) else words.CONDOLENCE if _GONE.fullmatch(said) else ""


def _to_a_picture(text: str) -> str:
    """What is said to a message without words."""
    if TEARS.search(text):
        return words.COMFORT
    if RAGE.search(text):
        return words.PATIENCE
    return words.WELCOME_BACK if PICTURE.search(text) or SIGN.fullmatch(text) else words.NO_WORDS


def _put_plainly(state: State, library: Library) -> str:
    """Whoever does not understand an answer is told who explains it by word of mouth."""
    kind, _, target = state.subject.partition(":")
    told = library.entry(target) if kind == "entry" else library.notice(target) if kind == "notice" else None
    return words.HEAR_IT.format(phone=told.phone) if told is not None and told.phone and not state.missed else words.SAY_IT_OTHERWISE


def answer(said: str) -> str | None:
    """What a neighbour would say to small talk; None when it is none."""
    told = next((told for way, told in _SAID if way.fullmatch(said)), None)
    if told is not None:
        return told
    if len(said) <= LONGEST_CURSE and not A_QUESTION.search(said) and ANGER.search(said):
        return words.PATIENCE
    return None
