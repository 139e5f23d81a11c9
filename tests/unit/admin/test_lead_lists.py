"""Lists of leads: read from CSV and XLSX, columns guessed, every row judged with its reason."""

import io
from datetime import date

import pytest
import xlsxwriter

from admin.office.forms import FormRefused
from admin.office.lead_lists import guess_mapping, judge
from admin.office.tables_in import MAX_ROWS, read_file
from admin.storage.office.leads import Known
from admin.storage.office.table_imports import ImportRow

TABLE = [
    ["Компания", "ФИО", "Телефон", "E-mail", "ИНН"],
    ["ООО «Кафе»", "Ольга", "8 900 000-00-01", "", ""],
    ["", "", "8 900 000-00-02", "", ""],
    ["Без связи", "", "", "", ""],
    ["ИП Иванов", "", "", "ivanov@example.ru", "7700000017"],
    ["Кафе ещё раз", "", "+7 900 000 00 01", "", ""],
    ["Клиент", "", "", "Old@Example.ru", "7700000016"],
]
TODAY = date(2026, 11, 29)
KNOWN = Known(id=1, is_client=True, names=("Старый",), phones=(), emails=("old@example.ru",), tax_number="7700000016")


def csv_of(rows: list[list[str]], encoding: str = "utf-8-sig", delimiter: str = ";") -> bytes:
    return "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)


def xlsx_of(rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return out.getvalue()


@pytest.mark.parametrize(
    "content", [csv_of(TABLE), csv_of(TABLE, "cp1251"), csv_of(TABLE, "utf-8", "\t"), xlsx_of(TABLE)]
)
def test_every_row_is_judged_and_told_why(content: bytes) -> None:
    heads, rows = read_file(content)
    mapping = guess_mapping(heads)
    assert mapping == {"organisation_name": 0, "name": 1, "phone": 2, "email": 3, "tax_number": 4}
    good, nameless, out_of_reach, wrong_number, again, client = judge(rows, mapping, "site", [KNOWN], TODAY)
    assert good.lead is not None
    assert (good.line, good.lead.phone, good.lead.source, good.same) == (2, "+79000000001", "site", ())
    assert "имя или название" in nameless.reason
    assert "телефон, почту или мессенджер" in out_of_reach.reason
    assert "В ИНН ошибка" in wrong_number.reason
    assert again.same == (("строка 2", "тот же телефон"),)
    assert client.same == (("Старый", "тот же ИНН"), ("Старый", "та же почта"))


def test_whatever_is_known_of_a_lead_may_stand_in_a_column() -> None:
    heads = ["Фамилия", "Имя", "Отчество", "Телеграм", "Услуги", "Кто посоветовал", "Начать обслуживание", "Согласие"]
    row = ["Орлова", "Ольга", "Игоревна", "@olga", "зарплата", "Кафе «Мак»", "1.12.2026", "2026-11-02 00:00:00"]
    mapping = guess_mapping(heads)
    assert mapping == {
        "surname": 0, "name": 1, "patronymic": 2, "messenger": 3, "needs": 4, "source_detail": 5, "expected_start": 6,
        "consent_on": 7,
    }  # fmt: skip
    late = [*row[:7], "3.11.2026"]
    rows = [ImportRow(2, row), ImportRow(3, [*row[:6], "скоро", ""]), ImportRow(4, late)]
    good, wrong, early = judge(rows, mapping, "recommendation", [], date(2026, 11, 2))
    assert good.lead is not None
    assert (good.lead.person, good.lead.messenger, good.lead.needs) == ("Орлова Ольга Игоревна", "@olga", "зарплата")
    assert (good.lead.expected_start, good.lead.consent_on) == (date(2026, 12, 1), date(2026, 11, 2))
    assert good.lead.source_detail == "Кафе «Мак»"
    assert "С какого дня обслуживать" in wrong.reason
    assert early.reason == "Согласие на обработку данных: Этот день ещё не наступил."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "пуст"),
        (b"a;b\n", "нет строк"),
        (b"\x00\x01", "CSV или XLSX"),
        (b"PK\x03\x04" + bytes(100), "таблиц"),
        (csv_of([["Имя"], *([["x"]] * (MAX_ROWS + 1))]), "разделите"),
        (b"x" * (3 << 20), "разделите"),
    ],
    ids=["empty", "heads alone", "bytes", "broken", "many", "large"],
)
def test_what_is_no_list_is_refused_in_words(content: bytes, said: str) -> None:
    with pytest.raises(FormRefused) as refused:
        read_file(content)
    assert said in str(refused.value).lower() or said in str(refused.value)
