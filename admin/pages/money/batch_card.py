"""A batch: its counts, and the events that were refused, with their reasons; those as a file too."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import msgspec
from litestar import Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Stream, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.fault_words import FaultWords, worded
from admin.formatters import Moments
from admin.page import Crumb, page
from admin.pages.choosing import seen_merchant
from admin.pages.money.listing import export_of
from admin.pages.money.table import BATCHES
from admin.permissions import Action
from admin.tables.definition import Column
from admin.viewer import Viewer
from fiscal_server.client.types import Fault
from fiscal_server.clock import Clock
from fiscal_server.storage import money_lists
from fiscal_server.storage.batches import read_batch_answer
from fiscal_server.storage.money_lists import ListedBatch, Span
from fiscal_server.storage.pool import ReadConnection

_Request = Request[Any, Any, State]
_CARD: Final = BATCHES + "/{merchant_id:int}/{batch_id:int}"
SHOWN: Final = 50


class _Event(msgspec.Struct, frozen=True, gc=False):
    key: str | None = None
    error: Fault | None = None


class _Answer(msgspec.Struct, frozen=True):
    events: list[_Event]


class Refused(msgspec.Struct, frozen=True):
    """An event that was not taken; ``place``: counted from one."""

    place: int
    key: str | None
    fault: FaultWords


COLUMNS: Final = (
    Column(key="place", title="Событие", is_number=True, value=lambda row: row.place),
    Column(key="key", title="Ключ", value=lambda row: row.key),
    Column(key="code", title="Код", value=lambda row: row.fault.code),
    Column(key="field", title="Поле", value=lambda row: row.fault.field),
    Column(key="reason", title="Почему", value=lambda row: row.fault.reason),
)


async def _find(db: ReadConnection, merchant_id: int, batch_id: int) -> ListedBatch:
    if not 0 < batch_id < money_lists.LAST_ID:
        raise NotFoundException
    found = await money_lists.list_batches_of(db, Span([merchant_id], batch_id, batch_id + 1, 1))
    if not found:
        raise NotFoundException
    return found[0]


async def _refused(db: ReadConnection, one: ListedBatch) -> list[Refused]:
    """In their order; the answer of a batch whose events were all taken is not read."""
    if not one.counts.rejected:
        return []
    answer = await read_batch_answer(db, one.merchant_id, one.id)
    events = msgspec.json.decode(answer or b'{"events":[]}', type=_Answer).events
    return [
        Refused(place, event.key, worded(event.error))
        for place, event in enumerate(events, 1)
        if event.error is not None
    ]


@get(_CARD, opt=doing(Action.SEE_MONEY_IN))
async def batch_card(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], batch_id: FromPath[int]
) -> Template:
    """The batch."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    merchant_name = seen_merchant(viewer, merchant_id)
    async with panel.look([merchant_id]) as db:
        found = await _find(db, merchant_id, batch_id)
        refused = await _refused(db, found)
    return page(
        "money/batch.html", viewer, "money", crumbs=[Crumb("Поступления", "/money"), Crumb("Пакеты", BATCHES)],
        one=found.counts, merchant_id=merchant_id, merchant_name=merchant_name, refused=refused[:SHOWN],
        in_all=len(refused), at=Moments(clock.now(), state["settings"].zone),
    )  # fmt: skip


@get(f"{_CARD}/errors", opt=doing(Action.SEE_MONEY_IN))
async def batch_errors(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int],
    batch_id: FromPath[int],
) -> Stream:  # fmt: skip
    """The events that were refused as a file."""
    viewer.forbid_files_in_emergency()
    panel: PanelDatabase = state["panel"]
    seen_merchant(viewer, merchant_id)
    async with panel.look([merchant_id]) as db:
        refused = await _refused(db, await _find(db, merchant_id, batch_id))

    async def pages() -> AsyncIterator[Sequence[Refused]]:
        yield refused

    return await export_of(request, state, f"errors-{batch_id}", COLUMNS, pages())


HANDLERS: Final = (batch_card, batch_errors)
