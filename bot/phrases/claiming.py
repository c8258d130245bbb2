"""What is said of a household's own chances: by the register, by what it said itself, and what is still open."""

from __future__ import annotations

from bot.state import Asked, Expected

NONE_FOUND = "按您家登记情况，现在没有查到可以申请的事。"
NONE_AS_TOLD = "按您自己说的情况，现在没有查到可以申请的事。"
SEVERAL = "按您家登记情况，可以申请下面几项；以各单位审核结果为准"
SEVERAL_AS_TOLD = "按您自己说的情况，可以申请下面几项；村里核对后，以各单位审核结果为准"
ONE_AS_TOLD = "按您自己说的情况，可以申请；村里核对后，以{office}审核结果为准"
NOTED = "记下了，村里会核对。"
LEFT_OPEN = "好的，先不问了。想看时再回“我能办什么”。"
ASK_THE_VILLAGE = "没关系，这些可以请村委会帮着查。补上登记后，再回“我能办什么”。"
ASK_AT_HOME = "没关系。问问家里人再来答，也可以请村委会帮着查。"
WHY_ASKED = "问这个，是看您家能不能申请补贴，只给村里核对用。\n不想说就回“不说”，不碍事。"
RESUMED = "接着上回的。"
UNSURE = "不清楚就回“不知道”。"


def claims(count: int, spoken: tuple[str, ...], question: Asked | None, ask: str, *, begin: str = "",
           is_told: bool = False) -> str:
    """What a household may apply for, in the offices' own reserve, and the question still open.

    `question` can be answered in the talk; `ask` is one for the village. `is_told`: it rests on the household's own word.
    """
    missing = f"还差一条登记：{question.words}{how(question)}" if question else f"还差一条登记：{ask}请告诉村委会，补上再看。" if ask else ""
    if not count:
        ending = missing or "家里情况有变化，请到村委会更新登记。"
        return "\n".join(filter(None, (begin + (NONE_AS_TOLD if is_told else NONE_FOUND), ending, "想看政策，回“最新”。")))
    first = spoken[0] if len(spoken) == 1 else SEVERAL_AS_TOLD if is_told else SEVERAL
    more = f"一共 {count} 项，先说最急的，别的在网页“我的事”里看。" if count > len(spoken) and count > 3 else ""
    return "\n".join(filter(None, (f"{begin}{first}。", f"{more}{missing}", "回数字看怎么办：")))


def next_question(question: Asked) -> str:
    """Another question instead of one that nobody could answer."""
    return f"没关系。换一个问：{question.words}{how(question)}"


def how(question: Asked, verb: str = "回") -> str:
    """How the answer may be said (`verb`: 回 in a talk, 写 on a page), with an example that is no number of a choice."""
    unsure = UNSURE.replace("回", verb)
    if question.expected is Expected.NUMBER:
        return f"有就{verb}个数，比如“3{question.unit}”，没有就{verb}“没有”。{unsure}"
    return f"{verb}“是”或“不是”。{unsure}" if question.expected is Expected.TRUTH else f"直接{verb}一句就行。{unsure}"


def how_to_answer(question: Asked) -> str:
    """For somebody who began to answer."""
    if question.expected is Expected.NUMBER:
        return f"请说个数，比如“3{question.unit}”；没有就回“没有”，不清楚就回“不知道”。"
    return f"请说是哪一种，比如“{question.choices[0]}”。{UNSURE}" if question.choices else f"请说具体一点。{question.words}"


def explained(question: Asked) -> str:
    """For somebody who did not understand the question."""
    return f"{question.words}\n{how(question)}\n不想说就回“不说”，不碍事。"


def not_heard(question: Asked) -> str:
    """For somebody who said what is no answer."""
    return f"没听准。{question.words}\n{how(question)}"


def why_asked(question: Asked) -> str:
    """What the question is for, that nobody has to answer it, and the question again."""
    return f"{WHY_ASKED}\n{question.words}"


def still_open(question: Asked) -> str:
    """The question again, after something else was talked of."""
    return f"刚才问您的还没答：{question.words}\n不想说就回“不说”。"


def noted(question: Asked, value: bool | float | str) -> str:
    """What was heard, so that a wrong figure is seen at once; never which fact it is."""
    if isinstance(value, bool) or not isinstance(value, float):
        return NOTED
    heard = f"{value:.10g}{question.unit}" if value else "没有"
    return f"记下了：{heard}，村里会核对。"
