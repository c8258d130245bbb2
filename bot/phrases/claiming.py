"""What is said of a household's own chances: by the register, by what it said itself, and what is still open."""

from __future__ import annotations

from bot.state import Asked, Expected

NONE_FOUND = "按您家登记情况，现在没有查到可以申请的事。"
NONE_AS_TOLD = "按您自己说的情况，现在没有查到可以申请的事；村里登记以核对为准。"
SEVERAL = "按您家登记情况，可以申请下面几项；以各单位审核结果为准"
SEVERAL_AS_TOLD = "按您自己说的情况，可以申请下面几项；村里登记以核对为准，以各单位审核结果为准"
ONE_AS_TOLD = "按您自己说的情况，可以申请；村里登记以核对为准，以{office}审核结果为准"
NOTED = "记下了，村里会核对。"
LEFT_OPEN = "好的，先不问了。想看时再回“我能办什么”。"
ASK_THE_VILLAGE = "没关系，这些可以请村委会帮着查。补上登记后，再回“我能办什么”。"
HOW = "直接回一句就行，不清楚就回“不知道”。"


def claims(count: int, spoken: tuple[str, ...], question: Asked | None, ask: str, *, begin: str = "",
           is_told: bool = False) -> str:
    """What a household may apply for, in the offices' own reserve, and the question still open.

    `question` can be answered in the talk; `ask` is one for the village. `is_told`: it rests on the household's own word.
    """
    missing = f"还差一条登记：{question.words}{HOW}" if question else f"还差一条登记：{ask}请告诉村委会，补上再看。" if ask else ""
    if not count:
        ending = missing or "家里情况有变化，请到村委会更新登记。"
        return "\n".join(filter(None, (begin + (NONE_AS_TOLD if is_told else NONE_FOUND), ending, "想看政策，回“最新”。")))
    first = spoken[0] if len(spoken) == 1 else SEVERAL_AS_TOLD if is_told else SEVERAL
    more = f"一共 {count} 项，先看最急的。" if count > len(spoken) and count > 3 else ""
    return "\n".join(filter(None, (f"{begin}{first}。", f"{more}{missing}", "回数字看怎么办：")))


def next_question(question: Asked) -> str:
    """Another question instead of one that nobody could answer."""
    return f"没关系。换一个问：{question.words}{HOW}"


def how_to_answer(question: Asked) -> str:
    """How the answer may be said."""
    if question.expected is Expected.NUMBER:
        return f"请说个数，比如“3{question.unit}”；没有就回“没有”，不清楚就回“不知道”。"
    return f"请说是哪一种，比如“{question.choices[0]}”；不清楚就回“不知道”。" if question.choices else f"请说具体一点。{question.words}"
