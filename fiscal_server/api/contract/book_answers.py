"""Answers about accounts, events, receipts, cassettes and the merchant."""

from typing import Final

import msgspec

from fiscal_server.api.account_history import HISTORY, HistoryPage
from fiscal_server.api.accounts import DETAILS, ROW, AccountAnswer, AccountPage
from fiscal_server.api.cassettes import CASSETTE, SHIFT, SLOT, CassetteAnswer, ShiftPage
from fiscal_server.api.contract.content import Media, of_text, of_type
from fiscal_server.api.correction_schemas import ISSUED, PAGE, PLAN, RESTORED, CorrectionAnswer, CorrectionPage
from fiscal_server.api.events import EVENT, EXPLANATION, EventPage, ExplanationAnswer, StoredEvent
from fiscal_server.api.examples import ACCOUNT, RECEIPT
from fiscal_server.api.kkts import KktAnswer
from fiscal_server.api.merchants import MERCHANT, MerchantAnswer
from fiscal_server.api.new_merchants import NAMES, MerchantName
from fiscal_server.api.restoration_jobs import JOB, RestorationJobAnswer, RestorationJobPage
from fiscal_server.api.schemas import ReceiptAnswer, ReceiptCount, ReceiptPage
from fiscal_server.intake.correction_plans import CorrectionPlan

_CSV: Final = f"id,created_at,account\r\n{RECEIPT.id},2026-10-20T09:00:00+00:00,{ACCOUNT}\r\n"
_LINES: Final = msgspec.json.encode(RECEIPT).decode() + "\n"
_PAGE: Final = "<!doctype html>…"

BOOK_ANSWERS: Final[dict[str, dict[int, dict[str, Media]]]] = {
    "ListReceipts": {200: of_type(ReceiptPage, ReceiptPage([RECEIPT], "421190582763520"))},
    "CountReceipts": {200: of_type(ReceiptCount, ReceiptCount(1_204_000, exact=False))},
    "GetReceipt": {200: of_type(ReceiptAnswer, RECEIPT)},
    "ExportReceipts": {200: of_text("application/x-ndjson", _LINES) | of_text("text/csv", _CSV)},
    "ExplainReceipt": {200: of_type(ExplanationAnswer, EXPLANATION)},
    "ListEvents": {200: of_type(EventPage, EventPage([EVENT], EVENT.id))},
    "GetEvent": {200: of_type(StoredEvent, EVENT)},
    "ListAccounts": {200: of_type(AccountPage, AccountPage([ROW], ACCOUNT))},
    "GetAccount": {200: of_type(AccountAnswer, DETAILS)},
    "GetAccountByCode": {200: of_type(AccountAnswer, DETAILS)},
    "GetAccountHistory": {200: of_type(HistoryPage, HISTORY)},
    "GetAccountHistoryByCode": {200: of_type(HistoryPage, HISTORY)},
    "ListCassettes": {200: of_type(list[CassetteAnswer], [CASSETTE])},
    "GetCassette": {200: of_type(CassetteAnswer, CASSETTE)},
    "PutCassetteRules": {200: of_type(CassetteAnswer, CASSETTE)},
    "PutCassetteWork": {200: of_type(CassetteAnswer, CASSETTE)},
    "ListSlots": {200: of_type(list[KktAnswer], [SLOT])},
    "ListKkts": {200: of_type(list[KktAnswer], [SLOT])},
    "GetKkt": {200: of_type(KktAnswer, SLOT)},
    "ListShifts": {200: of_type(ShiftPage, ShiftPage([SHIFT], None))},
    "ListMerchants": {200: of_type(list[MerchantName], NAMES)},
    "GetMerchant": {200: of_type(MerchantAnswer, MERCHANT)},
    "PatchMerchant": {200: of_type(MerchantAnswer, MERCHANT)},
    "PutMerchantRules": {200: of_type(MerchantAnswer, MERCHANT)},
    "PostCorrection": {200: of_type(CorrectionPlan, PLAN), 202: of_type(CorrectionAnswer, ISSUED)},
    "PreviewCorrection": {200: of_type(CorrectionPlan, PLAN)},
    "ListCorrections": {200: of_type(CorrectionPage, PAGE)},
    "GetCorrection": {200: of_type(CorrectionAnswer, ISSUED)},
    "CancelCorrection": {200: of_type(CorrectionAnswer, ISSUED)},
    "PostRestoration": {200: of_type(CorrectionPlan, PLAN), 202: of_type(CorrectionAnswer, RESTORED)},
    "ListRestorations": {200: of_type(CorrectionPage, PAGE)},
    "GetRestoration": {200: of_type(CorrectionAnswer, RESTORED)},
    "CancelRestoration": {200: of_type(CorrectionAnswer, RESTORED)},
    "PreviewRestoration": {200: of_type(CorrectionPlan, PLAN)},
    "PostDayTotal": {200: of_type(CorrectionPlan, PLAN), 202: of_type(CorrectionAnswer, RESTORED)},
    "PreviewDayTotal": {200: of_type(CorrectionPlan, PLAN)},
    "PostRestorationJob": {202: of_type(RestorationJobAnswer, JOB)},
    "ListRestorationJobs": {200: of_type(RestorationJobPage, RestorationJobPage([JOB], None))},
    "GetRestorationJob": {200: of_type(RestorationJobAnswer, JOB)},
    "CancelRestorationJob": {200: of_type(RestorationJobAnswer, JOB)},
    "ResumeRestorationJob": {202: of_type(RestorationJobAnswer, JOB)},
    "ListProblems": {200: of_text("text/html", _PAGE)},
    "GetProblem": {200: of_text("text/html", _PAGE)},
}
