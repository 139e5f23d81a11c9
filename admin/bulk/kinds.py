"""What can be done to many rows at once: one table of deeds."""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from admin.addresses import kkt_address, receipt_address
from admin.permissions import Action
from fiscal_server.client import AsyncFiscalClient

Call = Callable[[AsyncFiscalClient, int, str, str, str], Awaitable[int | None]]
"""(client, id, who asks, why, Idempotency-Key); gives the order that a device has still to answer, None: it is done."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A deed. ``title``, ``what_happens`` and ``objects`` are msgids; ``objects`` has the forms of a count."""

    title: str
    what_happens: str
    objects: str
    action: Action
    is_final: bool
    """Cannot be undone: the question names number and sum."""
    call: Call
    address: Callable[[int, int], str]
    """Where a row's card is."""
    section: str
    """Where in the navigation its objects are."""
    back: str
    """The list it was chosen from."""


async def _retry(api: AsyncFiscalClient, number: int, asker: str, reason: str, key: str) -> int | None:
    await api.order_receipt(str(number), "retry", asked_by=asker, reason=reason, key=key)
    return None


async def _cancel(api: AsyncFiscalClient, number: int, asker: str, reason: str, key: str) -> int | None:
    await api.order_receipt(str(number), "cancel", asked_by=asker, reason=reason, key=key)
    return None


async def _resume(api: AsyncFiscalClient, number: int, asker: str, reason: str, key: str) -> int | None:
    return int((await api.order_kkt(str(number), "resume", asked_by=asker, reason=reason, key=key)).id)


_RECEIPTS: Final = "чек|чека|чеков"

KINDS: Final[dict[str, Kind]] = {
    "retry": Kind(
        title="Вернуть чеки в очередь",
        what_happens="Чеки встанут в очередь и пойдут в кассу ещё раз. Если причина отказа не устранена, касса откажет "
        "снова.",
        objects=_RECEIPTS,
        action=Action.SETTLE_RECEIPTS,
        is_final=False,
        call=_retry,
        address=receipt_address,
        section="receipts",
        back="/receipts?state=REFUSED",
    ),
    "cancel": Kind(
        title="Отменить чеки",
        what_happens="Этих чеков не будет: в памяти кассы их нет и не появится. Долги и переплаты останутся как есть; "
        "если деньги получены, по закону чеки всё равно нужны (54-ФЗ), заведите их новыми событиями.",
        objects=_RECEIPTS,
        action=Action.SETTLE_RECEIPTS,
        is_final=True,
        call=_cancel,
        address=receipt_address,
        section="receipts",
        back="/receipts?state=REFUSED",
    ),
    "resume": Kind(
        title="Снять кассы с паузы",
        what_happens="Каждая касса получит распоряжение продолжить работу; здесь будет видно, какая что ответила.",
        objects="касса|кассы|касс",
        action=Action.ORDER_DEVICES,
        is_final=False,
        call=_resume,
        address=kkt_address,
        section="cassettes",
        back="/cassettes",
    ),
}
"""By the name in addresses and in the table of jobs."""
