"""Accounts of subscribers: who there is, what each owes and has."""

from datetime import date
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, get
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter

from accounting.receipts.codes import SettlementMethod, VatCode
from accounting.receipts.ledger import AdvanceLot, Debt, LastBill, Plan, debts_total, lots_total
from fiscal_server.api.examples import ACCOUNT
from fiscal_server.api.resources import NO_NUL
from fiscal_server.storage.accounts import (
    AccountSummary,
    list_accounts,
)
from fiscal_server.storage.ledger import StoredAccount, read_account
from fiscal_server.storage.pool import ReadConnection

Code = Annotated[str, QueryParameter(max_length=128, pattern=NO_NUL, description="the billing system's number of it")]
Prefix = Annotated[str, QueryParameter(max_length=128, pattern=NO_NUL, description="how the code begins")]
After = Annotated[
    str, QueryParameter(name="cursor", max_length=128, pattern=NO_NUL, description="`next` of the page before")
]


class AccountRow(msgspec.Struct, frozen=True):
    """An account of the list. Sums are of now; ``off_balance_kopecks``: debts that were written off."""

    code: str
    contact: str | None
    payer_kind: str
    member: bool
    debts_kopecks: int
    off_balance_kopecks: int
    advances_kopecks: int
    penalty_kopecks: int
    costs_kopecks: int


class AccountPage(msgspec.Struct, frozen=True):
    """Accounts by code; ``next`` is the cursor of the following page."""

    accounts: list[AccountRow]
    next: str | None


class AccountTotals(msgspec.Struct, frozen=True):
    """Sums of an account, kopecks. ``balance_kopecks``: what it has less what it owes, penalty and costs included."""

    debts_kopecks: int
    off_balance_kopecks: int
    advances_kopecks: int
    penalty_kopecks: int
    costs_kopecks: int
    balance_kopecks: int


class AccountAnswer(msgspec.Struct, frozen=True):
    """An account as it stands: open debts and advance lots in the order in which they will be used."""

    code: str
    contact: str | None
    payer_kind: str
    member: bool
    services: list[str] | None
    plan: Plan | None
    debts: list[Debt]
    off_balance: list[Debt]
    advances: list[AdvanceLot]
    last_bill: LastBill | None
    totals: AccountTotals


ROW: Final = AccountRow(ACCOUNT, "+79990000001", "individual", False, 45_000, 0, 0, 1_250, 0)
DETAILS: Final = AccountAnswer(
    code=ACCOUNT,
    contact="+79990000001",
    payer_kind="individual",
    member=False,
    services=None,
    plan=None,
    debts=[
        Debt(
            service="internet",
            period="2026-10",
            due_on=date(2026, 11, 10),
            amount_kopecks=45_000,
            vat_code=VatCode.VAT_22,
        )
    ],
    off_balance=[],
    advances=[
        AdvanceLot(
            received_on=date(2026, 10, 20),
            amount_kopecks=10_000,
            vat_code=VatCode.VAT_22_122,
            method=SettlementMethod.ADVANCE,
        )
    ],
    last_bill=None,
    totals=AccountTotals(45_000, 0, 10_000, 0, 0, -35_000),
)


@get("/v1/accounts", operation_id="ListAccounts", tags=["accounts"])
async def get_accounts(
    request: Request[int, Any, State],
    state: State,
    prefix: Prefix = "",
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 100,
    after: After = "",
) -> AccountPage:
    """Accounts by code, those whose code begins as asked, with the sums of their debts and advances."""
    async with state["database"].read() as db:
        found = await list_accounts(db, request.user, after=after, prefix=prefix, limit=limit + 1)
    following = found[limit - 1].code if len(found) > limit else None
    return AccountPage([_row(one) for one in found[:limit]], following)


@get("/v1/accounts/{code:str}", operation_id="GetAccount", tags=["accounts"])
async def get_account(request: Request[int, Any, State], code: FromPath[str], state: State) -> AccountAnswer:
    """One account: open debts, advance lots, and what they add up to."""
    return await _details(state, request.user, code)


@get("/v1/account", operation_id="GetAccountByCode", tags=["accounts"])
async def get_account_by_code(request: Request[int, Any, State], state: State, code: Code) -> AccountAnswer:
    """The same of an account whose code cannot stand in an address: it holds a `/` or is made of dots."""
    return await _details(state, request.user, code)


async def _details(state: State, merchant_id: int, code: str) -> AccountAnswer:
    async with state["database"].read() as db, db.transaction(isolation="repeatable_read", readonly=True):
        found = await known_account(db, merchant_id, code)
    account = found.state
    owed, off_balance, advances = debts_total(account.debts), debts_total(account.off_balance), lots_total(account.lots)
    return AccountAnswer(
        code=account.id,
        contact=account.contact,
        payer_kind=account.payer_kind,
        member=account.member,
        services=None if account.services is None else list(account.services),
        plan=account.plan,
        debts=list(account.debts),
        off_balance=list(account.off_balance),
        advances=list(account.lots),
        last_bill=account.last_bill,
        totals=AccountTotals(
            debts_kopecks=owed,
            off_balance_kopecks=off_balance,
            advances_kopecks=advances,
            penalty_kopecks=account.penalty_kopecks,
            costs_kopecks=account.costs_kopecks,
            balance_kopecks=advances - owed - account.penalty_kopecks - account.costs_kopecks,
        ),
    )


async def known_account(db: ReadConnection, merchant_id: int, code: str) -> StoredAccount:
    """An account by its code. Raises NotFoundException."""
    found = None if len(code) > 128 or "\0" in code else await read_account(db, merchant_id, code)
    if found is None:
        raise NotFoundException("There is no such account")
    return found


def _row(one: AccountSummary) -> AccountRow:
    return AccountRow(
        code=one.code,
        contact=one.contact,
        payer_kind=one.payer_kind,
        member=one.member,
        debts_kopecks=one.debts_kopecks,
        off_balance_kopecks=one.off_balance_kopecks,
        advances_kopecks=one.advances_kopecks,
        penalty_kopecks=one.penalty_kopecks,
        costs_kopecks=one.costs_kopecks,
    )


HANDLERS = (get_accounts, get_account, get_account_by_code)
