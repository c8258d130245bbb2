"""A text message that says of itself that it is only tried out."""

from __future__ import annotations

from dataclasses import replace

from channels.messages import Content
from channels.sms.templates import Register

# Before the whole text, on ports that take whole texts. Clouds refuse 【】 inside a blank and let nothing stand outside
# one: there the plain word goes into the first blank.
MARK, MARK_IN_BLANK = "【测试】", "测试："
CUT = "…"


class NoBlank(Exception):
    """The template has no blank and its vendor takes no other text: it cannot be marked."""


def marked(content: Content, register: Register, *, whole_text: bool) -> Content:
    """A message's content with the mark; what no longer fits the first blank is cut off there. Raises NoBlank."""
    template = register.templates[content.purpose]
    if whole_text:
        text = f"【{register.signature}】{MARK}{template.fill(content.variables)}"
        return replace(content, text=text)
    if not template.variables:
        raise NoBlank
    first = template.variables[0]
    value = MARK_IN_BLANK + content.variables.get(first, "")
    if len(value) > template.longest_blank:
        value = value[:template.longest_blank - len(CUT)] + CUT
    return template.content({**content.variables, first: value}, register.signature)
