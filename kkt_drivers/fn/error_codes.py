"""Answer codes of an FN and what they mean for us. FN protocol 5; mask bit 7 off before looking one up."""

import msgspec

from kkt_drivers.errors import KktRefused, Refusal

SUCCESS = 0x00
UNKNOWN_COMMAND = 0x01
WRONG_STATE = 0x02
NO_DATA = 0x08
OFD_ANSWER = 0x20
MISSING_TAG = 0x3C


class FnError(msgspec.Struct, frozen=True):
    """``russian`` is the protocol's wording, ``english`` ours."""

    kind: Refusal
    russian: str
    english: str


_R = Refusal
ERRORS: dict[int, FnError] = {
    0x01: FnError(_R.BAD_REQUEST, "неизвестная команда или неверный формат посылки", "unknown command or wrong format"),
    0x02: FnError(_R.WRONG_STATE, "другое состояние ФН", "not allowed in the FN's present state"),
    0x03: FnError(_R.FAULT, "отказ ФН", "FN failure"),
    0x04: FnError(_R.FAULT, "отказ криптографического сопроцессора", "crypto coprocessor failure"),
    0x05: FnError(_R.EXHAUSTED, "закончен срок эксплуатации ФН", "the FN's life has expired"),
    0x06: FnError(_R.EXHAUSTED, "архив ФН переполнен", "the FN's archive is full"),
    0x07: FnError(_R.CLOCK, "неверные дата или время", "date or time contradicts the FN"),
    0x08: FnError(_R.NO_DATA, "нет запрошенных данных", "no such data"),
    0x09: FnError(_R.BAD_REQUEST, "некорректное значение параметров команды", "a parameter has a wrong value"),
    0x0A: FnError(_R.WRONG_STATE, "команда не разрешена при этой версии ФФД", "not allowed in this FFD version"),
    0x0B: FnError(_R.BAD_REQUEST, "неразрешённые реквизиты", "requisites that the FN makes itself"),
    0x0C: FnError(_R.BAD_REQUEST, "дублирование данных", "a requisite was given twice"),
    0x0D: FnError(_R.BAD_REQUEST, "отсутствуют данные для учёта в ФН", "data for the FN's counters are missing"),
    0x0E: FnError(_R.BAD_REQUEST, "превышено количество позиций", "too many items"),
    0x10: FnError(_R.BAD_REQUEST, "превышены размеры данных TLV", "the document's data are too long"),
    0x11: FnError(_R.WRONG_STATE, "нет транспортного соединения", "no transport connection was announced"),
    0x12: FnError(_R.EXHAUSTED, "исчерпан ресурс криптографического сопроцессора", "the keys' resource is exhausted"),
    0x14: FnError(_R.OFD_BACKLOG, "исчерпан ресурс хранения", "no space for more unsent documents"),
    0x15: FnError(_R.OFD_BACKLOG, "исчерпан ресурс ожидания передачи", "the oldest unsent document is 30 days old"),
    0x16: FnError(_R.SHIFT_EXPIRED, "продолжительность смены более 24 часов", "the shift is longer than 24 hours"),
    0x17: FnError(_R.CLOCK, "неверная разница во времени между операциями", "the clock moved between two operations"),
    0x18: FnError(_R.BAD_REQUEST, "некорректный реквизит от ККТ", "a requisite of the KKT is wrong"),
    0x19: FnError(_R.BAD_REQUEST, "реквизит не соответствует регистрации", "a requisite contradicts the registration"),
    0x20: FnError(_R.OFD_ANSWER, "сообщение ОФД не принято", "the operator's message was not accepted"),
    0x23: FnError(_R.FAULT, "ошибка сервиса обновления ключей", "the key service failed"),
    0x24: FnError(_R.FAULT, "неизвестный ответ сервиса обновления ключей", "unknown answer of the key service"),
    0x30: FnError(_R.FAULT, "требуется повтор обмена с сервисом ключей", "the key exchange must be repeated"),
    0x32: FnError(_R.BAD_REQUEST, "запрещена работа с маркированными товарами", "marking is not registered"),
    0x33: FnError(_R.WRONG_STATE, "неверная последовательность команд маркировки", "marking commands out of order"),
    0x34: FnError(_R.OFD_BACKLOG, "работа с маркированными товарами временно заблокирована", "marking is blocked"),
    0x35: FnError(_R.BAD_REQUEST, "переполнена таблица проверки кодов маркировки", "too many marking codes"),
    0x3C: FnError(_R.BAD_REQUEST, "в блоке TLV нет необходимых реквизитов", "a necessary requisite is missing"),
    0x3E: FnError(_R.BAD_REQUEST, "код маркировки не проверялся в ФН", "the marking code was not checked in the FN"),
}
_UNKNOWN = FnError(Refusal.WRONG_STATE, "неизвестный код ответа ФН", "unknown answer code")
"""Not a fault: that ends an FN for good, and what nobody understands is no reason for it."""

OFD_REASONS: dict[int, str] = {
    1: "неверный фискальный признак",
    2: "неверный формат",
    3: "неверный номер ФД",
    4: "неверный номер ФН",
    5: "неверный CRC",
    7: "неверная длина",
}
"""The byte behind code 20h."""

_ACCEPT_OFD_ANSWER = 0x26
_KEY_SERVICE = 0x23
_REGISTERS = (0x02, 0x03, 0xA2, 0xA3)


def error_of(code: int) -> FnError:
    """Meaning of an answer code, masked here."""
    return ERRORS.get(code & 0x7F, _UNKNOWN)


def refusal(code: int, data: bytes, command: int, name: str) -> KktRefused:
    """The error to raise for an answer that says no. ``data`` is what came behind the code, often nothing."""
    code &= 0x7F
    error = error_of(code)
    kind, text = error.kind, error.russian
    if code == OFD_ANSWER and data:
        text = f"{text}: {OFD_REASONS.get(data[0], f'причина {data[0]}')}"
    elif code == 0x05 and command == _ACCEPT_OFD_ANSWER:
        # The same code means another thing in 26h (FN protocol 5, row 05).
        kind, text = Refusal.OFD_ANSWER, "сообщение ОФД не принято: неверный CRC"
    elif code == 0x05 and command in _REGISTERS:
        # Later FNs say it of parameters: a term of 15 months does not suit every way of working (FN protocol 5).
        kind, text = Refusal.BAD_REQUEST, "параметры регистрации не соответствуют сроку действия ФН"
    elif code == _KEY_SERVICE and len(data) > 4:
        text = f"{text}: {data[4:].decode('cp866')} (код {int.from_bytes(data[:2], 'little')})"
    elif code == MISSING_TAG and len(data) >= 2:
        text = f"{text}: {int.from_bytes(data[:2], 'little')}"
    return KktRefused(kind, code, text, name)
