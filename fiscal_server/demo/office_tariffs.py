"""The catalogue and the tariff of the invented office, and what each of its clients answers to the tariff."""

import random
from typing import Final

import msgspec

from accounting.office.conditions import Fact
from accounting.office.tariff_starter import BASE_PARAMETERS
from accounting.office.tariff_texts import WrittenLine, WrittenPlan
from accounting.office.tariffs import Step
from admin.storage.office.catalogue import Service
from fiscal_server.demo.office_world import Company

CODE: Final = "STANDARD"
NAME: Final = "Стандарт"

_BOOKS: Final = (
    "RU-USN*", "RU-VAT*", "RU-PROFIT*", "RU-IP-*", "RU-BFO*", "RU-OVED", "RU-ZERO", "RU-PSN*", "RU-PROP*", "RU-TRANS*",
    "RU-LAND*", "RU-FNS*",
)  # fmt: skip
_PAYROLL: Final = ("RU-NDFL*", "RU-6NDFL*", "RU-SV-*", "RU-RSV", "RU-PSV", "RU-NS-*", "RU-EFS1*", "RU-SFR*")

SERVICES: Final = (
    Service(code="BOOKS", name="Бухгалтерский и налоговый учёт", default_role="tax", norm_minutes=360,
            obligations=_BOOKS, price_kopecks=900_000),
    Service(code="PRIMARY", name="Первичные документы и закрытие месяца", area="primary", unit="document",
            default_role="primary", norm_minutes=4, due_rule="M+1:WD10", shift="next", price_kopecks=6_000),
    Service(code="PAYROLL", name="Зарплата и кадровый учёт", area="payroll", unit="employee", default_role="payroll",
            norm_minutes=35, obligations=_PAYROLL, price_kopecks=70_000),
    Service(code="STATISTICS", name="Отчёты в статистику", default_role="tax", norm_minutes=90,
            obligations=("RU-STAT*",), price_kopecks=150_000),
    Service(code="RESTORE", name="Восстановление учёта", unit="piece", is_cyclic=False, norm_minutes=480,
            period="event", due_rule="E:+40W", price_kopecks=600_000),
    Service(code="CONSULT", name="Консультация", area="consulting", unit="hour", is_cyclic=False, norm_minutes=60,
            period="event", due_rule="E:+5W", price_kopecks=300_000),
)  # fmt: skip


def _base(name: str, amount: int, when: str) -> WrittenLine:
    return WrittenLine(kind="base", name=name, amount_kopecks=amount, when=when, service="BOOKS")


PLAN: Final = WrittenPlan(
    parameters=BASE_PARAMETERS,
    lines=(
        _base("ООО на УСН «доходы»", 900_000, "legal_form = org and tax_system = USN_D"),
        _base("ООО на УСН «доходы минус расходы»", 1_200_000, "legal_form = org and tax_system = USN_DR"),
        _base("ООО на общей системе", 1_800_000, "legal_form = org and tax_system = OSNO"),
        _base("ИП на УСН", 500_000, "legal_form = ip and (tax_system = USN_D or tax_system = USN_DR)"),
        WrittenLine(kind="per_unit", name="Сотрудники", parameter="employees", amount_kopecks=70_000,
                    service="PAYROLL"),
        WrittenLine(kind="bracket", name="Первичные документы", parameter="documents",
                    steps=(Step(50, 0), Step(150, 6_000), Step(None, 5_000)), service="PRIMARY"),
        WrittenLine(kind="per_unit", name="Счета в банке", parameter="bank_accounts", amount_kopecks=50_000,
                    included=1),
        WrittenLine(kind="per_unit", name="Восстановление учёта", parameter="months_to_restore",
                    amount_kopecks=600_000, one_off=True, when="restore_books", service="RESTORE"),
        WrittenLine(kind="coefficient", name="Маркетплейсы", rate_bp=12_000, when="marketplace"),
        WrittenLine(kind="discount", name="Скидка", rate_bp=1_000, last_month=3, reason="новый клиент"),
    ),
    minimum_fee_kopecks=300_000,
    rounding_step_kopecks=1_000,
)  # fmt: skip
"""As the panel offers a new one, with the services that its lines are for and the systems of all clients."""

EARLIER: Final = msgspec.structs.replace(
    PLAN,
    lines=tuple(
        msgspec.structs.replace(one, amount_kopecks=one.amount_kopecks * 9 // 10)
        if one.kind in ("base", "per_unit") else one
        for one in PLAN.lines
    ),
)  # fmt: skip
"""The version before: a tenth cheaper. Contracts of clients were priced by it."""

GOLDEN_ANSWERS: Final[dict[str, Fact]] = {
    "legal_form": "org", "tax_system": "USN_D", "employees": 4, "documents": 120, "bank_accounts": 2,
    "marketplace": True,
}  # fmt: skip
"""Of the worked example of the price."""


def answers_of(company: Company, place: int, rng: random.Random) -> dict[str, Fact]:
    """What a client answered; one in twenty with people keeps its payroll itself."""
    own_payroll = rng.random() < 0.05
    documents, people = rng.randint(60, 260), rng.randint(1, 24)
    accounts, market = rng.choice((1, 1, 1, 2, 3)), rng.random() < 0.2
    if place == 0:
        return dict(GOLDEN_ANSWERS)
    return {
        "legal_form": company.kind, "tax_system": company.profile.systems[0],
        "employees": people if company.profile.with_employees and not own_payroll else 0, "documents": documents,
        "bank_accounts": accounts, "marketplace": market, "vat_payer": bool(company.profile.facts.get("vat_payer")),
    }  # fmt: skip
