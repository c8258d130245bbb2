"""几点上班, 星期六办不办, 民政局电话多少: when an office is there, and how to ring it."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.flows import aspects
from bot.flows.hearing import spared
from bot.phrases import brief
from bot.phrases import opening as phrases
from bot.state import Library, State, Turn
from channels.messages import Incoming, IncomingKind

_OFFICE = r"((?:(?!你们|您们)[一-龥]){1,9}(?:局|大厅|中心|站|所|镇政府|乡政府|政府|村委会|村部|大队部|便民点|窗口|办公室|办))?"
_DAY = (
    r"(?:今天|明天|后天|周末|双休日?|节假日|礼拜[一二三四五六天日]|星期[一二三四五六天日]|周[一二三四五六日]|中午|下午|上午|早上|"
    r"晚上|国庆|元旦|春节|五一|清明|中秋|端午|十一|放假)")
ASKED = re.compile(rf"(?:请问|那|你们|您们|咱们?)*{_OFFICE}(?:的|那边|那里|里)?(?:{_DAY})*(?:都|也|还|是)?(?:几点(?:钟)?|什么时候|"
                   rf"啥时候|多会儿?|啥时间)(?:上班|下班|开门|关门|开始办|开始上班)"
                   rf"|(?:请问|那|你们|您们|咱们?)*{_OFFICE}(?:的|那边|那里|里)?{_DAY}(?:能不能|能|可以|还|也|都)*(?:上不上班|上班|"
                   rf"办不办|办理?|办公|开不开门|开门|有没有人|有人|休不休息|休息|放假|营业)(?:不|没|吗|么|没有)*"
                   rf"|(?:请问|那|你们)*{_OFFICE}(?:的)?(?:上班|办公|工作|开门|营业)时间(?:是)?(?:什么|啥|几点|多少|咋样|什么时候)*"
                   rf"|(?:请问|那|你们|您们|咱们?)*{_OFFICE}(?:的|那边|那里|里)?(?:{_DAY}|现在|这会儿?|还)*(?:下班|上班|开门|"
                   rf"关门)(?:了)?(?:没有?|吗|么|不)")
CALLED = re.compile(rf"(?:请问|那|麻烦|给我|帮我|我要|我想|查一?下|知道|问一?下|说一?下)*{_OFFICE}(?:的)?(?:咨询|办公|联系|办公室)?(?:电话|号码|联系方式|座机|热线)(?:号码?)?"
                    r"(?:是|有)?(?:多少|几号|哪个|啥|什么|没有?|吗|么)*")
MOST_TELEPHONES = 3
_WEEKEND = re.compile("周末|双休|(?:星期|礼拜|周)[六日天]|节假日|国庆|元旦|春节|放假")
# Who keeps hours of their own.
_OTHERS = re.compile("医院|卫生院|卫生室|诊所|学校|幼儿园|银行|信用社|超市|邮局|车站|加油站|市场|派出所")


def _telephones(office: str, library: Library) -> str:
    """The telephones that the reviewed answers give for an office; empty where they give none, or too many to choose from."""
    found = library.telephones(office)
    is_clear = len(found) <= MOST_TELEPHONES or len({name for name, _ in found}) == 1
    return phrases.telephones(found[:MOST_TELEPHONES]) if found and is_clear else ""


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Say when an office is there, or its telephone; what an entry says of it goes first, and of a hospital nothing is guessed."""
    if incoming.kind not in (IncomingKind.TEXT, IncomingKind.VOICE):
        return None
    said = spared(incoming.text)
    called = CALLED.fullmatch(said)
    if called is not None and called[1] and (told := _telephones(called[1], library)):
        return Turn(replace(state, asked=incoming.text.strip()), brief.replies(told, incoming.channel))
    found = ASKED.fullmatch(said)
    if found is None or _OTHERS.search(said) or library.ask(incoming.text.strip(), state.division).decision == "answer":
        return None
    office = next((one for one in found.groups() if one), "")
    kind, _, target = state.subject.partition(":")
    answer = library.entry(target) if kind == "entry" else None
    if answer is not None and not office:
        hours = aspects.of_answer(answer, "hours")
        if hours:
            return Turn(state, brief.replies(f"{answer.office}：{hours}", incoming.channel))
    is_same = answer is not None and (not office or answer.office.endswith(office))
    whom, phone = (answer.office, answer.phone) if answer is not None and is_same else (office, "")
    told = phrases.told(whom, library.opening(whom), phone)
    said = f"{phrases.WEEKEND}\n{told}" if _WEEKEND.search(said) else told
    return Turn(replace(state, asked=incoming.text.strip()), brief.replies(said, incoming.channel))
