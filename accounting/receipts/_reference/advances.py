"""Which advance lots a sum of money makes: method, service and VAT code (rules 3.4 prepaid_sign [M], 4.5 [I])."""

from datetime import date

from accounting.receipts._reference.session import Session
from accounting.receipts.codes import SettlementMethod, VatCode
from accounting.receipts.ledger import AccountState, AdvanceLot, ExemptMark, LastBill
from accounting.receipts.money import is_whole_multiple, split
from accounting.receipts.policy import AdvanceVat, PrepaidSign
from accounting.receipts.vat import calculated_code, highest


def new_lots(
    session: Session, account: AccountState, amount_kopecks: int, on: date, exempt: ExemptMark | None = None
) -> list[AdvanceLot]:
    """The lots of an advance received that day, in the order of their lines; they add up to the amount."""
    plan, sign = account.plan, session.policies.prepaid_sign
    if plan is not None and sign is not PrepaidSign.ADVANCE:
        whole = sign is PrepaidSign.FULL_PREPAYMENT and is_whole_multiple(amount_kopecks, plan.price_kopecks)
        return [
            AdvanceLot(
                received_on=on,
                amount_kopecks=amount_kopecks,
                vat_code=session.catalogue.advance_code(plan.service, on),
                method=SettlementMethod.FULL_PREPAYMENT if whole else SettlementMethod.PREPAYMENT,
                service=plan.service,
                exempt=exempt,
            )
        ]
    return [
        AdvanceLot(received_on=on, amount_kopecks=part, vat_code=code, exempt=exempt)
        for code, part in _by_code(session, account, amount_kopecks, on)
    ]


def highest_code(session: Session, on: date) -> VatCode:
    """The highest calculated code of the whole catalogue: the payer's services are not known (note i)."""
    return highest([session.catalogue.advance_code(service.id, on) for service in session.catalogue.services])


def _by_code(session: Session, account: AccountState, amount_kopecks: int, on: date) -> list[tuple[VatCode, int]]:
    catalogue = session.catalogue
    services = account.services or catalogue.by_id
    codes = {catalogue.advance_code(service, on) for service in services}
    if len(codes) == 1:
        return [(codes.pop(), amount_kopecks)]
    policies = session.policies
    if policies.advance_vat is AdvanceVat.SINGLE and policies.advance_vat_code is not None:
        return [(calculated_code(policies.advance_vat_code, on), amount_kopecks)]
    if policies.advance_vat is AdvanceVat.SPLIT_BY_LAST_BILL and account.last_bill is not None:
        return _by_last_bill(session, account.last_bill, amount_kopecks, on)
    return [(highest(list(codes)), amount_kopecks)]


def _by_last_bill(session: Session, bill: LastBill, amount_kopecks: int, on: date) -> list[tuple[VatCode, int]]:
    place = {service.id: number for number, service in enumerate(session.catalogue.services)}
    weights: dict[VatCode, int] = {}
    for line in sorted(bill.lines, key=lambda line: place[line.service]):
        code = session.catalogue.advance_code(line.service, on)
        weights[code] = weights.get(code, 0) + line.amount_kopecks
    shares = split(amount_kopecks, list(weights.values()))
    return [(code, share) for code, share in zip(weights, shares, strict=True) if share]
