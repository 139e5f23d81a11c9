"""The fields that the text of a contract may name, and what stands in them (office domain 7.1).

A value is text in the language of the template: days, money and words are told there. What may be left open in a
contract (its end, an indexation) has words for being open; an empty value is one that somebody forgot.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from admin.formatters import counted, format_day, format_kopecks
from admin.office.contract_terms import introductory_of
from admin.office.contract_words import PERIODS
from admin.office.tariff_forms import money_text
from admin.storage.office.contract_texts import OwnDetails, PartyDetails
from admin.storage.office.contracts import ContractCard, StoredLine
from admin.storage.office.organisations import Organisation
from admin.texts import say

LINES: Final = "contract.lines"
"""The table of services: a paragraph of its own."""

_PARTY: Final = {
    "name": "полное название",
    "numbers": "ИНН, КПП, ОГРН в строку",
    "inn": "ИНН",
    "kpp": "КПП",
    "ogrn": "ОГРН",
    "address": "адрес",
    "bank": "реквизиты банка",
    "contact": "почта и телефон",
    "acts_by": "в лице кого и на основании чего",
    "signer_post": "должность подписанта",
    "signer": "подписант, фамилия с инициалами",
}
_CONTRACT: Final = {
    "number": "номер договора",
    "date": "дата договора",
    "place": "место заключения",
    "start": "первый день",
    "term": "до какого дня и как продлевается",
    "notice": "за сколько дней предупреждают о расторжении",
    "fee": "плата в месяц",
    "indexation": "индексация",
    "payment": "порядок оплаты",
    "documents": "когда клиент сдаёт документы",
    "lines": "таблица услуг с ценами, отдельной строкой",
}
FIELDS: Final = {
    **{f"contract.{name}": label for name, label in _CONTRACT.items()},
    **{f"client.{name}": label for name, label in _PARTY.items()},
    **{f"office.{name}": label for name, label in _PARTY.items()},
}
"""By name; msgids of what each says."""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What a contract is written of. ``services``: names by code of the catalogue."""

    card: ContractCard
    lines: Sequence[StoredLine]
    services: Mapping[str, str]
    client: Organisation
    details: PartyDetails
    """Of the client."""
    own: OwnDetails


class Table(msgspec.Struct, frozen=True):
    """The services of a contract; the last column is of numbers."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def values_of(written: Written) -> dict[str, str]:
    """What stands in each field but the table; empty: nobody has said it. In the language of the call."""
    card, client = written.card, written.client
    numbers = {"kpp": client.identifiers.get("kpp", ""), "ogrn": client.identifiers.get("ogrn", "")}
    theirs = {"name": client.full_name or client.short_name, "inn": client.tax_number or "", **numbers}
    own = written.own
    ours = {"name": own.name, "inn": own.inn, "kpp": own.kpp, "ogrn": own.ogrn}
    terms = {
        "number": card.number,
        "date": format_day(card.dated),
        "place": own.place,
        "start": format_day(card.starts_on) if card.starts_on else "",
        "term": _term(card),
        "notice": counted(card.notice_days, "день|дня|дней"),
        "fee": _fee(card),
        "indexation": _indexation(card),
        "payment": str(card.terms.get("payment_terms") or ""),
        "documents": str(card.terms.get("documents") or ""),
    }
    return {
        **{f"contract.{name}": value for name, value in terms.items()},
        **{f"client.{name}": value for name, value in _party(theirs, written.details).items()},
        **{f"office.{name}": value for name, value in _party(ours, own.party).items()},
    }


def _party(numbers: dict[str, str], details: PartyDetails) -> dict[str, str]:
    labels = (("inn", "ИНН"), ("kpp", "КПП"), ("ogrn", "ОГРН"))
    # A person has no KPP, a firm abroad no INN: what there is stands in the row, and no number at all is a gap.
    row = ", ".join(f"{say(label)} {numbers[name]}" for name, label in labels if numbers[name])
    return {**numbers, "numbers": row, **msgspec.to_builtins(details)}


def _fee(card: ContractCard) -> str:
    """With the months at the beginning that cost less or more, unless another fee was agreed on since the price."""
    if not card.fee_kopecks:
        return ""
    months = [
        say("месяцы {first}–{last}: {sum}", first=one.first_month, last=one.last_month,
            sum=format_kopecks(one.fee_kopecks))
        for one in introductory_of(card)
    ]  # fmt: skip
    return "; ".join([format_kopecks(card.fee_kopecks), *months])


def _term(card: ContractCard) -> str:
    if card.ends_on is None:
        return say("без ограничения срока")
    until = say("по {day} включительно", day=format_day(card.ends_on))
    if card.renews_by_months is None:
        return until
    return until + say("; затем продлевается каждый раз на {months}",
                       months=counted(card.renews_by_months, "месяц|месяца|месяцев"))  # fmt: skip


def _indexation(card: ContractCard) -> str:
    if card.indexation_bp is None:
        return say("не индексируется")
    rate = money_text(card.indexation_bp)
    return say("растёт на {rate} % каждый год с 1-го числа месяца {month}", rate=rate, month=card.indexation_month)


def table_of(written: Written) -> Table:
    """Services in their order, each with how often, how many and at which price.

    Prices within the fee stand there only when they make up the fee: a coefficient or a rounding of the price is none
    of theirs, and a contract names no two sums for one thing.
    """
    heads = (say("Услуга"), say("Как часто"), say("Сколько"), say("Цена"))
    within = sum(line.quantity * (line.price_kopecks or 0) for line in written.lines if line.in_fee)
    adds_up = within == written.card.fee_kopecks
    return Table(heads, tuple(_row(line, written.services, is_priced=adds_up) for line in written.lines))


def _row(line: StoredLine, services: Mapping[str, str], *, is_priced: bool) -> tuple[str, ...]:
    price = format_kopecks(line.price_kopecks or 0)
    if line.in_fee:
        has_price = is_priced and line.price_kopecks
        price = say("{price}, в плате за месяц", price=price) if has_price else say("в плате за месяц")
    often = say(PERIODS.get(line.period, line.period))
    return services.get(line.service, line.service), often, str(line.quantity), price
