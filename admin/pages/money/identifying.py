"""Whose money of an unknown payer is: what a form says, as events of the books."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec
from litestar.datastructures import FormMultiDict

_FIELD: Final = "account-"
_KEY_LETTERS: Final = 128
_MOST: Final = 100


class Named(msgspec.Struct, frozen=True):
    """A payment (its event key) and the account it is said to be of."""

    payment: str
    account: str


def named_payments(form: FormMultiDict) -> list[Named]:
    """Those fields of the form that were filled in."""
    found = []
    for name, value in form.multi_items():
        account = str(value).replace("\0", "").strip()
        if name.startswith(_FIELD) and account:
            found.append(Named(name.removeprefix(_FIELD)[:_KEY_LETTERS], account[:_KEY_LETTERS]))
    return found[:_MOST]


def identification(named: Sequence[Named], today: date) -> tuple[bytes, str]:
    """(a batch of events, its key). The key of an event is made of the payment's: said twice, it is said once."""
    events = [
        {
            "type": "payment_identification",
            "key": "identified-" + hashlib.sha256(f"{one.payment}\0{one.account}".encode()).hexdigest()[:40],
            "date": today,
            "payment": one.payment,
            "account": one.account,
        }
        for one in named
    ]
    body = msgspec.json.encode({"on_error": "skip", "events": events})
    return body, "panel-" + hashlib.sha256(body).hexdigest()
