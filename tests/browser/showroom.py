"""A panel full of an invented month: what pictures are taken of. Nothing in it is anybody's.

«Тёплый дом» bills heating and water, its FN is getting full and its spare is an emulator; «Связь-Север» sells internet.
The books are made by the real intake on a clock that goes through November 2026; devices and operator are rows.
"""

import random
from datetime import UTC, date, datetime, timedelta

from admin.permissions import Role
from tests.browser.people import open_office
from tests.browser.scene import Scene
from tests.clients import ALONE, CAFE, open_clients
from tests.storage.scene import Json, Shop, charge, payment
from tests.unit.reconciliation.incoming_files import Document, statement

RULES: Json = {
    "inn": "7700000016",
    "email": "chek@teply-dom.example",
    "services": [
        {"id": "heating", "name": "Отопление", "vat_code": 6},
        {"id": "water", "name": "Водоснабжение", "vat_code": 6},
    ],
}
A_MONTH_AGO = date(2026, 10, 25)
MONTH = (date(2026, 11, 2), date(2026, 11, 24))
NOW = datetime(2026, 11, 25, 8, 40, tzinfo=UTC)
"""The 25th, when accountants have no time: twenty to twelve in Moscow."""

EMAIL = "anna@teply-dom.example"
REAL_FN, NEXT_FN, OLD_FN, EMULATED_FN = "7380440700123451", "7380440700123468", "7380440700098120", "9999078900000101"
ACCOUNTS = tuple(f"00400{number:05d}" for number in range(17_801, 17_861))


class Showroom:
    """``merchant``: «Тёплый дом»; ``kkt``: its FN at work; addresses of cards gather in ``cards``."""

    def __init__(self, shop: Shop, scene: Scene) -> None:
        self.shop = shop
        self.scene = scene
        self.chance = random.Random(20_261_125)
        self.merchant = shop.merchant.id
        self.kkt = 0
        self.cards: dict[str, str] = {}

    def go(self, moment: datetime) -> None:
        """The clock, forward."""
        self.shop.clock.jump((moment - self.shop.clock.now()).total_seconds())

    async def furnish(self) -> None:
        """Everything that needs no panel."""
        for furnish in (self._devices, self._books, self._neighbour, self._people, self._clients):
            await furnish()
            self.shop.clock.jump(1)  # whoever makes ids next makes others

    # --- devices and books --------------------------------------------------------------------------------------------

    async def _devices(self) -> None:
        merchant, scene, now = self.merchant, self.scene, self.shop.clock.now()
        await scene.db.execute("update fiscal.merchant set created_at = '2026-09-28' where id = $1", merchant)
        await scene.db.execute("insert into fiscal.cassette (merchant_id, id, name) values ($1, $1, 'main')", merchant)
        old = await scene.slot(merchant, 1, OLD_FN, "CLOSED", last_fd=249_871, acked_fd=249_871, documents_left=0,
                               valid_until=date(2026, 10, 14))  # fmt: skip
        self.kkt = await scene.slot(
            merchant, 2, REAL_FN, last_fd=228_300, acked_fd=228_300, documents_left=21_700, shift_number=41,
            valid_until=date(2027, 2, 11),
        )  # fmt: skip
        await scene.slot(
            merchant, 3, NEXT_FN, "READY", acked_fd=1, documents_left=249_999, valid_until=now.date().replace(2029)
        )
        await scene.slot(
            merchant, 4, EMULATED_FN, "READY", acked_fd=1, documents_left=249_990, valid_until=date(2030, 1, 1)
        )
        await scene.rotation(merchant, old, self.kkt, "memory_full: documents that still fit: 3")

    async def _books(self) -> None:
        await self.shop.post([], [{"id": code, "contact": f"+7900000{code[-4:]}"} for code in ACCOUNTS])
        bills = [
            charge(f"{service}-{code}", code, service=service, kopecks=self.chance.randrange(*between) * 10)
            for code in ACCOUNTS for service, between in (("heating", (14_000, 42_000)), ("water", (3_000, 9_000)))
        ]  # fmt: skip
        await self.shop.post(bills)
        number = 0
        for day in (A_MONTH_AGO, *(MONTH[0] + timedelta(days=n) for n in range((MONTH[1] - MONTH[0]).days + 1))):
            number = await self._day(day, 3 + self.chance.randrange(6), number)
        self.go(NOW.replace(hour=4, minute=12))
        await self.scene.db.execute(
            "update fiscal.kkt set shift_number = 42, shift_opened_at = $2 where id = $1",
            self.kkt,
            self.shop.clock.now(),
        )
        for hour in (5, 6, 7, 8):
            self.go(NOW.replace(hour=hour, minute=self.chance.randrange(5, 25)))
            number = await self._paid(5, number, confirmed=hour < 8)
        self.go(NOW)
        await self._queue(number)

    async def _day(self, day: date, payments: int, number: int) -> int:
        self.go(
            datetime(day.year, day.month, day.day, 5, 30, tzinfo=UTC) + timedelta(minutes=self.chance.randrange(170))
        )
        await self.scene.count_day(self.merchant, day, 300 + self.chance.randrange(90))
        return await self._paid(payments, number)

    def _payments(self, count: int, number: int) -> list[Json]:
        today = f"{self.shop.clock.now():%Y-%m-%d}"
        return [
            payment(
                f"bank-{today}-{number + n:04d}", self.chance.choice(ACCOUNTS), date=today,
                kopecks=self.chance.randrange(8_000, 60_000) * 10,
            )
            for n in range(count)
        ]  # fmt: skip

    async def _paid(self, count: int, number: int, *, confirmed: bool = True) -> int:
        answer = await self.shop.post(self._payments(count, number))
        for receipt in (int(one) for event in answer["events"] for one in event["receipts"]):
            await self.scene.register(self.merchant, receipt, self.kkt, self.chance.randrange(10**9, 4 * 10**9))
            await self.scene.db.execute(
                "update fiscal.fiscal_document set issued_at = $2, shift_number = 42, number_in_shift = fd_number % 100"
                " where id = $1", receipt, self.shop.clock.now().replace(tzinfo=None) + timedelta(hours=3, seconds=4),
            )  # fmt: skip
            if confirmed:
                await self.scene.confirm(self.merchant, receipt, self.kkt)
            self.cards["receipt"] = f"/receipts/{self.merchant}/{receipt}"
        self.cards["account"] = f"/accounts/{self.merchant}/{ACCOUNTS[3]}"
        return number + count

    async def _queue(self, number: int) -> None:
        """What waits: some in order, some that the FN refused, one of which nobody knows whether it was made."""
        answer = await self.shop.post(self._payments(9, number))
        waiting = [int(one) for event in answer["events"] for one in event["receipts"]]
        for one in (waiting[0], *waiting[2:5]):
            await self.scene.refuse(one, "bad_request: the FN refuses tag 1008")
        await self.scene.db.execute(
            "update fiscal.queue set state = 'UNCERTAIN', kkt_id = $2 where receipt_id = $1", waiting[1], self.kkt
        )
        self.cards["refused"] = f"/receipts/{self.merchant}/{waiting[0]}"
        self.cards["lost"] = f"/receipts/{self.merchant}/{waiting[1]}/order/settle"
        self.cards["cancel"] = f"/receipts/{self.merchant}/{waiting[0]}/order/cancel"

    async def _neighbour(self) -> None:
        other = await self.scene.merchant("ООО «Связь-Север»")
        kkt = await self.scene.slot(other, 1, "9999078900000202", documents_left=40_000, valid_until=date(2027, 8, 1))
        await self.scene.slot(other, 2, "9999078900000203", "FAULTY", fault="unreachable: no answer for 60 s",
                              acked_fd=1, documents_left=39_000)  # fmt: skip
        account = await self.scene.account(other, "1000287", contact="+79000000287")
        for minutes, kopecks in ((95, 45_000), (70, 60_000), (42, 99_000)):
            receipt = await self.scene.paid(other, account, "1000287", kopecks)
            await self.scene.register(other, receipt, kkt, self.chance.randrange(10**9, 4 * 10**9))
            await self.scene.confirm(other, receipt, kkt)
            await self.scene.money(other, self.shop.clock.now() - timedelta(minutes=minutes), kopecks)

    # --- people and clients -------------------------------------------------------------------------------------------

    async def _people(self) -> None:
        async with open_office(self.shop.dsn, self.shop.clock) as office:
            merchants = [row[0] for row in await office.rows("select id from fiscal.merchant")]
            await office.person(EMAIL, merchants=merchants, name="Анна Петрова")
            await office.person("k@teply-dom.example", [Role.CASH_DESK_OPERATOR], merchants[:1], "Кирилл Соколов")
            await office.person("d@teply-dom.example", [Role.DIRECTOR], name="Дарья Крылова")

    async def _clients(self) -> None:
        async with open_clients(self.shop.dsn, self.shop.clock) as clients:
            olga, ivan = await clients.person("Ольга Лебедева"), await clients.person("Иван Зайцев")
            for number, (name, profile, lead) in enumerate((
                ("ООО «Кафе на углу»", CAFE, olga), ("ИП Сидоров", ALONE, olga), ("ООО «Плотник»", CAFE, ivan),
                ("ИП Белкина", ALONE, ivan), ("ООО «Новое дело»", None, None),
            )):  # fmt: skip
                card = await clients.client(name, profile, lead=lead, tax_number=None if number else "7700000016")
                self.cards.setdefault("client", f"/clients/{card}")


def bank_statement(day: str = "24.11.2026") -> bytes:
    """Yesterday's or of another day, with payers that are known, some that are not, and a line that cannot be."""
    known = [
        Document(number=f"{5100 + n}", kopecks=180_000 + 1_730 * n, purpose=f"ЛС {code}; ЖКУ за 10.2026",
                 dated=day, credited=day, payer=f"ПЛАТЕЛЬЩИК {n + 1}")
        for n, code in enumerate(ACCOUNTS[:18])
    ]  # fmt: skip
    nobodys = [
        Document(number=f"52{n:02}", kopecks=90_000 + n, purpose="Коммунальные услуги", dated=day, credited=day)
        for n in range(3)
    ]
    wrong = Document(number="5300", dated="31.11.2026", credited="31.11.2026", kopecks=20_000)
    return statement([*known, *nobodys, wrong])
