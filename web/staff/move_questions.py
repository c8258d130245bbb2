"""What is about to happen to a household, asked once more before it does: the question and what follows from a yes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from profiles.models import Standing
from web.staff.household_page import STANDINGS

FOLLOWS = {
    Standing.DIED: "从现在起不再给这个人发任何消息；他在微信的绑定、接收意愿不再使用。",
    Standing.MOVED: "从现在起不再给这个人发消息，推送和“家里有人”的条件也不再算他。",
    Standing.PRESENT: "重新算作在册的家里人，以后的推送会发给他。",
}


@dataclass(frozen=True)
class Question:
    """One act before it is done: the question, what follows, the words of the button, whether it ends something."""

    asked: str
    follows: tuple[str, ...]
    button: str
    is_grave: bool


@dataclass(frozen=True)
class Told:
    """What the question names: the household, the chosen people, the place to move to, the other household."""

    household: str
    people: Sequence[str]
    staying: int
    place: str
    other: str


def question(act: str, form: MultiDict[str, str], told: Told) -> Question:
    """The question before an act that was found possible."""
    who = "、".join(told.people)
    follows: tuple[str, ...]
    if act == "standing":
        standing = Standing(form.get("standing", ""))
        words = STANDINGS[standing]
        return Question(f"把{who}登记为{words}吗？", (FOLLOWS[standing], "登记错了可以在这里改回来。"), f"登记为{words}",
                        standing is Standing.DIED)
    if act == "split":
        follows = (f"分出去 {len(told.people)} 人，户 {told.household} 还有 {told.staying} 人。", "新户住在同一个村，联系方式跟着人走。",
                   "种养、收入等仍记在原来的户，新户的要另外登记。")
        return Question(f"让{who}另立一户，户编号 {form.get('reference', '').strip()} 吗？", follows, "分户", is_grave=False)
    if act == "join":
        follows = (f"转走 {len(told.people)} 人，户 {told.household} 还有 {told.staying} 人。", "联系方式跟着人走。")
        return Question(f"把{who}转到{told.other}吗？", follows, "转户", is_grave=False)
    if act == "move":
        follows = ("全家人一起迁过去，以后收那边的通知，由那边的村管理。", "登记的情况和联系方式不变。")
        return Question(f"把户 {told.household} 整户迁到{told.place}吗？", follows, "迁移", is_grave=False)
    follows = (f"全部成员转过去，户 {told.household} 从此不再在册，不再收到推送。", "种养、收入等按那一户登记的算，这一户的不带过去。",
               "并错了要一位一位转回来。")
    return Question(f"把户 {told.household} 整户并入{told.other}吗？", follows, "并户", is_grave=True)
