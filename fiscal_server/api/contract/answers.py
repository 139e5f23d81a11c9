"""What every operation answers: type and example of each answer that is no refusal."""

from datetime import UTC, date, datetime
from typing import Any, Final

import msgspec

from fiscal_server.api.batches import BatchPage, BatchSummary
from fiscal_server.api.cassettes import SLOT
from fiscal_server.api.contract.book_answers import BOOK_ANSWERS
from fiscal_server.api.contract.content import TEXT, Media, of_text, of_type
from fiscal_server.api.contract.money_answers import IMPORT, LINE, LINES_CSV
from fiscal_server.api.device_orders import DEVICE_ORDER, DeviceOrderAnswer
from fiscal_server.api.examples import ACCOUNT, NOON, RECEIPT
from fiscal_server.api.forecast import AlarmAnswer, DeadlineAnswer, FnForecastAnswer, ForecastAnswer
from fiscal_server.api.import_schemas import AdapterAnswer, ImportAnswer, ImportPage
from fiscal_server.api.keys import AuditAnswer, AuditPage, KeyAnswer, NewKeyAnswer
from fiscal_server.api.kkts import OrderAnswer
from fiscal_server.api.merchants import MERCHANT
from fiscal_server.api.new_merchants import NewMerchantAnswer
from fiscal_server.api.nodes import NodeAnswer, NodesAnswer
from fiscal_server.api.period_closes import PeriodCloseAnswer, PeriodClosePage
from fiscal_server.api.progress import Progress
from fiscal_server.api.receipt_orders import ReceiptOrderAnswer, ReceiptOrderDone
from fiscal_server.api.webhook_deliveries import DeliveryAnswer, DeliveryPage, ReplayAnswer
from fiscal_server.api.webhook_schemas import SecretAnswer, TestAnswer, WebhookAnswer, WebhookCreated
from fiscal_server.intake.accept import BatchAnswer, EventAnswer
from fiscal_server.intake.close_totals import ReceiptTotal, Totals
from fiscal_server.intake.preview import Preview, PreviewReceipt
from fiscal_server.storage.close_states import CloseState
from fiscal_server.storage.keys import Scope

LATER: Final = datetime(2026, 10, 20, 9, 5, tzinfo=UTC)
KEY: Final = "bank-2026-10-20-118"

_BATCH: Final = BatchAnswer("370154790403702784", 1, 0, 0, 1, [EventAnswer("accepted", KEY, [RECEIPT.id])])
_LISTED: Final = BatchSummary(_BATCH.id, "20-october", NOON, 1, 1, 0, 0, 1)
_PREVIEWED: Final = PreviewReceipt(
    KEY, ACCOUNT, 45_000, date(2026, 10, 21), None, None, "Кассовый чек, приход, 450,00 ₽", RECEIPT.receipt
)
_CLOSE: Final = PeriodCloseAnswer(
    id="370154790420480030",
    period="2026-10",
    dry_run=False,
    state=CloseState.FINISHED,
    event_key="period-close-2026-10",
    accounts=120_000,
    accounts_done=120_000,
    accounts_changed=98_310,
    settlements=98_310,
    receipts=4_120,
    totals=Totals([ReceiptTotal("own", 1, 4_120, 185_400_000)]),
    deadline=date(2026, 11, 10),
    error=None,
    started_at=NOON,
    finished_at=LATER,
)
_KEY: Final = KeyAnswer("370154790420480040", "биллинг", (Scope.READ, Scope.SUBMIT), NOON, None, None, None)
_NEW_KEY: Final = NewKeyAnswer(_KEY, "fs_an-example-of-a-key")
_ORDER: Final = OrderAnswer(
    "370154790420480050", SLOT.id, "pause", "Иванова И. И.", "замена ленты", NOON, LATER, {"done": True}
)
_TAKEN_OUT: Final = OrderAnswer(
    "370154790420480049", SLOT.id, "take_out", "Иванова И. И.", "память сгорела", NOON, LATER,
    {"done": {"state": "CLOSED", "unconfirmed": 0}},
)  # fmt: skip
_ORDERED: Final = ReceiptOrderDone("370154790420480051", RECEIPT.id, "retry", "QUEUED")
_KEPT: Final = ReceiptOrderAnswer(
    "370154790420480051", "retry", "Иванова И. И.", "касса снова на связи", "REFUSED", "fn: 20h",
    None, None, None, None, LATER,
)  # fmt: skip
_WEBHOOK: Final = WebhookAnswer(
    "370154790420480060", "https://billing.example/fiscal", "", ["receipt.registered"], True, None, 0, None, None,
    LATER, NOON, NOON,
)  # fmt: skip
_DELIVERY: Final = DeliveryAnswer(
    "msg_370154790420480001_receipt-registered", "receipt.registered", "DELIVERED", NOON, 1, None, LATER, 204, None
)
_FORECAST: Final = ForecastAnswer(
    cassette="370154790420480010",
    name="main",
    waiting=1_200,
    queue_done_at=LATER,
    receipts_an_hour=9_000,
    deadlines=[DeadlineAnswer(date(2026, 10, 21), 1_200, LATER, False)],
    fns=[FnForecastAnswer(SLOT.id, 1, SLOT.fn_number, date(2027, 3, 1), "documents")],
    empty_on=date(2027, 9, 1),
    fns_needed={"1": 0, "12": 1},
    days_of_history=60,
)
_ALARM: Final = AlarmAnswer(
    "fn_ends", "warning", "370154790420480010", SLOT.id, "ФН кончится 01.03.2027.", "Купите ещё один ФН."
)
_NODE: Final = NodeAnswer(1, "working", "fiscal-1", 4242, "0.1.0", NOON, LATER, 3, 2)
_AUDIT: Final = AuditAnswer(
    "370154790420480070", NOON, "key 370154790420480040", "webhook.create", "webhook 370154790420480060", None,
    {"url": "https://billing.example/fiscal"}, "4f1c2a9b0d3e5f67",
)  # fmt: skip
_PROGRESS: Final = msgspec.json.encode(Progress(1, {"OFD_ACKED": 1}, final=True)).decode()
_COMPUTED: Final[dict[str, Any]] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["id", "out"],
        "properties": {"id": TEXT, "out": {"type": "object"}, "engines": {"type": "object"}},
    },
}
_LINES: Final = of_text("application/x-ndjson", LINE) | of_text("text/csv", LINES_CSV)
_HEALTH: Final[dict[str, Any]] = {"type": "object", "required": ["status"], "properties": {"status": TEXT}}

ANSWERS: Final[dict[str, dict[int, dict[str, Media]]]] = {
    **BOOK_ANSWERS,
    "PostBatch": {
        200: of_type(Preview, Preview(1, 0, 0, [], [_PREVIEWED])),
        202: of_type(BatchAnswer, _BATCH),
    },
    "ListBatches": {200: of_type(BatchPage, BatchPage([_LISTED], None))},
    "GetBatch": {200: of_type(BatchAnswer, _BATCH)},
    "FollowBatch": {200: {"text/event-stream": Media({}, f"event: progress\r\ndata: {_PROGRESS}\r\n\r\n")}},
    "ComputeReceipts": {
        200: {"application/json": Media(_COMPUTED, [{"id": "october", "out": {"receipts": [], "errors": []}}])}
    },
    "PostPeriodClose": {202: of_type(PeriodCloseAnswer, _CLOSE)},
    "ListPeriodCloses": {200: of_type(PeriodClosePage, PeriodClosePage([_CLOSE], None))},
    "GetPeriodClose": {200: of_type(PeriodCloseAnswer, _CLOSE)},
    "CancelPeriodClose": {200: of_type(PeriodCloseAnswer, _CLOSE)},
    "ResumePeriodClose": {202: of_type(PeriodCloseAnswer, _CLOSE)},
    "GetForecast": {200: of_type(list[ForecastAnswer], [_FORECAST])},
    "GetAlarms": {200: of_type(list[AlarmAnswer], [_ALARM])},
    "PostImport": {200: of_type(ImportAnswer, IMPORT), 201: of_type(ImportAnswer, IMPORT)},
    "ListImports": {200: of_type(ImportPage, ImportPage([IMPORT], None))},
    "GetImport": {200: of_type(ImportAnswer, IMPORT)},
    "GetImportRejects": {200: _LINES},
    "GetImportLines": {200: _LINES},
    "ListImportAdapters": {
        200: of_type(list[AdapterAnswer], [AdapterAnswer("1c-exchange", "statement", "1CClientBankExchange", "1С")])
    },
    "ListKeys": {200: of_type(list[KeyAnswer], [_KEY])},
    "CreateMerchant": {201: of_type(NewMerchantAnswer, NewMerchantAnswer(MERCHANT, _KEY, _NEW_KEY.secret))},
    "CreateKey": {201: of_type(NewKeyAnswer, _NEW_KEY)},
    "RotateKey": {201: of_type(NewKeyAnswer, _NEW_KEY)},
    "RevokeKey": {200: of_type(KeyAnswer, msgspec.structs.replace(_KEY, revoked_at=LATER))},
    "ListAudit": {200: of_type(AuditPage, AuditPage([_AUDIT], None))},
    "ListKktOrders": {200: of_type(list[OrderAnswer], [_ORDER, _TAKEN_OUT])},
    "PostKktOrder": {202: of_type(OrderAnswer, msgspec.structs.replace(_ORDER, finished_at=None, answer=None))},
    "PostRegistrationChange": {
        202: of_type(OrderAnswer, msgspec.structs.replace(_ORDER, kind="re_register", finished_at=None, answer=None))
    },
    "PostDeviceOrder": {202: of_type(DeviceOrderAnswer, DEVICE_ORDER)},
    "GetDeviceOrder": {200: of_type(DeviceOrderAnswer, DEVICE_ORDER)},
    "GetKktOrder": {200: of_type(OrderAnswer, _ORDER)},
    "RetryReceipt": {200: of_type(ReceiptOrderDone, _ORDERED)},
    "CancelReceipt": {200: of_type(ReceiptOrderDone, _ORDERED)},
    "SettleReceipt": {200: of_type(ReceiptOrderDone, _ORDERED)},
    "ListReceiptOrders": {200: of_type(list[ReceiptOrderAnswer], [_KEPT])},
    "ListWebhooks": {200: of_type(list[WebhookAnswer], [_WEBHOOK])},
    "CreateWebhook": {201: of_type(WebhookCreated, WebhookCreated(_WEBHOOK, "whsec_an-example-of-a-secret"))},
    "GetWebhook": {200: of_type(WebhookAnswer, _WEBHOOK)},
    "ChangeWebhook": {200: of_type(WebhookAnswer, _WEBHOOK)},
    "RotateWebhookSecret": {200: of_type(SecretAnswer, SecretAnswer("whsec_an-example-of-a-secret", LATER))},
    "TestWebhook": {202: of_type(TestAnswer, TestAnswer("msg_370154790420480061_webhook-test"))},
    "ListDeliveries": {200: of_type(DeliveryPage, DeliveryPage([_DELIVERY], None))},
    "ReplayWebhook": {202: of_type(ReplayAnswer, ReplayAnswer(12))},
    "GetNodes": {200: of_type(NodesAnswer, NodesAnswer([_NODE]))},
    "DrainNode": {202: of_type(NodeAnswer, msgspec.structs.replace(_NODE, state="draining"))},
    "ResumeNode": {202: of_type(NodeAnswer, _NODE)},
    "Live": {200: {"application/json": Media(_HEALTH, {"status": "alive"})}},
    "Ready": {
        200: {"application/json": Media(_HEALTH, {"status": "ready"})},
        503: {"application/json": Media(_HEALTH, {"status": "database unavailable", "reason": "PostgresError"})},
    },
    "Metrics": {200: of_text("text/plain", "fiscal_receipts_computed_total 1204000.0\n")},
}
