"""What an address asks of a list, without a database."""

from datetime import date
from typing import Any

import pytest
from litestar.datastructures import MultiDict

from admin.addresses import account_address
from admin.pages.accounts.table import cursor_of, read_cursor
from admin.pages.explained import sections_of
from admin.pages.receipts.table import cursor_id, receipt_table
from admin.permissions import EVERYTHING
from admin.tables.asked import Asked, read_asked
from admin.tables.definition import Column, Filter, Table
from admin.tables.view import Rows, make_view
from admin.viewer import Viewer
from fiscal_server.storage.overview import MerchantName

TABLE = Table(
    path="/list",
    columns=(
        Column(key="a", title="A", value=lambda row: row),
        Column(key="b", title="B", is_shown=False, value=lambda row: row),
    ),
    filters=(
        Filter(key="text", title="Текст", max_length=5),
        Filter(key="way", title="Выбор", kind="choice", choices=(("x", "икс"),)),
        Filter(key="from", title="С", kind="day"),
        Filter(key="to", title="По", kind="day"),
        Filter(key="sum", title="Сумма", kind="money"),
        Filter(key="number", title="Номер", kind="number"),
    ),
)


def asked(*pairs: tuple[str, str]) -> Asked:
    return read_asked(TABLE, MultiDict[Any](pairs))


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("text", "  a b ", "a b"),
        ("way", "x", "x"),
        ("from", "2026-12-31", date(2026, 12, 31)),
        ("from", "31.12.2026", date(2026, 12, 31)),
        ("sum", "1 234,50", 123_450),
        ("sum", "1\u00a0234.5 ₽", 123_450),
        ("sum", "0", 0),
        ("number", "2147483647", 2_147_483_647),
    ],
)
def test_a_condition_is_read_as_people_write_it(key: str, text: str, value: object) -> None:
    found = asked((key, text))
    assert found.values == {key: value}
    assert found.errors == {}


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("text", "123456"),
        ("way", "y"),
        ("from", "31.02.2026"),
        ("from", "yesterday"),
        ("sum", "1,234"),
        ("sum", "-5"),
        ("sum", "10000000000001"),
        ("number", "0"),
        ("number", "٣"),
        ("number", "2147483648"),
    ],
)
def test_a_condition_that_cannot_be_read_is_an_error_and_stays_in_its_field(key: str, text: str) -> None:
    found = asked((key, text))
    assert found.values == {}
    assert found.errors.keys() == {key}
    assert found.given == {key: text}


def test_an_end_before_its_beginning_is_an_error_of_the_end() -> None:
    assert asked(("from", "2026-02-01"), ("to", "2026-01-01")).errors.keys() == {"to"}


def test_addresses_keep_conditions_columns_and_order_and_leave_the_page() -> None:
    found = asked(("text", "a"), ("column", "b"), ("order", "turned"), ("behind", "7"), ("first", "51"), ("evil", "1"))
    assert found.address() == "/list?text=a&column=b&order=turned"
    assert found.address(text=None, order=None) == "/list?column=b"
    assert found.address("/list/totals") == "/list/totals?text=a&column=b&order=turned"
    assert (found.behind, found.first) == ("7", 51)


def test_unknown_columns_are_left_aside_and_none_means_the_usual_ones() -> None:
    assert [one.key for one in asked(("column", "z")).columns] == ["a"]
    assert [one.key for one in asked(("column", "b"), ("column", "a")).columns] == ["a", "b"]


def test_a_page_knows_its_neighbours_and_its_place() -> None:
    def view(found: Asked, page: Rows) -> Any:
        return make_view(found, page, str)

    middle = view(asked(("behind", "9"), ("first", "101")), Rows(list(range(50)), "49", 50, has_previous=True))
    assert (middle.first, middle.last) == (101, 150)
    assert middle.next_address == "/list?behind=49&first=151"
    assert middle.previous_address == "/list?ahead=0&first=51"
    second = view(asked(("behind", "9"), ("first", "51")), Rows([1], None, 1, has_previous=True))
    assert (second.next_address, second.previous_address) == (None, "/list")
    short = view(asked(), Rows([], "12", 3000, has_previous=False))
    assert short.is_short
    assert short.next_address == "/list?behind=12&first=1"


def test_a_chip_takes_its_condition_away() -> None:
    found = asked(("text", "a"), ("way", "x"))
    chips = make_view(found, Rows([], None, 0, has_previous=False), str).chips
    assert [(one.text, one.is_msgid, one.without) for one in chips] == [
        ("a", False, "/list?way=x"),
        ("икс", True, "/list?text=a"),
    ]


@pytest.mark.parametrize("text", [None, "", "x", "-1", "9" * 19, "٣", "1|", "|", "a|b"])
def test_a_cursor_that_is_none_of_ours_is_none(text: str | None) -> None:
    assert cursor_id(text) is None
    assert read_cursor(text) in (None, ("", 1))


def test_a_cursor_of_an_account_holds_any_code() -> None:
    assert read_cursor(cursor_of("a|b", 7)) == ("a|b", 7)


@pytest.mark.parametrize(
    ("code", "address"),
    [
        ("0040017811", "/accounts/7/0040017811"),
        ("А 1?#%", "/accounts/7/%D0%90%201%3F%23%25"),
        ("a/b", "/accounts/7?code=a%2Fb"),
        ("..", "/accounts/7?code=.."),
        ("\\", "/accounts/7?code=%5C"),
    ],
)
def test_every_code_has_an_address(code: str, address: str) -> None:
    assert account_address(7, code) == address


def test_the_list_of_an_only_merchant_has_no_column_for_it() -> None:
    one, two = MerchantName(1, "Первая"), MerchantName(2, "Вторая")
    assert receipt_table(Viewer(merchants=[one], roles=EVERYTHING)).column("merchant") is None
    assert receipt_table(Viewer(merchants=[one, two], roles=EVERYTHING)).column("merchant") is not None


def test_an_explanation_is_parted_by_its_headings() -> None:
    found = sections_of("Срок:\n  До 16.01.2026.\n  Раньше можно.\nПометки: [C] так.")
    assert [(one.heading, one.sentences) for one in found] == [
        ("Срок", ["До 16.01.2026.", "Раньше можно."]),
        ("Пометки", ["[C] так."]),
    ]
