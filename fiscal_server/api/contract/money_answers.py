"""Examples of answers about imports."""

from datetime import date
from typing import Final

import msgspec

from fiscal_server.api.examples import ACCOUNT, NOON, RECEIPT
from fiscal_server.api.import_schemas import ImportAnswer, ImportLineAnswer, ImportTotal

IMPORT: Final = ImportAnswer(
    id="370154790420480080",
    state="imported",
    kind="statement",
    adapter="1c-exchange",
    channel="bank",
    file_name="kl_to_1c.txt",
    sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    repeat=1,
    payout=None,
    batch="370154790403702784",
    lines=1,
    payments=1,
    payments_kopecks=45_000,
    unidentified=0,
    duplicates=0,
    duplicates_kopecks=0,
    rejected=0,
    skipped=0,
    receipts=1,
    totals=[ImportTotal("income", 45_000, 45_000, True, "40702810900000000001")],
    created_at=NOON,
    receipt_states={"OFD_ACKED": 1},
)
_LINE: Final = ImportLineAnswer(
    line=1,
    outcome="payment",
    code=None,
    reason=None,
    key="bank-2026-10-20-118",
    account=ACCOUNT,
    named_accounts=[ACCOUNT],
    period="2026-10",
    paid_on=date(2026, 10, 20),
    amount_kopecks=45_000,
    fee_kopecks=None,
    document="118",
    payer="Петров П. П.",
    purpose=f"Л/с {ACCOUNT} за октябрь 2026",
    evidence=["account: purpose"],
    receipts=[RECEIPT.id],
)
LINE: Final = msgspec.json.encode(_LINE).decode() + "\n"
LINES_CSV: Final = f"строка файла,что с ней,дата,сумма,лицевой счет\r\n1,принята,2026-10-20,450.00,{ACCOUNT}\r\n"
