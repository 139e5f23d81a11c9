"""The column ``condition``: to whom a rule applies, by attributes of the tax profile (office domain 4.2).

    name | not C | C and C | C or C | (C) | name in (a, b) | name = a | name > 10 | >= | < | <=

``and`` binds tighter than ``or``. A flag that a profile does not answer is not set; a number that it does not answer
compares as false; a choice by its bare name holds when anything is chosen.
"""

import difflib
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from accounting.office.attributes import Attribute, AttributeKind
from accounting.office.mistakes import BadText

Fact = bool | int | str
"""The answer to an attribute: a flag, a number (money in kopecks), a choice."""


class Answered(msgspec.Struct, frozen=True, tag=True):
    """A flag is set, or something is chosen."""

    name: str


class OneOf(msgspec.Struct, frozen=True, tag=True):
    """One of these is chosen."""

    name: str
    values: tuple[str, ...]


class Compared(msgspec.Struct, frozen=True, tag=True):
    """A number against a bound."""

    name: str
    sign: str
    bound: int


class Not(msgspec.Struct, frozen=True, tag=True):
    """It does not hold."""

    condition: "Condition"


class AllOf(msgspec.Struct, frozen=True, tag=True):
    """Every one holds; none at all holds too."""

    conditions: "tuple[Condition, ...]"


class AnyOf(msgspec.Struct, frozen=True, tag=True):
    """At least one holds."""

    conditions: "tuple[Condition, ...]"


Condition = Answered | OneOf | Compared | Not | AllOf | AnyOf
ALWAYS: Final[Condition] = AllOf(())

_SIGNS: Final[dict[str, Callable[[int, int], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_TOKEN: Final = re.compile(r"\s*(?:([A-Za-z_][A-Za-z0-9_]*)|([0-9]{1,18})|(>=|<=|[()=<>,])|(\S))")
_DEPTH_MAX: Final = 20
_WORDS: Final = frozenset({"and", "or", "not", "in"})


class _Token(msgspec.Struct, frozen=True):
    text: str
    position: int


class _Parser:
    def __init__(self, text: str, attributes: Mapping[str, Attribute]) -> None:
        self._attributes = attributes
        self._tokens = [_Token(m[m.lastindex or 0], m.start(m.lastindex or 0)) for m in _TOKEN.finditer(text)]
        self._tokens.append(_Token("", len(text)))
        self._next = 0
        self._depth = 0

    def whole(self) -> Condition:
        condition = self._any()
        if self._peek().text:
            raise BadText(self._peek().position, "Лишнее «{text}».", text=self._peek().text)
        return condition

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _expect(self, text: str) -> None:
        token = self._take()
        if token.text != text:
            raise BadText(token.position, "Ожидается «{wanted}», а стоит «{text}».", wanted=text, text=token.text)

    def _any(self) -> Condition:
        parts = [self._all()]
        while self._peek().text == "or":
            self._take()
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _all(self) -> Condition:
        parts = [self._one()]
        while self._peek().text == "and":
            self._take()
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _one(self) -> Condition:
        if self._peek().text not in ("not", "("):
            return self._about(self._take())
        opened = self._take()
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise BadText(opened.position, "Слишком много вложенных скобок и «not».")
        if opened.text == "not":
            inside: Condition = Not(self._one())
        else:
            inside = self._any()
            self._expect(")")
        self._depth -= 1
        return inside

    def _about(self, token: _Token) -> Condition:
        attribute = self._attribute(token)
        sign = self._peek()
        if sign.text in _SIGNS:
            self._take()
            self._must_be(attribute, AttributeKind.NUMBER, sign)
            return Compared(attribute.name, sign.text, self._number())
        if sign.text in ("in", "="):
            self._take()
            self._must_be(attribute, AttributeKind.CHOICE, sign)
            return OneOf(attribute.name, self._list(attribute) if sign.text == "in" else (self._choice(attribute),))
        if attribute.kind is AttributeKind.NUMBER:
            raise BadText(sign.position, "{name} — число: сравните его с другим.", name=attribute.name)
        return Answered(attribute.name)

    def _attribute(self, token: _Token) -> Attribute:
        found = self._attributes.get(token.text)
        if found is not None:
            return found
        if not token.text or token.text in _WORDS or not token.text.isidentifier():
            raise BadText(token.position, "Ожидается признак, а стоит «{text}».", text=token.text)
        near = difflib.get_close_matches(token.text, self._attributes, 1)
        if near:
            reason = "Нет признака {name}; есть {near}."
            raise BadText(token.position, reason, name=token.text, near=near[0])
        raise BadText(token.position, "Нет признака {name}.", name=token.text)

    def _must_be(self, attribute: Attribute, kind: AttributeKind, sign: _Token) -> None:
        if attribute.kind is not kind:
            raise BadText(sign.position, "К признаку {name} «{sign}» не подходит.", name=attribute.name, sign=sign.text)

    def _number(self) -> int:
        token = self._take()
        if not token.text.isdecimal():
            raise BadText(token.position, "Ожидается целое число, а стоит «{text}».", text=token.text)
        return int(token.text)

    def _list(self, attribute: Attribute) -> tuple[str, ...]:
        self._expect("(")
        values = [self._choice(attribute)]
        while self._peek().text == ",":
            self._take()
            values.append(self._choice(attribute))
        self._expect(")")
        return tuple(values)

    def _choice(self, attribute: Attribute) -> str:
        token = self._take()
        if token.text not in attribute.choices:
            choices = ", ".join(attribute.choices)
            reason = "У признака {name} нет значения «{text}»; есть {choices}."
            raise BadText(token.position, reason, name=attribute.name, text=token.text, choices=choices)
        return token.text


def parse_condition(text: str, attributes: Mapping[str, Attribute]) -> Condition:
    """A condition; empty text always holds. Raises BadText, also for attributes and choices that there are not."""
    return _Parser(text, attributes).whole() if text.strip() else ALWAYS


def holds(condition: Condition, facts: Mapping[str, Fact]) -> bool:
    """Whether a condition holds for the answers of a profile."""
    match condition:
        case Answered(name):
            return bool(facts.get(name))
        case OneOf(name, values):
            return facts.get(name) in values
        case Compared(name, sign, bound):
            number = facts.get(name)
            return isinstance(number, int) and not isinstance(number, bool) and _SIGNS[sign](number, bound)
        case Not(inside):
            return not holds(inside, facts)
        case AllOf(parts):
            return all(holds(part, facts) for part in parts)
        case AnyOf(parts):
            return any(holds(part, facts) for part in parts)


def names_in(condition: Condition) -> Iterator[str]:
    """The attributes a condition asks for, with repeats."""
    match condition:
        case Answered(name) | OneOf(name, _) | Compared(name, _, _):
            yield name
        case Not(inside):
            yield from names_in(inside)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from names_in(part)
