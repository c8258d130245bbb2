"""A notice as a web page's body: Markdown made into HTML that can carry nothing but text, lists, tables and links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from html import unescape

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from notices.names import complaints_about_list, masked_list
from notices.writing import Kind, NoticeDraft

TAGS = {"p", "br", "strong", "em", "s", "ul", "ol", "li", "h2", "h3", "h4", "h5", "h6", "blockquote", "hr", "table",
        "thead", "tbody", "tr", "th", "td", "a", "code", "pre"}
ATTRIBUTES = {"a": {"href", "title"}, "th": {"scope"}, "ol": {"start"}}
SCHEMES = {"http", "https", "tel"}
HOTLINES = "12345、12317"

# Characters for private use stand for what a line was while HTML becomes text.
_HEAD, _MARK, _CELL = "\ue000", "\ue001", "\ue002"
_BETWEEN_CELLS = re.compile(r"</(?:td|th)>\s*<(?:td|th)[^>]*>")
_SHAPING = re.compile(r"<(?:ol|ul)[^>]*>|</(?:ol|ul)>|<li[^>]*>\s*(?:<p>)?|<h\d[^>]*>|<tr>\s*<th[^>]*>")


@dataclass(frozen=True)
class Page:
    """The body of a notice's page; the title, office, telephone and reviewers stand around it in the template."""

    draft: NoticeDraft

    @cached_property
    def safe_html(self) -> str:
        """Safe HTML; the names of a public list are masked."""
        return html(self.markdown)

    @cached_property
    def markdown(self) -> str:
        """The Markdown as the web may show it."""
        if self.draft.kind is not Kind.PUBLIC_LIST:
            return self.draft.body
        return with_complaint_line(masked_list(self.draft.body), self.draft.phone)

    @cached_property
    def text(self) -> str:
        """What a reader sees, without marks: for search, for answers, and for a second scan."""
        return to_text(self.safe_html)

    def complaints(self) -> tuple[str, ...]:
        """What keeps it from being published."""
        found = [] if self.text else ["正文显示出来是空的。请补写正文（body）。"]
        if self.draft.kind is Kind.PUBLIC_LIST:
            found.extend(complaints_about_list(self.draft.body))
            if self.draft.valid_until is None:
                found.append("公示名单要写明公示到哪一天。请补上“有效期至”（valid_until）；到期后名单自动从网站撤下。")
        return tuple(found)

    def advice(self) -> tuple[str, ...]:
        """What the editor should look at."""
        return () if "![" not in self.draft.body else ("正文里的图片不会显示。请改用文字或表格写明。",)


def with_complaint_line(markdown: str, phone: str) -> str:
    """A list with the line where neighbours object, unless its writer put one there."""
    if "监督电话" in markdown or "12317" in markdown:
        return markdown
    return f"{markdown}\n\n对名单有不同意见，请在公示期内拨打 {phone} 或 {HOTLINES} 反映。"


def html(markdown: str) -> str:
    """Markdown as safe HTML: headings begin at the second level, raw HTML is shown as text, images are left out."""
    reader = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    tokens = reader.parse(markdown)
    levels = [int(token.tag[1]) for token in tokens if token.type == "heading_open"]
    for token in tokens:
        _adapt(token, shift=2 - min(levels, default=2))
    return nh3.clean(reader.renderer.render(tokens, reader.options, {}), tags=TAGS, attributes=ATTRIBUTES,
                     url_schemes=SCHEMES, link_rel="noopener noreferrer").strip()


def to_text(safe_html: str) -> str:
    """HTML as lines of plain text; cells of a table stand apart by a blank."""
    spaced = _BETWEEN_CELLS.sub(" ", safe_html)
    broken = re.sub(r"<br>\n?|</(?:p|li|h\d|tr|blockquote|pre)>", "\n", spaced)
    plain = unescape(nh3.clean(broken, tags=set()))
    return re.sub(r"\s*\n\s*", "\n", plain).strip()


@dataclass(frozen=True)
class Shape:
    """How one line of plain text stands on the page: above what follows, behind a mark (1. or ·), in the cells of a table."""

    is_heading: bool = False
    mark: str = ""
    cells: tuple[str, ...] = ()


def shapes(safe_html: str) -> tuple[Shape, ...]:
    """How the lines that `to_text` makes of HTML made here stood in it, line by line."""
    lists: list[int | None] = []
    marked = _SHAPING.sub(lambda tag: tag[0] + _note(tag[0], lists), _BETWEEN_CELLS.sub(_CELL, safe_html))
    return tuple(_shape(line) for line in to_text(marked).splitlines())


def _note(tag: str, lists: list[int | None]) -> str:
    """What to remember behind a tag; `lists` are those it stands in, with the last number of each that counts."""
    if tag.startswith(("<ol", "<ul")):
        first = re.search(r"\d+", tag)
        lists.append(None if tag.startswith("<ul") else int(first[0]) - 1 if first else 0)
    elif tag.startswith("</"):
        lists.pop()
    elif not tag.startswith("<li"):
        return _HEAD
    elif lists and (last := lists[-1]) is not None:
        lists[-1] = last + 1
        return f"{last + 1}.{_MARK}"
    else:
        return f"·{_MARK}"
    return ""


def _shape(line: str) -> Shape:
    marks, _, words = line.replace(_HEAD, "").rpartition(_MARK)
    cells = tuple(words.split(_CELL))
    return Shape(_HEAD in line, marks.rpartition(_MARK)[2], cells if len(cells) > 1 else ())


def _adapt(token: Token, *, shift: int) -> None:
    if token.type in ("heading_open", "heading_close"):
        token.tag = f"h{min(int(token.tag[1]) + shift, 6)}"
    if token.type == "th_open":
        token.attrSet("scope", "col")
    if token.type in ("th_open", "td_open"):
        token.attrs.pop("style", None)
    if token.type == "inline" and token.children:
        token.children = [child for child in token.children if child.type != "image"]
