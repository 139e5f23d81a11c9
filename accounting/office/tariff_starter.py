"""What a new tariff plan begins with: base parameters of the trade, and lines to change (office domain 3.5, 3.6)."""

from typing import Final

import msgspec

from accounting.office.attributes import AttributeKind
from accounting.office.tariff_texts import WrittenLine, WrittenParameter, WrittenPlan
from accounting.office.tariffs import Step
from accounting.receipts.wording import translated

_CHOICE, _FLAG, _NUMBER = AttributeKind.CHOICE, AttributeKind.FLAG, AttributeKind.NUMBER


def _number(name: str, label: str, default: int = 0, appears_when: str = "") -> WrittenParameter:
    return WrittenParameter(name=name, label=label, kind=_NUMBER, default=default, appears_when=appears_when)


def _flag(name: str, label: str) -> WrittenParameter:
    return WrittenParameter(name=name, label=label, kind=_FLAG, default=False)


BASE_PARAMETERS: Final = (
    WrittenParameter(
        name="legal_form", label="Форма", kind=_CHOICE, choices=("org", "ip", "person"), default="org"
    ),
    WrittenParameter(
        name="tax_system", label="Налогообложение", kind=_CHOICE,
        choices=("USN_D", "USN_DR", "OSNO", "ESHN", "PSN", "AUSN", "NPD"), default="USN_D",
    ),
    WrittenParameter(
        name="activity", label="Чем занимается", kind=_CHOICE,
        choices=("services", "trade", "catering", "production", "construction", "transport", "other"),
        default="services",
    ),
    _number("employees", "Сотрудников"),
    _number("documents", "Первичных документов в месяц"),
    _number("bank_operations", "Операций в банке за месяц"),
    _number("bank_accounts", "Счетов в банке", 1),
    _number("cash_registers", "Касс"),
    _number("turnover_kopecks", "Оборот в месяц"),
    _flag("vat_payer", "Плательщик НДС"),
    _flag("foreign_trade", "Внешняя торговля"),
    _flag("marketplace", "Маркетплейсы"),
    _number("divisions", "Обособленных подразделений"),
    _flag("restore_books", "Нужно восстановить учёт"),
    _number("months_to_restore", "Месяцев восстанавливать", appears_when="restore_books"),
    WrittenParameter(
        name="documents_by", label="Кто составляет первичные документы", kind=_CHOICE, choices=("client", "office"),
        default="client",
    ),
)  # fmt: skip

STARTER: Final = WrittenPlan(
    parameters=BASE_PARAMETERS,
    lines=(
        WrittenLine(
            kind="base", name="ООО на УСН «доходы»", amount_kopecks=900_000,
            when="legal_form = org and tax_system = USN_D",
        ),
        WrittenLine(kind="per_unit", name="Сотрудники", parameter="employees", amount_kopecks=70_000),
        WrittenLine(
            kind="bracket", name="Первичные документы", parameter="documents",
            steps=(Step(50, 0), Step(150, 6_000), Step(None, 5_000)),
        ),
        WrittenLine(
            kind="per_unit", name="Счета в банке", parameter="bank_accounts", amount_kopecks=50_000, included=1
        ),
        WrittenLine(
            kind="per_unit", name="Восстановление учёта", parameter="months_to_restore", amount_kopecks=600_000,
            one_off=True, when="restore_books",
        ),
        WrittenLine(kind="coefficient", name="Маркетплейсы", rate_bp=12_000, when="marketplace"),
        WrittenLine(kind="discount", name="Скидка", rate_bp=1_000, last_month=3, reason="новый клиент"),
    ),
    minimum_fee_kopecks=300_000,
    rounding_step_kopecks=1_000,
)  # fmt: skip
"""The plan of the worked example; ``starter`` says it in a language."""


def starter() -> WrittenPlan:
    """The plan with its lines named in the language of the call: what an office makes of it is the office's own text.

    Labels of parameters stay msgids: pages say them wherever they are shown.
    """
    lines = [
        msgspec.structs.replace(line, name=translated(line.name), reason=translated(line.reason))
        for line in STARTER.lines
    ]
    return msgspec.structs.replace(STARTER, lines=tuple(lines))
