"""A notice as a text message: the blanks of the approved template, no link, place, deadline, the office's telephone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

from channels.messages import Content, Purpose
from channels.sms.templates import Template
from channels.splitting import ALONE, PART, parts, sms_length
from notices.surfaces.fitting import first_phone, until_words
from notices.surfaces.forms import Forms
from notices.surfaces.sentence import Sentence, headline, improper, place, said
from notices.writing import Kind, NoticeDraft

_LINK = re.compile(r"https?://|www\.|[a-z0-9-]\.(?:cn|com|net|org|gov|top|cc|xyz|vip|me|ly|link|site)(?![a-z0-9])",
                   re.IGNORECASE)
_MARKS = str.maketrans("【】", "“”")


def purpose_of(draft: NoticeDraft) -> Purpose:
    """Which approved template carries a notice."""
    return Purpose.EMERGENCY if draft.kind is Kind.EMERGENCY else Purpose.NOTICE


@dataclass(frozen=True)
class TextMessage:
    """The SMS of one notice; `content` for a first sending, `correction` for one that sets another right."""

    draft: NoticeDraft
    forms: Forms = field(default_factory=Forms)

    @property
    def content(self) -> Content:
        """What the household receives, without the signature the supplier puts before it."""
        return self._filled(purpose_of(self.draft))

    @property
    def correction(self) -> Content:
        """The same as a correction of an earlier message."""
        return self._filled(Purpose.CORRECTION)

    def complaints(self) -> tuple[str, ...]:
        """What keeps it from being sent."""
        return (*self._lengths(), *self._links(), *improper(self.draft, tuple(self.content.variables.values())))

    def advice(self) -> tuple[str, ...]:
        """What the editor should look at."""
        return (*self._sentence.advice, *self._place.advice, *self._price())

    @cached_property
    def _limit(self) -> int:
        return self._template.longest_blank

    @property
    def _template(self) -> Template:
        return self.forms.sms[purpose_of(self.draft)]

    @cached_property
    def _sentence(self) -> Sentence:
        return said(self.draft, self._limit)

    @cached_property
    def _place(self) -> Sentence:
        return place(self.draft, self._limit)

    def _lengths(self) -> tuple[str, ...]:
        texts = (("短信正文（short_text）", self._sentence), ("办理地点（where）", self._place))
        return tuple(f"{label}放不进短信：一句话最多 {self._limit} 字，中间要有逗号或句号。请缩短或断句。"
                     for label, text in texts if not text.fits)

    def _price(self) -> tuple[str, ...]:
        """That it is paid for more than once, and which words the template says by itself; nobody saves on an emergency."""
        content = self.content
        whole = f"【{self.forms.sms_signature}】{content.text}" if self.forms.sms_signature else content.text
        paid, length = parts(whole), sms_length(whole)
        if paid == 1 or content.purpose is Purpose.EMERGENCY:
            return ()
        cheaper = ALONE if paid == 2 else PART * (paid - 1)
        twice = [value for name in ("deadline", "where", "phone")
                 if (value := content.variables.get(name)) and value in self._sentence.text]
        added = f"“{'”“'.join(twice)}”后面会自动写上，短信正文（short_text）里不用再写。" if twice else ""
        return (f"短信连签名 {length} 字，每户按 {paid} 条收费；缩到 {cheaper} 字，每户少付一条。{added}",)

    def _links(self) -> tuple[str, ...]:
        return tuple(f"短信里不能有网址（“{value}”）：村民会当成骗子。请删去，写地点和电话。"
                     for value in self.content.variables.values() if _LINK.search(value))

    def _filled(self, purpose: Purpose) -> Content:
        template = self.forms.sms[purpose]
        variables = self._variables(has_title_alone="what" not in template.variables)
        kept = {name: variables[name] for name in template.variables if name in variables}
        return Content(purpose, template.fill(kept), kept, form=self.forms.sms_signature)

    def _variables(self, *, has_title_alone: bool) -> dict[str, str]:
        """Our names for the blanks; where a template has no room for a sentence, it takes the title's place."""
        draft = self.draft
        all_words = {
            "title": self._sentence.text if has_title_alone else headline(draft, self._limit),
            "what": self._sentence.text,
            "deadline": until_words(draft),
            "where": self._place.text,
            "phone": first_phone(draft.phone),
            "office": headline_office(draft),
        }
        return {name: value.translate(_MARKS) for name, value in all_words.items()}


def headline_office(draft: NoticeDraft) -> str:
    """The office as a message may name it."""
    return draft.office if not improper(draft, (draft.office,)) else "经办单位"
