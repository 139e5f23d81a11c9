"""What a tax profile may say, and what may happen to an organisation: the words that conditions of rules are made of.

A registry, not columns: a condition with a word that is not here is refused when its file is read, and a form can be
drawn from it. An office adds its own attributes by handing them to whoever reads a pack. Labels are Russian msgids.
"""

from enum import StrEnum
from typing import Final

import msgspec


class AttributeKind(StrEnum):
    """How an attribute is answered. Money is a number of kopecks, and its name says so."""

    FLAG = "flag"
    NUMBER = "number"
    CHOICE = "choice"


class Attribute(msgspec.Struct, frozen=True, kw_only=True):
    """One word of the conditions. ``of_occasion``: it is answered by what happened, not by the profile."""

    name: str
    label: str
    kind: AttributeKind
    choices: tuple[str, ...] = ()
    country: str = ""
    """Where it is asked; empty: everywhere."""
    of_occasion: bool = False


def _flags(country: str, labels: dict[str, str]) -> list[Attribute]:
    return [
        Attribute(name=name, label=label, kind=AttributeKind.FLAG, country=country) for name, label in labels.items()
    ]


def _numbers(country: str, labels: dict[str, str]) -> list[Attribute]:
    return [
        Attribute(name=name, label=label, kind=AttributeKind.NUMBER, country=country) for name, label in labels.items()
    ]


def _occasion(name: str, label: str, choices: str = "", country: str = "RU") -> Attribute:
    kind = AttributeKind.CHOICE if choices else AttributeKind.FLAG
    return Attribute(
        name=name, label=label, kind=kind, choices=tuple(choices.split()), country=country, of_occasion=True
    )


_RU_FLAGS: Final = {
    "pays_individuals": "Платит физическим лицам",
    "has_dsv": "Перечисляет дополнительные взносы на пенсию",
    "is_state_institution": "Государственное учреждение",
    "vat_payer": "Плательщик НДС",
    "vat_agent": "Налоговый агент по НДС",
    "imports_from_eaeu": "Ввозит товары из стран ЕАЭС",
    "is_intermediary": "Посредник: выставляет счета-фактуры от своего имени",
    "owns_property": "Владеет имуществом как физическое лицо",
    "has_property_avg_cost": "Имущество облагается по среднегодовой стоимости",
    "has_property_cadastral": "Имущество облагается по кадастровой стоимости",
    "region_advance": "В регионе платят авансы по имущественным налогам",
    "has_vehicles": "Есть транспорт",
    "has_land": "Есть земля",
    "region_has_trade_levy": "В регионе есть торговый сбор",
    "has_trade_object": "Есть объект торговли",
    "provides_lodging": "Размещает туристов",
    "municipality_has_tourist_tax": "В муниципалитете есть туристический налог",
    "water_tax": "Платит водный налог",
    "mineral_extraction": "Добывает полезные ископаемые",
    "excise_payer": "Платит акцизы",
    "no_turnover": "Нет движения по счетам и кассе",
    "no_tax_objects": "Нет объектов налогообложения",
    "audit_required": "Аудит обязателен",
    "has_foreign_account": "Есть счет за рубежом",
    "has_nvos_object": "Есть объект, загрязняющий среду",
    "small_business": "Малое предприятие",
    "micro_business": "Микропредприятие",
    "rosstat_assigned": "Росстат назначил формы",
    "rosstat_sample": "Попала в выборку Росстата",
}
_PL_FLAGS: Final = {
    "vat_active": "Зарегистрирована по НДС",
    "eu_transactions": "Есть сделки внутри Евросоюза",
    "oss_registered": "Зарегистрирована в OSS",
    "quarterly_advances": "Платит авансы по кварталам",
    "tax_group": "Входит в налоговую группу",
    "files_jpk_v7m": "Сдает JPK_V7 каждый месяц",
    "legal_person": "Юридическое лицо",
    "budget_unit": "Бюджетное учреждение",
    "has_ppk": "Есть накопительный план работников (PPK)",
    "intrastat_threshold": "Превышен порог Intrastat",
    "paid_wht": "Удерживает налог у источника",
}
_BR_FLAGS: Final = {
    "has_withholding": "Удерживает налоги у источника",
    "quarterly_profit_tax": "Налог на прибыль по кварталам",
    "monthly_estimate": "Налог на прибыль ежемесячно по оценке",
    "uses_incentives": "Пользуется налоговыми льготами",
    "real_estate": "Работает с недвижимостью",
    "health_services": "Оказывает медицинские услуги",
}

ATTRIBUTES: Final = (
    *_flags("RU", _RU_FLAGS),
    Attribute(
        name="profit_mode",
        label="Как платит налог на прибыль",
        kind=AttributeKind.CHOICE,
        choices=("quarterly", "monthly_advance", "actual_monthly"),
        country="RU",
    ),
    *_numbers("RU", {"advance_kopecks": "Сумма аванса", "income_kopecks": "Доход за год"}),
    *_flags("PL", _PL_FLAGS),
    *_numbers(
        "PL",
        {
            "insured": "Застрахованных",
            "full_time_equivalent": "Занятость в полных ставках",
            "revenue_previous_year_eur": "Выручка за прошлый год, евро",
        },
    ),
    *_flags("BR", _BR_FLAGS),
    _occasion(
        "hr_event",
        "Кадровое событие",
        "hire dismissal suspension gph_start gph_end transfer rename qualification workbook"
        " foreign_hire foreign_dismissal",
    ),
    _occasion("sfr_request", "Запрос Социального фонда"),
    _occasion("fns_demand", "Требование налоговой", "explanation documents counterparty deal other"),
    _occasion("kkt_event", "Событие с кассой", "data_change fn_change transfer loss closure"),
    _occasion("audit_report", "Аудиторское заключение"),
    _occasion("patent_terminated", "Деятельность по патенту прекращена"),
    _occasion("dividends_paid", "Выплачены дивиденды организации"),
    _occasion("patent", "Патент"),
    Attribute(
        name="patent_months",
        label="Срок патента, полных месяцев",
        kind=AttributeKind.NUMBER,
        country="RU",
        of_occasion=True,
    ),
    _occasion("poa", "Доверенность", country=""),
    _occasion("certificate", "Сертификат электронной подписи", country=""),
    _occasion("fn", "Фискальный накопитель"),
    _occasion("statements_approved", "Отчетность утверждена", country="PL"),
)
"""All that the packs of this package ask for."""

BY_NAME: Final = {attribute.name: attribute for attribute in ATTRIBUTES}
