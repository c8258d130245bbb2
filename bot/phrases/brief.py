"""The same words for a text message, whose one blank holds 35 characters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bot.phrases import calling, danger, following, leaving, misplaced, rating, why, wishes, words
from bot.state import Answer
from channels.messages import Reply
from channels.splitting import sms_length, split_text

CHANNEL = "sms"
ROOM = 35
MOST_PARTS = 3
HEAD = "回数字："
# Which matter it is about: there is no room for it, and it was just spoken of.
_MATTER = re.compile(r"\n?（说的是：[^\n]*）")
CLOSED_BY = "。，、；："
"""What a piece may end with, and what the template's own full stop stands for."""
REST = "还有几句，请打12345，或到村委会问"
ASK_WHOM = re.compile(r"[，。；]?(?:问|电话|拨打?)[：: ]?0\d{2,3}-\d{7,8}.*$")
SHORT = {
    danger.BROKER: "政府办事不收代办费，别交。拿不准打96110，交了打110",
    words.NO_CASES: "这里没有您的留言。有编号就回编号，有事回“人工”",
    leaving.GO_ON: "您请说，想问什么事？说一句话就行",
    leaving.WHICH_MATTER: "您问哪件事？请连着事名说，如“高龄补贴要带什么”",
    leaving.OTHERS: "别人家的情况不能说。有意见，回“人工”或打12345",
    following.OFFLINE: "不要紧：带身份证到村委会，村干部帮着办；或打12345问",
    leaving.OLD_NUMBER: "没有这个选项。请回前面的数字，或直接说事",
    rating.SORRY: "让您白问了。回“人工”，转给工作人员",
    rating.UNDONE: "那件事已经答复过。还没办好，回“不满意”，退回重办",
    rating.WHAT_WAS_WRONG: "对不住。哪里没答好？说一句，我退回去重办",
    misplaced.REGISTERED: "村按村里登记的算，错了打12345改；看别的村，直接回村名",
    f"{calling.RANG}{calling.TELL_ME}": f"{calling.RANG}{calling.TELL_ME_SHORT}",
    f"{calling.WALKED}{calling.TELL_ME}": f"{calling.WALKED}{calling.TELL_ME_SHORT}",
    calling.EMERGENCY: "接着打，换个手机也打：急病120，着火119，报警110",
    words.WITHOUT_A_PLACE: "不要紧，不说村名也能问事，直接说就行",
    words.NOT_OURS: "这个我答不了，我只管办事、补贴、政策的事",
    words.LISTS: "公示名单贴在村公示栏。有意见，回“人工”，或打12345",
    words.GONE_OR_LOST: "找不见了马上打110，不用等；人不在了请节哀，难受打12356",
    words.CONDOLENCE: "节哀，您保重。后事手续可以问我；心里难受打12356",
    words.COMFORT: "您别一个人扛着，打12356，有人听您说。有事要办跟我说",
    words.WELCOME: "您好，这里是办事问答。想问什么直接回，回“人工”找人答复",
    f"{words.NOT_FOUND}\n{words.OFFER_HUMAN}": "抱歉，这事没有准确答案。回“人工”转给工作人员",
    words.STILL_NOT_FOUND: "这件事我也答不上来。回“人工”转给工作人员",
    words.NOT_CAUGHT: "那是我没听懂。换个说法再问，或回“人工”转给工作人员",
    words.NOTHING_OFFERED: "现在没有要选的数字。想问什么，直接说就行",
    words.ONLY_DIGITS: "请用一句话说想问的事，不要发身份证号、银行卡号",
    words.COMPLAINT: "可以替您转给工作人员，回“人工”就转",
    words.WHO_WE_ARE: "这里是县里的自动问答，不收钱，不问验证码",
    words.SAY_IT_OTHERWISE: "请换个说法再问一次，或回“人工”转给工作人员",
    words.PATIENCE: "让您着急了。回“人工”，转给工作人员",
    words.REFUSED: "不再发一般提醒；医保养老和紧急的还发。想再收回“恢复”",
    why.PRIVATE: "不记是谁问的，村干部看不到；转办的只有办事的人看得到",
    why.SENT: "按村里登记的情况发的。不想收，回“退订”，核实打12345",
    why.TRUE: "这里不收钱，不要验证码、银行卡号。拿不准，打12345核实",
    why.WRONG: "要是发错了，对不起。回“退订”不再发；登记错的打12345改",
    words.CALL_US: "想跟人说，打12345；想让工作人员答复，回“人工”",
    why.RECORD: "核对是本人才能看：请带身份证到村委会，或上网页“我的事”",
    why.ERASE: "删改自己的信息：上网页“我的事”，或带身份证到村委会说",
    why.NUMBER: "号码是村里登记的。要改到村委会说；不想收，回“退订”",
    wishes.BY_DAY: "好的，以后早8点到晚8点发，紧急的不等。想随时收回“随时收”",
    wishes.STILL_COMES: "退订后不发一般提醒；医保养老和紧急的还发。想收回“恢复”",
    words.NO_WORDS: "没有收到字。想问什么，写一句话；打字不方便，拨12345",
    words.IN_CHARACTERS: "这里只看得懂汉字。不会打字，请拨12345",
    wishes.BIND_IN_WECHAT: "请在微信里回“绑定”，或带身份证到村委会核对",
    words.WHAT_CAN_I_CLAIM: "核对是本人才能说：请在微信里再问，或带身份证到村委会",
}


def fitted(reply: Reply) -> tuple[Reply, ...]:
    """A reply in one blank: its short form, or its first line; choices in as many as they take to be read."""
    if reply.choices:
        return tuple(map(Reply, choices([one for one in reply.choices if one != words.NONE_OF_THESE])))
    # The template closes the sentence itself.
    return (Reply((SHORT.get(reply.text) or reply.text.split("\n", 1)[0]).rstrip(CLOSED_BY)),)


def replies(text: str, channel: str) -> tuple[Reply, ...]:
    """What is longer than one blank, in up to three text messages; one reply elsewhere."""
    if channel != CHANNEL:
        return (Reply(text),)
    if text in SHORT:
        return (Reply(SHORT[text]),)
    text = _MATTER.sub("", text)
    pieces = split_text("".join(line if line[-1:] in "。；！？：" else f"{line}。" for line in text.splitlines() if line), ROOM)
    kept = pieces if len(pieces) <= MOST_PARTS else [*pieces[:MOST_PARTS - 1], REST]
    return tuple(Reply(piece.rstrip(CLOSED_BY)) for piece in kept)


def choices(labels: Sequence[str]) -> tuple[str, ...]:
    """The numbered choices, whole where up to three text messages hold them; else each is cut to as much as they do."""
    return next(packed for width in range(ROOM, 0, -1) if len(packed := _packed([one[:width] for one in labels])) <= MOST_PARTS)


def _packed(labels: Sequence[str]) -> tuple[str, ...]:
    """As many choices as fit, one after the other, into each text message; a sign parts the number from 80岁以上."""
    room = ROOM - len(HEAD) - len("1、")
    pieces: list[str] = []
    for number, label in enumerate(labels, start=1):
        said = f"{number}、{label[:room]}"
        if pieces and sms_length(longer := f"{pieces[-1]} {said}") <= ROOM:
            pieces[-1] = longer
        else:
            pieces.append(said if pieces else f"{HEAD}{said}")
    return tuple(pieces)


def answer(entry: Answer) -> str:
    """The entry's own short text, without its telephone where that would not fit."""
    whole = entry.short.strip()
    if not whole:
        point = words.point_of(entry)
        signed = f"{point}问{entry.phone}" if entry.phone and entry.phone not in point else point
        whole = signed if sms_length(signed) <= ROOM else point
    return whole if sms_length(whole) <= ROOM else ASK_WHOM.sub("", whole)


def not_found_of(entry: Answer) -> str:
    """Nothing was found to words that may go on about an answer."""
    return f"没有准确答案。问刚才那件打{entry.phone}，别的回“人工”"


def notice(title: str, until: date | None, phone: str) -> str:
    """A notice's title, with its deadline and telephone as far as they fit."""
    said = title
    for part in (f"，{until.month}月{until.day}日截止" if until else "", f"。问{phone}" if phone else ""):
        said = f"{said}{part}" if sms_length(said + part) <= ROOM else said
    return said
