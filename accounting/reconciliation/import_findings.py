"""What an import finds: a receipt taken over, a refusal of one, notes on it.

One error, internal to this folder: ``Refused`` (a rule is broken, the receipt is left out). It never leaves
``parse_receipts``, which turns it into a ``Rejection``.
"""

from datetime import date
from enum import StrEnum

import msgspec

from accounting.receipts.model import Receipt, VatTotal


class Reason(StrEnum):
    """Why a receipt is left out, in the users' words."""

    NOT_JSON = "строка не читается как JSON"
    NOT_RECEIPT = "в строке нет кассового чека"
    OTHER_DOCUMENT = "это другой документ, а не кассовый чек"
    CORRECTION = "чек коррекции так не переносится: исправление делают заново"
    STORNO = "в чеке есть отменённые строки (сторно), так он не переносится"
    MISSING = "нет обязательного поля"
    CONFLICT = "одно и то же указано дважды и по-разному"
    NOT_AMOUNT = "сумма должна быть целым числом копеек, от 0 до 99 999 999,99 ₽"
    NOT_QUANTITY = "количество должно быть числом больше 0, не длиннее шести знаков после запятой"
    NOT_CODE = "такого значения нет в перечне"
    NOT_TEXT = "здесь должен быть текст"
    NOT_LIST = "здесь должен быть список"
    NOT_OBJECT = "здесь должен быть набор полей"
    NOT_DATE = "дата не читается или чеков в то время ещё не было"
    TEXT_TOO_LONG = "текст длиннее, чем помещается в чек"
    TEXT_CHARACTERS = "в тексте есть знаки, которых нет в кодировке чека"
    CONTACT = "это не телефон и не электронная почта"
    INN = "ИНН состоит из 10 или 12 цифр"
    AGENT_SUPPLIER = "услуга чужая (агент), а ИНН поставщика не указан"
    LINE_SUM = "цена, умноженная на количество, не равна сумме строки"
    TENDERS = "деньги по видам оплаты не складываются в итог чека"
    TOTAL = "суммы строк не складываются в итог чека"
    ROUNDED_TOTAL = "итог округлён вниз до рубля, а настройка переноса этого не принимает"
    ZERO_TOTAL = "чек на 0 рублей: расчёта не было"
    TAXATION_MISSING = "система налогообложения не указана и не следует из чека"
    TAXATION_DATE = "такой системы налогообложения на дату расчёта не было"
    VAT_CODE_DATE = "такой ставки НДС на дату расчёта не было"
    VAT_LINE_SUM = "НДС в строке не тот, что даёт её ставка"
    VAT_NO_TOTALS = "у строки нет ставки НДС, а итогов НДС в чеке нет"
    VAT_NO_ANSWER = "у строки нет ставки НДС, и ни одна не даёт итогов НДС этого чека"
    VAT_MANY_ANSWERS = "у строки нет ставки НДС, и к итогам НДС этого чека подходит несколько"
    VAT_TOO_MANY = "у слишком многих строк нет ставки НДС: перебор остановлен"
    VAT_TOTAL = "итог НДС в чеке не тот, что дают ставки его строк"
    CONTROL = "чек не проходит контроль, который проходят все наши чеки"


class NoteKind(StrEnum):
    """What is worth knowing of a receipt that was taken over, in the users' words."""

    ROUNDED_TOTAL = "итог округлён вниз внутри рубля"
    TAXATION_ASSUMED = "система налогообложения не указана, взята общая: в чеке есть НДС"
    VAT_CODE_DERIVED = "ставка НДС выведена из итогов чека"
    VAT_TOTALS_ABSENT = "в исходном чеке нет итогов НДС"
    VAT_RECOMPUTED = "итог НДС посчитан заново"
    LINE_VAT_REPLACED = "НДС в строке заменён на тот, что даёт ставка"
    ADVANCE_AT_ORDINARY_RATE = "деньги вперёд, а ставка НДС не расчётная"
    DELIVERY_AT_CALCULATED_RATE = "товар или услуга переданы, а ставка НДС расчётная"
    VAT_UNDER_SPECIAL_SYSTEM = "НДС при системе налогообложения, где его не платят"
    QUANTITY_ASSUMED = "количество не указано, взято 1"
    TEXT_REPLACED = "знаки, которых нет в кодировке чека, заменены похожими"
    CONTACT_NORMALISED = "телефон приведён к виду +7…"
    FIELD_NOT_KEPT = "поле не переносится"


class Note(msgspec.Struct, frozen=True):
    """A remark on an accepted receipt. ``text`` holds the value it is about."""

    kind: NoteKind
    field: str
    text: str


class OriginalTotals(msgspec.Struct, frozen=True):
    """What the original says of itself, to be compared with what is registered. Kopecks.

    ``vat_totals`` holds the totals above 0, ascending by code: a zero is a stub as often as a sum.
    """

    total_kopecks: int
    vat_totals: tuple[VatTotal, ...]
    document_number: int | None = None  # 1040, to find the original by


class ImportedReceipt(msgspec.Struct, frozen=True):
    """A receipt fit to be registered as a finished one. ``number`` is the line of the file, from 1."""

    number: int
    key: str
    settled_on: date
    receipt: Receipt
    original: OriginalTotals
    notes: tuple[Note, ...]
    agrees_total: bool
    agrees_vat: bool


class Rejection(msgspec.Struct, frozen=True):
    """A line of the file that was left out: where, which field, why; ``detail`` holds the values met."""

    number: int
    field: str
    reason: Reason
    key: str
    detail: str = ""


class Refused(Exception):
    """The receipt breaks a rule."""

    def __init__(self, field: str, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
        self.detail = detail
