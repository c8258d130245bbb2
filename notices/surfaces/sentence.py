"""The one sentence a message says: the editor's own, or one made from the summary or title that names no hardship."""

from __future__ import annotations

from dataclasses import dataclass

from notices.hardships import NEUTRAL, hardships_in, promises_in
from notices.surfaces.fitting import clauses_within, core, shortened
from notices.writing import NoticeDraft

ASK_THE_VILLAGE = "请来电咨询"


@dataclass(frozen=True)
class Sentence:
    """What was found to say, and what the editor should know about it; `fits` is false when it had to be cut off."""

    text: str
    advice: tuple[str, ...] = ()
    fits: bool = True


def said(draft: NoticeDraft, limit: int) -> Sentence:
    """The message's sentence within `limit` characters, cut only between clauses."""
    if draft.short_text:
        return _fitted(draft.short_text, limit, "短信正文")
    for text in (draft.summary, core(draft.title)):
        fitting = clauses_within(text, limit) if text else None
        if fitting and not hardships_in(fitting) and not promises_in(fitting):
            return Sentence(fitting)
    advice = "没有短信正文（short_text），消息里只能说“" + NEUTRAL + "”。请补写一句不提困难情况的话"
    return Sentence(shortened(NEUTRAL, limit), (advice,))


def headline(draft: NoticeDraft, limit: int) -> str:
    """The title for a message: its heart, or the office's name where the title names a hardship or does not fit."""
    for text in (core(draft.title), f"{draft.office}通知"):
        fitting = clauses_within(text, limit)
        if fitting and not hardships_in(fitting):
            return fitting
    return shortened(NEUTRAL, limit)


def place(draft: NoticeDraft, limit: int) -> Sentence:
    """Where to go, or that one may ring."""
    return _fitted(draft.where, limit, "办理地点") if draft.where else Sentence(ASK_THE_VILLAGE)


def improper(draft: NoticeDraft, texts: tuple[str, ...]) -> tuple[str, ...]:
    """Complaints about the texts of a message: a named hardship, a promise."""
    found = []
    for word in dict.fromkeys(word for text in texts for word in hardships_in(text)):
        found.append(f"消息里不能出现“{word}”：不能让人从短信、微信看出谁家有困难。"
                     f"请改写短信正文（short_text）或办理地点（where），例如“{NEUTRAL}”，详情写在正文里。")
    for words in dict.fromkeys(words for text in texts for words in promises_in(text)):
        found.append(f"消息里的“{words}”像是许诺。请写成“按您家登记情况，可以申请；以{draft.office}审核结果为准”。")
    return tuple(found)


def _fitted(text: str, limit: int, label: str) -> Sentence:
    fitting = clauses_within(text, limit)
    if fitting is None:
        return Sentence(shortened(text, limit), fits=False)
    if len(fitting) < len(text.rstrip("。！？；，、!?;, ")):
        return Sentence(fitting, (f"{label}超过 {limit} 字，消息里只放得下“{fitting}”，其余请看网页。",))
    return Sentence(fitting)
