"""A county's own facts and kinds of household: one JSON file, no code, taken whole or refused whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from kernel.files import said
from kernel.settings import Section
from profiles.facts import NONE, REGISTER, Catalogue, Fact, Kind, Level
from profiles.failures import ConditionRefused, CountyFactsRefused
from profiles.intake.fields import SILENT
from profiles.intake.headers import meaning, plain
from profiles.models import Household, Resident
from profiles.targeting.parsing import parse

FILE_NAME = "facts.json"
LONGEST_FILE = 1024 * 1024
MOST_FAULTS = 20
KINDS = "household.kind"
# Names stand in conditions and in rows; they never become part of a statement.
NAME = r"^(household|member)\.[a-z一-鿿][a-z0-9_一-鿿]{0,39}$"
_TAKEN = {"household": frozenset(Household.__table__.columns.keys()) | {"roster", "members", "contacts"},
          "member": frozenset(Resident.__table__.columns.keys()) | {"contacts"}}

_Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]
_Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)]


class FactSettings(Section):
    """Where the county's own facts are written down."""

    facts_file: str = Field("", description="本县自有农户信息项和户类型的文件（JSON）；留空时用数据库旁的 facts.json，没有这个文件就只用标准信息项")

    def path(self, folder: Path) -> Path | None:
        """The file to read, or None when none is named and none lies in `folder`; a named file must be there."""
        if self.facts_file.strip():
            return Path(self.facts_file.strip()).expanduser()
        beside = folder / FILE_NAME
        return beside if beside.is_file() else None


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Kind(_Entry):
    """A further kind of household, or with `means` one word for several kinds."""

    name: _Word
    aliases: list[_Word] = Field(default=[], max_length=20)
    means: list[_Word] = Field(default=[], max_length=50)


class _Own(_Entry):
    """One fact as the file writes it."""

    name: Annotated[str, StringConstraints(pattern=NAME)]
    label: _Word
    kind: Literal["number", "integer", "choice", "open_choice", "boolean", "derived"]
    unit: Annotated[str, StringConstraints(strip_whitespace=True, max_length=6)] = ""
    source: _Text = "本县农户信息表"
    max_age_days: Annotated[int, Field(ge=1, le=36600)] | None = None
    question: _Text = ""
    sensitive: bool = False
    choices: list[_Word] = Field(default=[], max_length=50)
    aliases: dict[_Word, list[_Word]] = Field(default={}, max_length=50)
    saying: _Text = ""
    affirmed: _Text = ""
    denied: _Text = ""
    headings: list[_Word] = Field(default=[], max_length=20)
    definition: dict[str, Any] | None = None

    @property
    def is_member(self) -> bool:
        return self.name.startswith("member.")


class _File(_Entry):
    facts: list[_Own] = Field(default=[], max_length=200)
    kinds: list[_Kind] = Field(default=[], max_length=100)


def county_catalogue(path: Path | None, base: Catalogue = REGISTER) -> Catalogue:
    """The catalogue with the facts and kinds of a county's file; `base` without one.

    Raises CountyFactsRefused with every fault named by file, entry, field and cure; nothing of a bad file is taken.
    """
    if path is None:
        return base
    try:
        if path.stat().st_size > LONGEST_FILE:
            raise CountyFactsRefused((f"{path.name}：文件超过 1 MB。请只写本县自有的信息项。",))
        data = path.read_bytes()
    except OSError as error:
        raise CountyFactsRefused((f"{path.name}：读不出来（{said(error)}）。请核对 FACTS_FILE 写的路径和文件权限。",)) from error
    return catalogue_of(data, path.name, base)


def catalogue_of(data: bytes, file_name: str, base: Catalogue = REGISTER) -> Catalogue:
    """The same from the file's content."""
    try:
        return _extended(_File.model_validate(_decoded(data)), base)
    except ValidationError as error:
        raise CountyFactsRefused(_named(file_name, (_fault(one) for one in error.errors()))) from error
    except _Slip as slip:
        raise CountyFactsRefused(_named(file_name, slip.faults)) from slip


class _Slip(Exception):
    """Faults that only this module meets; they leave it under the name of the file."""

    def __init__(self, faults: Iterable[str]) -> None:
        super().__init__()
        self.faults = tuple(faults)


def _named(file_name: str, faults: Iterable[str]) -> tuple[str, ...]:
    found = tuple(faults)
    more = (f"另有 {len(found) - MOST_FAULTS} 处，改好上面的再看。",) if len(found) > MOST_FAULTS else ()
    return tuple(f"{file_name}：{fault}" for fault in (*found[:MOST_FAULTS], *more))


def _decoded(data: bytes) -> object:
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        raise _Slip(["不是 UTF-8 编码的文本。请用记事本“另存为”，编码选 UTF-8。"]) from error
    except json.JSONDecodeError as error:
        raise _Slip([f"第 {error.lineno} 行第 {error.colno} 个字附近不是正确的 JSON。请检查引号、逗号和括号是否成对、是否为英文符号。"]) from error
    except (RecursionError, ValueError) as error:
        raise _Slip(["套得太深，或有写不下的数字。请参照 docs/targeting.md 里的例子改写。"]) from error


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        twice = next(name for place, (name, _) in enumerate(pairs) if name in dict(pairs[:place]))
        raise _Slip([f"“{twice[:40]}”在同一处写了两次。请删去一个。"])
    return read


def _extended(file: _File, base: Catalogue) -> Catalogue:
    faults = [*_kind_faults(file.kinds, base)]
    if faults:
        raise _Slip(faults)
    new = [kind.name for kind in file.kinds if not kind.means and kind.name not in _choices(base)]
    catalogue = base.with_choices(KINDS, new, _kind_aliases(file.kinds, base))
    seen = _Seen(catalogue)
    for number, own in enumerate(file.facts, start=1):
        slips = [*seen.faults(own)]
        faults.extend(f"facts 第 {number} 项（{own.label}）{slip}" for slip in slips)
        if not slips:
            catalogue = catalogue.extended([_fact(own)])
            faults.extend(f"facts 第 {number} 项（{own.label}）{slip}" for slip in _definition_faults(own, catalogue))
    if faults:
        raise _Slip(faults)
    return catalogue


def _choices(catalogue: Catalogue) -> tuple[str, ...]:
    fact = catalogue.fact(KINDS)
    return () if fact is None else fact.choices


def _kind_aliases(kinds: Sequence[_Kind], base: Catalogue) -> Iterator[tuple[str, tuple[str, ...]]]:
    fact = base.fact(KINDS)
    known = dict.fromkeys([*_choices(base), *(kind.name for kind in kinds if not kind.means)])
    for kind in kinds:
        stored = tuple(dict.fromkeys(
            value for word in kind.means
            for value in ((word,) if word in known or fact is None else fact.stored(word)))) or (kind.name,)
        if kind.means:
            yield kind.name, stored
        for alias in kind.aliases:
            yield alias, stored


def _kind_faults(kinds: Sequence[_Kind], base: Catalogue) -> Iterator[str]:
    fact = base.fact(KINDS)
    spoken = {} if fact is None else dict.fromkeys([*fact.choices, *(word for word, _ in fact.aliases)], "标准户类型")
    spoken |= {} if fact is None else dict.fromkeys((word for word, _ in fact.former_words), "旧称")
    single = {kind.name for kind in kinds if not kind.means}
    for number, kind in enumerate(kinds, start=1):
        place = f"kinds 第 {number} 项（{kind.name}）"
        # A standard kind may be named again to give it further aliases.
        words = [*([] if fact is not None and kind.name in fact.choices and not kind.means else [kind.name]), *kind.aliases]
        for word in words:
            if word in spoken:
                yield f"{place}的“{word}”已经用在{spoken[word]}。请换一个名称，或删去重复的一个。"
            if not _is_plain(word):
                yield f"{place}的“{word}”里有看不见的符号或标点。请只用汉字、字母和数字。"
            spoken[word] = place
        for word in kind.means:
            if fact is not None and word not in single and not fact.stored(word):
                yield f"{place}的 means：没有“{word}”这种户类型。请先在 kinds 里写上它，或改成已有的名称。"


def _is_plain(word: str) -> bool:
    return word.isprintable() and not any(mark in word for mark in " ；;，,、：:\"'")


class _Seen:
    """What names, labels and headings are already spoken for."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._names = {fact.name for fact in catalogue.facts}
        self._labels = {fact.label for fact in catalogue.facts}
        self._headings: set[str] = set()

    def faults(self, own: _Own) -> Iterator[str]:
        """What is wrong with one fact beside those before it."""
        level, _, bare = own.name.partition(".")
        if own.name in self._names or bare in _TAKEN[level]:
            yield f"的 name：“{own.name}”已经有了，或是系统自用的名称。请换一个名称。"
        if own.label in self._labels:
            yield f"的 label：已经有叫“{own.label}”的信息项。请换一个叫法。"
        self._names.add(own.name)
        self._labels.add(own.label)
        texts = (own.label, own.unit, own.source, own.question, own.saying, own.affirmed, own.denied, *own.choices, *own.headings)
        if not all(text.isprintable() for text in texts):
            yield "里有换行或看不见的符号。请删去。"
        yield from _value_faults(own)
        yield from self._heading_faults(own)

    def _heading_faults(self, own: _Own) -> Iterator[str]:
        for heading in _headings(own):
            if meaning(heading) is not None or plain(heading) in SILENT or not plain(heading):
                yield f"的 headings：表头“{heading}”在农户表里已有别的意思。请在 headings 里另写一个表头。"
            elif plain(heading) in self._headings:
                yield f"的 headings：表头“{heading}”前面的信息项已经用了。请换一个表头。"
            self._headings.add(plain(heading))


def _value_faults(own: _Own) -> Iterator[str]:
    kind = Kind(own.kind)
    if kind is Kind.CHOICE and not own.choices:
        yield "的 choices：kind 是 choice 时要列出可选的值。请补上，例如 [\"好\", \"一般\"]；值不固定的改用 open_choice。"
    if kind is not Kind.CHOICE and (own.choices or own.aliases):
        yield "的 choices、aliases 只用于 kind 是 choice 的信息项。请删去，或把 kind 改成 choice。"
    if len(set(own.choices)) < len(own.choices):
        yield "的 choices 里有重复的值。请删去重复的。"
    strangers = [word for words in own.aliases.values() for word in words if word not in own.choices]
    if strangers or any(not words for words in own.aliases.values()):
        yield f"的 aliases：{'、'.join(strangers) or '有一个别名'}没有对应到 choices 里的值。请改正。"
    if any(alias in own.choices for alias in own.aliases):
        yield "的 aliases：别名不能与 choices 里的值同名。请改名。"
    if own.unit and not kind.is_numeric:
        yield "的 unit：只有 number、integer 有单位。请删去 unit。"
    if (kind is Kind.DERIVED) != (own.definition is not None):
        yield "的 definition：kind 是 derived 时要写、其他 kind 不写。请改正。"
    if kind is Kind.DERIVED and (own.is_member or own.headings):
        yield "：derived 由别的信息项推算，只能是 household. 开头，也没有表头。请改正。"


def _headings(own: _Own) -> tuple[str, ...]:
    return () if own.kind == "derived" else tuple(dict.fromkeys(own.headings)) or (own.label,)


def _definition_faults(own: _Own, catalogue: Catalogue) -> Iterator[str]:
    if own.definition is None:
        return
    try:
        # Facts further down are not known yet, so that no definition can lead back to itself.
        parse(own.definition, Catalogue(catalogue.facts[:-1], catalogue.families))
    except ConditionRefused as refused:
        yield f"的 definition：{refused.words.rstrip('。')}{'' if refused.words.endswith('？') else '。'}"


def _fact(own: _Own) -> Fact:
    kind = Kind(own.kind)
    choices = tuple(own.choices) if NONE in own.choices or not own.choices else (*own.choices, NONE)
    return Fact(
        name=own.name, label=own.label, kind=kind, level=Level.MEMBER if own.is_member else Level.HOUSEHOLD, unit=own.unit,
        source=own.source, max_age_days=own.max_age_days, question=own.question or _question(own, kind),
        sensitive=own.sensitive, choices=choices,
        aliases=tuple((word, tuple(stored)) for word, stored in own.aliases.items()), saying=own.saying,
        affirmed=own.affirmed or _spoken(own, kind, holds=True), denied=own.denied or _spoken(own, kind, holds=False),
        definition="" if own.definition is None else json.dumps(own.definition, ensure_ascii=False), is_own=True,
        headings=_headings(own))


def _question(own: _Own, kind: Kind) -> str:
    whose = "家里每个人的" if own.is_member else "您家的"
    if kind is Kind.DERIVED:
        return ""
    if kind is Kind.BOOLEAN:
        return f"请问{whose}“{own.label}”，是还是不是？"
    return f"请问{whose}“{own.label}”是{f'多少{own.unit}' if kind.is_numeric else '什么'}？"


def _spoken(own: _Own, kind: Kind, *, holds: bool) -> str:
    if kind in (Kind.BOOLEAN, Kind.DERIVED):
        return f"{own.label}为“{'是' if holds else '否'}”"
    if kind.is_choice:
        return f"登记有{own.label}" if holds else f"没有{own.label}"
    return ""


def _fault(error: Mapping[str, Any]) -> str:
    """One fault of the form in Chinese: where it is, what is wrong, what to write."""
    return f"{_place(error['loc'])}：{_reason(error)}"


def _place(steps: Sequence[Any]) -> str:
    words: list[str] = []
    for step in steps:
        if isinstance(step, int):
            words.append(f"第 {step + 1} 项")
        elif step != "[key]":
            words.append(f"的 {str(step)[:40]}" if words else str(step)[:40])
    return " ".join(words) or "整个文件"


def _reason(error: Mapping[str, Any]) -> str:
    kind, limits = str(error["type"]), error.get("ctx") or {}
    if kind == "missing":
        return "没有写。请补上。"
    if kind == "extra_forbidden":
        return "不认识的写法。请对照 docs/targeting.md 改正或删去。"
    if kind == "literal_error":
        return f"只能是 {str(limits.get('expected', '')).replace(' or ', '、').replace(', ', '、')}。请改正。"
    if kind == "string_pattern_mismatch":
        return "名称要以 household. 或 member. 开头，后面用小写字母、汉字、数字和下划线，例如 household.water_cellar。请改正。"
    if kind in ("string_too_long", "too_long"):
        return f"太长，最多 {limits.get('max_length')}。请缩短。"
    if kind == "string_too_short":
        return "是空的。请填写。"
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"数字不在范围内（{'、'.join(str(limit) for limit in limits.values())}）。请改正。"
    wanted = {"string_type": "文字", "bool_type": "true 或 false", "int_type": "整数", "list_type": "方括号里的一组",
              "dict_type": "花括号里的一组", "model_type": "花括号里的一组"}.get(kind, "别的写法")
    return f"要写成{wanted}。请对照 docs/targeting.md 改正。"
