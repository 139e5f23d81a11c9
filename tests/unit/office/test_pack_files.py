from datetime import date

import pytest

from accounting.office.attributes import BY_NAME, Attribute, AttributeKind
from accounting.office.clients import Payer
from accounting.office.mistakes import Mistake, PackRefused
from accounting.office.obligation_templates import Certainty, TemplateState
from accounting.office.pack_files import COLUMNS, PackHead, read_pack, shipped_one_off_dates, shipped_pack
from accounting.receipts.wording import in_language
from tests.unit.office.organisations import GOLDEN_PROFILE, profile

HEAD = PackHead(
    country="RU",
    version="2026.1",
    status=TemplateState.ACTIVE,
    valid_from=date(2025, 1, 1),
    file="own.csv",
    source="a law",
)
GOOD = {
    "code": "RU-X",
    "name": "Отчет",
    "name_en": "Report",
    "kind": "report",
    "systems": "ANY",
    "payers": "ORG;IP",
    "employees": "any",
    "period": "month",
    "due_rule": "M+1:D25",
    "shift": "next",
    "authority": "FNS",
    "source": "a law",
    "certainty": "high",
}


def table_of(*rows: dict[str, str]) -> str:
    lines = [",".join(f'"{row.get(column, "")}"' for column in COLUMNS) for row in rows]
    return "\n".join(["# A comment.", ",".join(COLUMNS), *lines])


def _mistakes(*rows: dict[str, str]) -> list[Mistake]:
    with pytest.raises(PackRefused) as refused:
        read_pack(HEAD, table_of(*rows))
    return refused.value.mistakes


def test_good_row_becomes_a_template() -> None:
    (template,) = read_pack(HEAD, table_of(GOOD)).templates
    assert (template.code, template.version, template.state) == ("RU-X", "2026.1", TemplateState.ACTIVE)
    assert template.payers == {Payer.ORG, Payer.IP}
    assert template.lead_days == 3  # that of reports
    assert template.valid_from == HEAD.valid_from
    assert template.valid_to is None


@pytest.mark.parametrize(
    ("column", "cell", "character", "said"),
    [
        ("due_rule", "M+1:D99", 5, "Непонятный день «D99»"),
        ("condition", "has_land and vat_payr", 14, "есть vat_payer"),
        ("shift", "forward", 1, "Нет значения «forward»; есть next, prev, none."),
        ("period", "week", 1, "Нет значения «week»"),
        ("kind", "", 1, "Нет значения «»"),
        ("payers", "ORG;LLC", 1, "Нет значения «LLC»"),
        ("months", "13", 1, "не кончается в месяце 13"),
        ("months", "two", 1, "Ожидается целое число"),
        ("lead_days", "soon", 1, "Ожидается целое число"),
        ("valid_from", "1.1.2026", 1, "Ожидается дата"),
        ("week", "7", 1, "В неделе 5 или 6"),
        ("code", "", 1, "Здесь пусто."),
        ("source", "", 1, "Здесь пусто."),
        ("due_rule", "E:+1W", 1, "не считают от периода month"),
        ("condition", "hr_event = hire", 1, "hr_event — событие"),
    ],
)
def test_mistake_names_file_line_column_character_and_reason(column: str, cell: str, character: int, said: str) -> None:
    (mistake,) = _mistakes(GOOD, {**GOOD, "code": "RU-Y", column: cell})
    assert (mistake.file, mistake.line, mistake.column, mistake.character) == ("own.csv", 4, column, character)
    assert said in mistake.reason
    assert mistake.text().startswith(f"own.csv, строка 4, столбец {column}, знак {character}: ")


def test_all_mistakes_of_a_file_are_named_at_once() -> None:
    mistakes = _mistakes({**GOOD, "shift": "up", "due_rule": "soon"}, {**GOOD, "code": "RU-Y", "period": "never"})
    assert [(mistake.line, mistake.column) for mistake in mistakes] == [(3, "due_rule"), (3, "shift"), (4, "period")]


def test_mistakes_are_told_in_the_language_of_the_call() -> None:
    with in_language("en"):
        (mistake,) = _mistakes({**GOOD, "source": ""})
        assert mistake.text() == "own.csv, line 3, column source, character 1: It is empty here."


def test_event_rule_without_an_event_is_refused() -> None:
    (mistake,) = _mistakes({**GOOD, "period": "event", "due_rule": "E:+1W", "condition": "has_land"})
    assert (mistake.column, "назовите его" in mistake.reason) == ("condition", True)


def test_month_in_which_no_such_period_ends_is_refused() -> None:
    (mistake,) = _mistakes({**GOOD, "period": "quarter", "months": "3;4"})
    assert "quarter не кончается в месяце 4" in mistake.reason


def test_two_versions_of_one_code_for_one_period_are_refused() -> None:
    (mistake,) = _mistakes(GOOD, {**GOOD, "valid_from": "2026-01-01"})
    assert (mistake.line, mistake.column) == (4, "valid_from")
    pack = read_pack(HEAD, table_of({**GOOD, "valid_to": "2026-01-01"}, {**GOOD, "valid_from": "2026-01-01"}))
    assert len(pack.templates) == 2


@pytest.mark.parametrize("text", ["", "code,name\nRU-X,Y", table_of(GOOD) + "\none,cell", "x" * 200_000])
def test_file_with_other_columns_is_refused(text: str) -> None:
    with pytest.raises(PackRefused, match=r"own\.csv"):
        read_pack(HEAD, text)


def test_office_adds_attributes_of_its_own() -> None:
    own = Attribute(name="has_farm", label="Есть ферма", kind=AttributeKind.FLAG)
    pack = read_pack(HEAD, table_of({**GOOD, "condition": "has_farm"}), {**BY_NAME, own.name: own})
    assert pack.questions(GOLDEN_PROFILE) == ["has_farm"]


def test_russia_is_active_where_it_is_certain_and_other_countries_are_drafts() -> None:
    russia = shipped_pack("RU")
    assert len(russia.templates) == 107
    assert {one.certainty for one in russia.active()} == {Certainty.HIGH}
    assert {one.certainty for one in russia.templates if one.state is TemplateState.DRAFT} == {Certainty.MEDIUM}
    assert [shipped_pack(country).active() for country in ("PL", "BR")] == [[], []]


def test_draft_is_planned_once_somebody_confirms_it() -> None:
    russia = shipped_pack("RU").confirmed(["RU-OVED"])
    assert "RU-OVED" in {one.code for one in russia.active()}
    assert len(russia.active()) == len(shipped_pack("RU").active()) + 1
    with pytest.raises(KeyError, match="RU-NONE"):
        russia.confirmed(["RU-NONE"])


@pytest.mark.parametrize("country", ["RU", "PL", "BR"])
def test_every_rule_that_ships_names_its_law(country: str) -> None:
    assert all(one.source and one.name_en for one in shipped_pack(country).templates)


def test_one_off_dates_that_ship_are_of_rules_that_ship_and_name_their_act() -> None:
    codes = {one.code for country in ("RU", "PL", "BR") for one in shipped_pack(country).templates}
    assert shipped_one_off_dates()
    assert all(row.code in codes and row.document for row in shipped_one_off_dates())


def test_questions_are_those_of_the_payer_that_are_not_answered() -> None:
    russia = shipped_pack("RU")
    questions = russia.questions(profile(Payer.IP, "USN_D"))
    assert "income_kopecks" in questions
    assert "profit_mode" not in questions  # asked of organisations on the general system
    assert "pays_individuals" not in questions  # asked of employers
    assert "income_kopecks" not in russia.questions(profile(Payer.IP, "USN_D", income_kopecks=0))
