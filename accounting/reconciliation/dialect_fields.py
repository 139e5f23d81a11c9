"""Names under which receipt-check services write the fiscal tags: the whole difference between dialects, as data.

Three families are known: names of FFD 1.2 (``appliedTaxationType``, ``prepaidSum``, ``nds``), names of FFD 1.0 and 1.05
(``taxationType``, ``nds18`` on a line), and those of consumer services (``postpaymentSum``, ``ndsRate``,
``calculationTypeSign``). They mix freely inside one file, so a tag simply has several names.
"""

from collections.abc import Mapping
from typing import Final

from accounting.receipts.codes import VatCode

Names = Mapping[int, tuple[str, ...]]

WRAPPERS: Final = ("ticket", "document", "receipt")
"""Objects that may stand around a receipt."""

FOREIGN_WRAPPERS: Final = frozenset({
    "bso", "receiptCorrection", "bsoCorrection", "openShift", "closeShift", "fiscalReport", "fiscalReportCorrection",
    "currentStateReport", "closeArchive", "operatorAck",
})  # fmt: skip
"""Other fiscal documents, which come wrapped in their name."""

RECEIPT_NAMES: Final[Names] = {
    1008: ("buyerPhoneOrAddress", "buyerAddress"),
    1012: ("dateTime",),
    1020: ("totalSum",),
    1031: ("cashTotalSum",),
    1040: ("fiscalDocumentNumber",),
    1054: ("operationType",),
    1055: ("appliedTaxationType", "taxationType"),
    1057: ("paymentAgentType",),
    1059: ("items",),
    1071: ("stornoItems",),
    1081: ("ecashTotalSum",),
    1084: ("userProperty", "propertiesUser", "properties"),
    1115: ("amountsReceiptNds",),
    1117: ("sellerAddress", "senderAddress"),
    1125: ("internetPayment",),
    1173: ("correctionType",),
    1174: ("correctionBase", "сorrectionBase"),  # the second begins with a Cyrillic letter, as the tax service wrote it
    1192: ("propertiesData",),
    1215: ("prepaidSum", "prepaymentSum"),
    1216: ("creditSum", "postpaymentSum"),
    1217: ("provisionSum", "counterSubmissionSum"),
}

FORM_NAMES: Final = ("receiptCode", "code")
"""The document's form, which has no tag: 3 receipt, 31 correction."""

LINE_NAMES: Final[Names] = {
    1023: ("quantity",),
    1030: ("name",),
    1043: ("sum",),
    1079: ("price",),
    1171: ("providerPhone",),
    1191: ("propertiesItem", "propertiesString"),
    1197: ("unit", "measure"),
    1199: ("nds", "ndsRate"),
    1200: ("ndsSum",),
    1212: ("productType", "calculationSubjectSign"),
    1214: ("paymentType", "calculationTypeSign"),
    1222: ("paymentAgentByProductType",),
    1223: ("paymentAgentData",),
    1224: ("providerData",),
    1225: ("providerName",),
    1226: ("providerInn",),
    2108: ("itemsQuantityMeasure",),
}

FLAT_VAT_NAMES: Final[Mapping[VatCode, tuple[str, ...]]] = {
    VatCode.VAT_20: ("nds18", "nds20"),
    VatCode.VAT_10: ("nds10",),
    VatCode.VAT_20_120: ("nds18118", "ndsCalculated18", "nds20120", "ndsCalculated20"),
    VatCode.VAT_10_110: ("nds10110", "ndsCalculated10"),
    VatCode.VAT_0: ("nds0",),
    VatCode.NO_VAT: ("ndsNo",),
}
"""Tags 1102-1107 by the code they belong to, of a receipt and, in FFD 1.0, of a line. ``18`` is a name, not a rate."""

RATE_NAMES: Final[Names] = {1119: ("amountsNds",), 1120: ("ndsSum",), 1199: ("nds", "ndsRate")}
"""Inside 1115."""

REQUISITE_NAMES: Final[Names] = {1085: ("key", "propertyName"), 1086: ("value", "propertyValue")}
"""Inside 1084."""

PROVIDER_NAMES: Final[Names] = {1171: ("providerPhone",), 1225: ("providerName",)}
"""Inside 1224."""

AGENT_NAMES: Final[Names] = {
    1005: ("transferOperatorAddress", "operatorTransferAddress", "paymentProviderAddress"),
    1016: ("transferOperatorInn", "operatorTransferInn", "paymentProviderInn"),
    1026: ("transferOperatorName", "operatorTransferName", "paymentProviderName"),
    1044: ("paymentAgentOperation", "agentOperation"),
    1073: ("paymentAgentPhone",),
    1074: ("paymentOperatorPhone", "operatorToReceivePhone", "paymentProviderPhone"),
    1075: ("transferOperatorPhone", "operatorPhoneToTransfer", "agentPhone"),
}
"""Inside 1223."""

REGISTER_NAMES: Final = frozenset({
    "kktRegId", "kktNumber", "fiscalDriveNumber", "fiscalSign", "shiftNumber", "requestNumber", "user", "userInn",
    "operator", "operatorInn", "machineNumber", "retailPlace", "retailPlaceAddress", "retailAddress", "fnsUrl",
    "fnsSite", "fiscalDocumentFormatVer", "protocolVersion", "documentKktVersion", "documentFdVersion", "internetSign",
    "rawData", "messageFiscalSign", "ofdName", "ofdInn", "ofdSite", "kktVersion",
})  # fmt: skip
"""Belongs to the register that made the original. Ours writes its own, so these are passed over without a note."""
