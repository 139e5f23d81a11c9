"""Receipts of all kinds for property tests: right ones, and right ones with one thing spoilt."""

from datetime import date

import msgspec
from hypothesis import strategies as st

from accounting.receipts.codes import (
    FfdVersion,
    SettlementMethod,
    SettlementSign,
    SubjectType,
    TaxationSystem,
    VatCode,
)
from accounting.receipts.model import (
    Agent,
    AgentData,
    Correction,
    Receipt,
    ReceiptLine,
    Tenders,
    UserRequisite,
    VatTotal,
)
from kkt_drivers.ffd.receipt_rules import is_filled
from kkt_drivers.kkt import ReceiptOrder
from tests.unit.kkt_drivers.ffd_samples import ORDER, RECEIPT

VERSIONS = st.sampled_from([FfdVersion.FFD_1_05, FfdVersion.FFD_1_2])

_LETTERS = [*"abcXYZ 019 .,()`", *"абвЯЁё№°·", *"«»—–₽…\u00a0\u200b’×\u2003", "и\u0306"]


def texts(most: int) -> st.SearchStrategy[str]:
    """Text that fits ``most`` bytes: some signs become up to four."""
    return st.lists(st.sampled_from(_LETTERS), min_size=1, max_size=most // 4).map("".join)


def maybe(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    return st.one_of(st.none(), strategy)


AGENT_DATA = st.builds(
    AgentData,
    transfer_operator_address=maybe(texts(200)),
    transfer_operator_inn=maybe(st.sampled_from(["7702203276", "770220327612"])),
    transfer_operator_name=maybe(texts(60)),
    operation=maybe(texts(24)),
    agent_phones=st.lists(texts(19), max_size=2).map(tuple),
    receiver_phones=st.lists(texts(19), max_size=1).map(tuple),
    transfer_operator_phones=st.lists(texts(19), max_size=1).map(tuple),
)
AGENTS = st.builds(
    Agent,
    sign=st.sampled_from([1, 2, 4, 8, 16, 32, 64]),
    supplier_inn=st.sampled_from(["7702203276", "770220327612"]),
    supplier_name=maybe(texts(100)),
    supplier_phones=st.lists(texts(19), max_size=2).map(tuple),
    data=st.one_of(st.none(), st.just(AgentData()), AGENT_DATA),
)
QUANTITIES = st.one_of(st.just(1_000_000), st.integers(1, 5_000).map(lambda n: n * 1000), st.integers(1, 50_000_000))
SUBJECTS = [subject for subject in SubjectType if subject not in (28, 29)]
"""The order has no 28 and no 29."""
_DAYS = st.dates(date(1970, 1, 1), date(2106, 2, 7))
PRICES = st.one_of(st.integers(0, 500_000), st.sampled_from([0, 1, 255, 256, 65_535, 65_536, 10**9]))


@st.composite
def lines(draw: st.DrawFn) -> ReceiptLine:
    price, micro = draw(PRICES), draw(QUANTITIES)
    return ReceiptLine(
        name=draw(texts(128)),
        price_kopecks=price,
        sum_kopecks=(price * micro + 500_000) // 1_000_000,
        method=draw(st.one_of(st.none(), st.sampled_from(SettlementMethod))),
        subject=draw(st.one_of(st.none(), st.sampled_from(SUBJECTS))),
        vat_code=draw(st.one_of(st.none(), st.sampled_from(VatCode))),
        quantity_micro=micro,
        vat_kopecks=draw(st.sampled_from([0, 0, 1, 37_869])),
        measure=draw(st.sampled_from([0, 51, 255])),
        measure_text=draw(maybe(texts(16))),
        agent=draw(st.one_of(st.none(), AGENTS)),
        additional=draw(maybe(texts(64))),
    )


def _split(draw: st.DrawFn, total: int) -> Tenders:
    cash = draw(st.integers(0, total))
    prepaid = draw(st.integers(0, total - cash))
    return Tenders(cash=cash, prepaid=prepaid, electronic=total - cash - prepaid)


@st.composite
def orders(draw: st.DrawFn) -> ReceiptOrder:
    """A receipt that both versions can write: one place for our id is always left."""
    chosen = draw(st.lists(lines(), min_size=1, max_size=6))
    place = draw(st.sampled_from([1084, 1191]))
    requisite = draw(st.one_of(st.none(), st.builds(UserRequisite, name=texts(64).map("x".__add__), value=texts(250))))
    correction = draw(
        st.one_of(
            st.none(),
            st.none(),
            st.builds(Correction, kind=st.just(0), settled_on=_DAYS, order_number=maybe(texts(32))),
            st.builds(Correction, kind=st.just(1), settled_on=_DAYS, order_number=texts(32).filter(is_filled)),
        )
    )
    if correction is not None:
        requisite = None  # in FFD 1.05 a correction has no lines that could take the id
    if requisite is not None:
        chosen[0] = msgspec.structs.replace(chosen[0], additional=None)
    total = sum(line.sum_kopecks for line in chosen)
    receipt = Receipt(
        sign=draw(st.sampled_from([SettlementSign.INCOME, SettlementSign.EXPENSE])),
        taxation=draw(st.sampled_from(TaxationSystem)),
        lines=tuple(chosen),
        tenders=_split(draw, total),
        total_kopecks=total,
        vat_totals=tuple(
            VatTotal(code, draw(st.integers(0, 10**9)))
            for code in sorted(
                draw(st.sets(st.sampled_from(VatCode), min_size=1))
                | {line.vat_code for line in chosen if line.vat_code}
            )
        ),
        contact=draw(maybe(texts(64))),
        agent_sign=draw(st.sampled_from([None, 1, 64])),
        user_requisite=requisite,
        additional=draw(maybe(st.text(st.sampled_from("abc абв"), max_size=16))),
        correction=correction,
        internet=draw(st.booleans()),
        sender_email=draw(maybe(texts(64))),
    )
    return ReceiptOrder(
        receipt,
        draw(st.sampled_from(["r-17", "01935f6e-2c5b-7d1e-9a3f-4b1c2d3e4f50"])),
        place,  # type: ignore[arg-type]
        draw(st.sampled_from(["", "Иванова", "«Касса» № 1"])),
        draw(st.sampled_from(["", "https://pay.example"])),
        draw(st.sampled_from(["", "109240, Москва – центр"])),
        draw(st.sampled_from(["б/н", "акт № 7"])),
    )


ORDERS = orders()

_BAD_NUMBERS = st.sampled_from(
    [-1, 256, 1 << 40, (1 << 48) - 1, 1 << 48, 1 << 56, 1 << 63, 1 << 64, 10**30, -(1 << 63)]
)
_BAD_TEXTS = st.one_of(st.text(st.characters(codec="utf-8"), max_size=12), st.just("Я" * 300), st.just(""))
_NUMBERS_OF_LINE = ("price_kopecks", "sum_kopecks", "quantity_micro", "vat_kopecks", "measure", "method", "vat_code")


@st.composite
def broken_orders(draw: st.DrawFn) -> ReceiptOrder:
    """One field of a right receipt is something else; now and then that is still right."""
    order = draw(ORDERS)
    receipt = order.receipt
    match draw(st.integers(0, 9)):
        case 0:
            changed = {draw(st.sampled_from(_NUMBERS_OF_LINE)): draw(_BAD_NUMBERS)}
            return _with_first(order, **changed)
        case 1:
            changed = {draw(st.sampled_from(["name", "additional", "measure_text"])): draw(_BAD_TEXTS)}
            return _with_first(order, **changed)
        case 2:
            amount = draw(_BAD_NUMBERS)
            field = draw(st.sampled_from(["cash", "credit", "provision"]))
            tenders = msgspec.structs.replace(receipt.tenders, **{field: amount})
            return _with(order, tenders=tenders, total_kopecks=tenders.total())
        case 3:
            totals = (*receipt.vat_totals, VatTotal(draw(st.integers(-1, 300)), draw(_BAD_NUMBERS)))  # type: ignore[arg-type]
            return _with(order, vat_totals=draw(st.sampled_from([totals, totals[::-1], ()])))
        case 4:
            return _with(order, total_kopecks=receipt.total_kopecks + draw(st.sampled_from([1, 99, 100, -100])))
        case 5:
            return _with(order, lines=draw(st.sampled_from([(), receipt.lines * 30, receipt.lines[1:]])))
        case 6:
            requisite = UserRequisite(draw(st.sampled_from(["ID", "x", "x" * 65])), draw(_BAD_TEXTS))
            return _with(order, user_requisite=requisite, sign=draw(st.sampled_from(SettlementSign)))
        case 7:
            spoilt = Correction(
                draw(st.integers(-1, 300)), draw(_DAYS), draw(st.sampled_from([None, "", "7", "9" * 33]))
            )
            return _with(order, correction=spoilt, user_requisite=None)
        case 8:
            agent = draw(AGENTS)
            wrong = [
                {"sign": 3},
                {"sign": 0},
                {"supplier_inn": "123"},
                {"data": AgentData(transfer_operator_inn="12 345")},
            ]
            spoilt_agent = msgspec.structs.replace(agent, **draw(st.sampled_from(wrong)))
            chosen = [{"agent": spoilt_agent}, {"subject": SubjectType(28)}, {"measure": 7}]
            return _with_first(order, **draw(st.sampled_from(chosen)))
        case _:
            field = draw(st.sampled_from(["receipt_id", "cashier", "place", "address", "filler_1179"]))
            return msgspec.structs.replace(order, **{field: draw(_BAD_TEXTS)})


BROKEN_ORDERS = broken_orders()


def order_of(receipt: Receipt) -> ReceiptOrder:
    return msgspec.structs.replace(ORDER, receipt=receipt)


def with_line(line: ReceiptLine) -> ReceiptOrder:
    """The sample order with this line alone; its sums may be wrong on purpose."""
    return order_of(msgspec.structs.replace(RECEIPT, lines=(line,)))


def _with(order: ReceiptOrder, **changes: object) -> ReceiptOrder:
    return msgspec.structs.replace(order, receipt=msgspec.structs.replace(order.receipt, **changes))


def _with_first(order: ReceiptOrder, **changes: object) -> ReceiptOrder:
    first = msgspec.structs.replace(order.receipt.lines[0], **changes)
    return _with(order, lines=(first, *order.receipt.lines[1:]))
