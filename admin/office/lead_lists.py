"""Lists of leads: what columns may be, and what each row would become before anything is written."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from importlib.resources import files
from typing import Final

import msgspec
from litestar.datastructures import FormMultiDict

from admin.office.forms import FormRefused
from admin.office.lead_steps import SOURCES, read_lead
from admin.office.tables_in import guess_columns, values_of
from admin.storage.office.leads import Known, NewLead
from admin.storage.office.table_imports import ImportRow
from admin.texts import say

FIELDS: Final = {
    "organisation_name": "Организация",
    "surname": "Фамилия",
    "name": "Имя",
    "patronymic": "Отчество",
    "messenger": "Мессенджер",
    "phone": "Телефон",
    "email": "Почта",
    "tax_number": "ИНН",
    "legal_form": "Форма",
    "tax_system": "Налогообложение",
    "activity": "Чем занимается",
    "region": "Регион",
    "needs": "Что нужно",
    "features": "Особенности",
    "source_detail": "Кто или что привело",
    "expected_start": "С какого дня обслуживать",
    "consent_on": "Согласие на обработку данных",
}
"""What a column may be; titles are msgids."""


_DOTTED: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?: .*)?")


class _Words(msgspec.Struct, frozen=True):
    """What tables of people say: beginnings of heads by field, and legal forms."""

    heads: dict[str, tuple[str, ...]]
    legal_forms: dict[str, str]


_WORDS: Final = msgspec.json.decode(files("admin.office").joinpath("lead_heads.json").read_bytes(), type=_Words)


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A row: a lead, or why it is none; ``same``: who it may be already, with why (msgids)."""

    line: int
    shown: str
    lead: NewLead | None = None
    reason: str = ""
    same: tuple[tuple[str, str], ...] = ()


def guess_mapping(heads: Sequence[str]) -> dict[str, int]:
    """Columns by what their heads look like; each column is one thing."""
    return guess_columns(heads, _WORDS.heads)


def judge(
    rows: Iterable[ImportRow], mapping: Mapping[str, int], source: str, known: Iterable[Known], today: date
) -> list[Judged]:
    """Every row: what it would become, what is wrong with it, who has its tax number, telephone or address."""
    seen: dict[tuple[str, str], str] = {}
    for one in known:
        _remember(seen, one.tax_number, one.phones, one.emails, ", ".join(one.names))
    judged = []
    for row in rows:
        values = values_of(row, mapping)
        shown = values.get("organisation_name") or values.get("name") or " ".join(filter(None, row.cells))[:80]
        try:
            lead = _lead(values, source, today)
        except FormRefused as refused:
            judged.append(Judged(line=row.line, shown=shown, reason=str(refused)))
            continue
        marks = (("inn", lead.tax_number, "тот же ИНН"), ("phone", lead.phone, "тот же телефон"),
                 ("email", lead.email, "та же почта"))  # fmt: skip
        same = tuple((seen[kind, value], why) for kind, value, why in marks if value and (kind, value) in seen)
        phones, emails = (lead.phone,) if lead.phone else (), (lead.email,) if lead.email else ()
        _remember(seen, lead.tax_number, phones, emails, say("строка {line}", line=row.line))
        judged.append(Judged(line=row.line, shown=shown, lead=lead, same=same))
    return judged


def given_to(lead: NewLead, owner_id: int | None) -> NewLead:
    """The lead with who leads it."""
    return msgspec.structs.replace(lead, owner_id=owner_id)


def _remember(
    seen: dict[tuple[str, str], str], inn: str | None, phones: Iterable[str], emails: Iterable[str], name: str
) -> None:
    for kind, values in (("inn", (inn,) if inn else ()), ("phone", phones), ("email", emails)):
        for value in values:
            seen.setdefault((kind, value), name)


_DAYS: Final = ("expected_start", "consent_on")


def _day(text: str) -> str:
    """Days of tables, «1.12.2026» or «2026-12-01 00:00:00», as browsers write them; what is none stays as it is."""
    found = _DOTTED.fullmatch(text.strip())
    if found:
        day, month, year = (int(part) for part in found.groups())
        return f"{year:04d}-{month:02d}-{day:02d}"
    return text.strip().partition(" ")[0]


def _lead(values: Mapping[str, str], source: str, today: date) -> NewLead:
    values = {name: _day(text) if name in _DAYS else text for name, text in values.items()}
    form = _WORDS.legal_forms.get(values.get("legal_form", "").lower().strip(". "), "unknown")
    given = {**values, "source": source if source in SOURCES else "other", "legal_form": form}
    return read_lead(FormMultiDict(given), today)
