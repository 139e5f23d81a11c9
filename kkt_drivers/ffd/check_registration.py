"""Registration and re-registration reports: modes and what they demand. FFD 3.1, notes to tables 15 and 16 of 1.05."""

from collections.abc import Iterator

from accounting.receipts.codes import DocumentForm, FfdVersion
from kkt_drivers.ffd.findings import Case, Finding, named
from kkt_drivers.ffd.rnm import is_registration_number

_NEVER_LEFT_OUT = (1057, 1109, 1126, 1193, 1207)  # beside those that the table makes mandatory
_NETWORK_ONLY = (1017, 1046, 1060, 1117)
_NO_OFD = "000000000000"
_VERSIONS_OF_KKT, _VERSIONS_OF_FN = (2, 3, 4), (3, 4)


def check_registration(case: Case) -> Iterator[Finding]:
    """Modes against operator, machine and sender; format versions; check digits; reasons of a re-registration."""
    yield from _check_modes(case)
    yield from _check_versions(case)
    yield from _check_number(case)
    yield from _check_reasons(case)


def _check_modes(case: Case) -> Iterator[Finding]:
    document = case.document
    autonomous, automatic = document.number(1002), document.number(1001)
    if case.version is FfdVersion.FFD_1_05:
        for tag in _NEVER_LEFT_OUT:
            if document.find(tag) is None:
                text = f"реквизит {named(tag)} не записан"
                yield case.guess("flag", tag, text, "в ФФД 1.05 признаки пишут и со значением 0")
    if autonomous == 1:
        if document.number(1056) == 1:
            text = "шифрование в автономном режиме"
            yield case.error("autonomous", 1056, text, "1056 = 0: передавать некому")
        if case.old and (document.text(1017) or _NO_OFD) != _NO_OFD:
            text = "в автономном режиме указан ИНН оператора"
            yield case.error("autonomous", 1017, text, f"записать {_NO_OFD}")
    elif autonomous == 0:
        for tag in _NETWORK_ONLY:
            if document.find(tag) is None:
                text = f"нет реквизита {named(tag)}, а ККТ передаёт данные оператору"
                yield case.error("network", tag, text, "без него обходится только автономный режим")
    if automatic == 1 and document.find(1036) is None:
        text = "автоматический режим без номера автомата"
        yield case.error("machine", 1036, text, "указать 1036")
    if automatic == 0 and document.find(1036) is not None:
        yield case.guess("machine", 1036, "номер автомата без автоматического режима", "убрать 1036")
    if document.number(1062) == 0:
        yield case.guess("taxation", 1062, "не указана ни одна система налогообложения", "поставить её бит")


def _check_versions(case: Case) -> Iterator[Finding]:
    for tag, allowed in ((1189, _VERSIONS_OF_KKT), (1190, _VERSIONS_OF_FN)):
        version = case.document.number(tag)
        if version is not None and version not in allowed:
            text = f"{named(tag)} — код {version}"
            yield case.error("version", tag, text, f"бывают коды {', '.join(map(str, allowed))}")
    kkt_version = case.document.number(1189)
    if kkt_version is not None and kkt_version in _VERSIONS_OF_KKT and kkt_version < case.version:
        text = "ККТ умеет версию ФФД ниже, чем версия документа"
        yield case.guess("version", 1189, text, "1189 не меньше 1209")


def _check_number(case: Case) -> Iterator[Finding]:
    rnm, inn, serial = (case.document.text(tag) for tag in (1037, 1018, 1013))
    if rnm and inn and serial and not is_registration_number(rnm, inn, serial):
        text = f"проверочные цифры {named(1037)} не сходятся с ИНН и заводским номером"
        yield case.error("rnm", 1037, text, "сверить РНМ, 1018 и 1013; ФН откажет с кодом 09h")


def _check_reasons(case: Case) -> Iterator[Finding]:
    document = case.document
    replaced = [node.value for node in document.all(1101)] == [1] or bool((document.number(1205) or 0) & 1)
    if case.form is DocumentForm.RE_REGISTRATION:
        tag = 1101 if case.old else 1205
        if not any(node.value for node in document.all(tag)):
            text = "не указана причина перерегистрации"
            yield case.error("reason", tag, text, f"её пишет ФН в {tag} по аргументу команды")
    number = document.number(1040)
    if number not in (None, 1) and (replaced or case.form is DocumentForm.REGISTRATION):
        text = f"номер документа {number}"
        yield case.error("first", 1040, text, "регистрация и замена ФН — первый документ нового ФН")
