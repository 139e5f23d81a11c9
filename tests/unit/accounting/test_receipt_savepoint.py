"""An event refused halfway has no effect: money of unknown payers, which is added to in place."""

from datetime import date

import msgspec

from accounting.receipts._reference.savepoint import Savepoint
from accounting.receipts._reference.session import Session
from accounting.receipts.books import Books, HeldPayment, SuspenseLot
from accounting.receipts.cases.merchant import stored_rules
from accounting.receipts.codes import VatCode
from accounting.receipts.events import Event, Payment
from tests.storage.scene import RULES, payment

DAY, LATER = date(2026, 10, 5), date(2026, 10, 7)


def held(key: str, deadline: date = DAY) -> HeldPayment:
    paid = msgspec.convert(payment(key, None), Event)
    assert isinstance(paid, Payment)
    return HeldPayment(payment=paid, paid_on=DAY, deadline=deadline)


def lot(key: str) -> SuspenseLot:
    return SuspenseLot(payment=key, received_on=DAY, amount_kopecks=1, vat_code=VatCode.VAT_22_122)


def opened() -> Session:
    session = Session(stored_rules(RULES), Books(suspense=(lot("s1"),)))
    session.hold(held("h1"))
    session.hold(held("h2", LATER))
    return session


def test_what_an_event_added_or_took_is_as_before_when_it_is_refused() -> None:
    session = opened()
    kept, suspended = list(session.held), list(session.suspense)
    savepoint = Savepoint(session)
    session.suspense.append(lot("s2"))
    session.hold(held("h3"))
    assert [one.payment.key for one in session.take_due(LATER, including=False)] == ["h1", "h3"]
    session.suspense = []
    session.suspense.append(lot("s3"))
    savepoint.roll_back()
    assert (session.held, session.suspense) == (kept, suspended)
    assert [one.payment.key for one in session.take_due(LATER, including=False)] == ["h1"]


def test_money_is_held_until_its_deadline_has_passed_or_to_that_very_day_at_the_end() -> None:
    session = opened()
    assert session.take_due(DAY, including=False) == []
    assert [one.payment.key for one in session.take_due(DAY, including=True)] == ["h1"]
    assert session.take_due(LATER, including=False) == []
    assert [one.payment.key for one in session.take_due(LATER, including=True)] == ["h2"]
    assert session.held == []
