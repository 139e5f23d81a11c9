"""A template of a contract read and filled in: «{{client.name}}» becomes text, whatever it says, and never markup.

The template is parsed before anything is put into it, so that no value is read as Markdown or HTML. Everything that
is wrong is told at once, each with its field and line; a text with a mistake is no text.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from admin.office.contract_texts.fields import FIELDS, LINES, Table
from admin.office.rich_text import new_parser
from admin.texts import say

_FIELD: Final = re.compile(r"\{\{[ \t]*([^{}\n]*?)[ \t]*\}\}")
_BRACE: Final = re.compile(r"\{\{|\}\}")
LONGEST_ADDRESS: Final = 2_000
"""Of a link, letters: a paper takes no more than 8,000."""


class Problem(msgspec.Struct, frozen=True):
    """What is wrong at a line of the template, from 1. ``kind``: unknown, empty, broken, misplaced, table; nowhere,
    wordless or endless of a link, whose words stand in ``field``; blank of a template without anything to read."""

    kind: str
    line: int
    field: str

    def text(self) -> str:
        """«Строка 3: в договоре пусто «номер договора» (contract.number).»"""
        name = say(FIELDS.get(self.field, self.field))
        match self.kind:
            case "unknown":
                return say("Строка {line}: поля «{field}» нет.", line=self.line, field=self.field)
            case "empty":
                return say("Строка {line}: не заполнено «{name}» ({field}).", line=self.line, name=name,
                           field=self.field)  # fmt: skip
            case "table":
                text = "Строка {line}: таблица услуг ({field}) стоит одна, с пустой строкой до и после неё."
                return say(text, line=self.line, field=self.field)
            case "misplaced":
                text = "Строка {line}: поле «{field}» стоит в адресе ссылки или в коде, там его не подставить."
                return say(text, line=self.line, field=self.field)
            case "nowhere":
                return say("Строка {line}: у ссылки «{words}» нет адреса.", line=self.line, words=self.field)
            case "wordless":
                return say("Строка {line}: у ссылки нет слов, которые читают.", line=self.line)
            case "endless":
                return say("Строка {line}: адрес ссылки «{words}» длиннее {count} знаков.", line=self.line,
                           words=self.field, count=LONGEST_ADDRESS)  # fmt: skip
            case "blank":
                return say("В шаблоне нет текста.")
        return say("Строка {line}: у поля нет пары скобок, оно пишется {example}.", line=self.line,
                   example="{{contract.number}}")  # fmt: skip


class TextRefused(Exception):
    """The template cannot be filled in."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{one.kind} {one.field} at {one.line}" for one in problems))
        self.problems = problems

    def told(self) -> str:
        """All of them, in the language of the call."""
        return " ".join(one.text() for one in self.problems)


class Filled(msgspec.Struct, frozen=True):
    """A text without fields: tokens of CommonMark, to be drawn as a page or as a paper."""

    tokens: list[Any]

    def html(self) -> str:
        """Elements of the text alone; everything else in it is escaped."""
        parser = _parser()
        return str(parser.renderer.render(self.tokens, parser.options, {}))


def _take_field(state: StateInline, silent: bool) -> bool:
    found = _FIELD.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        state.push("field", "", 0).content = found[1]
    state.pos = found.end()
    return True


def _parser() -> MarkdownIt:
    parser = new_parser()
    parser.inline.ruler.push("field", _take_field)
    return parser


def problems_of(text: str) -> list[Problem]:
    """What is wrong with a template itself, whatever a contract says; in the order of its lines."""
    return sorted(_problems(text, _parser().parse(text)), key=lambda one: one.line)


def fill(text: str, values: Mapping[str, str], table: Table) -> Filled:
    """The text with its values. Raises TextRefused with all that is wrong."""
    tokens = _parser().parse(text)
    problems = list(_problems(text, tokens))
    for line, name in _named(text):
        if name in FIELDS and not (table.rows if name == LINES else values[name]):
            problems.append(Problem("empty", line, name))
    if problems:
        raise TextRefused(sorted(problems, key=lambda one: one.line))
    return Filled(list(_filled(tokens, values, table)))


def _named(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        for found in _FIELD.finditer(line):
            yield number, found[1]


def _problems(text: str, tokens: list[Token]) -> Iterator[Problem]:
    for number, line in enumerate(text.split("\n"), start=1):
        if _BRACE.search(_FIELD.sub("", line)):
            yield Problem("broken", number, "")
    if not tokens:  # addresses that no link names are read by nobody
        yield Problem("blank", 1, "")
    yield from _bad_links(tokens)
    placed = Counter(child.content for token in tokens for child in token.children or () if child.type == "field")
    alone = sum(1 for place in range(len(tokens)) if _is_table(tokens, place))
    named = list(_named(text))
    times = Counter(name for _, name in named)
    for number, name in named:
        if name not in FIELDS:
            yield Problem("unknown", number, name)
        elif placed[name] < times[name]:
            yield Problem("misplaced", number, name)
        elif name == LINES and alone < times[name]:
            yield Problem("table", number, name)


def _bad_links(tokens: list[Token]) -> Iterator[Problem]:
    """Links that nobody can follow: a page shows them as if they were none, and no paper is drawn with them."""
    line = 1
    for token in tokens:
        line = token.map[0] + 1 if token.map else line
        within, href, words = line, None, ""
        for child in token.children or ():
            if child.type == "link_open":
                href, words = str(child.attrs.get("href", "")), ""
            elif child.type == "link_close" and href is not None:
                kind = "nowhere" if not href else "wordless" if not words.strip() else ""
                kind = "endless" if len(href) > LONGEST_ADDRESS else kind
                if kind:
                    yield Problem(kind, within, words.strip()[:100])
                href = None
            else:
                words += child.content
                within += child.type.endswith("break")


def _is_table(tokens: list[Token], place: int) -> bool:
    """Whether a paragraph that holds nothing but the field of the table begins here."""
    if tokens[place].type != "paragraph_open" or tokens[place].hidden:
        return False
    children = tokens[place + 1].children or []
    return [(one.type, one.content) for one in children] == [("field", LINES)]


def _filled(tokens: list[Token], values: Mapping[str, str], table: Table) -> Iterator[Token]:
    place = 0
    while place < len(tokens):
        if _is_table(tokens, place):
            yield from _table(table)
            place += 3
            continue
        token = tokens[place]
        if "style" in token.attrs:  # the panel's pages obey no style but of its own sheet
            side = str(token.attrs.pop("style")).removeprefix("text-align:")
            token.attrSet("class", "number" if side == "right" else side)
        for child in token.children or ():
            if child.type == "field":
                child.type, child.content = "text", values[child.content]
        yield token
        place += 1


def _table(table: Table) -> Iterator[Token]:
    yield Token("table_open", "table", 1)
    for part, cell, rows in (("thead", "th", (table.heads,)), ("tbody", "td", table.rows)):
        yield Token(f"{part}_open", part, 1)
        for row in rows:
            yield Token("tr_open", "tr", 1)
            for number, text in enumerate(row, start=1):
                attrs: dict[str, str | int | float] = {"class": "number"} if number == len(row) else {}
                yield Token(f"{cell}_open", cell, 1, attrs=attrs)
                yield Token("inline", "", 0, content=text, children=[Token("text", "", 0, content=text)])
                yield Token(f"{cell}_close", cell, -1)
            yield Token("tr_close", "tr", -1)
        yield Token(f"{part}_close", part, -1)
    yield Token("table_close", "table", -1)
