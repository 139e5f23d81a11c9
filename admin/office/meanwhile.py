"""Two people at one form: the slower one is told what the other changed, and neither overwrites anything unseen.

A form says what it was drawn with, field by field. Not a version of the row: that counts steps, too, which change
nothing of what the form holds.
"""

import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Final

import msgspec
from litestar.datastructures import FormMultiDict
from markupsafe import Markup

from admin.formatters import format_day
from admin.office.field_names import FIELD_NAMES
from admin.office.forms import FormRefused
from admin.texts import say

_FIELD: Final = "drawn"
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST: Final = 200


def _digest(value: str) -> str:
    return hashlib.sha256(_plain(value).encode("utf-8", "replace")).hexdigest()[:16]


def _plain(value: str) -> str:
    """As a browser sends it back: with line ends of its own, and without blanks around it for a reader."""
    return value.replace("\r\n", "\n").strip()


def drawn_with(kept: Mapping[str, str]) -> Markup:
    """The field of a form that is drawn with these values, by the names of its fields."""
    told = msgspec.json.encode({name: _digest(value) for name, value in kept.items()}).decode()
    return Markup('<input type="hidden" name="{}" value="{}">').format(_FIELD, told)


def refuse_if_changed(
    form: FormMultiDict, kept: Mapping[str, str], labels: Mapping[str, str] | None = None,
    shown: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """``kept``: what stands there now, held, as the form would be drawn. ``labels``: msgids of fields whose names mean
    several things; ``shown``: what a value says to a person.

    Raises FormRefused with each field that is another than the form was drawn with, unless the form wants the same.
    """
    drawn = _read(str(form.get(_FIELD, "")))
    changed = [
        name for name, value in kept.items()
        if name in drawn and drawn[name] != _digest(value) and _plain(str(form.get(name, ""))) != _plain(value)
    ]  # fmt: skip
    if changed:
        names = {**FIELD_NAMES, **(labels or {})}
        now = [f"{say(names[name])}: {_told((shown or {}).get(name, kept[name]))}" for name in changed]
        meanwhile = say("Пока вы писали, запись изменил кто-то ещё. Сравните и сохраните ещё раз.")
        raise FormRefused(f"{meanwhile} {say('Теперь там: {what}.', what='; '.join(now))}")


def tick_words(kept: Mapping[str, str], *names: str) -> dict[str, str]:
    """What ticks say to a person: «да» or «нет»."""
    return {name: say("да") if kept[name] else say("нет") for name in names}


def _read(text: str) -> dict[str, str]:
    try:
        return msgspec.json.decode(text, type=dict[str, str])
    except msgspec.DecodeError:
        return {}


def _told(value: str) -> str:
    if not value:
        return say("пусто")
    with suppress(ValueError):  # words of a person may look like a day and be none
        if _DAY.fullmatch(value):
            return format_day(date.fromisoformat(value))
    plain = " ".join(value.split())
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}…"
