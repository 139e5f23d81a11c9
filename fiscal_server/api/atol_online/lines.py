"""Items of a document to lines of a receipt."""

import re
from datetime import date
from typing import Final

from accounting.receipts.checks.invariants import is_printable
from accounting.receipts.codes import FfdVersion, SettlementMethod, SubjectType, VatCode
from accounting.receipts.model import Agent, AgentData, ReceiptLine, Requisite
from accounting.receipts.money import price_times_quantity
from accounting.receipts.vat import NO_TAX, rate_of, tax_plain
from accounting.reconciliation.receipt_texts import TYPOGRAPHY
from fiscal_server.api.atol_online.amounts import MAX_PRICE_KOPECKS, Faults
from fiscal_server.api.atol_online.documents import IndustryProps, Item, Item4, Item5
from fiscal_server.api.atol_online.parts import AgentInfo, SupplierInfo
from fiscal_server.api.atol_online.words import (
    AGENTS,
    MEASURES,
    METHODS,
    OLD_RATE,
    OLD_VATS,
    OTHER_UNIT,
    SUBJECTS,
    SUBJECTS_BY_NUMBER,
    UNITS,
    VATS,
)

_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2} ?){1,32}")
_NOT_NUMBERED: Final = (28, 29)

NOT_SUPPORTED: Final = "этот сервер такого не умеет"


class Common:
    """What all lines of a document share."""

    def __init__(
        self, ffd: FfdVersion, taxed_on: date, agent: AgentInfo | None = None, supplier: SupplierInfo | None = None
    ) -> None:
        self.ffd = ffd
        self.taxed_on = taxed_on
        self.agent = agent  # of the whole receipt, v4
        self.supplier = supplier


def line_of(item: Item4 | Item5, path: str, common: Common, faults: Faults) -> ReceiptLine:
    """One line; what is wrong with it goes to ``faults``."""
    price = faults.kopecks(item.price, path, "price")
    quantity = faults.micro(item.quantity, path, "quantity")
    if item.sum is None:
        amount = price_times_quantity(price, quantity)
        if amount > MAX_PRICE_KOPECKS:
            faults.add("NumberTooBig", f"{path}.sum")
    else:
        amount = faults.kopecks(item.sum, path, "sum")
    code = None if item.vat is None else VATS[item.vat.type]
    method, subject, measure, measure_text = _kinds(item, path, common, faults)
    return ReceiptLine(
        name=printable(item.name),
        price_kopecks=price,
        quantity_micro=quantity,
        sum_kopecks=amount,
        method=method,
        subject=subject,
        vat_code=code,
        vat_kopecks=0 if code is None else _tax(item, code, amount, path, common, faults),
        measure=measure,
        measure_text=measure_text,
        agent=_agent(item, path, common, faults),
        additional=printable(item.user_data) if item.user_data else None,
        requisites=tuple(_requisites(item, path, common, faults)),
    )


def printable(text: str) -> str:
    """Typography that a register's code page lacks becomes what looks like it; letters are never touched."""
    return text if is_printable(text) else text.translate(TYPOGRAPHY)


def _tax(item: Item, code: VatCode, amount: int, path: str, common: Common, faults: Faults) -> int:
    """What was given, unless it is nothing; else what the rate gives."""
    rate = rate_of(code, common.taxed_on)
    if rate == NO_TAX or item.vat is None:
        return 0
    if item.vat.sum:
        return faults.kopecks(item.vat.sum, path, "vat.sum")
    return tax_plain(amount, OLD_RATE if item.vat.type in OLD_VATS else rate)


def _kinds(
    item: Item4 | Item5, path: str, common: Common, faults: Faults
) -> tuple[SettlementMethod, SubjectType, int, str | None]:
    """1214, 1212, 2108, 1197."""
    if isinstance(item, Item4):
        method = METHODS[item.payment_method or "full_prepayment"]
        subject = SUBJECTS[item.payment_object or "commodity"]
        unit = (item.measurement_unit or "").strip()
        if common.ffd is FfdVersion.FFD_1_05:
            return method, subject, 0, printable(unit) or None
        return method, subject, UNITS.get(unit.lower().rstrip("."), OTHER_UNIT) if unit else 0, None
    if item.measure not in MEASURES:
        faults.add("NotInEnumeration", f"{path}.measure")
    if item.payment_object in _NOT_NUMBERED:
        faults.add("NotInEnumeration", f"{path}.payment_object")
    return METHODS[item.payment_method], SUBJECTS_BY_NUMBER[item.payment_object], item.measure, None


def _agent(item: Item, path: str, common: Common, faults: Faults) -> Agent | None:
    """The line's own agent, or the receipt's; the law wants the supplier's INN of either (1226)."""
    info = item.agent_info if item.agent_info is not None and item.agent_info.type else common.agent
    if info is None or info.type is None:
        if item.agent_info is not None and item.agent_info != AgentInfo():
            faults.add("PropertyRequired", f"{path}.agent_info.type")
        return None
    supplier = item.supplier_info or common.supplier
    if supplier is None or not supplier.inn:
        faults.add("PropertyRequired", f"{path}.supplier_info.inn")
        return None
    return Agent(
        sign=AGENTS[info.type],
        supplier_inn=supplier.inn,
        supplier_name=printable(supplier.name) if supplier.name else None,
        supplier_phones=supplier.phones or (),
        data=_agent_data(info),
    )


def _agent_data(info: AgentInfo) -> AgentData | None:
    transfer, paying, receiver = info.money_transfer_operator, info.paying_agent, info.receive_payments_operator
    data = AgentData(
        transfer_operator_address=printable(transfer.address) if transfer and transfer.address else None,
        transfer_operator_inn=transfer.inn if transfer else None,
        transfer_operator_name=printable(transfer.name) if transfer and transfer.name else None,
        operation=printable(paying.operation) if paying and paying.operation else None,
        agent_phones=(paying.phones or ()) if paying else (),
        receiver_phones=(receiver.phones or ()) if receiver else (),
        transfer_operator_phones=(transfer.phones or ()) if transfer else (),
    )
    return None if data == AgentData() else data


def _requisites(item: Item4 | Item5, path: str, common: Common, faults: Faults) -> list[Requisite]:
    found: list[Requisite] = []
    if item.excise is not None and item.excise:
        found.append(Requisite(1229, faults.kopecks(item.excise, path, "excise")))
    if item.country_code:
        found.append(Requisite(1230, item.country_code))
    if item.declaration_number:
        found.append(Requisite(1231, printable(item.declaration_number)))
    if isinstance(item, Item4):
        found += _product_code(item, path, common, faults)
        return found
    if item.mark_code is not None:
        faults.add("NotSupported", f"{path}.mark_code", NOT_SUPPORTED)
    if item.wholesale:
        faults.add("NotSupported", f"{path}.wholesale", NOT_SUPPORTED)
    found += [industry(1260, one) for one in item.sectoral_item_props or ()]
    return found


def _product_code(item: Item4, path: str, common: Common, faults: Faults) -> list[Requisite]:
    """1162, given as hexadecimal digits; FFD 1.2 has another tag, which needs the code itself to be checked by the
    FN."""
    code = (item.nomenclature_code or "").strip()
    if not code:
        return []
    if common.ffd is not FfdVersion.FFD_1_05:
        faults.add("NotSupported", f"{path}.nomenclature_code", NOT_SUPPORTED)
    elif not _HEX.fullmatch(code):
        faults.add("PatternMismatch", f"{path}.nomenclature_code")
    else:
        return [Requisite(1162, code.replace(" ", ""))]
    return []


def industry(tag: int, props: IndustryProps) -> Requisite:
    """1260 of a line, 1261 of a receipt."""
    return Requisite(
        tag,
        (
            Requisite(1262, props.federal_id),
            Requisite(1263, props.date),
            Requisite(1264, printable(props.number)),
            Requisite(1265, printable(props.value)),
        ),
    )
