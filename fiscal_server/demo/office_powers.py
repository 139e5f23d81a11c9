"""Powers of attorney of the invented office's clients: electronic, before each authority that reports go to."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from accounting.office.powers import PowerKind
from admin.storage.office.powers import NewPower, add_power, revoke
from fiscal_server.demo.office_making import Client, Gathered, Making
from fiscal_server.demo.office_world import PEOPLE

_BODIES: Final = ("FNS", "SFR", "ROSSTAT")
_LEFT_AT_LEAST: Final = 40
_REVOKED_EVERY: Final = 20
_LEFT_SPREAD: Final = 300
"""Days to their ends: those of some clients are told already (accounting/office/powers.py)."""


async def make_powers(making: Making, clients: Sequence[Client]) -> None:
    """Given to the director when the client came."""
    gathered = Gathered()
    for client in clients:
        for body, number in zip(_BODIES, making.take(len(_BODIES)), strict=True):
            new = NewPower(
                kind=PowerKind.ELECTRONIC, body=body, number=f"{client.place + 1:08d}", representative=PEOPLE[0].name,
                powers="", issued_on=making.start - timedelta(days=30),
                valid_to=making.today + timedelta(days=_LEFT_AT_LEAST + client.place % _LEFT_SPREAD),
            )  # fmt: skip
            await add_power(gathered.db, number, client.number, new, making.now, making.workers[0])
        if client.place % _REVOKED_EVERY == 0:
            await _before(making, gathered, client)
    await gathered.send(making.db)


async def _before(making: Making, gathered: Gathered, client: Client) -> None:
    """On paper, of the accountant whom the client had before us."""
    number, begun = making.take(1)[0], making.start - timedelta(days=200)
    new = NewPower(
        kind=PowerKind.NOTARISED, body="FNS", number=f"77 АА {client.place + 1:07d}", representative="Тамара Уткина",
        powers="подписывать и сдавать отчётность", issued_on=begun, valid_to=begun + timedelta(days=365),
    )  # fmt: skip
    await add_power(gathered.db, number, client.number, new, making.now, making.workers[0])
    note, day = "клиент перешёл к нам; налоговая и бухгалтер извещены", making.start - timedelta(days=28)
    await revoke(gathered.db, client.number, number, day, note, day)
