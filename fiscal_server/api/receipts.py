"""Receipts and what has become of them: one, pages of them, how many, and all of them as a file."""

from typing import Annotated, Any, Final

from litestar import Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter

from fiscal_server.api.bodies import as_id
from fiscal_server.api.resources import (
    LAST_ID,
    NO_NUL,
    AccountCode,
    Cursor,
    FromDay,
    RequestRejected,
    ToDay,
    ids_of_days,
)
from fiscal_server.api.schemas import ReceiptAnswer, ReceiptCount, ReceiptPage, receipt_answer
from fiscal_server.intake.batch import Problem
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage.receipt_search import ReceiptFilter, count_receipts, find_receipts
from fiscal_server.storage.receipts import read_receipt

MAX_SUM: Final = LAST_ID

InState = Annotated[ReceiptState | None, QueryParameter(name="state")]
Sign = Annotated[
    int | None, QueryParameter(ge=1, le=4, description="1054: 1 income, 2 its return, 3 expense, 4 return")
]
SumFrom = Annotated[int | None, QueryParameter(ge=0, le=MAX_SUM, description="least total, kopecks")]
SumTo = Annotated[int | None, QueryParameter(ge=0, le=MAX_SUM, description="greatest total, kopecks")]
FnNumber = Annotated[str | None, QueryParameter(max_length=16, pattern=NO_NUL, description="of the FN that holds it")]
FdNumber = Annotated[int | None, QueryParameter(ge=1, le=2**31 - 1, description="number of its document in the FN")]


def asked_receipts(
    state: State,
    account: AccountCode = None,
    in_state: InState = None,
    from_day: FromDay = None,
    to_day: ToDay = None,
    sum_from: SumFrom = None,
    sum_to: SumTo = None,
    sign: Sign = None,
    fn_number: FnNumber = None,
    fd_number: FdNumber = None,
    before: Cursor = LAST_ID,
) -> ReceiptFilter:
    """The filters that pages, counts and exports share. Days are those on which receipts were computed."""
    if sum_from is not None and sum_to is not None and sum_to < sum_from:
        raise RequestRejected([Problem("invalid", "`sum_to` is less than `sum_from`", "sum_to")])
    first_id, end_id = ids_of_days(from_day, to_day, state["zone"])
    return ReceiptFilter(
        first_id=first_id,
        end_id=min(end_id, before),
        account=account,
        state=in_state,
        sign=sign,
        sum_from=sum_from,
        sum_to=sum_to,
        fn_number=fn_number,
        fd_number=fd_number,
    )


Asked = NamedDependency[ReceiptFilter]
ASKED: Final = {"wanted": Provide(asked_receipts, sync_to_thread=False)}


@get("/v1/receipts", dependencies=ASKED, operation_id="ListReceipts", tags=["receipts"])
async def get_receipts(
    request: Request[int, Any, State],
    state: State,
    wanted: Asked,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 100,
) -> ReceiptPage:
    """Receipts, newest first, by whatever is asked of them.

    A page looks at 10,000 receipts at the most: when few of them are meant it may be short, or empty, and still have a
    `next`. Only a page without `next` is the last one.
    """
    async with state["database"].read() as db:
        views, following = await find_receipts(db, request.user, wanted, limit)
    return ReceiptPage([receipt_answer(view) for view in views], None if following is None else str(following))


@get("/v1/receipts/count", dependencies=ASKED, operation_id="CountReceipts", tags=["receipts"])
async def get_receipt_count(request: Request[int, Any, State], state: State, wanted: Asked) -> ReceiptCount:
    """How many receipts there are of what is asked: exact while they are few, else an estimate that costs no more."""
    async with state["database"].read() as db:
        found = await count_receipts(db, request.user, wanted)
    return ReceiptCount(found.receipts, found.exact)


@get("/v1/receipts/{receipt_id:int}", operation_id="GetReceipt", tags=["receipts"])
async def get_receipt(request: Request[int, Any, State], receipt_id: FromPath[int], state: State) -> ReceiptAnswer:
    """One receipt with its fiscal document, once it has one."""
    async with state["database"].read() as db:
        view = await read_receipt(db, request.user, as_id(receipt_id))
    if view is None:
        raise NotFoundException(f"There is no receipt {receipt_id}")
    return receipt_answer(view)


HANDLERS = (get_receipts, get_receipt_count, get_receipt)
