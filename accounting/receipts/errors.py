"""Why an event is refused. A refused event has no effect at all and its key stays free (receipt rules 3.6 [I]).

EventRefused    raised inside the computation, never leaves it
EventError      the answer: one an event, a row of ``Outcome.errors``
"""

from enum import StrEnum

import msgspec


class ErrorCode(StrEnum):
    """The codes of the case format (section 2.2)."""

    ACCOUNT_REQUIRED = "account_required"
    UNKNOWN_ACCOUNT = "unknown_account"
    UNKNOWN_SERVICE = "unknown_service"
    AMOUNT_MUST_BE_POSITIVE = "amount_must_be_positive"
    AMOUNT_MUST_NOT_BE_ZERO = "amount_must_not_be_zero"
    PERIOD_CLOSED = "period_closed"
    PERIOD_ALREADY_CLOSED = "period_already_closed"
    VAT_CODE_NOT_VALID_ON_DATE = "vat_code_not_valid_on_date"
    REFUND_EXCEEDS_ADVANCE = "refund_exceeds_advance"
    REFUND_EXCEEDS_SETTLED = "refund_exceeds_settled"
    RECALCULATION_EXCEEDS_CHARGE = "recalculation_exceeds_charge"
    COUNTER_OFFSET_EXCEEDS_DEBT = "counter_offset_exceeds_debt"
    TRANSFER_EXCEEDS_ADVANCE = "transfer_exceeds_advance"
    WRITE_OFF_EXCEEDS_ADVANCE = "write_off_exceeds_advance"
    NOTHING_TO_WRITE_OFF = "nothing_to_write_off"
    UNKNOWN_PAYMENT = "unknown_payment"
    PAYMENT_NO_LONGER_REVERSIBLE = "payment_no_longer_reversible"
    KEY_CONFLICT = "key_conflict"
    ITEMISED_PAYMENTS_REQUIRED = "itemised_payments_required"
    UNKNOWN_RECEIPT = "unknown_receipt"
    BASIS_DOCUMENT_REQUIRED = "basis_document_required"
    CORRECTION_BEFORE_SETTLEMENT = "correction_before_settlement"
    FORMS_DO_NOT_MATCH_TOTAL = "forms_do_not_match_total"
    TOO_MANY_RECEIPTS = "too_many_receipts"  # of ours: the case format has no limit


MESSAGES: dict[ErrorCode, str] = {
    ErrorCode.ACCOUNT_REQUIRED: "Не указан лицевой счет.",
    ErrorCode.UNKNOWN_ACCOUNT: "Такого лицевого счета нет.",
    ErrorCode.UNKNOWN_SERVICE: "Такой услуги нет в справочнике.",
    ErrorCode.AMOUNT_MUST_BE_POSITIVE: "Сумма должна быть больше нуля.",
    ErrorCode.AMOUNT_MUST_NOT_BE_ZERO: "Сумма не может быть нулевой.",
    ErrorCode.PERIOD_CLOSED: "Месяц уже закрыт: оформите перерасчет.",
    ErrorCode.PERIOD_ALREADY_CLOSED: "Этот месяц уже закрывали.",
    ErrorCode.VAT_CODE_NOT_VALID_ON_DATE: "Такая ставка НДС на эту дату не действует.",
    ErrorCode.REFUND_EXCEEDS_ADVANCE: "Возврат больше, чем переплата на счете.",
    ErrorCode.REFUND_EXCEEDS_SETTLED: "Возврат больше, чем оплачено за услугу.",
    ErrorCode.RECALCULATION_EXCEEDS_CHARGE: "Уменьшение больше самого начисления.",
    ErrorCode.COUNTER_OFFSET_EXCEEDS_DEBT: "Взаимозачет больше долга.",
    ErrorCode.TRANSFER_EXCEEDS_ADVANCE: "Переносят больше, чем есть переплаты.",
    ErrorCode.WRITE_OFF_EXCEEDS_ADVANCE: "Списывают больше, чем есть переплаты.",
    ErrorCode.NOTHING_TO_WRITE_OFF: "Списывать нечего.",
    ErrorCode.UNKNOWN_PAYMENT: "Такого платежа нет.",
    ErrorCode.PAYMENT_NO_LONGER_REVERSIBLE: "Платеж уже нельзя отменить: его деньги использованы.",
    ErrorCode.KEY_CONFLICT: "Под этим ключом уже было другое событие.",
    ErrorCode.ITEMISED_PAYMENTS_REQUIRED: "Общей суммы за день мало: нужен каждый платеж отдельно.",
    ErrorCode.UNKNOWN_RECEIPT: "Такого чека нет.",
    ErrorCode.BASIS_DOCUMENT_REQUIRED: "Нужен документ-основание: акт, служебная записка или предписание.",
    ErrorCode.CORRECTION_BEFORE_SETTLEMENT: "Исправление не может быть раньше того, что исправляют.",
    ErrorCode.FORMS_DO_NOT_MATCH_TOTAL: "Виды оплаты не складываются в итог чека.",
    ErrorCode.TOO_MANY_RECEIPTS: "Чек пришлось бы разделить на слишком много частей: увеличьте max_sum или max_lines.",
}


class EventError(msgspec.Struct, frozen=True, gc=False):
    """The answer to a refused event. ``field`` is the path of the field to blame, ``message`` is for people."""

    event_key: str
    code: ErrorCode
    field: str
    message: str


class EventRefused(Exception):
    """The event cannot be applied."""

    def __init__(self, code: ErrorCode, field: str) -> None:
        super().__init__(code, field)
        self.code = code
        self.field = field
