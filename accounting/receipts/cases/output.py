"""The ``out`` of a case: receipts by tags, state and the other lists (case format 2)."""

from typing import Any

from accounting.receipts.books import Books, MerchantRules
from accounting.receipts.calendar import default_due_date
from accounting.receipts.catalogue import Catalogue
from accounting.receipts.codes import FfdVersion, SettlementMethod, VatCode
from accounting.receipts.compute import Outcome
from accounting.receipts.ledger import AccountState, AdvanceLot, Debt, add_debt
from accounting.receipts.model import Agent, Receipt, ReceiptLine
from accounting.receipts.money import text_from_micro
from accounting.receipts.outcome import AllocationRow, ComputedReceipt
from accounting.receipts.policy import PostpaidMode
from accounting.receipts.vat import needs_zero_1104, total_tag

Row = dict[str, Any]


def case_output(rules: MerchantRules, books: Books, outcome: Outcome) -> Row:
    """The answer to a case, written as the format says. Empty lists are left out but for receipts and accounts."""
    writer = _StateWriter(rules)
    state = {**books.accounts, **outcome.accounts}
    out: Row = {
        "receipts": [receipt_row(computed, rules.ffd) for computed in outcome.receipts],
        "accounts": [row for account in state.values() if len(row := writer.account(account)) > 1],
    }
    lists: dict[str, list[Any]] = {
        "suspense": [
            _clean(payment=lot.payment, date=_day(lot.received_on), amount=lot.amount_kopecks)
            | _clean(vat_code=int(lot.vat_code), exempt=lot.exempt)
            for lot in outcome.suspense
        ],
        "held": [
            {
                "payment": held.payment.key,
                "date": _day(held.paid_on),
                "amount": held.payment.tenders.total(),
                "deadline": _day(held.deadline),
            }
            for held in outcome.held
        ],
        "pending_refunds": [
            _clean(event=row.event_key, account=row.account, date=_day(row.sent_on), amount=row.amount_kopecks)
            | _clean(vat_code=int(row.vat_code), lot_date=_day(row.lot_received_on), method=_method(row.method))
            | _clean(service=row.service)
            for row in outcome.pending_refunds
        ],
        "allocation": [_allocation_row(row) for row in outcome.allocation],
        "unfiscalised": [
            _clean(event=row.event_key, account=row.account, reason=row.reason, amount=row.amount_kopecks)
            for row in outcome.unfiscalised
        ],
        "expected_foreign_receipts": [
            _clean(event=row.event_key, account=row.account, amount=row.amount_kopecks)
            | _by_tag({1054: row.sign, 1222: row.agent_sign, 1226: row.supplier_inn})
            for row in outcome.expected_foreign_receipts
        ],
        "withdrawn": list(outcome.withdrawn),
        "duplicates": list(outcome.duplicates),
        "errors": [{"event": row.event_key, "code": str(row.code), "field": row.field} for row in outcome.errors],
        "anomalies": [_clean(rule=row.rule, event=row.event_key, account=row.account) for row in outcome.anomalies],
    }
    return out | {name: rows for name, rows in lists.items() if rows}


def receipt_row(computed: ComputedReceipt, ffd: FfdVersion = FfdVersion.FFD_1_2) -> Row:
    """A computed receipt by tags (case format 2.1)."""
    receipt = computed.receipt
    deadline = "at_settlement" if computed.at_settlement else None
    if computed.deadline is not None:
        deadline = _day(computed.deadline)
    head = _clean(
        kind="receipt" if receipt.correction is None else "correction",
        event=computed.event_key,
        account=computed.account,
        consolidated=computed.consolidated,
        part=computed.part,
        register_group=computed.register_group or None,
        deadline=deadline,
    )
    return head | receipt_tags(receipt, ffd)


def receipt_tags(receipt: Receipt, ffd: FfdVersion) -> Row:
    """The tags of a receipt's content."""
    forms = receipt.tenders
    head = _by_tag(
        {
            1054: int(receipt.sign),
            1055: int(receipt.taxation),
            1057: receipt.agent_sign,
            1008: receipt.contact,
        }
    )
    if receipt.lines:
        head["items"] = [_item(line, ffd) for line in receipt.lines]
    head |= _by_tag(
        {
            1020: receipt.total_kopecks,
            1031: forms.cash,
            1081: forms.electronic,
            1215: forms.prepaid,
            1216: forms.credit,
            1217: forms.provision,
        }
    )
    return head | _vat_tags(receipt) | _correction_tags(receipt)


def _correction_tags(receipt: Receipt) -> Row:
    correction = receipt.correction
    if correction is None:
        return _by_tag({1192: receipt.additional})
    basis = _by_tag({1178: _day(correction.settled_on), 1179: correction.order_number})
    return _by_tag({1173: correction.kind, 1174: basis, 1192: receipt.additional})


def _vat_tags(receipt: Receipt) -> Row:
    flat = {str(total_tag(total.code)): total.kopecks for total in receipt.vat_totals if total_tag(total.code) != 1115}
    nested = [
        {"1199": int(total.code), "1120": total.kopecks}
        for total in receipt.vat_totals
        if total_tag(total.code) == 1115
    ]
    if needs_zero_1104([total.code for total in receipt.vat_totals]):
        flat["1104"] = 0
    return flat | ({"1115": nested} if nested else {})


def _item(line: ReceiptLine, ffd: FfdVersion) -> Row:
    row = _clean(service=line.service, period=line.period, account=line.account) | _by_tag(
        {
            1030: line.name,
            1023: text_from_micro(line.quantity_micro),
            1079: line.price_kopecks,
            1043: line.sum_kopecks,
            1214: _number(line.method),
            1212: _number(line.subject),
            1199: _number(line.vat_code),
            1200: line.vat_kopecks or None,
            2108: (line.measure or None) if ffd is FfdVersion.FFD_1_2 else None,
        }
    )
    return row | (_agent(line.agent) if line.agent is not None else {})


def _agent(agent: Agent) -> Row:
    supplier = _by_tag({1225: agent.supplier_name, 1171: list(agent.supplier_phones) or None})
    data = agent.data
    nested = (
        _by_tag(
            {
                1005: data.transfer_operator_address,
                1016: data.transfer_operator_inn,
                1026: data.transfer_operator_name,
                1044: data.operation,
                1073: list(data.agent_phones) or None,
                1074: list(data.receiver_phones) or None,
                1075: list(data.transfer_operator_phones) or None,
            }
        )
        if data is not None
        else {}
    )
    return _by_tag({1222: agent.sign, 1226: agent.supplier_inn, 1224: supplier or None, 1223: nested or None})


class _StateWriter:
    """Accounts after the events: rows in canonical order, equal ones added up, defaults left out (case format 2.2)."""

    def __init__(self, rules: MerchantRules) -> None:
        self._catalogue = Catalogue(rules.services)
        self._credit_pair = rules.policies.postpaid_mode is PostpaidMode.CREDIT_PAIR

    def account(self, account: AccountState) -> Row:
        row: Row = {"id": account.id}
        parts: Row = {
            "debts": self._debts(account.debts),
            "off_balance": self._debts(account.off_balance),
            "advance_lots": [_lot(lot) for lot in account.lots],
            "penalty": account.penalty_kopecks,
            "costs": account.costs_kopecks,
        }
        return row | {name: value for name, value in parts.items() if value}

    def _debts(self, debts: tuple[Debt, ...]) -> list[Row]:
        added: tuple[Debt, ...] = ()
        for debt in sorted(debts, key=self._catalogue.debt_order):
            added = add_debt(added, debt)
        return [self._debt(debt) for debt in added]

    def _debt(self, debt: Debt) -> Row:
        row: Row = {"period": debt.period, "service": debt.service, "amount": debt.amount_kopecks}
        row["vat_code"] = int(debt.vat_code)
        if debt.due_on != default_due_date(debt.period):
            row["due_date"] = _day(debt.due_on)
        if not debt.delivered:
            row["delivered"] = False
        if debt.credited != (debt.delivered and self._credit_pair):
            row["credited"] = debt.credited
        return row


def _lot(lot: AdvanceLot) -> Row:
    return _clean(
        date=_day(lot.received_on),
        amount=lot.amount_kopecks,
        vat_code=int(lot.vat_code),
        method=_method(lot.method),
        service=lot.service,
        exempt=lot.exempt,
    )


def _allocation_row(row: AllocationRow) -> Row:
    return _clean(
        event=row.event_key,
        account=row.account,
        to=row.target,
        period=row.period,
        service=row.service,
        vat_code=_number(row.vat_code),
        amount=row.amount_kopecks,
    )


def _method(method: SettlementMethod) -> int | None:
    return None if method is SettlementMethod.ADVANCE else int(method)


def _number(code: SettlementMethod | VatCode | int | None) -> int | None:
    return None if code is None else int(code)


def _day(day: object) -> str:
    return str(day)


def _clean(**fields: Any) -> Row:
    return {name: value for name, value in fields.items() if value is not None}


def _by_tag(tags: dict[int, Any]) -> Row:
    return {str(tag): value for tag, value in tags.items() if value is not None}
