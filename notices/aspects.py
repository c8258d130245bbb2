"""What a notice says of 背景、对象、标准、办理、时限: from its fields, and from the sections of its body by their headings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.elements import LONGEST, Elements
from notices.surfaces.fitting import day_words, shortened
from notices.surfaces.web import html, to_text
from notices.writing import Kind, NoticeDraft

_HEADINGS: tuple[tuple[str, re.Pattern[str]], ...] = tuple((name, re.compile(words)) for name, words in (
    ("background", r"为啥(?!要)|为什么(?!要)|背景|目的|意义|由来"),
    ("standard", r"(?:补|奖|领|发|贷|交|缴|花|贴|减|给|报)(?:能)?(?:贷|领|交)?多少|多少钱|标准|额度|金额|怎么补|补贴办法|奖补办法"),
    ("materials", r"带什么|带啥|材料|手续|证件"),
    ("until", r"截止|时限|期限|什么时候|啥时候|到哪天|(?:申报|申请|登记|报名|缴费|办理)时间"),
    ("place", r"到哪|去哪|在哪|地点|地址|窗口"),
    ("conditions", r"谁能|谁要|谁可以|给谁|对象|条件|范围|哪些人|哪些户"),
    ("steps", r"怎么(?:办|报|交|缴|做|申|领|登记|提)|流程|程序|步骤|办理方式|申报办法|办法步骤"),
))
_TITLE = re.compile(
    r"^(?:#{1,6}\s+(?P<marked>.+?)\s*#*"
    r"|\*\*(?P<bold>[^*\n]{2,20})\*\*"
    r"|[（(]?[一二三四五六七八九十]{1,3}[)）、.．]\s*(?P<numbered>[^：:。；，]{2,16})(?:[：:](?P<rest>.*))?)$")
_TALKED_OF = re.compile(r"^20\d\d年(?:度|第?[一二三四1-4]季度)?|(?:现在|已经)?(?:开始|可以)?(?:免费)?(?:申请|登记|申报|报名|缴费|"
                        r"办理|认证|领取)了?$|(?:工作)?的?(?:通知|公告|通告)$|怎么(?:领|申请|办|办理|报|交)$")
ASKED = {"conditions": "谁能办", "standard": "多少钱", "materials": "要带什么", "until": "什么时候截止", "steps": "怎么办理"}
"""How people ask for each by itself."""
TO_DO = frozenset({"conditions", "standard", "steps"})
LONGEST_SUBJECT = 16
_STOPS = "，。！？、：；,!? "


def elements_of(draft: NoticeDraft) -> Elements:
    """The elements of a notice by which something is to be done or had; of a list of names, or of a road that is shut, none.

    A section of the body says more than the field of the same name, so it goes first.
    """
    found = {} if draft.kind is Kind.PUBLIC_LIST else dict(_sections(draft.body))
    if not found.keys() & TO_DO:
        return Elements()
    fields = {"materials": draft.what_to_bring, "place": draft.where,
              "until": f"{day_words(draft.deadline)}前" if draft.deadline else ""}
    for name, words in fields.items():
        if words and (name not in found or len(found[name]) > LONGEST[name]):
            found[name] = words
    return Elements(**{name: shortened(words, LONGEST[name]) for name, words in found.items()})


def subject_of(about: str) -> str:
    """What a notice is about, as people name it: 玉米良种补贴 of 2026年玉米良种补贴开始登记; empty when the title is no name."""
    bare = about
    while (shorter := _TALKED_OF.sub("", bare).strip(_STOPS)) != bare:
        bare = shorter
    return bare if 4 <= len(bare) <= LONGEST_SUBJECT and not set(bare) & set(_STOPS) else ""


def _sections(body: str) -> Iterator[tuple[str, str]]:
    """The sections that are one of the elements, each once: the first of a name counts."""
    seen: set[str] = set()
    name, held = "", list[str]()
    for line in [*body.split("\n"), "# "]:
        title = _TITLE.match(line.strip()) if line.strip() != "#" else None
        if title is None and line != "# ":
            held.append(line)
            continue
        text = to_text(html("\n".join(held))).strip()
        if name and text and name not in seen:
            seen.add(name)
            yield name, "\n".join(part.strip() for part in text.splitlines() if part.strip())
        said = (title["marked"] or title["bold"] or title["numbered"] or "") if title else ""
        name = next((one for one, words in _HEADINGS if words.search(said)), "")
        held = [title["rest"]] if title and title["rest"] else []
