"""Being known in a talk: 绑定, a telephone, six digits, and which person of the family; WeChat alone can be bound."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.effects import AskForCode, BeOneOf, TryCode, Unbind
from bot.flows import courtesy
from bot.flows.hearing import BACK, OFF, SLIP, bare, digits, number, plain
from bot.phrases import wishes, words
from bot.state import Library, Proof, State, Turn
from channels.messages import Incoming, IncomingKind, Reply

BIND = re.compile(r"(?:算了)*(?:我|俺|额|咱|请|帮我|给我|又|还是|那)*(?:要|想|来|去|现在)*(?:重新|再)?(?:绑定|绑|核对|核实)(?:一下|"
                  r"一哈|下)?(?:我的?|本人|自己)?(?:的)?(?:手机号码?|手机|电话号码?|电话|号码|微信|账号|身份)?(?:了|一下)?"
                  r"|(?:手机|身份|本人|微信)(?:绑定|核对)|(?:板|帮|邦|榜)(?:定|订)|绑订|帮顶")
FOR_ANOTHER = re.compile(r"(?:我|俺|额)?(?:能不能|能|可以|可不可以|想|要|咋|怎么)?(?:帮|替|给)(?:我|俺|家里?)?(?:妈|爸|娘|爹|爷爷|"
                         r"奶奶|老人|老伴|媳妇|老婆|老公|男人|娃|孩子|别人|邻居|他|她).{0,2}(?:绑定|绑|核对)(?:微信|手机号?)?(?:吗|"
                         r"不)?"
                         r"|(?:能不能|能|可以|可不可以|想|要)?把(?:我|俺|家里)?(?:妈|爸|娘|爹|爷爷|奶奶|老人|老伴|媳妇|娃|孩子|他|"
                         r"她)(?:的)?(?:手机号?|微信|电话|号码)?(?:绑定|绑|连)(?:到|在|上)?(?:我|俺)?(?:的)?(?:微信|手机|"
                         r"这里)?(?:上|里)?(?:吗|不)?")
REFUSES = re.compile(r"(?:我|俺)?(?:的)?(?:电话|手机|号码)(?:号码?)?(?:我)?不(?:想|能|敢|会|愿意)?(?:给|告诉|说|留|填)(?:给)?(?:你们?|您)?(?:的)?"
                     r"|(?:我|俺)?(?:不(?:想|能|敢|会|愿意)?|凭啥|凭什么|为啥要?|为什么要?|干啥|干嘛|咋还)(?:给|告诉|说|留|填|"
                     r"要)(?:你们?|您)?(?:我的?)?(?:电话|手机|号码)(?:号码?)?(?:给)?(?:你们?|您)?")
REFUSES_NOW = re.compile(r"(?:我)?(?:就|偏)?不(?:想|愿意|敢|能)?(?:给|说|告诉)(?:你们?|您)?|凭啥(?:给|告诉)?(?:你们?)?|不放心|"
                         r"怕(?:是)?(?:骗子|被骗|泄露)")
SAFE = re.compile(r"(?:这|那)?(?:个|样)?(?:到底|是不是)?(?:安全|靠谱|可靠|保险|骗人的?|骗子|真的|正规)(?:不|吗|么|吧)+|"
                  r"(?:会不会|会)(?:被骗|泄露|扣钱|扣话费|是骗子)(?:吗|不)?|(?:要|扣|花)(?:不要)?(?:话费|钱)(?:不|吗|么)")
CANNOT = re.compile(r"(?:我|俺)?(?:也|都)?(?:不会|不懂|弄不来|整不来|搞不来|弄不了|搞不懂|弄不成)(?:弄|搞|整|用|操作|这个)*(?:了)?|"
                    r"(?:太|真|好)?麻烦(?:了|得很)?")
UNBIND = re.compile(r"(?:我|请|帮我)*(?:要|想)?(?:解绑|解除绑定|取消绑定|解除核对|不绑定?了|解开绑定)(?:手机号?|微信|账号)?(?:了)?")
PHONE, CODE, WHO = "phone", "code", "who"
LEAST_OF_A_NUMBER = 7
A_MOBILE = re.compile(r"1\d{10}")
# Among other words: 刚才那个短信是 562503.
WITHIN = {PHONE: re.compile(r"(?<!\d)1\d{10}(?!\d)"), CODE: re.compile(r"(?<!\d)\d{6}(?!\d)")}
LONGEST_WITH_A_NUMBER = 30
FAILED = re.compile(r".*(?:验证码|密码|数字|短信).*(?:错|不对|不行|不认|用不了|过期).*|.*(?:错了?|输|试)(?:了)?(?:[好几两三四五六\d]+)(?:回|次|遍).*|"
                    r"(?:我|俺)?(?:也|还|真)*(?:不知道|不晓得|不清楚|说不上来?|找不(?:到|着|见))(?:了|啊|呀)?")
SEEKING = re.compile(r"(?:你|您)?(?:先)?(?:等(?:一?等|一?下|一?会儿?|我)+)?(?:我)?(?:去|先|再)?(?:找一?找|看一?看|问一?问|翻一?翻|翻翻|拿)(?:一下|下)?"
                     r"(?:我?[娃儿女老妈爸伴][一-龥]?)?(?:我?的?)?(?:手机|电话|号码?|短信|眼镜)?(?:去|看|再说)?")
CODE_DIGITS = range(4, 9)
A_CARD = 15
LONGEST_CHOICE = 2
LINES_TO_CALL = frozenset({"12345", "12317", "95598", "12329"})
NO_PHONE = re.compile(r"(?:我|俺|家里|老人)*(?:没有?|没得)(?:手机|电话|手机号|号码)?(?:的|啊|了)?|"
                      r".*(?:换号|换了号|换了个号|号码换|换手机|号不用|停机).*|.*(?:记不得|不记得|忘了|不知道|不晓得|想不起).*")
NOT_COME = re.compile(r".*(?:没收到|没有收到|收不到|没来|没有来|不来|没有短信|没短信|没见).*|"
                      r"(?:请|麻烦)?(?:再|重新|重)(?:给我)?(?:发|来)(?:一次|一遍|一个|一条|个|次)?(?:验证码)?")
NOT_ME = re.compile(r"(?:这|那)?(?:都|也)?不是(?:我|我们?家|我的|本人)(?:的)?(?:号|手机|电话|人)?|没有我|"
                    r"(?:换|改)(?:个|一个)?(?:号|手机号|号码)|号(?:码)?(?:不对|错了)|(?:是)?(?:别人|我娃|我儿子|老伴)的号")
HAVE_IT = re.compile(r"(?:我)?(?:收到|来了|看到|有了)(?:了|短信|验证码|啦)*|好了?|好的|嗯+|行|等一下|等等|稍等|马上|在找|哪个数字|"
                     r"啥数字|什么数字|在哪|在哪里?看")


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Begin, go on with, or end the proof of a telephone."""
    if incoming.kind not in (IncomingKind.TEXT, IncomingKind.VOICE):
        return None
    said = bare(incoming.text)
    rested = replace(state, offered=(), awaiting="", asked="", reminded=0)
    unbinds = UNBIND.fullmatch(said) is not None
    if unbinds or BIND.fullmatch(said):
        if incoming.channel != "wechat":
            told = wishes.NOT_ABROAD if incoming.channel == "telegram" else wishes.BIND_IN_WECHAT
            return Turn(rested, (Reply(told, link=library.own_page() if incoming.channel == "web" else None),))
        return Turn(rested, (), (Unbind(),)) if unbinds else Turn(replace(rested, awaiting=PHONE), (Reply(wishes.ASK_PHONE),))
    if FOR_ANOTHER.fullmatch(said):
        return Turn(state, (Reply(wishes.FOR_ANOTHER),))
    is_asked = state.awaiting in (PHONE, CODE)
    if REFUSES.fullmatch(said) or (is_asked and REFUSES_NOW.fullmatch(said)):
        return Turn(rested if is_asked else state, (Reply(wishes.NOT_NEEDED),))
    if state.awaiting not in (PHONE, CODE, WHO):
        return None
    if SAFE.fullmatch(said) or courtesy.WHO.fullmatch(said):
        return Turn(state, (Reply(wishes.WHY_A_CODE),))
    if CANNOT.fullmatch(said):
        return Turn(state, (Reply(wishes.CANNOT),))
    if OFF.fullmatch(said) or (state.awaiting == PHONE and BACK.fullmatch(said)):
        return Turn(rested, (Reply(words.AT_HAND),))
    if state.awaiting == PHONE and SLIP.fullmatch(said):
        return Turn(state, (Reply(wishes.PHONE_ANEW),))
    if BACK.fullmatch(said) or SLIP.fullmatch(said) or NOT_ME.fullmatch(said):
        # The number was another's, or mistyped: one may begin again at any step.
        return Turn(replace(rested, awaiting=PHONE), (Reply(wishes.PHONE_ANEW),))
    return _answered(state, incoming)


def told(state: State, proof: Proof) -> Turn:
    """The state and the words after a step was tried."""
    rested = replace(state, offered=(), awaiting="", asked="", reminded=0)
    if proof.answer == "which":
        offered = tuple(f"who:{resident_id}" for resident_id, _ in proof.choices)
        return Turn(replace(rested, awaiting=WHO, offered=offered),
                    (Reply(wishes.proof(proof), tuple(name for _, name in proof.choices)),))
    awaiting = {"sent": CODE, "wrong": CODE, "no_number": PHONE, "too_soon": CODE}.get(proof.answer, "")
    return Turn(replace(rested, awaiting=awaiting), (Reply(wishes.proof(proof)),))


def reminded(state: State) -> Reply | None:
    """The step that still waits, after something else was said in between."""
    told = {PHONE: wishes.PHONE_STILL, CODE: wishes.CODE_STILL}.get(state.awaiting)
    return Reply(told) if told else None


def _answered(state: State, incoming: Incoming) -> Turn | None:
    if state.awaiting == WHO:
        return _chosen(state, number(incoming.text))
    told = digits(incoming.text) or _number_within(state.awaiting, incoming.text)
    if len(told) >= A_CARD:
        return Turn(state, (Reply(wishes.NOT_THE_CARD),))
    if told and told not in LINES_TO_CALL:
        if A_MOBILE.fullmatch(told) or (state.awaiting == PHONE and len(told) >= LEAST_OF_A_NUMBER):
            return Turn(state, (), (AskForCode(told),))
        if state.awaiting == CODE and len(told) in CODE_DIGITS:
            return Turn(state, (), (TryCode(told),))
        if len(told) > LONGEST_CHOICE:
            return Turn(state, (Reply(wishes.NO_NUMBER if state.awaiting == PHONE else wishes.SIX_DIGITS),))
    return _halting(state, bare(incoming.text))


def _number_within(awaiting: str, text: str) -> str:
    """The one number of the kind that is waited for among a few other words; empty where there is none, or several."""
    said = plain(text)
    found = WITHIN[awaiting].findall(said) if len(said) <= LONGEST_WITH_A_NUMBER else []
    return str(found[0]) if len(found) == 1 else ""


def _halting(state: State, said: str) -> Turn | None:
    """Somebody who cannot go on by themselves, or is about to."""
    if NOT_COME.fullmatch(said):
        return Turn(state, (Reply(wishes.NOT_COME),))
    if SEEKING.fullmatch(said):
        return Turn(state, (Reply(words.NO_HURRY),))
    if state.awaiting == CODE and FAILED.fullmatch(said):
        return Turn(state, (Reply(wishes.CODE_FAILED),))
    if state.awaiting == PHONE:
        return Turn(state, (Reply(wishes.WITHOUT_PHONE),)) if NO_PHONE.fullmatch(said) else None
    return Turn(state, (Reply(wishes.SIX_DIGITS),)) if HAVE_IT.fullmatch(said) else None


def _chosen(state: State, chosen: int | None) -> Turn | None:
    if chosen is None:
        return None
    place = len(state.offered) if chosen == -1 else chosen
    if not 1 <= place <= len(state.offered):
        return Turn(state, (Reply(words.UNCLEAR_NUMBER),))
    kind, _, target = state.offered[place - 1].partition(":")
    return Turn(state, (), (BeOneOf(int(target)),)) if kind == WHO and target.isdigit() else None
