"""The first page: what is happening now, merchant by merchant. Its live part refreshes itself (static/panel.js)."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromQuery
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Template

from accounting.receipts.wording import current_language
from admin.access import doing
from admin.assets import Assets
from admin.database import PanelDatabase
from admin.formatters import Moments
from admin.page import page
from admin.permissions import Action
from admin.storage.break_glass import Glance, glances_since
from admin.viewer import Viewer
from fiscal_server.cassette.alarms import Alarm, AlarmCode
from fiscal_server.cassette.outlook import Outlook, look_ahead
from fiscal_server.clock import Clock
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.settings import Settings
from fiscal_server.storage import overview
from fiscal_server.storage.overview import Cassette, MerchantName, NewestReceipt, RefusedReceipt, Rotation, Unfinished
from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.webhooks import troubled_endpoints
from fiscal_server.webhooks.endpoint_alarms import OVERDUE, REMEMBERED, WebhookAlarm, webhook_alarms

MERCHANTS_A_PAGE = 10
RECEIPTS = 20
REFUSED = 10
ROTATIONS = 6
FORESIGHT_S = 15.0
TOLD_OF = timedelta(days=7)
"""So long people of a merchant are told that somebody looked in an emergency."""

S = ReceiptState
WAITING = (S.COMPUTED, S.QUEUED, S.REGISTERING, S.UNCERTAIN)


class MerchantToday(msgspec.Struct, frozen=True, kw_only=True):
    """One merchant's part of the page."""

    id: int
    name: str
    batches: int
    made: int
    """Receipts computed since midnight."""
    registered: int
    """Those of them that have a fiscal document."""
    queue: dict[ReceiptState, int]
    cassettes: list[Cassette]
    rotations: list[Rotation]
    receipts: list[NewestReceipt]
    refused: list[RefusedReceipt]
    outlooks: dict[int, Outlook]
    """Forecasts and alarms by cassette."""
    webhooks: list[WebhookAlarm]
    glances: list[Glance]
    """Who looked at it in an emergency, these days."""

    @property
    def alarms(self) -> list[Alarm | WebhookAlarm]:
        """What a person should do, the gravest first; refused receipts are listed one by one elsewhere."""
        found: list[Alarm | WebhookAlarm] = [
            alarm
            for outlook in self.outlooks.values()
            for alarm in outlook.alarms
            if alarm.code is not AlarmCode.RECEIPTS_PARKED or not self.refused
        ]
        found += self.webhooks
        return sorted(found, key=lambda alarm: -alarm.severity)

    @property
    def waiting(self) -> int:
        """Receipts that will be registered without anybody's help."""
        return sum(self.queue.get(state, 0) for state in WAITING)

    @property
    def refused_total(self) -> int:
        """Receipts that wait for a person."""
        return self.queue.get(S.REFUSED, 0)

    @property
    def slots(self) -> list[overview.Slot]:
        """Of all cassettes."""
        return [slot for cassette in self.cassettes for slot in cassette.slots]

    @property
    def documents(self) -> int:
        """Documents of any kind in all FNs: their own counters say so."""
        return sum(slot.last_fd for slot in self.slots)

    @property
    def delivered(self) -> int:
        """Documents that the operator has confirmed."""
        return sum(slot.acked_fd for slot in self.slots)

    @property
    def undelivered_since(self) -> datetime | None:
        """When the oldest document was made that the operator lacks."""
        waiting = (slot.unconfirmed_since for slot in self.slots if slot.state != "CLOSED")
        return min((since for since in waiting if since), default=None)


class Foresight:
    """Forecasts of what is shown, kept a while: they count the whole queue, and the page asks every other second."""

    def __init__(self, clock: Clock, zone: ZoneInfo) -> None:
        self._clock = clock
        self._zone = zone
        self._kept: dict[tuple[str, tuple[int, ...]], tuple[float, tuple[list[Outlook], list[WebhookAlarm]]]] = {}

    async def of(self, db: ReadConnection, merchants: Sequence[int]) -> tuple[list[Outlook], list[WebhookAlarm]]:
        """Of the merchants whose rows ``db`` shows: what is expected of their cassettes, and alarms of webhooks."""
        key, now = (current_language(), tuple(merchants)), self._clock.monotonic()  # alarms are said already
        self._kept = {k: v for k, v in self._kept.items() if 0 <= now - v[0] < FORESIGHT_S}
        if key not in self._kept:
            today = self._clock.now()
            troubled = await troubled_endpoints(db, today - OVERDUE, today - REMEMBERED)
            self._kept[key] = now, (await look_ahead(db, today, self._zone), webhook_alarms(troubled))
        return self._kept[key][1]


async def load_today(
    db: ReadConnection, merchants: Sequence[MerchantName], midnight: datetime, foresight: Foresight
) -> list[MerchantToday]:
    """What the page shows of these merchants, in their order."""
    ids = [merchant.id for merchant in merchants]
    queue = await overview.unfinished_by_state(db, ids, midnight)
    received = {row.merchant_id: row for row in await overview.batches_since(db, ids, midnight)}
    refused = await overview.refused_receipts(db, ids, REFUSED)
    cassettes = await overview.cassettes_in_sight(db, ids)
    rotations = await overview.last_rotations(db, ids, ROTATIONS)
    receipts = await overview.last_receipts(db, ids, RECEIPTS)
    outlooks, webhooks = await foresight.of(db, ids)
    glances = await glances_since(db, ids, midnight - TOLD_OF)

    def today(merchant: MerchantName) -> MerchantToday:
        own = [row for row in queue if row.merchant_id == merchant.id]
        came = received.get(merchant.id, overview.Received(merchant.id, 0, 0, 0))
        return MerchantToday(
            id=merchant.id,
            name=merchant.name,
            batches=came.batches,
            made=came.receipts,
            registered=max(0, came.receipts - sum(row.since for row in own)),
            queue=_by_state(own),
            cassettes=[one for one in cassettes if one.merchant_id == merchant.id],
            rotations=[one for one in rotations if one.merchant_id == merchant.id],
            receipts=[one for one in receipts if one.merchant_id == merchant.id],
            refused=[one for one in refused if one.merchant_id == merchant.id],
            outlooks={one.forecast.cassette_id: one for one in outlooks if one.forecast.merchant_id == merchant.id},
            webhooks=[one for one in webhooks if one.merchant_id == merchant.id],
            glances=[one for one in glances if one.of == merchant.id],
        )

    return [today(merchant) for merchant in merchants]


def _by_state(rows: Sequence[Unfinished]) -> dict[ReceiptState, int]:
    return {row.state: row.receipts for row in rows}


def _chosen(viewer: Viewer, merchant: int | None) -> list[MerchantName]:
    if merchant is None:
        return viewer.merchants[:MERCHANTS_A_PAGE]
    if (one := viewer.merchant(merchant)) is None:
        raise NotFoundException
    return [one]


async def _context(state: State, viewer: Viewer, merchant: int | None) -> dict[str, Any]:
    clock: Clock = state["clock"]
    settings: Settings = state["settings"]
    panel: PanelDatabase = state["panel"]
    moments = Moments(clock.now(), settings.zone)
    shown = _chosen(viewer, merchant)
    async with panel.look([one.id for one in shown]) as db:
        merchants = await load_today(db, shown, moments.midnight, state["foresight"])
    return {
        "at": moments,
        "merchants": merchants,
        "chosen": merchant,
        "unseen": len(viewer.merchants) - len(shown) if merchant is None else 0,
    }


@get("/", opt=doing(Action.SEE_TODAY))
async def today(state: State, viewer: NamedDependency[Viewer], merchant: FromQuery[int | None] = None) -> Template:
    """The whole page; ``merchant`` narrows it to one."""
    return page("today.html", viewer, "today", **await _context(state, viewer, merchant))


@get("/today/live", opt=doing(Action.SEE_TODAY))
async def today_live(
    request: Request[Any, Any, State],
    state: State,
    viewer: NamedDependency[Viewer],
    merchant: FromQuery[int | None] = None,
) -> Response[str | bytes]:
    """The part of the page that changes; 304 while it has not. Headers say how fresh it is and of which version."""
    context = await _context(state, viewer, merchant)
    moments: Moments = context["at"]
    assets: Assets = state["assets"]
    engine = cast("JinjaTemplateEngine", request.app.template_engine)
    text = engine.get_template("today/live.html").render(context | {"viewer": viewer})
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:20]}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "no-store",
        "X-Panel-Time": moments.clock(),
        "X-Panel-Version": assets.version,
    }
    if request.headers.get("if-none-match") == etag:
        return Response(b"", status_code=304, headers=headers)
    return Response(text, media_type=MediaType.HTML, headers=headers)
