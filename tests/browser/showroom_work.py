"""What Anna does in the full panel on one morning, so that every page of it has something to show."""

import json
import re
from typing import Final

import httpx
import msgspec
from litestar import Litestar

from admin.uploads.work import work_of
from fiscal_server.dispatch.enrol import Papers, registration_of
from kkt_drivers.ffd.rnm import registration_number
from kkt_drivers.kkt import Registered
from tests.browser.people import PASSWORD
from tests.browser.showroom import ACCOUNTS, EMAIL, EMULATED_FN, RULES, Showroom, bank_statement
from tests.storage.scene import Json, payment
from tests.waiting import wait_until_async

_TOKENS: Final = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_LIST: Final = {"list": "/receipts", "at": "/receipts"}
_LEAD: Final = {
    "name": "Ольга Орлова", "organisation_name": "ООО «Пекарня»", "phone": "8 (900) 000-00-01",
    "email": "olga@example.ru", "legal_form": "org", "tax_number": "", "source": "site", "what_next": "Позвонить",
    "what_next_on": "2026-11-26",
}  # fmt: skip


class Visitor:
    """Somebody who has signed in and sends what forms of pages would."""

    def __init__(self, panel: httpx.AsyncClient, app: Litestar) -> None:
        self.panel = panel
        self.app = app

    async def tokens(self, page: str) -> dict[str, str]:
        """Hidden fields of the forms of a page."""
        return dict(_TOKENS.findall((await self.panel.get(page)).text))

    async def send(self, path: str, page: str | None = None, **fields: object) -> str:
        """The form of a page; gives the address that it leads to, when whatever it began is over."""
        files = {name: fields.pop(name) for name in ("file",) if name in fields}
        data = await self.tokens(page or path) | fields
        answer = await self.panel.post(path, data=data, files=files or None)  # type: ignore[arg-type]
        assert answer.status_code < 400, (path, answer.status_code, answer.text)
        await work_of(self.app.state).idle()
        await self.app.state["bulk_work"].idle()
        return answer.url.raw_path.decode()

    async def sign_in(self) -> str:
        """Gives the cookie as ``name=value``."""
        await self.send("/sign-in", email=EMAIL, password=PASSWORD, goal="/")
        return "; ".join(f"{name}={value}" for name, value in self.panel.cookies.items())

    async def over(self, job: str) -> str:
        """The address of a job of the API once it has ended."""

        async def is_over() -> bool:
            return "data-awaited" not in (await self.panel.get(job)).text

        await wait_until_async(is_over)
        return job


async def work(visitor: Visitor, room: Showroom) -> None:
    """Closes, money, corrections, orders to devices, many receipts at once, settings, leads; ``room.cards`` gather."""
    merchant, cards = room.merchant, room.cards
    await visitor.send("/deadlines/plan")
    cards["close"] = await visitor.over(
        await visitor.send(f"/closes/{merchant}/2026-10/run", f"/closes/{merchant}/2026-10/question")
    )
    cards["lead"] = await visitor.send("/leads/new", **_LEAD)
    for step in (_money, _corrections, _devices, _many, _settings):
        await step(visitor, room)


async def _money(visitor: Visitor, room: Showroom) -> None:
    merchant = str(room.merchant)
    before = ("kl_to_1c.txt", bank_statement("23.11.2026"), "text/plain")
    taken = await visitor.send("/money/new", merchant=merchant, file=before)
    await visitor.send(f"{taken}/run", taken)
    room.cards["import"] = (await visitor.panel.get(taken)).url.raw_path.decode()
    room.cards["import-unknown"] = f"{room.cards['import']}/unknown"
    now = ("kl_to_1c.txt", bank_statement(), "text/plain")
    room.cards["upload"] = await visitor.send("/money/new", merchant=merchant, file=now)
    unknown = ("reestr.txt", b"1;2;3\n4;5;6\n", "text/plain")
    room.cards["upload-mapping"] = await visitor.send("/money/new", merchant=merchant, file=unknown)
    batch = await room.shop.value("select max(id) from fiscal.batch where merchant_id = $1", room.merchant)
    room.cards["batch"] = f"/money/batches/{room.merchant}/{batch}"


async def _corrections(visitor: Visitor, room: Showroom) -> None:
    wrong = await room.shop.rows(
        "select d.id from fiscal.fiscal_document d join fiscal.receipt r using (merchant_id, id)"
        " where d.merchant_id = $1 and r.sign = 1 and d.form = 3 order by 1 desc limit 2 offset 1", room.merchant,
    )  # fmt: skip
    done, other = (f"/corrections/receipt/{room.merchant}/{row[0]}" for row in wrong)
    room.cards["correction"] = await visitor.send(done, f"{done}?what=superfluous", what="superfluous")
    room.cards |= {
        "correcting": other, "correcting-plan": f"{other}?what=superfluous",
        "correcting-refused": f"{done}?what=superfluous",
        "missing-plan": f"/corrections/missing?merchant={room.merchant}&account={ACCOUNTS[0]}&paid_on=2026-11-03"
        "&sum=100&way=cash&plan=1",
    }  # fmt: skip
    events = [payment("lost-1", ACCOUNTS[0]), payment("lost-2", "нет такого"), payment("lost-3", ACCOUNTS[1])]
    given: Json = {"merchant": str(room.merchant), "file": ("events.json", json.dumps(events).encode(), "text/plain")}
    list_ = await visitor.send("/corrections/new", skip="1", **given)
    await visitor.send(f"{list_}/run", list_)
    room.cards["restoration"] = await visitor.over((await visitor.panel.get(list_)).url.raw_path.decode())
    room.cards["restoration-upload"] = await visitor.send("/corrections/new", **given)


async def _devices(visitor: Visitor, room: Showroom) -> None:
    """Orders and what came of them, as a dispatcher would have written it."""
    db, now, merchant = room.scene.db, room.shop.clock.now(), room.merchant
    await db.execute(
        "insert into fiscal.node (number, incarnation, beat, hold_ms, host, process, version, started_at, seen_at)"
        " values (0, 1, 1, 10000, 'kassa-1', 412, '1.0', $1, $1)", now,
    )  # fmt: skip
    fn = {
        "fn_number": "9999078900000309",
        "phase": "ready for registration",
        "last_fd_number": 0,
        "ffd": "1.2",
        "emulated": True,
    }
    found = {"address": "fn+serial:///dev/ttyUSB0?timezone=Europe/Moscow", "title": "FT232R", "place": "1-2",
             "state": "fn", "reason": "", "fn": fn}  # fmt: skip
    held = found | {"place": "1-3", "state": "in use", "reason": "held by fiscal", "fn": None}
    answers: dict[str, Json | None] = {
        "found": {"done": {"devices": [found, held], "notes": []}}, "nothing": {"done": {"devices": [], "notes": []}},
        "waits": None, "added": {"done": {"fn_number": EMULATED_FN, "fd_number": 1}},
        "refused": {"refused": "bad_request: the FN refuses tag 1037"},
    }  # fmt: skip
    asked = {
        "address": found["address"],
        "registration_number": registration_number("0000000009", RULES["inn"], "00000009"),
    }
    for number, (name, answer) in enumerate(answers.items(), 1):
        kind = "add_kkt" if name in ("added", "refused") else "find_devices"
        await db.execute(
            "insert into fiscal.device_order values ($1, $2, 0, $3, $4, 'Анна Петрова', 'новая касса', $5, $6, $7)",
            merchant, number, kind, json.dumps(asked if kind == "add_kkt" else {}), now,
            None if answer is None else now, None if answer is None else json.dumps(answer),
        )  # fmt: skip
        room.cards[f"kkt-new-{name}"] = f"/cassettes/{merchant}/new/{number}"
    await _registration(room)


async def _registration(room: Showroom) -> None:
    number = registration_number("0000000001", RULES["inn"], "00000002")
    papers = Papers(serial="00000002", registration_number=number, ofd_inn="7700000000", ofd_name="Оператор")
    parameters = registration_of(room.shop.merchant, papers)
    told = Registered(parameters=parameters, other_modes=False, fd_number=1, reports_left=11)
    answers: dict[str, Json] = {
        "read": {"done": {"registered": msgspec.to_builtins(told)}},
        "changed": {"done": {"re_registered": {"fd_number": 228_401, "fiscal_sign": 2_718_281_828}}},
        "failed": {"failed": "unreachable: no answer for 60 s"},
    }
    card = f"/kkts/{room.merchant}/{room.kkt}/registration"
    for order, (name, answer) in enumerate(answers.items(), 1):
        await room.scene.db.execute(
            "insert into fiscal.kkt_request (merchant_id, id, kkt_id, kind, created_at, finished_at, answer, asked_by,"
            " reason, details) values ($1, $2, $3, $4, $5, $5, $6, 'Анна Петрова', 'новый адрес', $7)",
            room.merchant, order, room.kkt, "read_registration" if name == "read" else "re_register",
            room.shop.clock.now(), json.dumps(answer),
            None if name == "read" else json.dumps(msgspec.to_builtins(parameters)),
        )  # fmt: skip
        room.cards[f"registration-{name}"] = f"{card}/{order}"


async def _many(visitor: Visitor, room: Showroom) -> None:
    """Two receipts returned to the queue by one job, of which the API takes one."""
    refused = await room.shop.rows(
        "select receipt_id from fiscal.queue where merchant_id = $1 and state = 'REFUSED' order by 1", room.merchant
    )
    keys = [f"{room.merchant}.{row[0]}" for row in refused[1:]]
    form = await visitor.tokens("/receipts?state=REFUSED") | {"row": keys, "deed": "retry"}
    question = await visitor.panel.post("/bulk/receipts", data=form)
    await room.scene.db.execute(
        "update fiscal.queue set state = 'CANCELLED' where receipt_id = $1", int(keys[-1].partition(".")[2])
    )
    begin = dict(_TOKENS.findall(question.text)) | {"rows": " ".join(keys), "reason": "кассу поправили"}
    answer = await visitor.panel.post("/bulk/receipts/begin", data=begin)
    await visitor.app.state["bulk_work"].idle()
    room.cards["bulk-job"] = answer.url.raw_path.decode()


async def _settings(visitor: Visitor, room: Showroom) -> None:
    merchant, cards = room.merchant, room.cards
    for name, query in (("Отказы", "state=REFUSED"), ("Крупные за ноябрь", "sum_from=5000")):
        await visitor.send("/views", "/receipts", name=name, query=query, **_LIST)
    await visitor.send(f"/settings/keys/{merchant}/new", name="биллинг", scope="read", last_day="2027-11-25")
    key = await room.shop.value("select max(id) from fiscal.api_key where merchant_id = $1", merchant)
    cards["key"] = f"/settings/keys/{merchant}/{key}"
    await room.scene.troubled_webhook(merchant, "https://billing.example.ru/fiscal")
    webhook = await room.shop.value("select max(id) from fiscal.webhook_endpoint where merchant_id = $1", merchant)
    cards["webhook"] = f"/settings/webhooks/{merchant}/{webhook}"
    person = await room.shop.value("select id from office.person where email like 'k@%'")
    cards["person"] = f"/settings/people/{person}"
