"""Where the pages of the full panel are, those too that only answer a form: names, addresses, what is filled in."""

from typing import Final

import msgspec

PAGES: Final = {
    "sign-in": "/sign-in",
    "today": "/", "today-money": "/today/money", "receipts": "/receipts", "receipts-refused": "/receipts?state=REFUSED",
    "receipts-wrong": "/receipts?sum_from=x", "receipts-none": "/receipts?fd=999999999", "accounts": "/accounts",
    "what-if": "/accounts/{merchant}/0040017804?pay=5000&way=cash&on=2026-11-25", "money": "/money",
    "batches": "/money/batches", "money-new": "/money/new", "cassettes": "/cassettes",
    "cassette": "/cassettes/{merchant}/{merchant}", "cassette-rules": "/cassettes/{merchant}/{merchant}/rules",
    "kkt": "/kkts/{merchant}/{kkt}", "kkt-order": "/kkts/{merchant}/{kkt}/order/rotate",
    "kkt-new": "/cassettes/{merchant}/new", "registration": "/kkts/{merchant}/{kkt}/registration", "closes": "/closes",
    "closes-merchant": "/closes/{merchant}", "close-month": "/closes/{merchant}/2026-10",
    "close-question": "/closes/{merchant}/2026-11/question", "corrections": "/corrections",
    "corrections-new": "/corrections/new", "correction-missing": "/corrections/missing",
    "missing-wrong": "/corrections/missing?plan=1&sum=x",
    "correction-day": "/corrections/day-total", "restorations": "/corrections/jobs", "settings": "/settings",
    "merchant-card": "/settings/merchant/{merchant}", "choose": "/settings/merchant",
    "choose-policies": "/settings/policies", "choose-keys": "/settings/keys", "choose-webhooks": "/settings/webhooks",
    "policies": "/settings/policies/{merchant}",
    "policy": "/settings/policies/{merchant}/overpay?value=separate_receipt",
    "keys": "/settings/keys/{merchant}", "key-new": "/settings/keys/{merchant}/new",
    "webhooks": "/settings/webhooks/{merchant}", "webhook-new": "/settings/webhooks/{merchant}/new",
    "people": "/settings/people", "person-new": "/settings/people/new", "journal": "/settings/journal",
    "backups": "/settings/backups", "emergency": "/break-glass", "clients": "/clients", "client-new": "/clients/new",
    "leads": "/leads", "lead-new": "/leads/new", "deadlines": "/deadlines", "deadlines-plan": "/deadlines/plan",
    "calendar": "/calendar", "absences": "/absences", "search": "/search?q=0040017", "keyboard": "/keys", "me": "/me",
    "second-factor": "/me/second-factor", "bulk": "/bulk", "not-found": "/no-such-page",
    "forgotten": "/password/forgotten", "dead-link": "/password/no-such-link",
}  # fmt: skip
"""Where a merchant or KKT stands in an address, braces do; cards of the showroom come beside these."""


class Sent(msgspec.Struct, frozen=True):
    """A page that answers a form."""

    at: str
    """The page with the form."""
    form: str
    """Where the form leads; the first with this path is meant."""
    fields: dict[str, str]
    """What is filled in."""


SENT: Final = {
    "sign-in-refused": Sent("/sign-in", "/sign-in", {"email": "anna@teply-dom.example", "password": "не тот"}),
    "bulk-question": Sent("/receipts?state=REFUSED", "/bulk/receipts", {"deed": "cancel", "all": "1"}),
    "bulk-unchosen": Sent("/receipts?state=REFUSED", "/bulk/receipts", {"deed": "retry"}),
    "bulk-kkts": Sent("/cassettes", "/bulk/kkts", {"deed": "resume", "all": "1"}),
    "view-refused": Sent("/receipts", "/views", {"name": " ", "query": "state=REFUSED"}),
    "kkt-order-refused": Sent("{kkt-order}", "{kkt-order}", {"reason": " "}),
    "kkt-new-wrong": Sent("{kkt-new}", "{kkt-new}", {"address": "fn+tcp://127.0.0.1:1", "registration_number": "17"}),
    "cancel-refused": Sent("{cancel}", "{cancel}", {"reason": " "}),
    "settle-refused": Sent("{lost}", "{lost}", {"reason": " "}),
    "rules-wrong": Sent("{cassette-rules}", "{cassette-rules}", {"unreachable_s": "-1"}),
    "registration-question": Sent(
        "{registration-read}", "{registration-read}",
        {"place": "https://pay.example", "reason_place": "1", "why": "новый сайт"},
    ),
    "registration-wrong": Sent("{registration-read}", "{registration-read}", {"user_name": " ", "reason_ofd": "1"}),
    "close-preview": Sent("/closes/{merchant}/2026-11", "/closes/{merchant}/2026-11/preview", {}),
    "money-new-empty": Sent("/money/new", "/money/new", {}),
    "unknown-wrong": Sent("{import-unknown}", "{import-unknown}", {"account-*": "нет такого"}),
    "key-wrong": Sent("{key-new}", "{key-new}", {"name": " "}),
    "key-shown": Sent("{key-new}", "{key-new}", {"name": "касса", "scope": "read"}),
    "webhook-wrong": Sent("{webhook-new}", "{webhook-new}", {"url": "http://127.0.0.1"}),
    "webhook-secret": Sent("{webhook-new}", "{webhook-new}", {"url": "https://b.example.ru/x", "type": "*"}),
    "merchant-wrong": Sent("{merchant-card}", "{merchant-card}", {"inn": "12"}),
    "person-wrong": Sent("/settings/people/new", "/settings/people/new", {"email": "x", "name": " "}),
    "person-link": Sent("{person}", "{person}/link", {}),
    "password-wrong": Sent("/me", "/me/password", {"old": "не тот", "new": "коротко"}),
    "second-factor-wrong": Sent("/me/second-factor", "/me/second-factor", {"code": "000000"}),
    "emergency-refused": Sent("/break-glass", "/break-glass", {"reason": "надо", "hours": "1"}),
    "client-new-wrong": Sent("/clients/new", "/clients/new", {"short_name": " "}),
    "lead-new-wrong": Sent("/leads/new", "/leads/new", {"name": " "}),
}  # fmt: skip
