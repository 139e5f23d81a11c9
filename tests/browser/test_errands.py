"""The panel acts for a person through the native API: who, at which merchant, with which scopes, for how long."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar.exceptions import PermissionDeniedException

from admin.database import PanelDatabase
from admin.errands import Errands
from admin.permissions import Action, Role
from admin.refusals import AWAY, told
from admin.storage import errands as stored
from admin.viewer import Viewer
from fiscal_server.client import ApiProblem, Unanswered
from fiscal_server.client.calls import post_batch
from fiscal_server.client.events import Batch, cut
from fiscal_server.client.protocol import Request
from fiscal_server.clock import SystemClock, VirtualClock
from fiscal_server.demo.devices import free_port
from fiscal_server.storage.keys import Scope
from fiscal_server.storage.overview import MerchantName
from tests.storage.scene import Shop, open_shop, payment


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        yield shop


@pytest.fixture
def clock(shop: Shop) -> VirtualClock:
    return shop.clock


@pytest.fixture
async def errands(shop: Shop, api: str) -> AsyncIterator[Errands]:
    panel = PanelDatabase(shop.dsn, shop.clock)
    errands = Errands(panel, shop.clock, api)
    yield errands
    await errands.close()
    await panel.close()


def somebody(shop: Shop, role: Role, *, named: str = "Анна Петрова") -> Viewer:
    return Viewer(
        merchants=[MerchantName(shop.merchant.id, shop.merchant.name)], roles=(role,), person_id=77, name=named
    )


def _batch_of_one() -> Batch:
    (batch,) = cut([payment("p1")], [{"id": "A1"}], on_error="reject")
    return batch


async def test_what_a_person_does_is_done_once_and_the_merchants_audit_names_them(shop: Shop, errands: Errands) -> None:
    anna = somebody(shop, Role.SYSTEM_ADMINISTRATOR)
    async with errands.run(anna, shop.merchant.id, Action.MANAGE_KEYS) as api:
        made = await api.create_key("Биллинг")
        assert made.secret.startswith("fs_")
    assert await shop.value("select actor from fiscal.audit where action = 'key.create'") == "person 77 (Анна Петрова)"
    accountant = somebody(shop, Role.ACCOUNTANT)
    batch = _batch_of_one()
    for _ in range(2):
        async with errands.run(accountant, shop.merchant.id, Action.SUBMIT_MONEY) as api:
            await api.send(post_batch(batch))
    assert await shop.value("select count(*) from fiscal.receipt") == 1


async def test_a_role_gives_no_more_of_the_api_than_its_actions_need(shop: Shop, errands: Errands) -> None:
    accountant = somebody(shop, Role.ACCOUNTANT)
    async with errands.run(accountant, shop.merchant.id, Action.SUBMIT_MONEY) as api:
        with pytest.raises(ApiProblem) as caught:
            await api.create_key("Чужой")
    assert caught.value.status == 403
    assert told(caught.value).title
    async with errands.run(accountant, shop.merchant.id, Action.SEE_MONEY_IN) as api:
        with pytest.raises(ApiProblem):
            await api.send(post_batch(_batch_of_one()))
    for viewer, merchant_id in ((accountant, shop.merchant.id), (somebody(shop, Role.DIRECTOR), shop.merchant.id + 1)):
        with pytest.raises(PermissionDeniedException):
            async with errands.run(viewer, merchant_id, Action.ORDER_DEVICES):
                pass
    assert await shop.value("select count(*) from office.errand") == 0


async def test_no_errand_reaches_beyond_its_merchant(shop: Shop, errands: Errands) -> None:
    """Nodes and new merchants are the installation's: for keys of operations, which no role gives."""
    for action in Action:
        viewer = somebody(shop, Role.SYSTEM_ADMINISTRATOR)
        if not viewer.may(action):
            continue
        async with errands.run(viewer, shop.merchant.id, action) as api:
            for request in (
                Request("GET", "/v1/nodes"),
                Request("POST", "/v1/nodes/1/drain"),
                Request("POST", "/v1/merchants", b"{}"),
            ):
                with pytest.raises(ApiProblem) as caught:
                    await api.send(request)
                assert caught.value.status == 403


async def test_a_token_works_while_its_errand_lasts_and_is_kept_as_a_hash(shop: Shop, api: str) -> None:
    async with httpx.AsyncClient(base_url=api) as http:

        async def ask(token: str) -> int:
            return (await http.get("/v1/keys", headers={"Authorization": f"Bearer {token}"})).status_code

        async with shop.db.write() as db:
            for token in ("fse_one", "fse_two"):
                await stored.begin_errand(db, token, shop.merchant.id, 77, "Анна", Scope, shop.clock.now())
        assert await ask("fse_one") == 200
        assert await ask("fse_three") == 401
        async with shop.db.write() as db:
            await stored.end_errand(db, "fse_one", shop.clock.now())
        assert (await ask("fse_one"), await ask("fse_two")) == (401, 200)
        shop.clock.jump(stored.LIVES.total_seconds())
        assert await ask("fse_two") == 401
        async with shop.db.write() as db:
            await stored.end_errand(db, "fse_one", shop.clock.now())
        assert await shop.value("select count(*) from office.errand") == 0


async def test_an_api_that_is_away_is_said_so_and_the_errand_is_over(shop: Shop) -> None:
    panel = PanelDatabase(shop.dsn, shop.clock)
    errands = Errands(panel, SystemClock(), f"http://127.0.0.1:{free_port()}")
    async with errands.run(somebody(shop, Role.ACCOUNTANT), shop.merchant.id, Action.SUBMIT_MONEY) as api:
        with pytest.raises(Unanswered) as caught:
            await api.api_keys()
    assert told(caught.value).title == AWAY
    assert await shop.value("select count(*) from office.errand") == 0
    await errands.close()
    await panel.close()
