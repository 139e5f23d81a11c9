"""Bodies that handlers decode themselves, each with an example of one story (examples.py)."""

from typing import Any, Final

import msgspec

from fiscal_server.api.cassettes import WorkBody
from fiscal_server.api.contract.content import BYTES, JSON, TEXT, Media, of_type
from fiscal_server.api.device_orders import PAPERS, DeviceOrderBody
from fiscal_server.api.examples import ACCOUNT, RECEIPT
from fiscal_server.api.keys import NewKeyBody, RotateBody
from fiscal_server.api.kkts import REGISTRATION_CHANGE, OrderBody, RegistrationChangeBody
from fiscal_server.api.merchants import RULES, SettingsBody
from fiscal_server.api.receipt_orders import ReceiptOrderBody, SettleBody
from fiscal_server.api.webhook_deliveries import ReplayBody
from fiscal_server.api.webhook_schemas import RotateSecretBody, WebhookBody, WebhookChange
from fiscal_server.intake.closing import CloseRequest
from fiscal_server.intake.correction_orders import CorrectionOrder, DayTotalOrder, RestorationOrder
from fiscal_server.intake.forms import SoundBody
from fiscal_server.intake.restoration_jobs import RestorationJobOrder
from fiscal_server.new_merchant import NewMerchant
from fiscal_server.storage.cassette_rules import CassetteRules

_PAYMENT: Final[dict[str, Any]] = {
    "type": "payment",
    "key": "bank-2026-10-20-118",
    "account": ACCOUNT,
    "date": "2026-10-20",
    "tenders": {"bank_transfer": 45_000},
}
BATCH: Final = {"accounts": [{"id": ACCOUNT, "contact": "+79990000001"}], "events": [_PAYMENT], "on_error": "reject"}
LINES: Final = (
    f'{{"accounts":[{{"id":"{ACCOUNT}","contact":"+79990000001"}}]}}\n'
    f'{{"type":"payment","key":"bank-2026-10-20-118","account":"{ACCOUNT}","date":"2026-10-20",'
    '"tenders":{"bank_transfer":45000}}\n'
)
CASE: Final[dict[str, Any]] = {
    "id": "october",
    "in": {
        "merchant": {"inn": "7700000016", "services": [{"id": "internet", "name": "Интернет", "vat_code": 11}]},
        "events": [_PAYMENT],
    },
}
STATEMENT: Final = (
    "1CClientBankExchange\nВерсияФормата=1.03\nКодировка=Windows\nРасчСчет=40702810900000000001\n"
    "СекцияДокумент=Платежное поручение\nНомер=118\nДата=20.10.2026\nСумма=450.00\nПлательщик=Петров П. П.\n"
    f"ПолучательСчет=40702810900000000001\nДатаПоступило=20.10.2026\nНазначениеПлатежа=Л/с {ACCOUNT} за октябрь 2026\n"
    "КонецДокумента\nКонецФайла\n"
)
_WHO: Final = {"asked_by": "Иванова И. И.", "reason": "касса снова на связи"}

_CORRECTION: Final = of_type(CorrectionOrder, {"date": "2026-10-22", "receipts": [RECEIPT.id]})
_RESTORATION: Final = of_type(RestorationOrder, {"date": "2026-10-22", "replay": [_PAYMENT]})
_DAY_TOTAL: Final = of_type(
    DayTotalOrder,
    {
        "date": "2026-10-22",
        "day": "2026-10-19",
        "tenders": {"bank_transfer": 4_500_000},
        "vat": [{"vat_code": 11, "amount": 4_500_000}],
        "count": 100,
        "basis_document": {"date": "2026-10-20", "number": "7"},
    },
)
_SOUND: Final = of_type(SoundBody, BATCH)[JSON]
_FORM: Final[dict[str, Any]] = {"type": "object", "required": ["file"], "properties": {"file": BYTES}}
_CASES: Final[dict[str, Any]] = {
    "description": "One case or a list of them, as docs/receipts.md describes",
    "anyOf": [
        {"type": "object", "required": ["id"], "properties": {"id": TEXT}},
        {"type": "array", "items": {"type": "object", "required": ["id"], "properties": {"id": TEXT}}},
    ],
}

BODIES: Final[dict[str, dict[str, Media]]] = {
    "PostBatch": {
        JSON: _SOUND,
        "application/x-ndjson": Media(TEXT, LINES),
        "application/msgpack": Media({**_SOUND.schema, "description": "The same object in MessagePack"}, BATCH),
    },
    "PostImport": {
        "text/plain": Media(TEXT, STATEMENT),
        "application/octet-stream": Media(BYTES, STATEMENT),
        "multipart/form-data": Media(_FORM, {"file": STATEMENT}),
    },
    "ComputeReceipts": {JSON: Media(_CASES, CASE)},
    "PutCassetteRules": of_type(CassetteRules, {"documents_reserved": 4, "refusals": 5}),
    "PutCassetteWork": of_type(WorkBody, {"parallel": 2, "close_archive": True}),
    "PatchMerchant": of_type(SettingsBody, {"cashier": "Иванова И. И.", "shift_closes_at": "23:30:00"}),
    "CreateMerchant": of_type(
        NewMerchant,
        {
            "name": "ООО «Пример»",
            "place": "https://provider.example",
            "address": "Москва, ул. Примерная, 1",
            "rules": RULES,
        },
    ),
    "PutMerchantRules": of_type(dict[str, Any], RULES),
    "PostCorrection": _CORRECTION,
    "PreviewCorrection": _CORRECTION,
    "PostRestoration": _RESTORATION,
    "PreviewRestoration": _RESTORATION,
    "PostDayTotal": _DAY_TOTAL,
    "PreviewDayTotal": _DAY_TOTAL,
    "PostRestorationJob": of_type(RestorationJobOrder, {"date": "2026-10-22", "replay": [_PAYMENT], "dry_run": True}),
    "PostPeriodClose": of_type(CloseRequest, {"period": "2026-10", "dry_run": True}),
    "CreateKey": of_type(NewKeyBody, {"name": "биллинг", "scopes": ["read", "submit"]}),
    "RotateKey": of_type(RotateBody, {"overlap_s": 86_400}),
    "PostDeviceOrder": of_type(
        DeviceOrderBody,
        {"kind": "add_kkt", "node": 0, **_WHO, "kkt": msgspec.to_builtins(PAPERS)},
    ),
    "PostKktOrder": of_type(OrderBody, {"kind": "pause", **_WHO}),
    "PostRegistrationChange": of_type(
        RegistrationChangeBody, {"registration": msgspec.to_builtins(REGISTRATION_CHANGE), **_WHO}
    ),
    "RetryReceipt": of_type(ReceiptOrderBody, _WHO),
    "CancelReceipt": of_type(ReceiptOrderBody, _WHO),
    "SettleReceipt": of_type(
        SettleBody,
        {
            **_WHO,
            "document": {"fd_number": 184, "fiscal_sign": 2_318_604_117, "issued_at": "2026-10-20T12:00:04"},
        },
    ),
    "CreateWebhook": of_type(
        WebhookBody, {"url": "https://billing.example/fiscal", "event_types": ["receipt.registered"]}
    ),
    "ChangeWebhook": of_type(WebhookChange, {"enabled": False}),
    "RotateWebhookSecret": of_type(RotateSecretBody, {"overlap_hours": 24}),
    "ReplayWebhook": of_type(ReplayBody, {"since": "2026-10-20T00:00:00Z", "until": "2026-10-21T00:00:00Z"}),
}
MAY_BE_EMPTY: Final = frozenset({"RotateKey", "ChangeWebhook", "RotateWebhookSecret"})
"""Every field of these has a default: an empty body counts as ``{}``."""
