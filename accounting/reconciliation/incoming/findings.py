"""What is wrong with a file or with a line of it: a code for programs, words for people.

``FileRefused``  the file as a whole cannot be taken: nothing of it is; the doors turn it into ``ReceivedFile.refusals``
``LineRejected`` one line; the doors turn it into a line that is rejected or skipped
"""

from enum import StrEnum

import msgspec

from accounting.receipts.wording import translated


class Finding(StrEnum):
    """Codes, stable. First what refuses a file, then what rejects a line, then why a line is no payment of ours."""

    EMPTY_FILE = "empty_file"
    FILE_TOO_BIG = "file_too_big"
    TOO_MANY_LINES = "too_many_lines"
    LINE_TOO_LONG = "line_too_long"
    PACKED_FILE = "packed_file"
    UNREADABLE_TEXT = "unreadable_text"
    UNREADABLE_SPREADSHEET = "unreadable_spreadsheet"
    NOT_A_STATEMENT = "not_a_statement"
    NO_STATEMENT_ACCOUNT = "no_statement_account"
    FILE_CUT_OFF = "file_cut_off"
    SECTION_NOT_CLOSED = "section_not_closed"
    UNREADABLE_TOTAL = "unreadable_total"
    BALANCE_MISMATCH = "balance_mismatch"
    BALANCES_DO_NOT_FOLLOW = "balances_do_not_follow"
    TURNOVER_MISMATCH = "turnover_mismatch"
    NO_TOTAL_LINE = "no_total_line"
    LINE_AFTER_TOTAL = "line_after_total"
    TOTAL_MISMATCH = "total_mismatch"
    NO_HEADER = "no_header"
    NO_LINES = "no_lines"
    PAYOUT_IMPORTED_BEFORE = "payout_imported_before"
    FILE_IMPORTED_OTHERWISE = "file_imported_otherwise"

    UNFINISHED_LINE = "unfinished_line"
    MISSING_FIELD = "missing_field"
    FIELD_TOO_LONG = "field_too_long"
    UNREADABLE_FIELD = "unreadable_field"
    BAD_DATE = "bad_date"
    BAD_PERIOD = "bad_period"
    BAD_AMOUNT = "bad_amount"
    NOT_POSITIVE = "not_positive"
    FEE_MISMATCH = "fee_mismatch"
    UNKNOWN_WAY = "unknown_way"
    FOREIGN_ACCOUNT = "foreign_account"
    FOREIGN_RECEIVER = "foreign_receiver"
    REPEATED_IN_FILE = "repeated_in_file"
    IMPORTED_BEFORE = "imported_before"
    OTHER_SUM_BEFORE = "other_sum_before"
    UNKNOWN_ACCOUNT = "unknown_account"
    AMBIGUOUS_ACCOUNT = "ambiguous_account"
    REFUSED_EVENT = "refused_event"

    UNCLEAR_TRANSIT = "unclear_transit"

    OUTGOING = "outgoing"
    PAYOUT = "payout"
    OTHER_INCOME = "other_income"
    OWN_TRANSFER = "own_transfer"


TEXTS: dict[Finding, str] = {
    Finding.EMPTY_FILE: "Файл пуст.",
    Finding.FILE_TOO_BIG: "Файл больше {most} байт: разделите его по дням.",
    Finding.TOO_MANY_LINES: "В файле больше {most} строк: разделите его по дням.",
    Finding.LINE_TOO_LONG: "Строка длиннее {most} знаков: это не текстовый файл или файл поврежден.",
    Finding.PACKED_FILE: "Файл упакован ({value}): распакуйте его.",
    Finding.UNREADABLE_TEXT: "Текст не читается: кодировка не {value}.",
    Finding.UNREADABLE_SPREADSHEET: "Таблица не открывается: {value}",
    Finding.NOT_A_STATEMENT: "Это не выписка 1CClientBankExchange: первая строка другая.",
    Finding.NO_STATEMENT_ACCOUNT: "В выписке нет ни одного расчетного счета.",
    Finding.FILE_CUT_OFF: "Нет строки КонецФайла: файл обрезан. Выгрузите выписку заново.",
    Finding.SECTION_NOT_CLOSED: "Раздел не закрыт или закрыт не на месте: {value}.",
    Finding.UNREADABLE_TOTAL: "{field}: не читается: {value}.",
    Finding.BALANCE_MISMATCH: "Счет {value}: начальный остаток плюс поступило минус списано дает {counted}, а "
    "конечный остаток в выписке {stated}.",
    Finding.BALANCES_DO_NOT_FOLLOW: "Счет {value}: остаток на начало {stated}, а предыдущий раздел закончился на "
    "{counted}: дня не хватает.",
    Finding.TURNOVER_MISMATCH: "Счет {value}, {field}: документов на {counted}, а в выписке {stated}: она неполная.",
    Finding.NO_TOTAL_LINE: "Нет строки с итогом: файл обрезан. Запросите реестр заново.",
    Finding.LINE_AFTER_TOTAL: "После строки с итогом есть еще строки.",
    Finding.TOTAL_MISMATCH: "Итог не сходится, {field}: по строкам {counted}, в итоге {stated}.",
    Finding.NO_HEADER: "Нет строки с заголовками: {value}.",
    Finding.NO_LINES: "В файле нет ни одной строки с платежом.",
    Finding.PAYOUT_IMPORTED_BEFORE: "Реестр к платежному поручению {value} уже загружен: загрузка {stated}.",
    Finding.FILE_IMPORTED_OTHERWISE: "Этот файл уже загружен с другими настройками: загрузка {stated}.",
    Finding.UNFINISHED_LINE: "Последняя строка не закончена, {field}: {value}. Файл, возможно, обрезан.",
    Finding.MISSING_FIELD: "Нет значения: {field}.",
    Finding.FIELD_TOO_LONG: "Слишком длинное значение, {field}: больше {most} знаков.",
    Finding.UNREADABLE_FIELD: "Значение нельзя прочитать точно, {field}: {value}.",
    Finding.BAD_DATE: "Такой даты нет, {field}: {value}.",
    Finding.BAD_PERIOD: "Это не месяц, {field}: {value}.",
    Finding.BAD_AMOUNT: "Это не сумма, {field}: {value}.",
    Finding.NOT_POSITIVE: "Сумма не больше нуля: {value}. Отмену платежа отправьте событием payment_reversal.",
    Finding.FEE_MISMATCH: "Сумма минус комиссия не равна сумме к перечислению: {value}.",
    Finding.UNKNOWN_WAY: "Неизвестный способ оплаты: {value}. Допишите его в описание формата.",
    Finding.FOREIGN_ACCOUNT: "Ни плательщик, ни получатель не расчетный счет этой выписки: {value}.",
    Finding.FOREIGN_RECEIVER: "Получатель другая организация, ИНН {value}.",
    Finding.REPEATED_IN_FILE: "Этот платеж уже есть в файле, строка {value}.",
    Finding.IMPORTED_BEFORE: "Этот платеж уже загружен раньше.",
    Finding.OTHER_SUM_BEFORE: "Платеж с таким номером уже есть, но на другую сумму: {value}.",
    Finding.UNKNOWN_ACCOUNT: "Лицевой счет не найден: {value}.",
    Finding.AMBIGUOUS_ACCOUNT: "В назначении названы несколько лицевых счетов: {value}. Выясните, чей это платеж.",
    Finding.REFUSED_EVENT: "Платеж не принят: {value}",
    Finding.UNCLEAR_TRANSIT: "Деньги с транзитного счета банка, лицевой счет в назначении не найден: выясните, "
    "реестр это или один платеж.",
    Finding.OUTGOING: "Списание: не платеж абонента.",
    Finding.PAYOUT: "Перечисление по реестру: платежи из него загружает сам реестр.",
    Finding.OTHER_INCOME: "Поступление не от абонента: плательщик организация, лицевой счет в назначении не найден.",
    Finding.OWN_TRANSFER: "Перевод между своими счетами.",
}


FIELDS: dict[str, str] = {
    "date": "дата",
    "time": "время",
    "amount": "сумма",
    "net": "сумма к перечислению",
    "fee": "комиссия",
    "account": "лицевой счет",
    "period": "период",
    "operation": "номер операции",
    "document": "номер документа",
    "payer": "плательщик",
    "purpose": "назначение",
    "way": "способ оплаты",
    "count": "число платежей",
    "payout_number": "номер поручения",
    "payout_date": "дата поручения",
    "received": "поступило",
    "spent": "списано",
}
"""Words for the fields of records; keys of a statement are Russian words already."""


class FileRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why nothing of a file is taken. ``line`` 0: the file as a whole; amounts are written as people read them."""

    code: Finding
    line: int = 0
    field: str = ""
    value: str = ""
    stated: str = ""
    counted: str = ""
    most: int = 0

    def text(self) -> str:
        """In words, in the language of the call."""
        return say(
            self.code,
            field=self.field, value=self.value, stated=self.stated, counted=self.counted, most=self.most,
        )  # fmt: skip


def say(code: Finding, **values: object) -> str:
    """A finding in words, in the language of the call."""
    field = str(values.get("field", ""))
    return translated(TEXTS[code], **{**values, "field": translated(FIELDS.get(field, field))})


class FileRefused(Exception):
    """Internal to this folder."""

    def __init__(self, code: Finding, **values: object) -> None:
        super().__init__(code)
        self.refusal = msgspec.convert({"code": code, **values}, FileRefusal)


class LineRejected(Exception):
    """Internal to this folder."""

    def __init__(self, code: Finding, field: str = "", value: str = "", most: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.value = value[:200]
        self.most = most
