"""The bot's sentences: the first answers, the second says source and until when, the third offers the next step."""

from __future__ import annotations

from datetime import date

WELCOME = ("您好，这里是县里的办事问答。想问什么，直接说就行，比如“医保怎么交”。\n"
           "回“最新”看您村的新消息，回“人工”找人答复。")
NOT_FOUND = "抱歉，这件事我还没有准确的答案。"
OFFER_HUMAN = "回“人工”，我把问题转给工作人员；急事请拨 12345。"
WHICH = "您想问的是哪一件？回数字就行："
NONE_OF_THESE = "都不是"
UNCLEAR_NUMBER = "没有这个选项。请回上面的数字，或者直接说您想问的事。"
SAY_MORE = "请说说是什么事，一两句话就行。说完我转给工作人员。"
ONLY_WORDS = "这里只看得懂文字和语音。请把想问的事打出来，或者说出来。"
REFUSED = "好的，以后不再给您发推广和一般提醒。\n医保、养老这类关系您自己的通知和紧急通知还会发。\n想重新接收，回“恢复”。"
RESTORED = "好的，已经恢复接收。有和您有关的消息会发给您。"
NO_NEWS = "您那里近期没有新消息。"
WHERE = "您是哪个村的？回村名就行，比如“白阳镇姚河村”。"
WHAT_CAN_I_CLAIM = ("这要看您家登记的情况，先核对是本人才能说。\n请带身份证到村委会办理核对，或拨 12345。\n"
                    "想先看有哪些政策，回“最新”。")
NO_SUCH_NUMBER = "没有查到这个编号。请核对后再发，编号是 6 位字母和数字。"


def answered(answer: str, office: str, phone: str, source: str, until: date | None) -> str:
    """An entry's answer with who stands behind it."""
    behind = [part for part in (office, f"电话 {phone}" if phone else "") if part]
    held = f"有效到{until.year}年{_day(until)}" if until else ""
    second = "，".join(part for part in ("".join(behind[:1]) + (f"（{behind[1]}）" if len(behind) > 1 else ""),
                                        f"依据：{source}" if source else "", held) if part)
    return f"{answer}\n{second}" if second else answer


def taken(number: str, due: date) -> str:
    """A question was handed to people."""
    return f"已转给工作人员，编号 {number}。\n{_day(due)}前答复您。\n回这个编号可以查进度。"


def progress(number: str, state: str, due: date) -> str:
    """Where a consultation stands."""
    return f"编号 {number}：{state}，{_day(due)}前答复。"


def placed(place: str) -> str:
    """The village is known now."""
    return f"好的，记住了：{place}。\n回“最新”看这里的新消息，有事直接问。"


def news(place: str, titles: list[str]) -> str:
    """What is new in a place."""
    return f"{place}最近的消息，回数字看内容：" if titles else NO_NEWS


def notice(title: str, summary: str, until: date | None, office: str, phone: str) -> str:
    """One notice in short."""
    lines = [title, summary]
    if until:
        lines.append(f"{_day(until)}前办理。")
    lines.append(f"{office}，电话 {phone}。")
    return "\n".join(line for line in lines if line)


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"
