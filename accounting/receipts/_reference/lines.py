"""The kinds of lines (receipt rules 3.5 [I]): which method, subject, code and rate each carries."""

import msgspec

from accounting.receipts import texts
from accounting.receipts._reference.session import Session
from accounting.receipts.codes import SettlementMethod, SubjectType, VatCode
from accounting.receipts.draft import Line
from accounting.receipts.ledger import AdvanceLot, Debt, Settlement
from accounting.receipts.model import Tenders
from accounting.receipts.policy import CreditPaymentVat
from accounting.receipts.vat import NO_TAX, rate_of


def debt_payment(session: Session, debt: Debt, forms: Tenders) -> Line:
    """A debt is paid: 7 when a credit receipt stands against it, else 4 (note b; rows 4, 4')."""
    service = session.catalogue.by_id[debt.service]
    if not debt.credited:
        return delivery(session, debt, SettlementMethod.FULL_SETTLEMENT, forms)
    untaxed = session.policies.credit_payment_vat is CreditPaymentVat.NONE
    return Line(
        name=texts.delivered(service.name or service.id, debt.period, SettlementMethod.CREDIT_PAYMENT),
        amount_kopecks=forms.total(),
        forms=forms,
        method=SettlementMethod.CREDIT_PAYMENT,
        subject=SubjectType.PAYMENT,
        code=VatCode.NO_VAT if untaxed else debt.vat_code,
        rate=NO_TAX if untaxed else session.delivery_rate(debt.vat_code, debt.period),
        service=service,
        period=debt.period,
    )


def delivery(session: Session, debt: Debt, method: SettlementMethod, forms: Tenders, remark: str = "") -> Line:
    """The service itself: delivered and paid (4), partly paid (5), on credit (6), or the return of these."""
    service = session.catalogue.by_id[debt.service]
    return Line(
        name=texts.delivered(service.name or service.id, debt.period, method, remark),
        amount_kopecks=forms.total(),
        forms=forms,
        method=method,
        subject=service.subject,
        code=debt.vat_code,
        rate=session.delivery_rate(debt.vat_code, debt.period),
        service=service,
        period=debt.period,
        volume_of=debt if debt.volume_quantity_micro is not None else None,
    )


def settled_return(session: Session, settlement: Settlement, forms: Tenders, remark: str = "") -> Line:
    """What was settled for a delivered service goes back: always 4, under the code of the supply (notes e, f)."""
    service = session.catalogue.by_id[settlement.service]
    return Line(
        name=texts.delivered(service.name or service.id, settlement.period, SettlementMethod.FULL_SETTLEMENT, remark),
        amount_kopecks=forms.total(),
        forms=forms,
        method=SettlementMethod.FULL_SETTLEMENT,
        subject=service.subject,
        code=settlement.vat_code,
        rate=session.delivery_rate(settlement.vat_code, settlement.period),
        service=service,
        period=settlement.period,
    )


def advance(session: Session, lot: AdvanceLot, forms: Tenders, *, returned: bool = False) -> Line:
    """Money before the delivery, coming or going back: method and code of its lot (rows 3, 5, 7a)."""
    service = session.catalogue.by_id[lot.service] if lot.service is not None else None
    name = texts.returned_advance if returned else texts.advance
    return Line(
        name=name(service.name or service.id if service else None, lot.vat_code),
        amount_kopecks=forms.total(),
        forms=forms,
        method=lot.method,
        subject=service.subject if service is not None else SubjectType.PAYMENT,
        code=lot.vat_code,
        rate=rate_of(lot.vat_code, lot.received_on),
        service=service,
    )


def penalty(forms: Tenders) -> Line:
    """A penalty as a line of its own (row 11, ``penalty_receipt`` = line)."""
    return Line(
        name=texts.PENALTY,
        amount_kopecks=forms.total(),
        forms=forms,
        method=SettlementMethod.FULL_SETTLEMENT,
        subject=SubjectType.PAYMENT,
        code=VatCode.NO_VAT,
        rate=NO_TAX,
    )


def of_account(line: Line, account: str) -> Line:
    """The line under its account's number, for consolidated receipts with a line an account (receipt rules 5 [I])."""
    service, period = line.service, line.period
    if service is not None and period is not None:
        name = texts.delivered_of_account(service.name or service.id, period, account)
    else:
        name = texts.returned_advance(service.name or service.id if service else None, line.code, account)
    return msgspec.structs.replace(line, account=account, name=name)
