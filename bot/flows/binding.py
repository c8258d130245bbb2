"""Being known in a talk: 绑定, a telephone, six digits, and which person of the family; WeChat alone can be bound."""

from __future__ import annotations

from dataclasses import replace

from bot.flows.consulting import LEAVE
from bot.flows.hearing import bare, number, plain
from bot.phrases import wishes, words
from bot.state import AskForCode, BeOneOf, Library, Proof, State, TryCode, Turn, Unbind
from channels.messages import Incoming, IncomingKind, Reply

BIND = frozenset({"绑定", "我要绑定", "绑定手机", "绑定手机号", "手机绑定", "绑定微信", "绑定账号", "核对", "核对身份", "身份核对", "我要核对", "本人核对"})
UNBIND = frozenset({"解绑", "我要解绑", "解除绑定", "取消绑定", "不绑了"})
PHONE, CODE, WHO = "phone", "code", "who"
LEAST_OF_A_NUMBER = 7
CODE_DIGITS = range(4, 9)


def take(state: State, incoming: Incoming, _library: Library) -> Turn | None:
    """Begin, go on with, or end the proof of a telephone."""
    if incoming.kind not in (IncomingKind.TEXT, IncomingKind.VOICE):
        return None
    said = bare(incoming.text)
    rested = replace(state, offered=(), awaiting="", asked="")
    if said in BIND or said in UNBIND:
        if incoming.channel != "wechat":
            return Turn(rested, (Reply(wishes.NOT_ABROAD if incoming.channel == "telegram" else wishes.BIND_IN_WECHAT),))
        return Turn(rested, (), (Unbind(),)) if said in UNBIND else Turn(replace(rested, awaiting=PHONE), (Reply(wishes.ASK_PHONE),))
    if state.awaiting not in (PHONE, CODE, WHO):
        return None
    if said in LEAVE:
        return Turn(rested, (Reply(words.AT_HAND),))
    return _answered(state, incoming)


def told(state: State, proof: Proof) -> Turn:
    """The state and the words after a step was tried."""
    rested = replace(state, offered=(), awaiting="", asked="")
    if proof.answer == "which":
        offered = tuple(f"who:{resident_id}" for resident_id, _ in proof.choices)
        return Turn(replace(rested, awaiting=WHO, offered=offered),
                    (Reply(wishes.proof(proof), tuple(name for _, name in proof.choices)),))
    awaiting = {"sent": CODE, "wrong": CODE, "no_number": PHONE}.get(proof.answer, "")
    return Turn(replace(rested, awaiting=awaiting), (Reply(wishes.proof(proof)),))


def _answered(state: State, incoming: Incoming) -> Turn | None:
    digits = "".join(sign for sign in plain(incoming.text) if sign.isdigit())
    is_number = len(digits) == len(plain(incoming.text)) and bool(digits)
    if state.awaiting == PHONE and is_number and len(digits) >= LEAST_OF_A_NUMBER:
        return Turn(state, (), (AskForCode(digits),))
    if state.awaiting == CODE and is_number and len(digits) in CODE_DIGITS:
        return Turn(state, (), (TryCode(digits),))
    if state.awaiting == WHO:
        return _chosen(state, number(incoming.text))
    return None


def _chosen(state: State, chosen: int | None) -> Turn | None:
    if chosen is None:
        return None
    place = len(state.offered) if chosen == -1 else chosen
    if not 1 <= place <= len(state.offered):
        return Turn(state, (Reply(words.UNCLEAR_NUMBER),))
    kind, _, target = state.offered[place - 1].partition(":")
    return Turn(state, (), (BeOneOf(int(target)),)) if kind == WHO and target.isdigit() else None
