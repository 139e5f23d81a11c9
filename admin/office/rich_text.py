"""Texts that people of the office write: a part of Markdown, as HTML that holds nothing but its own elements.

HTML in a text is shown, not obeyed; addresses of links are of the web, of mail or telephone; there are no pictures,
which would tell their server who reads. markdown-it-py parses by CommonMark and escapes everything that it writes.
"""

from functools import cache
from typing import Final
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markupsafe import Markup

LONGEST: Final = 100_000
"""Letters of a text: a book of its own is a file."""
_SCHEMES: Final = frozenset({"http", "https", "mailto", "tel", ""})


def new_parser() -> MarkdownIt:
    """A parser of such texts, to be taught more."""
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True})
    parser.enable(["table", "strikethrough"]).disable(["image", "html_block", "html_inline"])
    parser.validateLink = _is_harmless  # type: ignore[method-assign]
    return parser


_parser = cache(new_parser)


def _is_harmless(url: str) -> bool:
    try:
        return urlsplit(url.strip()).scheme.lower() in _SCHEMES
    except ValueError:
        return False


def render(text: str) -> Markup:
    """The text as HTML."""
    return Markup(_parser().render(text))


def beginning(text: str, letters: int = 200) -> str:
    """The first words in one line, without the marks of headings, lists and emphasis."""
    plain = " ".join(_words(text).split())
    return plain if len(plain) <= letters else plain[: letters - 1].rstrip() + "…"


def _words(text: str) -> str:
    """What is read of a text: of links their words, of points the lines; a heading goes on into what it heads."""
    lines, is_heading = [], False
    for block in _parser().parse(text):
        line = block.content
        if block.children is not None:
            line = "".join(" " if one.type.endswith("break") else one.content for one in block.children)
        ends = line.rstrip()[-1:]
        lines.append(f"{line}:" if is_heading and ends.isalnum() else line)
        is_heading = block.type == "heading_open"
    return "\n".join(lines)
