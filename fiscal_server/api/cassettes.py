"""Cassettes of FNs: their slots, the rules by which they work, and the shifts of their KKTs."""

from collections import Counter
from datetime import date, datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, put
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter

from fiscal_server.api.auth import needs
from fiscal_server.api.bodies import small_body
from fiscal_server.api.examples import KKT_NOON, NOON
from fiscal_server.api.kkts import KktAnswer, kkt_answer
from fiscal_server.api.resources import (
    LAST_ID,
    NO_NUL,
    Changed,
    Cursor,
    IfMatch,
    answer_with_etag,
    decode_body,
    keep_audit,
    require_match,
)
from fiscal_server.clock import Clock
from fiscal_server.lifecycle import SlotState
from fiscal_server.storage.cassette_rules import CassetteRules
from fiscal_server.storage.keys import Scope
from fiscal_server.storage.kkts import CassetteRow, announce_kkts, hold_cassette, list_cassettes, list_kkts
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.shifts import ShiftView, list_shifts, totals_of_shift
from fiscal_server.storage.slots import MOST_PARALLEL, ShiftSum, fill_cassette, set_rules, set_work

CassetteName = Annotated[str | None, QueryParameter(name="cassette", max_length=256, pattern=NO_NUL)]
InState = Annotated[SlotState | None, QueryParameter(name="state")]
OfFn = Annotated[str | None, QueryParameter(name="fn_number", max_length=16, pattern=NO_NUL)]


class CassetteAnswer(msgspec.Struct, frozen=True):
    """A cassette. ``parallel``: slots that work at once; ``slots``: how many stand in which state; ``rules``: all."""

    id: str
    name: str
    takes_receipts: bool
    parallel: int
    close_archive: bool
    slots: dict[str, int]
    rules: dict[str, float]


class WorkBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``parallel``: slots that work at once; ``close_archive``: an FN that has given way is closed for good."""

    parallel: Annotated[int, msgspec.Meta(ge=1, le=MOST_PARALLEL)]
    close_archive: bool


class ShiftTotal(msgspec.Struct, frozen=True):
    """Receipts of a shift of one form (3 receipt, 31 correction) and one sign (1054)."""

    form: int
    sign: int
    receipts: int
    total_kopecks: int


class ShiftAnswer(msgspec.Struct, frozen=True):
    """A shift. Times are the KKT's local ones; an open shift has no closing, and the totals of what it has so far."""

    kkt: str
    fn_number: str
    shift_number: int
    opening_fd: int
    opened_at: datetime
    closing_fd: int | None
    closed_at: datetime | None
    totals: list[ShiftTotal] | None


class ShiftPage(msgspec.Struct, frozen=True):
    """Shifts, newest first; ``next`` is the cursor of the following page."""

    shifts: list[ShiftAnswer]
    next: str | None


_RULES: Final = msgspec.structs.asdict(CassetteRules())
CASSETTE: Final = CassetteAnswer("370154790420480010", "main", True, 1, True, {"ACTIVE": 1, "READY": 2}, _RULES)
SLOT: Final = KktAnswer(
    id="370154790420480011",
    cassette="main",
    slot=1,
    state="ACTIVE",
    fn_number="9999078900000001",
    registration_number="0000000001041777",
    emulated=True,
    last_fd=184,
    unconfirmed=2,
    shift_number=12,
    shift_opened_at=NOON,
    documents_left=249_816,
    valid_until=date(2027, 12, 1),
    fault=None,
    unreachable_since=None,
    paused_since=None,
)
SHIFT: Final = ShiftAnswer(
    kkt=SLOT.id,
    fn_number="9999078900000001",
    shift_number=12,
    opening_fd=176,
    opened_at=KKT_NOON,
    closing_fd=None,
    closed_at=None,
    totals=[ShiftTotal(3, 1, 7, 315_000)],
)


@get("/v1/cassettes", operation_id="ListCassettes", tags=["cassettes"])
async def get_cassettes(request: Request[int, Any, State], state: State) -> list[CassetteAnswer]:
    """Every cassette of the merchant; receipts go to the first one."""
    async with state["database"].read() as db:
        found = await list_cassettes(db, request.user)
    return [_cassette(one, takes_receipts=not place) for place, one in enumerate(found)]


@get("/v1/cassettes/{name:str}", operation_id="GetCassette", tags=["cassettes"])
async def get_cassette(request: Request[int, Any, State], name: FromPath[str], state: State) -> Response[bytes]:
    """One cassette by its name, with the rules by which it works."""
    async with state["database"].read() as db:
        return answer_with_etag((await _known(db, request.user, name))[1])


@put("/v1/cassettes/{name:str}/rules", operation_id="PutCassetteRules", tags=["cassettes"], opt=needs(Scope.ADMIN))
async def put_cassette_rules(
    request: Request[int, Any, State], name: FromPath[str], state: State, if_match: IfMatch = None
) -> Response[bytes]:
    """Let a cassette work by these rules from the next turn of its KKTs on; a rule that is left out has its default.

    What has happened stays: a slot that gave way does not come back by a change of rules.
    """
    rules = decode_body(await small_body(request), CassetteRules)
    async with state["database"].write() as db:
        row, answer = await _known(db, request.user, name)
        await hold_cassette(db, request.user, row.id)
        row, answer = await _known(db, request.user, name)
        require_match(request, answer)
        await set_rules(db, request.user, row.id, rules)
        before, after = msgspec.structs.asdict(row.rules), msgspec.structs.asdict(rules)
        await keep_audit(request, state, db, Changed("cassette.rules", f"cassette {name}", before, after))
        await announce_kkts(db)
        return answer_with_etag((await _known(db, request.user, name))[1])


@put("/v1/cassettes/{name:str}/work", operation_id="PutCassetteWork", tags=["cassettes"], opt=needs(Scope.ADMIN))
async def put_cassette_work(
    request: Request[int, Any, State], name: FromPath[str], state: State, if_match: IfMatch = None
) -> Response[bytes]:
    """How many slots of a cassette work at once, and whether an FN that gave way is closed. Dispatchers follow at once.

    With fewer than before, those at work stay until they give way.
    """
    work = decode_body(await small_body(request), WorkBody)
    clock: Clock = state["clock"]
    async with state["database"].write() as db:
        row, answer = await _known(db, request.user, name)
        await hold_cassette(db, request.user, row.id)
        row, answer = await _known(db, request.user, name)
        require_match(request, answer)
        await set_work(db, request.user, row.id, work.parallel, work.close_archive)
        await fill_cassette(db, request.user, row.id, clock.now())
        before = {"parallel": row.parallel, "close_archive": row.close_archive}
        changed = Changed("cassette.work", f"cassette {name}", before, msgspec.structs.asdict(work))
        await keep_audit(request, state, db, changed)
        await announce_kkts(db)
        return answer_with_etag((await _known(db, request.user, name))[1])


@get("/v1/slots", operation_id="ListSlots", tags=["cassettes"])
async def get_slots(
    request: Request[int, Any, State], state: State, cassette: CassetteName = None, in_state: InState = None
) -> list[KktAnswer]:
    """Slots with the KKTs in them, in the order of their cassettes; of one cassette or state if asked."""
    async with state["database"].read() as db:
        rows = await list_kkts(db, request.user)
    return [
        kkt_answer(row)
        for row in rows
        if (cassette is None or row.cassette == cassette) and (in_state is None or row.state == in_state)
    ]


@get("/v1/shifts", operation_id="ListShifts", tags=["cassettes"])
async def get_shifts(
    request: Request[int, Any, State],
    state: State,
    fn_number: OfFn = None,
    totals: Annotated[bool, QueryParameter(description="add up the receipts of each")] = True,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 10,
    before: Cursor = LAST_ID,
) -> ShiftPage:
    """Shifts of all FNs, newest first, with what the books have of each by form and sign.

    Adding up reads every receipt of a shift: without `totals` the page costs the same however full the shifts are.
    """
    async with state["database"].read() as db:
        found = await list_shifts(db, request.user, before=before, fn_number=fn_number, limit=limit + 1)
        shifts = [
            _shift(one, await totals_of_shift(db, request.user, one) if totals else None) for one in found[:limit]
        ]
    return ShiftPage(shifts, str(found[limit - 1].id) if len(found) > limit else None)


async def _known(
    db: ReadConnection | WriteConnection, merchant_id: int, name: str
) -> tuple[CassetteRow, CassetteAnswer]:
    for place, one in enumerate(await list_cassettes(db, merchant_id)):
        if one.name == name:
            return one, _cassette(one, takes_receipts=not place)
    raise NotFoundException(f"There is no cassette {name!r}")


def _cassette(row: CassetteRow, *, takes_receipts: bool) -> CassetteAnswer:
    return CassetteAnswer(
        id=str(row.id),
        name=row.name,
        takes_receipts=takes_receipts,
        parallel=row.parallel,
        close_archive=row.close_archive,
        slots=dict(Counter(row.slots)),
        rules=msgspec.structs.asdict(row.rules),
    )


def _shift(shift: ShiftView, sums: list[ShiftSum] | None) -> ShiftAnswer:
    return ShiftAnswer(
        kkt=str(shift.kkt_id),
        fn_number=shift.fn_number,
        shift_number=shift.shift_number,
        opening_fd=shift.opening_fd,
        opened_at=shift.opened_at,
        closing_fd=shift.closing_fd,
        closed_at=shift.closed_at,
        totals=None if sums is None else [ShiftTotal(*msgspec.structs.astuple(one)) for one in sums],
    )


HANDLERS = (get_cassettes, get_cassette, put_cassette_rules, put_cassette_work, get_slots, get_shifts)
