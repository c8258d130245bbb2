"""What a person wants to hear: leaving and coming back, whole or by topic, by a few plain words on any channel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.effects import AnyHour, ByDay, Effect, Only, Refuse, Restore, Want
from bot.flows.hearing import bare
from bot.phrases import brief, wishes, words
from bot.state import Library, State, Turn
from channels.messages import Incoming, Reply
from notices.topics import ALIASES, Topic, topic_named

LEAVE = frozenset({"退订", "我要退订", "不要再发", "不要再发了", "不要发了", "别再发了", "别发了", "别给我发了", "不想收了",
                   "不收了", "我想退订", "想退订", "帮我退订", "给我退订", "退订短信", "退订通知", "退订消息", "取消推送",
                   "全部退订", "都不要了", "停止", "停发", "停了吧",
                   "td", "t", "r", "n", "td退订", "t退订", "r退订", "stop", "unsubscribe", "取消订阅", "拒收"})
# The words of the message itself are written back: 拒收请回复R.
_WRITTEN_BACK = re.compile(r"^(?:拒收|退订|想再收)?请?回复?(?=.)")
RETURN = frozenset({"恢复", "我要恢复", "接收", "重新接收", "恢复接收", "订阅", "我要订阅", "还想收", "我还要收", "都要", "都收", "还是发", "还是发给我", "继续发", "接着发", "继续给我发"})
BY_DAY = frozenset({"只在白天收", "只白天收", "白天再发", "只在白天发", "晚上不要发", "晚上别发", "晚上不收", "夜里别发", "晚上别发了", "晚上不要发了"})
TOPICS_ASKED = re.compile(r"(?:我)?(?:都)?(?:可以|能)?(?:订阅|收|退订|退|选)(?:了)?(?:的)?(?:哪些|哪几种|什么|啥)(?:消息|通知|内容|"
                          r"主题|东西)?|(?:订阅|退订|消息|通知|接收)(?:的)?(?:设置|管理|选项|主题|类型|分类)|"
                          r"(?:怎么|咋)(?:只)?(?:订阅|退订)(?:一部分|部分|一种|某一种|别的)")
# After a refusal: what of it still comes, and that an emergency always does.
STILL_COMES = re.compile(r"(?:那|退订(?:了|以后|之后)|以后|以前说的)?(?:(?:哪些|什么|啥|医保|养老|紧急|"
                         r"别的|短信)(?:的|消息|通知)*)?(?:还|以后还)(?:会|要|给我)*(?:发|来)(?:不发|不来|吗|么|不)+|"
                         r"(?:以前|前面|刚才|上次)?(?:我)?(?:说|回|选)(?:过|了)?(?:的)?(?:不要发|别发|退订)(?:了)?(?:还)?(?:算数|"
                         r"管用|有用|有效)(?:吗|么|不)?")
URGENT = re.compile(r"(?:那)?(?:紧急|应急)(?:的|通知|消息|短信)*(?:我)?(?:也|都)?(?:不要|别发|不要发|不收|不想收|别给我发)(?:了)?|"
                    r"(?:不要|别发|不收|不想收|退订)(?:再)?(?:给我发)?(?:紧急|应急)(?:的|通知|消息|短信)*(?:了)?")
ANY_HOUR = frozenset({"随时收", "随时发", "什么时候都行", "晚上也行", "晚上也发"})
_FED_UP = r"(?:烦死?人?了?|太烦了?|求求?你们?|拜托|请|麻烦|以后|你们?|您|我|俺|都|再也?)*"
_NO_MORE = (
    rf"{_FED_UP}(?:不要|别|不用|莫|甭|不想|停止|不准|不许|退订|不)(?:再|给我|给俺|老|总|乱|一直|天天)*(?:发|推送|推|收)?(?:给我|"
    rf"给俺|来|送)?(?:这些|这种|这个|任何|手机)*")
_NOTHING = r"(?:一条|啥|什么|任何(?:消息|通知|短信|东西)?|全部?)*(?:也|都)*"
LEAVE_SAID = re.compile(rf"{_FED_UP}{_NOTHING}(?:不要|别|不用|莫|甭|不想|停止|不准|不许)(?:再|给我|给俺|老|总|乱|一直|天天)*(?:发|推送|推|"
                        rf"收)(?:给我|给俺|来|送)?(?:这些|这种|这个|任何)?"
                        r"(?:消息|信息|通知|提醒|东西|垃圾|广告|推广)*了?"
                        rf"|{_FED_UP}{_NOTHING}(?:不想|不愿意?)(?:再)?收(?:到|了)*"
                        r"|(?:我|要|想|帮我|给我|请)*(?:退订|取消|拒收)(?:掉)?(?:所有|全部|一切)(?:的)?(?:消息|信息|通知|提醒|短信|推送)*了?")
RETURN_SAID = re.compile(r"(?:我|俺|咱|现在|以后|请)*(?:(?:又|还是|还|重新)(?:想要|想收|要收|要|想看|收)|"
                         r"(?:再|继续|接着|重新|可以|还是|还)(?:给我|给俺)(?:发|推送)|(?:继续|接着|可以|重新)(?:发|收|接收)|"
                         r"恢复(?:发送?|接收))"
                         r"(?:给我)?(?:消息|信息|通知|提醒|短信)?(?:了|吧)*")
BY_TEXT = re.compile(rf"{_NO_MORE}短信了?")
BY_WECHAT = re.compile(rf"{_NO_MORE}(?:微信|公众号)(?:消息|通知|提醒)?了?")

# A wish counts however crossly it is said.
_UPSET = re.compile(r"(?:真是|真的|真|都|快|把我|天天)*(?:烦|气|吵|骚扰)死(?:我|人|个人)?(?:了|啦)?|(?:太|真)烦(?:人)?了?|"
                    r"烦人(?:得很)?|(?:行不行|好不好|行吗|好吗|可以吗)$|^(?:求求|拜托)?(?:你们?|您们?)?(?:赶紧|赶快|立刻|马上|"
                    r"快)(?:给我)?|(?:滚|妈的|他妈的|狗日的)")
PROVING = ("phone", "code")
SPOKEN = {"养牛": Topic.LIVESTOCK, "养羊": Topic.LIVESTOCK, "养猪": Topic.LIVESTOCK, "养鸡": Topic.LIVESTOCK, "牲口": Topic.LIVESTOCK,
          "种地": Topic.CROPS, "种粮": Topic.CROPS, "庄稼": Topic.CROPS, "打工": Topic.WORK, "找活": Topic.WORK,
          "合作医疗": Topic.MEDICAL, "养老金": Topic.PENSION, "盖房": Topic.HOUSING, "娃上学": Topic.EDUCATION}
"""What people say for a topic, beside the words of the offices."""

_ONE = "|".join(sorted({*(topic.value for topic in Topic), *ALIASES, *SPOKEN}, key=len, reverse=True))
_TOPICS = rf"((?:{_ONE})(?:(?:的|和|跟|还有|与|以及)*+(?:{_ONE}))*+)"
_KIND = r"(?:类|方面|这类|这方面)?"
# 取消医保 may mean the insurance itself: these verbs want 的 or 消息 behind the topic.
_MESSAGES = r"(?:的?(?:消息|通知|信息|短信|提醒)|的)"
_NOT = (
    r"(?:我|请|以后|再|都)*(?:不要|不想要|不想收|不想看|不看|不收|别发|别再发|不要发|不要再发|(?:别|不要)再?给我发|退订|取消|拒收|"
    r"不用发)(?:给我发|给我)?")
REFUSE = re.compile(rf"{_NOT}{_TOPICS}{_KIND}{_MESSAGES}了?|(?:退订|拒收){_TOPICS}"
                    rf"|{_TOPICS}{_KIND}{_MESSAGES}(?:我|都|以后)*(?:不要|别发|不要发|不想收|不收|不看|不用发)(?:给我)?(?:发)?了?")
ONLY = re.compile(rf"(?:我|请|以后)*(?:只要|只收|只想收|只想要|只看|只想看|只发|光要)(?:给我)?{_TOPICS}{_KIND}{_MESSAGES}?(?:就行|就好|就可以|就够)?了?")
WANT = re.compile(rf"(?:我|请|以后|要|想|再|给我|帮我)*(?:还要|又要|还想要|又想要|又想收|还想收|想收|想看|恢复|订阅|接收|重新接收|"
                  rf"要收)(?:给我)?{_TOPICS}{_KIND}{_MESSAGES}了?"
                  rf"|{_TOPICS}{_KIND}{_MESSAGES}(?:我)?(?:还要|还想要|还想收|要收|接着发|继续发|还是要)(?:的|收|发)?")
_FOUND = re.compile(_ONE)


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Keep a wish to hear less, other things, or all again; says what still comes and how to take it back."""
    said = bare(incoming.text)
    if state.awaiting in PROVING and RETURN_SAID.fullmatch(said):
        return None  # the code is to be sent again
    heard = _heard(_UPSET.sub("", said) or said, is_brief=incoming.channel == brief.CHANNEL)
    if heard is None or (heard[0] == wishes.STILL_COMES and state.subject.startswith("entry:")):
        return None  # 还会发吗 of a matter that is spoken of asks for its money
    rested, (told, effect) = replace(state, offered=(), awaiting="", asked=""), heard
    if incoming.channel == "web":
        return Turn(rested, (Reply(wishes.ON_THE_WEB, link=library.own_page()),))
    if isinstance(effect, Refuse) and incoming.channel == "wechat" and not library.knows(incoming):
        told += wishes.ONLY_HERE
    return Turn(rested, (Reply(told),), () if effect is None else (effect,))


def of_everything(text: str) -> bool | None:
    """Whether a text wishes all messages again (True) or none (False); None when it wishes anything else, or nothing."""
    said = bare(text)
    _, effect = _heard(_UPSET.sub("", said) or said, is_brief=False) or ("", None)
    return {Restore(): True, Refuse(): False}.get(effect) if isinstance(effect, Restore | Refuse) else None


def _heard(said: str, *, is_brief: bool) -> tuple[str, Effect | None] | None:
    """What a text wishes, as the answer and what is to be done; None when it wishes nothing."""
    named = _WRITTEN_BACK.sub("", said)
    if named in LEAVE or LEAVE_SAID.fullmatch(said):
        return words.REFUSED, Refuse()
    if named in RETURN or RETURN_SAID.fullmatch(said):
        return words.RESTORED, Restore()
    if TOPICS_ASKED.fullmatch(said):
        return (wishes.TOPICS_SHORT if is_brief else wishes.topics([one.value for one in Topic if not one.is_statutory])), None
    if STILL_COMES.fullmatch(said):
        return wishes.STILL_COMES, None
    if URGENT.fullmatch(said):
        return wishes.URGENT, None
    if said in BY_DAY:
        return wishes.BY_DAY, ByDay()
    if said in ANY_HOUR:
        return wishes.ANY_HOUR, AnyHour()
    if BY_TEXT.fullmatch(said):
        # Who answers a text message so means messages, whichever way they come.
        return (words.REFUSED, Refuse()) if is_brief else (wishes.refused_channel("短信", "微信"), Refuse(channel="sms"))
    if BY_WECHAT.fullmatch(said):
        return wishes.refused_channel("微信", "短信"), Refuse(channel="wechat")
    return _by_topic(said, is_brief=is_brief)


def _by_topic(said: str, *, is_brief: bool) -> tuple[str, Effect | None] | None:
    if found := ONLY.fullmatch(said):
        topics = _named(found[1])
        return wishes.only(_words(topics), is_brief=is_brief), Only(_words(topics))
    if found := WANT.fullmatch(said):
        topics = _named(found[1] or found[2])
        return wishes.wanted(_words(topics)), Want(_words(topics))
    if found := REFUSE.fullmatch(said):
        topics = _named(next(one for one in found.groups() if one))
        optional = [topic for topic in topics if not topic.is_statutory]
        if not optional:
            return wishes.owed(_words(topics), is_brief=is_brief), None
        return wishes.refused(_words(optional), is_brief=is_brief), Refuse(_words(optional))
    return None


def _named(text: str) -> list[Topic]:
    named = (SPOKEN.get(word) or topic_named(word) for word in _FOUND.findall(text))
    return list(dict.fromkeys(topic for topic in named if topic is not None))


def _words(topics: Sequence[Topic]) -> tuple[str, ...]:
    return tuple(topic.value for topic in topics)
