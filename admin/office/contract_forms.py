"""Forms of services and contracts, read and checked."""

import re
from datetime import date
from typing import Final

import msgspec
from litestar.datastructures import FormMultiDict

from accounting.office.contract_offer import OfferedLine
from accounting.office.mistakes import BadText
from accounting.office.pack_files import COUNTRIES, shipped_pack
from admin.office import words
from admin.office.contract_words import AREAS, PERIODS, SHIFTS, UNITS
from admin.office.contract_work import as_line
from admin.office.forms import FormRefused, about, choice_of, day_of, is_ticked, text_of
from admin.office.tariff_forms import money_of, money_or_none, money_text, whole_of
from admin.storage.office.catalogue import Service
from admin.storage.office.contracts import ContractCard, NewContract, StoredLine
from admin.texts import say

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_MONTHS: Final = re.compile(r"[0-9\s,;]*")
_LONGEST_PERIOD: Final = 600


def kept_contract(card: ContractCard) -> dict[str, str]:
    """What stands in the form of a draft, by the names of its fields."""
    days = {"dated": card.dated, "starts_on": card.starts_on, "ends_on": card.ends_on}
    numbers = {"renews_by_months": card.renews_by_months, "indexation_month": card.indexation_month}
    return {
        "number": card.number,
        **{name: day.isoformat() if day else "" for name, day in days.items()},
        **{name: str(number or "") for name, number in numbers.items()},
        "notice_days": str(card.notice_days),
        "fee": money_text(card.fee_kopecks) or ("0" if card.calculation_id else ""),
        "indexation": money_text(card.indexation_bp),
        **{name: str(card.terms.get(name) or "") for name in ("payment_terms", "documents")},
    }


CONTRACT_LABELS: Final = {
    "dated": "Дата договора",
    "renews_by_months": "Продлевать сам на, месяцев",
    "fee": "В месяц",
    "indexation": "Индексация, %",
    "indexation_month": "Месяц индексации",
    "payment_terms": "Оплата",
    "documents": "Документы от клиента",
}
"""Msgids, by the names of fields."""


def day_or_none(form: FormMultiDict, name: str) -> date | None:
    """A day; None for none. Raises FormRefused."""
    return day_of(form, name) if form.get(name) else None


def read_terms(form: FormMultiDict, service: str) -> OfferedLine:
    """Period, day rule, shift and what is served: the same of a service and of a line. Raises FormRefused."""
    period, due_rule = choice_of(form, "period", PERIODS), text_of(form, "due_rule", 60)
    codes = tuple(filter(None, re.split(r"[\s,;]+", text_of(form, "obligations", 1000).upper())))
    line = OfferedLine(
        service=service, period=period, due_rule=due_rule, shift=choice_of(form, "shift", SHIFTS), obligations=codes,
        months=_months(form),
    )  # fmt: skip
    _refuse_unknown(codes)
    try:
        as_line(_as_stored(line))
    except BadText as wrong:
        raise FormRefused(wrong.reason()) from None
    except ValueError:
        text = "День «{rule}» не подходит: у работы на один раз он как E:+5W, у повторяющейся как M+1:D05."
        raise FormRefused(say(text, rule=due_rule)) from None
    return line


def _refuse_unknown(codes: tuple[str, ...]) -> None:
    """A code that no calendar has, or beginnings of none, would serve nothing and say nothing. Raises FormRefused."""
    known = [one.code for country in COUNTRIES for one in shipped_pack(country).templates]
    for code in codes:
        if not any(one.startswith(code[:-1]) if code.endswith("*") else one == code for one in known):
            raise FormRefused(say("Обязательства «{code}» нет ни в одном календаре.", code=code))


def _between(form: FormMultiDict, name: str, least: int, most: int) -> int:
    """A whole number, the least where nothing is said. Raises FormRefused rather than take another one."""
    number = whole_of(form, name, least)
    if not least <= number <= most:
        raise FormRefused(about(name, say("Нужно целое число от {least} до {most}.", least=least, most=most)))
    return number


def _months(form: FormMultiDict) -> tuple[int, ...]:
    text = text_of(form, "months")
    found = re.findall(r"[0-9]+", text)
    if not _MONTHS.fullmatch(text) or any(not 1 <= int(one[:3]) <= 12 for one in found):
        raise FormRefused(say("Месяцы — числа от 1 до 12."))
    return tuple(sorted({int(one) for one in found}))


def _as_stored(line: OfferedLine) -> StoredLine:
    return StoredLine(
        id=0, contract_id=0, service=line.service, starts_on=date.min, ends_on=None, period=line.period,
        months=line.months, due_rule=line.due_rule, shift=line.shift, obligations=line.obligations, price_kopecks=None,
    )  # fmt: skip


def read_service(form: FormMultiDict, code: str | None = None) -> Service:
    """A service; ``code`` of one that there is. Raises FormRefused."""
    code = code or text_of(form, "code")
    if not _CODE.fullmatch(code):
        raise FormRefused(say("Код услуги: латинские буквы, цифры, дефис."))
    name = text_of(form, "name")
    if not name:
        raise FormRefused(say("Укажите название услуги."))
    terms = read_terms(form, code)
    return Service(
        code=code, name=name, area=choice_of(form, "area", AREAS), unit=choice_of(form, "unit", UNITS),
        default_role=choice_of(form, "role", words.ROLES), is_cyclic=terms.period != "event",
        norm_minutes=_between(form, "norm_minutes", 0, 100_000), obligations=terms.obligations,
        is_active=is_ticked(form, "is_active"), period=terms.period, months=terms.months, due_rule=terms.due_rule,
        shift=terms.shift, price_kopecks=money_of(form, "price"),
    )  # fmt: skip


def read_line(form: FormMultiDict, services: dict[str, Service]) -> OfferedLine:
    """A line of a contract: a service of the catalogue or a name of its own, with its terms. Raises FormRefused.

    No price typed: that of the catalogue, if the service is of it; nought is a price of its own.
    """
    code, own = text_of(form, "service"), text_of(form, "own_service")
    if not (own or code) or (code and code not in services):
        raise FormRefused(say("Выберите услугу или впишите свою."))
    known = None if own else services[code]
    quantity, in_fee = _between(form, "quantity", 1, 10_000), is_ticked(form, "in_fee")
    price = money_or_none(form, "price")
    if price is None:
        price = known.price_kopecks if known else 0
    if known is not None and not any(text_of(form, name) for name in ("due_rule", "obligations", "months")):
        return OfferedLine(
            service=code, period=known.period, months=known.months, due_rule=known.due_rule, shift=known.shift,
            obligations=known.obligations, quantity=quantity, price_kopecks=price, in_fee=in_fee,
        )  # fmt: skip
    line = read_terms(form, own or code)
    return msgspec.structs.replace(line, quantity=quantity, price_kopecks=price, in_fee=in_fee)


def read_contract(
    form: FormMultiDict, terms: dict[str, object], *, money: bool, calculated: int | None = None
) -> NewContract:
    """What a draft says; ``terms``: what it said beside; ``calculated``: fee if none is typed. Raises FormRefused."""
    starts, ends = day_or_none(form, "starts_on"), day_or_none(form, "ends_on")
    if starts is not None and ends is not None and ends < starts:
        raise FormRefused(say("Последний день раньше первого."))
    renews = whole_of(form, "renews_by_months")
    if renews > _LONGEST_PERIOD or (renews and ends is None):
        raise FormRefused(say("Продлевается договор, у которого есть последний день."))
    indexation, month = money_of(form, "indexation"), whole_of(form, "indexation_month")
    if (indexation > 0) != (1 <= month <= 12):
        raise FormRefused(say("Укажите и процент индексации, и месяц."))
    fee = None
    if money:
        typed = money_or_none(form, "fee")
        fee = (calculated or 0) if typed is None else typed
    texts = {name: text_of(form, name, 500) for name in ("payment_terms", "documents")}
    return NewContract(
        number=text_of(form, "number", 60), dated=day_of(form, "dated"), starts_on=starts, ends_on=ends,
        renews_by_months=renews or None, notice_days=_between(form, "notice_days", 0, 3650),
        fee_kopecks=fee, indexation_bp=indexation or None, indexation_month=month or None, terms={**terms, **texts},
    )  # fmt: skip
