"""Which kinds of problems an operation may answer with, beside those that follow from its parameters and its key.

A body that may be too large may be too slow as well."""

from typing import Final

_ORDER: Final = ("idempotency-conflict", "unknown-receipt", "order-refused", "invalid-body", "body-too-large")
_CORRECTION: Final = ("correction-rejected", "idempotency-conflict", "invalid-body", "body-too-large")
_LARGE: Final = ("body-too-large", "unsupported-body", "overloaded")

OF_KEYS: Final = ("unauthorized", "forbidden", "too-many-requests", "internal", "database-unavailable")
"""Of every operation behind a key."""

REFUSALS: Final[dict[str, tuple[str, ...]]] = {
    "CancelCorrection": ("order-refused",),
    "CancelPeriodClose": ("close-refused",),
    "CancelReceipt": _ORDER,
    "CancelRestoration": ("order-refused",),
    "CancelRestorationJob": ("order-refused",),
    "ChangeWebhook": ("invalid-body", "body-too-large"),
    "ComputeReceipts": ("invalid-case", "body-too-large"),
    "CountReceipts": ("request-rejected",),
    "CreateKey": ("idempotency-conflict", "key-refused", "invalid-body", "body-too-large"),
    "CreateMerchant": ("idempotency-conflict", "key-refused", "request-rejected", "invalid-body", "body-too-large"),
    "CreateWebhook": ("idempotency-conflict", "order-refused", "invalid-body", "body-too-large"),
    "DrainNode": ("idempotency-conflict",),
    "ExplainReceipt": ("cannot-explain",),
    "ExportReceipts": ("request-rejected",),
    "GetAccountByCode": ("not-found",),
    "GetAccountHistoryByCode": ("not-found",),
    "GetMerchant": ("unknown-merchant",),
    "GetProblem": ("not-found",),
    "ListEvents": ("request-rejected",),
    "ListReceipts": ("request-rejected",),
    "PatchMerchant": ("unknown-merchant", "request-rejected", "invalid-body", "body-too-large"),
    "PostBatch": ("batch-rejected", "idempotency-conflict", *_LARGE),
    "PostCorrection": _CORRECTION,
    "PostDayTotal": _CORRECTION,
    "PostImport": ("import-refused", "batch-rejected", *_LARGE),
    "PostDeviceOrder": ("idempotency-conflict", "order-refused", "invalid-body", "body-too-large"),
    "PostKktOrder": ("idempotency-conflict", "unknown-kkt", "order-refused", "invalid-body", "body-too-large"),
    "PostPeriodClose": ("close-refused", "batch-rejected", "invalid-body", "body-too-large"),
    "PostRegistrationChange": (
        "idempotency-conflict",
        "unknown-kkt",
        "order-refused",
        "invalid-body",
        "body-too-large",
    ),
    "PostRestoration": _CORRECTION,
    "PostRestorationJob": ("correction-rejected", "idempotency-conflict", "invalid-body", *_LARGE),
    "PreviewCorrection": ("invalid-body", "body-too-large"),
    "PreviewDayTotal": ("invalid-body", "body-too-large"),
    "PreviewRestoration": ("invalid-body", "body-too-large"),
    "PutCassetteRules": ("invalid-body", "body-too-large"),
    "PutCassetteWork": ("invalid-body", "body-too-large"),
    "PutMerchantRules": ("unknown-merchant", "request-rejected", "invalid-body", "body-too-large"),
    "ReplayWebhook": ("idempotency-conflict", "invalid-body", "body-too-large"),
    "ResumeNode": ("idempotency-conflict",),
    "ResumePeriodClose": ("close-refused",),
    "ResumeRestorationJob": ("order-refused",),
    "RetryReceipt": _ORDER,
    "RevokeKey": ("unknown-key", "key-refused"),
    "RotateKey": ("idempotency-conflict", "unknown-key", "key-refused", "invalid-body", "body-too-large"),
    "RotateWebhookSecret": ("idempotency-conflict", "invalid-body", "body-too-large"),
    "SettleReceipt": _ORDER,
    "TestWebhook": (
        "idempotency-conflict",
        "order-refused",
    ),
}
