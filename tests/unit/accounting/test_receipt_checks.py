"""The control of a finished receipt: each rule is broken once, and what is lawful is left alone."""

import re
from datetime import date
from pathlib import Path

import msgspec
import pytest

from accounting.receipts.checks.receipt import check_receipt, may_be_registered
from accounting.receipts.checks.rules import RULES
from accounting.receipts.codes import (
    FfdVersion,
    SettlementMethod,
    SettlementSign,
    SubjectType,
    TaxationSystem,
    VatCode,
)
from accounting.receipts.model import (
    Agent,
    AgentData,
    Correction,
    Receipt,
    ReceiptLine,
    Tenders,
    UserRequisite,
    VatTotal,
)

LINE = ReceiptLine(
    name="Отопление, 10.2026",
    price_kopecks=100,
    sum_kopecks=100,
    method=SettlementMethod.FULL_SETTLEMENT,
    subject=SubjectType.SERVICE,
    vat_code=VatCode.VAT_22,
    vat_kopecks=18,
)
GOOD = Receipt(
    sign=SettlementSign.INCOME,
    taxation=TaxationSystem.GENERAL,
    lines=(LINE,),
    tenders=Tenders(cash=100),
    total_kopecks=100,
    vat_totals=(VatTotal(VatCode.VAT_22, 18),),
)


def _with_line(**fields: object) -> Receipt:
    return msgspec.structs.replace(GOOD, lines=(msgspec.structs.replace(LINE, **fields),))


def test_sound_receipt_has_no_findings() -> None:
    assert check_receipt(GOOD) == []


def _changed(**fields: object) -> Receipt:
    return msgspec.structs.replace(GOOD, **fields)


AGENT = Agent(sign=64, supplier_inn="7707083893", supplier_name="Сети")
OLD = date(2025, 12, 31)
NEW = date(2026, 1, 1)
ADVANCE = {"method": SettlementMethod.ADVANCE, "subject": SubjectType.PAYMENT, "vat_code": VatCode.VAT_22_122}
CORRECTION = Correction(0, date(2026, 11, 1))


def _taxed(code: VatCode, tax: int, **fields: object) -> Receipt:
    receipt = _with_line(vat_code=code, vat_kopecks=tax, **fields)
    return msgspec.structs.replace(receipt, vat_totals=(VatTotal(code, tax),))


def _rules(receipt: Receipt, ffd: FfdVersion = FfdVersion.FFD_1_2, settled_on: date | None = None) -> list[str]:
    return [finding.rule for finding in check_receipt(receipt, ffd=ffd, settled_on=settled_on)]


@pytest.mark.parametrize(
    ("receipt", "rule"),
    [
        (_changed(total_kopecks=101), "1020=sum(1043)"),
        (_changed(total_kopecks=99), "1020=sum(1043)"),
        (_changed(tenders=Tenders(cash=99)), "1020=forms"),
        (_changed(tenders=Tenders(cash=101, credit=-1)), "forms>=0"),
        (_changed(lines=(), tenders=Tenders(), total_kopecks=0, vat_totals=()), "lines"),
        (_changed(lines=(), tenders=Tenders(), total_kopecks=0, vat_totals=()), "1020>0"),
        (_changed(taxation=3), "1055"),
        (_with_line(sum_kopecks=0), "1043>0"),
        (_with_line(price_kopecks=98), "1043=1079*1023"),
        (_with_line(price_kopecks=99), "1043_kopeck"),
        (_with_line(sum_kopecks=10**10), "max_sum"),
        (_changed(lines=(LINE,) * 101), "max_lines"),
        (_changed(lines=(msgspec.structs.replace(LINE, name="О" * 128),) * 180), "max_bytes"),
        (_with_line(method=None), "1214"),
        (_with_line(subject=None), "1212"),
        (_with_line(vat_code=None), "1199"),
        (_with_line(**ADVANCE | {"subject": SubjectType.SERVICE}), "1212/1214"),
        (_with_line(**ADVANCE, service="internet"), "1214=3"),
        (_changed(tenders=Tenders(credit=100)), "1216/1214"),
        (_with_line(method=SettlementMethod.CREDIT), "1216/1214"),
        (msgspec.structs.replace(_with_line(**ADVANCE), tenders=Tenders(prepaid=100)), "1215/1214"),
        (_changed(contact="1" * 65), "1008"),
        (_changed(contact=""), "1008"),
        (_changed(contact="9031234567"), "1008_form"),
        (_changed(contact="none"), "1008_none"),
        (_changed(additional="1" * 17), "1192"),
        (_changed(user_requisite=UserRequisite("1" * 100, "2" * 136)), "1084"),
        (_changed(user_requisite=UserRequisite("ЛС", "№ ₽")), "cp866"),
        (_changed(vat_totals=()), "vat_totals=lines"),
        (_changed(vat_totals=(VatTotal(VatCode.VAT_22, 101),)), "vat_total"),
        (_changed(vat_totals=(VatTotal(VatCode.VAT_22, 18), VatTotal(VatCode.VAT_20, 0))), "vat_totals"),
        (_with_line(vat_kopecks=17), "1200_kopeck"),
        (_with_line(vat_kopecks=12), "1200"),
        (_taxed(VatCode.NO_VAT, 1), "1200"),
        (_taxed(VatCode.VAT_5, 5), "vat_regime"),
        (_with_line(name="«Отопление»"), "cp866"),
        (_with_line(name="О" * 129), "1030"),
        (_with_line(name=""), "1030"),
        (_with_line(vat_code=VatCode.VAT_22_122), "1199/1214"),
        (_with_line(method=SettlementMethod.ADVANCE), "1199/1214"),
        (_with_line(agent=msgspec.structs.replace(AGENT, sign=3)), "1222"),
        (_with_line(agent=msgspec.structs.replace(AGENT, supplier_inn="")), "1226"),
        (_with_line(agent=msgspec.structs.replace(AGENT, supplier_inn="7707083894")), "inn_digits"),
        (
            _with_line(agent=msgspec.structs.replace(AGENT, data=AgentData(transfer_operator_inn="7700000001"))),
            "inn_digits",
        ),
        (_with_line(agent=msgspec.structs.replace(AGENT, data=AgentData(transfer_operator_inn="77"))), "1016"),
        (_with_line(agent=msgspec.structs.replace(AGENT, supplier_phones=("+" + "7" * 19,))), "agent_text"),
        (_with_line(agent=msgspec.structs.replace(AGENT, supplier_name="«Сети»")), "cp866"),
        (_with_line(agent=msgspec.structs.replace(AGENT, data=AgentData(operation="О" * 25))), "agent_text"),
        (_changed(agent_sign=64), "1057_1.2"),
        (_with_line(measure_text="кВт"), "1197"),
        (_changed(sign=5), "1054"),
        (_with_line(subject=SubjectType.NOT_ASSIGNED_28), "1212_value"),
        (_with_line(subject=34), "1212_value"),
        (_with_line(method=SettlementMethod.CREDIT_PAYMENT), "1212/7"),
        (_with_line(name="  "), "1030"),
        (_with_line(name="Отопление\n10.2026"), "control_characters"),
        (_with_line(additional="1" * 65), "1191"),
        (_with_line(additional="№ ₽"), "cp866"),
        (_with_line(method=SettlementMethod.CREDIT_PAYMENT, subject=SubjectType.PAYMENT, measure=51), "2108_volume"),
        (_changed(additional="₽"), "cp866"),
        (_changed(sender_email="a" * 60 + "@b.ru"), "1117"),
        (_changed(correction=CORRECTION, additional="без подписи"), "1192_sign"),
        (_changed(correction=CORRECTION, lines=()), "correction_lines"),
        (_changed(correction=Correction(2, OLD)), "1173"),
        (_changed(correction=Correction(1, OLD)), "1179"),
    ],
)
def test_broken_rule_is_named(receipt: Receipt, rule: str) -> None:
    assert rule in _rules(receipt)


@pytest.mark.parametrize(
    ("receipt", "rule"),
    [
        (_changed(agent_sign=64), "1057"),
        (_with_line(measure=51), "2108"),
        (_with_line(measure_text="киловатт-часов сети"), "1197_length"),
        (_with_line(quantity_micro=1_000_100), "1023_decimals"),
        (_with_line(agent=AGENT), "1057_absent"),
        (_changed(correction=CORRECTION, lines=(), additional="1234567890"), "form31_1192"),
        (_changed(correction=CORRECTION), "form31_lines"),
        (_changed(correction=CORRECTION, sign=SettlementSign.INCOME_RETURN), "form31_sign"),
        (_changed(correction=CORRECTION, contact="a@b.ru"), "form31_contact"),
        (
            _changed(
                correction=CORRECTION, lines=(), vat_totals=(VatTotal(VatCode.VAT_20, 8), VatTotal(VatCode.VAT_22, 9))
            ),
            "form31_rates",
        ),
    ],
)
def test_rules_of_ffd_1_05_are_its_own(receipt: Receipt, rule: str) -> None:
    assert rule in _rules(receipt, FfdVersion.FFD_1_05)
    assert rule == "1197_length" or rule not in _rules(receipt)


def _part(credit: int) -> Receipt:
    receipt = _with_line(method=SettlementMethod.PARTIAL_SETTLEMENT_AND_CREDIT)
    return msgspec.structs.replace(receipt, tenders=Tenders(prepaid=100 - credit, credit=credit))


def test_method_5_is_neither_settled_whole_nor_whole_on_credit() -> None:
    assert _rules(_part(1)) == _rules(_part(99)) == []
    assert _rules(_part(0)) == ["1216/1214"]
    assert "1216/1214" in _rules(_part(100))


def test_volume_is_shown_with_its_measure() -> None:
    assert _rules(_with_line(measure=51, quantity_micro=2_000_000, price_kopecks=50)) == []


def test_without_a_code_on_a_line_totals_are_not_compared() -> None:
    assert _rules(_with_line(vat_code=None)) == ["1199"]


def test_rule_breaks_alone() -> None:
    """What breaks one rule of the texts breaks no other."""
    for receipt, rule in (
        (_with_line(name="«Отопление»"), "cp866"),
        (_with_line(additional="1" * 65), "1191"),
        (_changed(contact="none"), "1008_none"),
        (_with_line(agent=msgspec.structs.replace(AGENT, supplier_inn="")), "1226"),
        (_changed(taxation=3), "1055"),
    ):
        assert _rules(receipt) == [rule]


def test_every_rule_is_broken_by_a_test_of_this_file() -> None:
    source = Path(__file__).read_text("utf-8")
    assert [rule for rule in RULES if f'"{rule}"' not in source] == []


@pytest.mark.parametrize(
    ("receipt", "day", "rule"),
    [
        (GOOD, OLD, "vat_date"),
        (_taxed(VatCode.VAT_20, 17), NEW, "vat_date_unknown"),
        (_taxed(VatCode.VAT_20, 17, period="2026-01"), NEW, "vat_date"),
        (_taxed(VatCode.VAT_20_120, 17, method=SettlementMethod.ADVANCE, subject=SubjectType.PAYMENT), NEW, "vat_date"),
        (_taxed(VatCode.VAT_5, 5), date(2024, 12, 31), "vat_date"),
        (_changed(taxation=TaxationSystem.IMPUTED), date(2021, 1, 1), "1055_date"),
        (_changed(taxation=TaxationSystem.SIMPLIFIED_INCOME), date(2024, 1, 1), "vat_regime"),
        (_changed(internet=True), date(2025, 9, 1), "internet_contact"),
        (_changed(internet=True, contact="none"), date(2025, 9, 1), "internet_contact"),
        (_changed(correction=Correction(0, date(2026, 11, 18))), date(2026, 11, 17), "1178"),
    ],
)
def test_date_decides(receipt: Receipt, day: date, rule: str) -> None:
    assert rule in _rules(receipt, settled_on=day)


@pytest.mark.parametrize(
    ("receipt", "day"),
    [
        (_taxed(VatCode.VAT_20, 17), OLD),
        (_taxed(VatCode.VAT_20, 17, period="2025-12"), NEW),
        (msgspec.structs.replace(_taxed(VatCode.VAT_20, 17), sign=SettlementSign.INCOME_RETURN), NEW),
        (msgspec.structs.replace(_taxed(VatCode.VAT_20, 17), correction=Correction(0, OLD)), NEW),
        (_taxed(VatCode.VAT_20, 15), date(2018, 12, 31)),
        (_taxed(VatCode.VAT_20, 15), date(2019, 2, 1)),
        (msgspec.structs.replace(_taxed(VatCode.VAT_20, 17), internet=True), date(2025, 8, 31)),
    ],
)
def test_code_is_judged_by_the_date_it_belongs_to(receipt: Receipt, day: date) -> None:
    assert _rules(receipt, settled_on=day) == []


def test_a_correction_has_the_taxation_of_what_it_corrects() -> None:
    imputed = _with_line(vat_code=VatCode.NO_VAT, vat_kopecks=0)
    imputed = msgspec.structs.replace(
        imputed, taxation=TaxationSystem.IMPUTED, vat_totals=(VatTotal(VatCode.NO_VAT, 100),)
    )
    of_2020 = msgspec.structs.replace(imputed, correction=Correction(0, date(2020, 12, 31)))
    of_2021 = msgspec.structs.replace(imputed, correction=Correction(0, date(2021, 1, 1)))
    assert "1055_date" not in _rules(of_2020, settled_on=NEW)
    assert "1055_date" in _rules(of_2021, settled_on=NEW)


def test_total_may_follow_the_total_or_the_lines() -> None:
    line = msgspec.structs.replace(LINE, sum_kopecks=10, price_kopecks=10, vat_kopecks=2)
    three = _changed(lines=(line,) * 3, total_kopecks=30, tenders=Tenders(cash=30))
    for total, rules in ((5, []), (6, []), (4, ["vat_total_kopecks"]), (8, ["vat_total"])):
        assert _rules(msgspec.structs.replace(three, vat_totals=(VatTotal(VatCode.VAT_22, total),))) == rules


def test_total_rounded_down_inside_a_rouble_is_only_a_warning() -> None:
    receipt = _changed(
        lines=(msgspec.structs.replace(LINE, sum_kopecks=199, price_kopecks=199, vat_kopecks=36),),
        vat_totals=(VatTotal(VatCode.VAT_22, 36),),
    )
    (finding,) = check_receipt(receipt)
    assert (finding.rule, finding.severity, may_be_registered([finding])) == ("1020_rounded", "warning", True)


def test_finding_says_where_what_why_and_what_to_do() -> None:
    (finding,) = check_receipt(_with_line(price_kopecks=98))
    assert (finding.line, finding.severity, finding.source) == (0, "error", "п. 4.3 [1]")
    assert finding.message == "Цена на количество дает 0,98 ₽, в строке 1,00 ₽."
    assert finding.action
    assert not may_be_registered([finding])


def test_every_rule_names_its_source_with_a_mark_and_an_action() -> None:
    for rule in RULES.values():
        assert re.fullmatch(r"п\. [0-9.]+ \[[C1MIP]\]", rule.source), rule
        assert rule.message.endswith((".", "}"))
        assert rule.action.endswith(".")
