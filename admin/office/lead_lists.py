"""Lists of leads: a file becomes rows, columns get a meaning, each row is judged before anything is written."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Final

import msgspec
from litestar.datastructures import FormMultiDict

from accounting.reconciliation.incoming.findings import FileRefused
from accounting.reconciliation.incoming.spreadsheet import spreadsheet_rows
from admin.office.forms import FormRefused
from admin.office.lead_steps import SOURCES, read_lead
from admin.storage.office.lead_imports import ImportRow
from admin.storage.office.leads import Known, NewLead
from admin.texts import say

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_ROWS: Final = 2_000
_LONGEST_CELL: Final = 2_000
_COLUMNS: Final = 40

FIELDS: Final = {
    "organisation_name": "Организация",
    "name": "Имя",
    "phone": "Телефон",
    "email": "Почта",
    "tax_number": "ИНН",
    "legal_form": "Форма",
    "tax_system": "Налогообложение",
    "activity": "Чем занимается",
    "region": "Регион",
    "features": "Особенности",
}
"""What a column may be; titles are msgids."""


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


def read_file(content: bytes) -> tuple[list[str], list[ImportRow]]:
    """Heads and rows of a table, CSV or XLSX. Raises FormRefused."""
    if not content:
        raise FormRefused(say("Файл не выбран или пуст"))
    if len(content) > MAX_BYTES:
        raise FormRefused(say("Файл больше 2 МиБ: разделите его."))
    try:
        rows = list(spreadsheet_rows(content)) if content.startswith(b"PK\x03\x04") else _csv_rows(content)
    except FileRefused as refused:
        raise FormRefused(refused.refusal.text()) from None
    cleaned = [
        (line, [cell.replace("\0", "").strip()[:_LONGEST_CELL] for cell in row[:_COLUMNS]])
        for line, row in enumerate(rows, start=1)
    ]
    filled = [(line, row) for line, row in cleaned if any(row)]
    if len(filled) < 2:
        raise FormRefused(say("В таблице нет строк под заголовком."))
    if len(filled) > MAX_ROWS + 1:
        raise FormRefused(say("Строк больше {count}: разделите файл.", count=MAX_ROWS))
    return filled[0][1], [ImportRow(line, row) for line, row in filled[1:]]


def _csv_rows(content: bytes) -> list[list[str]]:
    if b"\0" in content:
        raise FormRefused(say("Это не таблица: нужен CSV или XLSX."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1251", errors="replace")
    head = text.partition("\n")[0]
    delimiter = max(";,\t", key=head.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        raise FormRefused(say("Это не таблица: нужен CSV или XLSX.")) from None


def guess_mapping(heads: Sequence[str]) -> dict[str, int]:
    """Columns by what their heads look like; each column is one thing."""
    found: dict[str, int] = {}
    for field, marks in _WORDS.heads.items():
        for number, head in enumerate(heads):
            if number not in found.values() and any(mark in head.lower() for mark in marks):
                found[field] = number
                break
    return found


def read_mapping(form: FormMultiDict, heads: Sequence[str]) -> dict[str, int]:
    """What somebody said of the columns; a field may be left out. Raises FormRefused."""
    mapping = {}
    for field in FIELDS:
        text = str(form.get(f"m_{field}", ""))
        if text:
            if not (text.isascii() and text.isdecimal() and len(text) < 5 and int(text) < len(heads)):
                raise FormRefused(say("Выберите один из вариантов."))
            mapping[field] = int(text)
    return mapping


def judge(rows: Iterable[ImportRow], mapping: Mapping[str, int], source: str, known: Iterable[Known]) -> list[Judged]:
    """Every row: what it would become, what is wrong with it, who has its tax number, telephone or address."""
    seen: dict[tuple[str, str], str] = {}
    for one in known:
        _remember(seen, one.tax_number, one.phones, one.emails, ", ".join(one.names))
    judged = []
    for row in rows:
        values = {field: row.cells[number] if number < len(row.cells) else "" for field, number in mapping.items()}
        shown = values.get("organisation_name") or values.get("name") or " ".join(filter(None, row.cells))[:80]
        try:
            lead = _lead(values, source)
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


def _lead(values: Mapping[str, str], source: str) -> NewLead:
    form = _WORDS.legal_forms.get(values.get("legal_form", "").lower().strip(". "), "unknown")
    return read_lead(FormMultiDict({**values, "source": source if source in SOURCES else "other", "legal_form": form}))
