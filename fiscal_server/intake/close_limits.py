"""What of month closes does not go into a batch, and what waits while a job closes a month."""

from collections.abc import Sequence
from typing import Final

from accounting.receipts.books import MerchantRules
from accounting.receipts.events import PaymentReversal, PeriodClose
from accounting.receipts.policy import ConsolidatedLines
from fiscal_server.intake.batch import DecodedEvent, Problem
from fiscal_server.storage import close_jobs
from fiscal_server.storage.pool import WriteConnection

INLINE_ACCOUNTS: Final = 20_000
"""The most accounts that a batch closes: all of them are locked and computed in its one transaction, some 10 s."""

PER_ACCOUNT_ACCOUNTS: Final = 100_000
"""The same where consolidated receipts show single accounts, which no job can do: a batch is the only way, and this is
five times the work of the limit above. Computing alone takes 40 microseconds and 2 KiB an account."""

_TOO_MANY_LINES = (
    f"the merchant has more than {PER_ACCOUNT_ACCOUNTS} accounts, and its consolidated receipts show every one: "
    "set the policy consolidated_lines to by_service_rate and close the month by POST /v1/period-closes"
)
_TOO_LARGE = (
    f"the merchant has more than {INLINE_ACCOUNTS} accounts: close the month by POST /v1/period-closes, which goes "
    "on in chunks, shows its progress and can be cancelled"
)
_HALF_CLOSED = (
    "the close of {period} is under way or was stopped: see GET /v1/period-closes; send this again when it is over"
)


async def refused_by_closes(
    db: WriteConnection, merchant_id: int, rules: MerchantRules, events: Sequence[DecodedEvent]
) -> list[Problem]:
    """Events that may not be applied now; the caller holds the book.

    A close is refused when the merchant is too large for a batch, or when a job has not finished another month. So is a
    reversal meanwhile: it reopens debts, and whether their month is closed for its account no batch can tell.
    """
    concerned = [one for one in events if isinstance(one.event, PeriodClose | PaymentReversal)]
    if not concerned:
        return []
    half = await close_jobs.half_closed(db, merchant_id)
    if half:
        reason = _HALF_CLOSED.format(period=half[0])
        return [Problem("period_close_under_way", reason, "type", one.index, one.event.key) for one in concerned]
    closes = [one for one in concerned if isinstance(one.event, PeriodClose)]
    if not closes:
        return []
    most, reason = INLINE_ACCOUNTS, _TOO_LARGE
    if rules.policies.consolidated_lines is ConsolidatedLines.PER_ACCOUNT:
        most, reason = PER_ACCOUNT_ACCOUNTS, _TOO_MANY_LINES  # lines of single accounts are the reference's alone
    if not await close_jobs.has_more_accounts(db, merchant_id, most):
        return []
    return [Problem("period_close_too_large", reason, "type", one.index, one.event.key) for one in closes]
