"""A payment tried out on an account: which receipts it would bring, and why. Pure: nothing is stored."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import msgspec

from accounting.receipts.books import Books, MerchantRules
from accounting.receipts.compute import compute
from accounting.receipts.event_parts import PaymentTenders
from accounting.receipts.events import Payment
from accounting.receipts.explanation.explain import explain
from accounting.receipts.ledger import AccountState
from accounting.receipts.outcome import AllocationRow, ComputedReceipt
from admin import words
from admin.pages.explained import Section, sections_of
from admin.tables.asked import read_asked
from admin.tables.definition import Filter, Table
from admin.texts import say

WAYS: Final = (
    ("bank_transfer", "перевод через банк"),
    ("card_online", "картой на сайте"),
    ("card_present", "картой в кассе"),
    ("cash", "наличными"),
)
FORM: Final = Table(
    path="",
    columns=(),
    filters=(
        Filter(key="pay", title="Сумма платежа", kind="money"),
        Filter(key="on", title="Когда", kind="day"),
        Filter(key="way", title="Как платят", kind="choice", choices=WAYS),
    ),
)
UNKNOWN_SERVICE: Final = "В правилах организации больше нет услуг, за которые числится долг: {services}"
NOTHING: Final = "Нужна сумма больше нуля"
_TARGETS: Final = {
    "debt": "в долг",
    "off_balance": "в списанный долг",
    "costs": "в расходы на взыскание",
    "penalty": "в пени",
    "advance": "в переплату",
    "suspense": "до выяснения",
}
_KEY: Final = "what-if"


class Tried(msgspec.Struct, frozen=True):
    """A receipt that would be issued, with its explanation."""

    computed: ComputedReceipt
    kind: words.Wording
    sections: list[Section]


class Share(msgspec.Struct, frozen=True):
    """Where a part of the money would go; ``target`` is a msgid."""

    target: str
    row: AllocationRow


class WhatIf(msgspec.Struct, frozen=True, kw_only=True):
    """``given`` and ``errors`` are those of the form. ``receipts`` None: nothing was asked yet."""

    given: dict[str, str]
    errors: dict[str, str]
    receipts: list[Tried] | None = None
    shares: list[Share] = []
    refusals: list[str] = []
    """Why the rules refuse such a payment, in their own words."""


def read_form(query: Mapping[str, Any], today: date) -> WhatIf:
    """The form as it was sent; a day and a way stand there beforehand."""
    asked = read_asked(FORM, query)
    given = {"on": f"{today:%Y-%m-%d}", "way": WAYS[0][0]} | asked.given
    errors = dict(asked.errors)
    if asked.values.get("pay") == 0:
        errors["pay"] = NOTHING
    return WhatIf(given=given, errors=errors)


def try_payment(
    form: WhatIf, rules: MerchantRules, account: AccountState, closed_periods: frozenset[str], today: date
) -> WhatIf:
    """What the payment of the form would do. Without a sum, or with mistakes, the form alone."""
    values = read_asked(FORM, form.given).values
    if form.errors or not values.get("pay"):
        return form
    known = {service.id for service in rules.services}
    unknown = sorted({debt.service for debt in (*account.debts, *account.off_balance)} - known)
    if unknown:  # the rules were changed since; the server refuses such a payment too
        told = say(UNKNOWN_SERVICE, services=", ".join(unknown))
        return msgspec.structs.replace(form, receipts=[], refusals=[told])
    tenders = msgspec.convert({values["way"]: values["pay"]}, PaymentTenders)
    event = Payment(key=_KEY, paid_on=values["on"], tenders=tenders, account=account.id)
    books = Books(accounts={account.id: account}, closed_periods=closed_periods)
    outcome = compute(rules, books, [event], as_of=today)
    receipts = [
        Tried(one, words.kind_of(3, one.receipt), sections_of(explain(rules, books, [event], outcome, one).text()))
        for one in outcome.receipts
    ]
    return msgspec.structs.replace(
        form,
        receipts=receipts,
        shares=[Share(_TARGETS[row.target], row) for row in outcome.allocation if row.event_key == _KEY],
        refusals=[error.message for error in outcome.errors],
    )
