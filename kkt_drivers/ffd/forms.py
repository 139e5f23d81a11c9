"""The documents themselves: name, name in JSON, and how long they may be. FFD table 11; FN protocol 7, command 07h."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from accounting.receipts.codes import DocumentForm, FfdVersion

RECEIPTS = frozenset((DocumentForm.RECEIPT, DocumentForm.BSO))
CORRECTIONS = frozenset((DocumentForm.CORRECTION_RECEIPT, DocumentForm.BSO_CORRECTION))
REGISTRATIONS = frozenset((DocumentForm.REGISTRATION, DocumentForm.RE_REGISTRATION))

MAX_ITEM = 1024
"""Most bytes of the value of one 1059 (order, tag table)."""

MAX_ITEM_IN_FRAME = 1020
"""An item above this does not fit one 07h frame of 1024 bytes with its head (FN protocol 7; inferred)."""


class Form(msgspec.Struct, frozen=True):
    """One kind of document. Sizes in bytes."""

    code: DocumentForm
    title: str  # Russian, as printed
    json_name: str
    max_size: int  # of the document's value, 1.05 and 1.1
    max_size_1_2: int
    max_passed: int | None = None  # what an FN takes from the KKT by 07h; None: the KKT passes nothing


_KIB = 1024
_FORMS = (
    Form(DocumentForm.REGISTRATION, "Отчет о регистрации", "fiscalReport", 4 * _KIB, 6 * _KIB, 2 * _KIB),
    Form(
        DocumentForm.RE_REGISTRATION,
        "Отчет об изменении параметров регистрации",
        "fiscalReportCorrection",
        4 * _KIB,
        6 * _KIB,
        2 * _KIB,
    ),
    Form(DocumentForm.SHIFT_OPENING, "Отчет об открытии смены", "openShift", 4 * _KIB, 4 * _KIB, _KIB),
    Form(
        DocumentForm.SETTLEMENTS_REPORT,
        "Отчет о текущем состоянии расчетов",
        "currentStateReport",
        4 * _KIB,
        4 * _KIB,
        2 * _KIB,
    ),
    Form(DocumentForm.RECEIPT, "Кассовый чек", "receipt", 32 * _KIB, 32 * _KIB, 30 * _KIB),
    Form(DocumentForm.CORRECTION_RECEIPT, "Кассовый чек коррекции", "receiptCorrection", 32768, 32768, 30 * _KIB),
    Form(DocumentForm.BSO, "Бланк строгой отчетности", "bso", 32 * _KIB, 32 * _KIB, 30 * _KIB),
    Form(DocumentForm.BSO_CORRECTION, "БСО коррекции", "bsoCorrection", 32 * _KIB, 32 * _KIB, 30 * _KIB),
    Form(DocumentForm.SHIFT_CLOSING, "Отчет о закрытии смены", "closeShift", 4 * _KIB, 4 * _KIB, _KIB),
    Form(
        DocumentForm.FN_CLOSING,
        "Отчет о закрытии фискального накопителя",
        "closeArchive",
        4 * _KIB,
        4 * _KIB,
        2 * _KIB,
    ),
    Form(DocumentForm.OPERATOR_CONFIRMATION, "Подтверждение оператора", "operatorAck", 512, 512),
)

FORMS: Mapping[DocumentForm, Form] = MappingProxyType({form.code: form for form in _FORMS})
FORM_BY_JSON_NAME: Mapping[str, Form] = MappingProxyType({form.json_name: form for form in _FORMS})

VERSION_NAMES: Mapping[FfdVersion, str] = MappingProxyType(
    {FfdVersion.FFD_1_05: "1.05", FfdVersion.FFD_1_1: "1.1", FfdVersion.FFD_1_2: "1.2"}
)


def max_size(form: DocumentForm, version: FfdVersion) -> int:
    """Most bytes of a document's value.

    Corrections: one sentence of the order says 4096, the next one 32768; the larger is the limit here.
    """
    found = FORMS[form]
    return found.max_size_1_2 if version is FfdVersion.FFD_1_2 else found.max_size
