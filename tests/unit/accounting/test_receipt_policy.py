"""A merchant's choices: what cannot be computed is refused, what decides nothing is said, all else has a meaning."""

from datetime import date
from typing import Any

import msgspec
import pytest

from accounting.receipts.books import MerchantRules
from accounting.receipts.catalogue import Service, VatChange
from accounting.receipts.codes import FfdVersion, VatCode
from accounting.receipts.policy import POLICY_KEYS, Policies
from accounting.receipts.policy_notices import notices
from accounting.receipts.wording import in_language
from tests.unit.accounting.receipt_scene import Row, account, answer, close, debt, event, lot, payment

GENERAL = (Service(id="internet", vat_code=VatCode.VAT_22), Service(id="tv", vat_code=VatCode.VAT_20))
CHANGING = (
    Service(id="repair", vat_code=VatCode.NO_VAT),
    Service(
        id="upkeep",
        vat_code=VatCode.NO_VAT,
        vat_changes=(VatChange(since=date(2026, 1, 1), vat_code=VatCode.VAT_5),),
    ),
)
SERVICES = (Service(id="internet", vat_code=VatCode.VAT_22), Service(id="heating", vat_code=VatCode.NO_VAT))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"advance_vat": "single"}, "advance_vat = single needs advance_vat_code"),
        ({"advance_vat": "single", "advance_vat_code": 12}, "advance_vat_code must be an ordinary code"),
        ({"allocation_priority": ["a", "a"]}, "names a service twice"),
        ({"max_lines": 0}, r"\$\.max_lines"),
        ({"max_sum": 0}, r"\$\.max_sum"),
        ({"postpaid_mode": "sometimes"}, r"\$\.postpaid_mode"),
        ({"post_paid_mode": "on_payment"}, "post_paid_mode"),
    ],
)
def test_what_cannot_be_computed_is_refused_with_its_reason(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=reason):
        msgspec.convert(given, Policies)


def _rules(given: dict[str, Any], **merchant: Any) -> MerchantRules:
    return MerchantRules(**{"services": SERVICES, "policies": msgspec.convert(given, Policies)} | merchant)


@pytest.mark.parametrize(
    ("given", "merchant", "key"),
    [
        ({"advance_vat_code": 11}, {}, "advance_vat_code"),
        ({"advance_vat": "max_rate"}, {"services": SERVICES[:1]}, "advance_vat"),
        ({"advance_vat": "max_rate"}, {"services": GENERAL}, "advance_vat"),
        ({"allocation_priority": ["heating"]}, {}, "allocation_priority"),
        ({"allocation": "priority_list"}, {}, "allocation"),
        ({"allocation": "priority_list", "allocation_priority": ["water"]}, {}, "allocation_priority"),
        ({"prepaid_sign": "prepayment"}, {}, "prepaid_sign"),
        ({"consolidated_lines": "per_account", "offset_timing": "per_charge"}, {}, "consolidated_lines"),
        ({"contact_fallback": "company_email"}, {}, "contact_fallback"),
        ({"restoration_granularity": "per_day_total"}, {}, "restoration_granularity"),
        ({"max_sum": 10_000_000_000}, {}, "max_sum"),
    ],
)
def test_choice_that_decides_nothing_is_named(given: dict[str, Any], merchant: dict[str, Any], key: str) -> None:
    (notice,) = notices(_rules(given, **merchant))
    assert notice.key == key
    assert notice.text().endswith(".")
    with in_language("en"):
        assert notice.text().isascii() or "₽" in notice.text()


@pytest.mark.parametrize(
    ("given", "merchant"),
    [
        ({}, {}),
        ({"advance_vat": "single", "advance_vat_code": 11}, {}),
        ({"advance_vat": "max_rate"}, {"services": CHANGING}),
        ({"allocation": "priority_list", "allocation_priority": ["heating"]}, {}),
        ({"consolidated_lines": "per_account"}, {}),
        (
            {
                "consolidated_lines": "per_account",
                "offset_timing": "per_charge",
                "refund_timing": "period_consolidated",
            },
            {},
        ),
        ({"contact_fallback": "company_email"}, {"email": "a@b.ru"}),
        ({"restoration_granularity": "per_day_total"}, {"ffd": FfdVersion.FFD_1_05}),
        ({"partial_delivery": "method5"}, {}),
        ({"credit_payment_vat": "none"}, {}),
        ({"write_off": "reverse_credit"}, {}),
    ],
)
def test_choices_that_fit_each_other_are_left_alone(given: dict[str, Any], merchant: dict[str, Any]) -> None:
    assert notices(_rules(given, **merchant)) == []


def test_every_key_is_explained_to_people() -> None:
    assert [entry.key for entry in POLICY_KEYS] == [field.name for field in msgspec.structs.fields(Policies)]
    assert all(entry.question.endswith("?") for entry in POLICY_KEYS)


CREDITED = [account(debts=[debt(credited=True)])]


@pytest.mark.parametrize(
    ("policies", "happened", "accounts"),
    [
        # Under on_payment a debt may stand on a credit receipt of before: these keys still decide.
        ({"credit_payment_vat": "none"}, payment(5), CREDITED),
        ({"write_off": "reverse_credit"}, event("debt_write_off"), CREDITED),
        # ... and a partly covered charge may be put on credit.
        (
            {"partial_delivery": "method5"},
            close("2026-10", "c1", [{"service": "internet", "amount": 900}]),
            [account(advance_lots=[lot(100)])],
        ),
    ],
)
def test_key_about_credit_has_a_meaning_under_on_payment_too(policies: Row, happened: Row, accounts: list[Row]) -> None:
    default = answer([happened], accounts, {"policies": {}})["receipts"]
    assert answer([happened], accounts, {"policies": policies})["receipts"] != default
