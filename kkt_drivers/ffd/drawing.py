"""What a buyer sees on a receipt, in order and in words: the common part of the HTML and PDF drawings. FFD 3.3, 7.

The printed form of the order, with the electronic receipt's freedom: zero forms of payment and the service tag
``1104 = 0`` beside 1115 are left out, rates are named by the date of the receipt (18 % until the end of 2018).
"""

from datetime import datetime, time

import msgspec

from accounting.receipts.codes import VatCode
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.drawing_lines import Line, day_of, lines_of, rate_name
from kkt_drivers.ffd.findings import walk
from kkt_drivers.ffd.forms import CORRECTIONS, FORMS, RECEIPTS, VERSION_NAMES
from kkt_drivers.ffd.listing import is_money, value_text
from kkt_drivers.ffd.meanings import meaning
from kkt_drivers.ffd.money_text import money
from kkt_drivers.ffd.qr import printed_sign, qr_of, qr_text
from kkt_drivers.ffd.receipt_rules import BY_ORDER
from kkt_drivers.ffd.tags import TAGS
from kkt_drivers.ffd.tree import Node, form_of, version_of

TEST_FN = "9999"
"""Numbers of FNs that are models, not storages, begin so; nothing they sign is a fiscal document."""

_INSET = "· "
"""Before the names of what stands in a structure."""

_TENDERS = (
    (1031, "Наличными"),
    (1081, "Безналичными"),
    (1215, "Предоплата (аванс)"),
    (1216, "Постоплата (кредит)"),
    (1217, "Встречное предоставление"),
)
_FLAT_VAT = ((1102, VatCode.VAT_20), (1103, VatCode.VAT_10), (1106, VatCode.VAT_20_120), (1107, VatCode.VAT_10_110))

Pairs = tuple[tuple[str, str], ...]


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """Texts in the order in which they stand on paper."""

    marks: tuple[str, ...]  # what must not be overlooked: a test FN
    seller: tuple[str, ...]  # name first
    title: str
    sign: str  # приход, возврат прихода...
    head: Pairs  # date, shift, cashier
    lines: tuple[Line, ...]
    total: str  # empty: a report
    tenders: Pairs
    taxes: Pairs
    details: Pairs  # taxation, buyer, addresses
    fiscal: Pairs  # ФН, ФД, ФП
    qr: str  # text of the code; empty: none


def drawing_of(document: Node) -> Drawing:
    """A receipt, BSO or correction as its buyer gets it; any other document as a list of its requisites.

    Raises CodecError when the node is no document.
    """
    form = form_of(document)
    settlement = form in RECEIPTS | CORRECTIONS
    number = document.number(1042)
    title = FORMS[form].title + (f" № {number}" if number is not None else "")
    total = document.number(1020)
    return Drawing(
        marks=_marks(document),
        seller=_seller(document) if settlement else (),
        title=title,
        sign=meaning(1054, document.number(1054) or 0).capitalize(),
        head=_head(document),
        lines=lines_of(document) if settlement else (),
        total="" if total is None else money(total),
        tenders=_tenders(document) if settlement else (),
        taxes=_taxes(document) if settlement else (),
        details=_details(document) if settlement else _everything(document),
        fiscal=_fiscal(document),
        qr=_qr(document) if settlement else "",
    )


def _marks(document: Node) -> tuple[str, ...]:
    number = document.text(1041) or ""
    return ("Эмулятор, не чек", "тестовый ФН") if number.startswith(TEST_FN) else ()


def _seller(document: Node) -> tuple[str, ...]:
    inn = document.text(1018)
    texts = (document.text(1048), inn and f"ИНН {inn}", document.text(1009), document.text(1187))
    return tuple(" ".join(text.split()) for text in texts if text and text.strip())


def _head(document: Node) -> Pairs:
    issued_at = document.moment(1012)
    pairs: list[tuple[str, str | None]] = [
        ("Дата", None if issued_at is None else f"{issued_at:%d.%m.%Y %H:%M}"),
        ("Смена", _number(document, 1038)),
        ("Кассир", document.text(1021)),
        ("Автомат", document.text(1036)),
    ]
    basis = document.find(1174)
    if basis is not None:
        settled_on = basis.moment(1178)
        pairs += [
            ("Коррекция", meaning(1173, document.number(1173) or 0)),
            ("Исправляемый расчёт", None if settled_on is None else f"{settled_on:%d.%m.%Y}"),
            ("Предписание" if document.number(1173) == BY_ORDER else "Номер основания", basis.text(1179)),
        ]
    return _filled(pairs)


def _tenders(document: Node) -> Pairs:
    amounts = ((name, document.number(tag)) for tag, name in _TENDERS)
    return tuple((name, money(amount)) for name, amount in amounts if amount)


def _taxes(document: Node) -> Pairs:
    day = day_of(document)
    pairs: list[tuple[str, str]] = []
    for tag, code in _FLAT_VAT:
        amount = document.number(tag)
        if amount is not None:
            pairs.append((rate_name(code, day), money(amount)))
    entries = document.find(1115)
    for entry in entries.all(1119) if entries is not None else ():
        pairs.append((rate_name(entry.number(1199) or 0, day), money(entry.number(1120) or 0)))
    zero_rated, untaxed = document.number(1104), document.number(1105)
    if zero_rated is not None and not (zero_rated == 0 and entries is not None):
        pairs.append(("Сумма с НДС 0%", money(zero_rated)))
    if untaxed is not None:
        pairs.append(("Сумма без НДС", money(untaxed)))
    return tuple(pairs)


def _details(document: Node) -> Pairs:
    taxation = document.number(1055)
    buyer = document.find(1256) or document
    pairs: list[tuple[str, str | None]] = [
        ("Налогообложение", None if taxation is None else meaning(1055, taxation)),
        ("Покупатель", buyer.text(1227)),
        ("ИНН покупателя", buyer.text(1228)),
        ("Чек отправлен", document.text(1008)),
        ("Отправитель", document.text(1117)),
        ("Дополнительно", document.text(1192)),
    ]
    requisite = document.find(1084)
    if requisite is not None:
        pairs.append((requisite.text(1085) or "Реквизит", requisite.text(1086)))
    pairs.append(("Сайт ФНС", document.text(1060)))
    return _filled(pairs)


def _fiscal(document: Node) -> Pairs:
    sign = document.find(1077)
    version = version_of(document)
    printed = printed_sign(sign.value) if sign is not None and isinstance(sign.value, bytes) else None
    pairs: list[tuple[str, str | None]] = [
        ("РН ККТ", document.text(1037)),
        ("ФН", document.text(1041)),
        ("ФД", _number(document, 1040)),
        ("ФП", None if printed is None else str(printed)),
        ("ФФД", None if version is None else VERSION_NAMES[version]),
    ]
    return _filled(pairs)


def _everything(document: Node) -> Pairs:
    """Requisites of a report that the head and the foot do not show already; what is in structures comes below them."""
    shown = {1012, 1038, 1021, 1036, 1037, 1041, 1040, 1077, 1209}
    pairs: list[tuple[str, str]] = []
    for node, path in walk(document):
        if path.split("/")[0] in map(str, shown):
            continue
        name = TAGS[node.tag].name if node.tag in TAGS else str(node.tag)
        inset = _INSET * path.count("/")
        pairs.append((inset + name[:1].upper() + name[1:], "" if isinstance(node.value, tuple) else _report_text(node)))
    return tuple(pairs)


def _report_text(node: Node) -> str:
    """A value of a report for people: amounts as on receipts, days without midnight, words instead of numbers."""
    value = node.value
    if isinstance(value, datetime) and value.time() == time.min:
        return f"{value:%d.%m.%Y}"
    if isinstance(value, int):
        return money(value) if is_money(node.tag) else meaning(node.tag, value) or str(value)
    return value_text(node)


def _qr(document: Node) -> str:
    try:
        return qr_text(qr_of(document))
    except CodecError:
        return ""  # a draft has no sign yet


def _number(document: Node, tag: int) -> str | None:
    number = document.number(tag)
    return None if number is None else str(number)


def _filled(pairs: list[tuple[str, str | None]]) -> Pairs:
    return tuple((name, " ".join(text.split())) for name, text in pairs if text and text.strip())
