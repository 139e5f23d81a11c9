"""What an FN's status says, in words: phases, documents being made, warnings. FN protocol 4; no I/O."""

import msgspec

from kkt_drivers.kkt import FnPhase, FnWarning


class Words(msgspec.Struct, frozen=True):
    """``russian`` for the panel, ``english`` for logs and the terminal."""

    russian: str
    english: str


PHASES: dict[FnPhase, Words] = {
    FnPhase.SETTING: Words("настройка", "being set up at the factory"),
    FnPhase.READY: Words("готов к фискализации", "ready for registration"),
    FnPhase.FISCAL: Words("фискальный режим", "fiscal mode"),
    FnPhase.POST_FISCAL: Words("постфискальный режим, документы передаются оператору", "closed, still sending"),
    FnPhase.ARCHIVE: Words("только чтение архива", "archive only"),
}

OPEN_DOCUMENTS: dict[int, Words] = {
    0x00: Words("нет", "none"),
    0x01: Words("отчёт о регистрации", "registration"),
    0x02: Words("отчёт об открытии смены", "shift opening"),
    0x04: Words("кассовый чек", "receipt"),
    0x08: Words("отчёт о закрытии смены", "shift closing"),
    0x10: Words("отчёт о закрытии ФН", "FN closing"),
    0x11: Words("бланк строгой отчётности", "strict reporting form"),
    0x12: Words("отчёт об изменении параметров в связи с заменой ФН", "re-registration, FN replaced"),
    0x13: Words("отчёт об изменении параметров регистрации", "re-registration"),
    0x14: Words("кассовый чек коррекции", "correction receipt"),
    0x15: Words("БСО коррекции", "strict reporting form of correction"),
    0x17: Words("отчёт о текущем состоянии расчётов", "settlements report"),
}

WARNINGS: dict[FnWarning, Words] = {
    FnWarning.URGENT_REPLACEMENT: Words(
        "срочная замена ФН: до конца срока действия ключей 3 дня или меньше",
        "replace the FN now: its keys expire within 3 days",
    ),
    FnWarning.RESOURCE: Words(
        "ресурс ФН: до конца срока действия ключей 30 дней или меньше",
        "order a new FN: its keys expire within 30 days",
    ),
    FnWarning.ARCHIVE_FULL: Words(
        "архив ФН заполнен на 90 %",
        "the FN's archive is 90 % full",
    ),
    FnWarning.OFD_TIMEOUT: Words(
        "превышено время ожидания ответа оператора фискальных данных",
        "the operator has not confirmed documents for too long: check the exchange",
    ),
    FnWarning.CRITICAL: Words(
        "критическая ошибка ФН: накопитель неисправен",
        "critical failure: the FN is broken",
    ),
}

_KNOWN = FnWarning(sum(WARNINGS))


def explain_warnings(flags: FnWarning) -> tuple[Words, ...]:
    """One sentence for each flag that is set, the gravest first; bits that no source knows are named by number."""
    order = sorted(WARNINGS, key=lambda flag: (flag is not FnWarning.CRITICAL, flag))
    told = [WARNINGS[flag] for flag in order if flag in flags]
    unknown = int(flags) & ~int(_KNOWN)
    if unknown:
        told.append(Words(f"неизвестный флаг предупреждения {unknown:02X}h", f"unknown warning flag {unknown:02X}h"))
    return tuple(told)
