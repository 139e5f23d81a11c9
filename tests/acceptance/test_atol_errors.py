"""Every error code of the dialect's table, tokens and their life, and what real clients do that no description
mentions.

No device stands behind these groups; time is the test's own.
"""

from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from fiscal_server.api.atol_online import face
from fiscal_server.storage import atol_online
from tests.acceptance.atol_client import Json, Refused, sale_v4, sale_v5
from tests.acceptance.atol_site import GROUP, INN, LOGIN, Desk, open_atol_shop
from tests.storage.scene import Shop, open_shop
from tests.waiting import wait_while_time_passes


def check_error(answer: httpx.Response, http: int, code: int, text: str, status: str | None = None) -> Json:
    """The shape that every client relies on."""
    packet: Json = answer.json()
    assert (answer.status_code, packet["error"]["code"]) == (http, code), packet
    assert packet["error"]["text"].startswith(text)
    assert packet["error"]["type"] == ("unknown" if code == 0 else "system")
    assert len(packet["error"]["error_id"]) == 36
    assert packet.get("status") == status
    assert packet["timestamp"]
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    return packet


async def _wait_while_time_passes(desk: Desk, shop: Shop, uuid: str) -> Json:
    """The final report."""

    async def final() -> bool:
        return bool((await desk.client.report(uuid))["status"] != "wait")

    await wait_while_time_passes(shop.clock, final)
    return await desk.client.report(uuid)


async def test_error_0_an_address_that_the_dialect_does_not_have(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path) as (desk, _):
        for method, path in (
            ("GET", "/possystem/v5"),
            ("DELETE", "/possystem/v5/getToken"),
            ("GET", "/possystem/v3/x/y"),
        ):
            check_error(await desk.http.request(method, path), 400, 0, "Неизвестная ошибка")


async def test_errors_1_documents_that_a_person_gave_up_or_that_waited_too_long(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path, atol_queue_s=300) as (desk, shop):
        given_up = await desk.client.register("sell", sale_v5("one", INN))
        late = await desk.client.register("sell", sale_v5("two", INN))
        async with shop.db.write() as db:
            first = await db.fetchval("select min(id) from fiscal.receipt")
            await db.execute("update fiscal.queue set state = 'CANCELLED' where receipt_id = $1", first)
        shop.clock.jump(301)
        error = (await _wait_while_time_passes(desk, shop, given_up))["error"]
        assert (error["code"], error["type"]) == (1, "system")
        error = (await _wait_while_time_passes(desk, shop, late))["error"]
        assert (error["code"], error["type"]) == (1, "timeout")
        assert error["text"] == "Превышено время ожидания чека в очереди"
        assert await shop.value("select count(*) from fiscal.queue where state = 'CANCELLED'") == 2


async def test_errors_10_and_11_no_token_and_one_that_is_not_in_force(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path) as (desk, shop):
        address = f"/possystem/v5/{GROUP}/sell"
        for token in (None, "", "кракозябры".encode().hex()):
            headers = {} if token is None else {"Token": token}
            answer = await desk.http.post(address, json=sale_v5("one", INN), headers=headers)
            check_error(answer, 401, 10, "Не распознан токен запроса")
        answer = await desk.http.post(address, json=sale_v5("one", INN), headers={"Token": "A" * 43})
        check_error(answer, 401, 11, "Переданный токен не активен")
        token = await desk.client.get_token()
        shop.clock.jump(24 * 3600)
        answer = await desk.http.post(address, json=sale_v5("one", INN), headers={"Token": token})
        check_error(answer, 401, 11, "Переданный токен не активен")


async def test_error_12_a_wrong_password(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path) as (desk, _):
        for login, password in ((LOGIN, "x"), ("nobody", desk.password), ("a\0b", "x")):
            answer = await desk.http.post("/possystem/v5/getToken", json={"login": login, "pass": password})
            assert "token" not in check_error(answer, 401, 12, "Неверный логин или пароль")


async def test_error_13_credentials_that_break_their_limits(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path) as (desk, _):
        for body in ({"login": "a b", "pass": "x"}, {"login": "a"}, {"login": "a" * 101, "pass": "x"}):
            answer = await desk.http.post("/possystem/v4/getToken", json=body)
            check_error(answer, 400, 13, "Ошибка валидации входящего запроса. Ошибочные поля : ")
        answer = await desk.http.get("/possystem/v4/getToken", params={"login": "a" * 101, "pass": "x"})
        check_error(answer, 400, 13, "Ошибка валидации входящего запроса. Ошибочные поля : ")


async def test_error_14_a_blocked_login_and_its_token(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path) as (desk, shop):
        assert (await desk.sell(sale_v5("one", INN))).status_code == 200
        async with shop.db.write() as db:
            assert await atol_online.block_login(db, LOGIN, shop.clock.now())
        await shop.clock.advance(6)  # what was read is believed for a moment
        check_error(await desk.sell(sale_v5("two", INN)), 403, 14, "Пользователь заблокирован")
        answer = await desk.http.post("/possystem/v5/getToken", json={"login": LOGIN, "pass": desk.password})
        check_error(answer, 403, 14, "Пользователь заблокирован")


async def test_error_20_a_group_of_somebody_else_or_of_nobody(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path) as (desk, _), open_shop(database, name="Другой") as other:
        async with other.db.write() as db:
            row = atol_online.GroupRow("others", other.merchant.id, 1, 5, {})
            await atol_online.add_group(db, row, other.clock.now())
        for code in ("others", "nobodys", "%00"):
            answer = await desk.post(f"{code}/sell", sale_v5("one", INN))
            check_error(answer, 401, 20, "Код группы, указанный в запросе, не соответствует токену")


async def test_error_21_the_other_version(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path, 4) as (desk, _):
        token = await desk.client.get_token()
        answer = await desk.http.post(f"/possystem/v5/{GROUP}/sell", json=sale_v5("one", INN), headers={"Token": token})
        check_error(answer, 401, 21, "Код группы не поддерживает данную версию протокола")


async def test_error_30_a_uuid_of_nobody(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path) as (desk, _):
        await desk.client.get_token()
        for uuid in ("x", "2ea26f17-0884-4f08-b120-306fc096a58f"):
            with pytest.raises(Refused) as caught:
                await desk.client.report(uuid)
            assert (caught.value.status, caught.value.code, caught.value.packet["status"]) == (400, 30, "fail")
            assert f'UUID : "{uuid}"' in caught.value.packet["error"]["text"]


async def test_error_31_an_operation_that_there_is_not(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path, 4) as (desk, _):
        answer = await desk.sell(sale_v4("one", INN), "sell_refund_correction")
        check_error(answer, 400, 31, 'Операция "sell_refund_correction" не поддерживается')


async def test_error_32_leaves_the_external_id_free(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path) as (desk, shop):
        bad = sale_v5("one", INN, total=-1000.1)
        answer = await desk.sell(bad)
        packet = check_error(answer, 400, 32, "Ошибка валидации входного чека. Ошибочные поля : ", "fail")
        assert packet["error"]["text"].endswith("NumberTooSmall: #/receipt.total")
        assert "uuid" not in packet
        assert (await shop.counts())["receipt"] == 0
        assert (await desk.sell(sale_v5("one", INN))).status_code == 200


async def test_error_33_gives_the_first_uuid_whatever_the_repeat_says(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path) as (desk, shop):
        first = (await desk.sell(sale_v5("one", INN))).json()
        assert (first["error"], first["status"]) == (None, "wait")
        answer = await desk.sell(sale_v5("one", INN, client={"phone": "+79000000001"}))
        text = f"В системе существует чек с external_id : one и group_code: {GROUP}"
        packet = check_error(answer, 400, 33, text, "wait")
        assert packet["uuid"] == first["uuid"]
        counts = await shop.counts()
        assert (counts["receipt"], counts["queue"], counts["event"], counts["event_key"]) == (1, 1, 1, 1)


async def test_error_34_while_a_document_waits(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path) as (desk, _):
        uuid = await desk.client.register("sell", sale_v5("one", INN))
        packet = await desk.client.report(uuid)
        assert (packet["uuid"], packet["status"], packet["error"]["code"]) == (uuid, "wait", 34)
        assert packet["error"]["text"] == "Состояние чека не найдено. Попробуйте позднее"
        assert packet["timestamp"] == "20.10.2026 12:00:00"  # 09:00 UTC


async def test_error_40_what_cannot_be_read_at_all(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path) as (desk, _):
        for body in (b"", b"{", b"\xff", b" " * (1024 * 1024 + 1)):
            check_error(await desk.sell(body), 400, 40, "Некорректный запрос")
        headers = {"Content-Type": "application/json"}
        answer = await desk.http.post("/possystem/v5/getToken", content=b"{", headers=headers)
        check_error(answer, 400, 40, "Некорректный запрос")


async def test_nobody_without_a_token_is_listened_to_for_long(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path) as (desk, _):
        headers = {"Content-Type": "application/json"}
        wordy = {"login": LOGIN, "pass": desk.password, "source": "a" * 100}
        for spaces, status in ((15_000, 200), (16_500, 400)):
            body = msgspec.json.encode(wordy) + b" " * spaces
            answer = await desk.http.post("/possystem/v5/getToken", content=body, headers=headers)
            assert answer.status_code == status


async def test_error_50_when_more_documents_come_at_once_than_memory_should_hold(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = msgspec.json.encode(sale_v5("one", INN))
    monkeypatch.setattr(face, "HELD_BYTES", len(document))
    async with open_atol_shop(database, tmp_path) as (desk, _):
        check_error(await desk.sell(document + b" "), 500, 50, "Ошибка сервера")
        for _ in range(3):  # and what was held is given back, refused or not
            check_error(await desk.sell(b" " * len(document)), 400, 40, "Некорректный запрос")
        assert (await desk.sell(document)).status_code == 200


async def test_error_41_another_media_type(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path) as (desk, _):
        headers = {"Content-Type": "text/plain"}
        answer = await desk.post(f"{GROUP}/sell", b"{}", **headers)
        check_error(answer, 415, 41, "Некорректный Content-Type: text/plain")


async def test_error_50_when_the_database_refuses(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path) as (desk, shop):
        assert (await desk.sell(sale_v5("one", INN))).status_code == 200
        async with shop.db.write() as db:
            await db.execute("alter table fiscal.queue rename to queue_elsewhere")
        check_error(await desk.sell(sale_v5("two", INN)), 500, 50, "Ошибка сервера. Обратитесь к Администратору")
        async with shop.db.write() as db:
            await db.execute("alter table fiscal.queue_elsewhere rename to queue")
        assert (await desk.sell(sale_v5("two", INN))).status_code == 200


async def test_a_token_lives_for_24_hours_from_its_first_issue(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path) as (desk, shop):
        first = await desk.client.get_token()
        shop.clock.jump(10 * 3600)
        assert await desk.client.get_token() == first
        shop.clock.jump(14 * 3600)
        second = await desk.client.get_token()
        assert second != first
        stored = await shop.value("select token_hash from fiscal.atol_login")
        assert stored not in (first.encode(), second.encode())


async def _token_by_get(desk: Desk) -> httpx.Response:
    query = {"login": LOGIN, "pass": desk.password, "source": "shop@x_1-2.3"}
    return await desk.http.get("/possystem/v5/getToken/", params=query, headers={"Token": ""})


async def _token_by_get_with_a_body(desk: Desk) -> httpx.Response:
    body = {"login": LOGIN, "pass": desk.password}
    return await desk.http.request("GET", "/possystem/v5/getToken", json=body, headers={"Token": ""})


@pytest.mark.parametrize("ask", [_token_by_get, _token_by_get_with_a_body])
async def test_tokens_are_asked_for_in_every_way_that_clients_know(database: str, tmp_path: Path, ask: Any) -> None:
    async with open_atol_shop(database, tmp_path) as (desk, _):
        answer = await ask(desk)
        packet = answer.json()
        assert (answer.status_code, packet["error"]) == (200, None)
        assert packet["token"] == await desk.client.get_token()
        assert packet["timestamp"] == "20.10.2026 12:00:00"


async def test_slashes_media_types_and_tokens_in_the_address_change_nothing(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path) as (desk, _):
        token = await desk.client.get_token()
        for n, kind in enumerate(
            ("application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8")
        ):
            headers = {"Content-Type": kind}
            answer = await desk.http.post(
                f"/possystem/v5/{GROUP}/sell//", params={"token": token}, headers=headers,
                content=httpx.Request("POST", "http://x", json=sale_v5(f"o{n}", INN)).content,
            )  # fmt: skip
            assert answer.status_code == 200, answer.text
            uuid = answer.json()["uuid"]
            report = await desk.http.get(f"/possystem/v5/{GROUP}/report/{uuid}/", headers={**headers, "Token": token})
            assert report.status_code == 200


async def test_schemas_of_documents_are_answered_without_a_token(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path) as (desk, _):
        for version in (4, 5):
            for name in ("sell", "correction"):
                answer = await desk.http.get(f"/possystem/v{version}/schema/{name}")
                assert answer.status_code == 200
                assert "external_id" in str(answer.json())


async def test_documents_are_receipts_of_the_merchant_like_all_others(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path) as (desk, shop):
        await desk.client.register("sell", sale_v5("one", INN))
        rows = await shop.rows(
            "select r.event_key, r.form, r.sign, r.total_kopecks, q.state::text, e.type"
            " from fiscal.receipt r join fiscal.queue q on q.receipt_id = r.id join fiscal.event e on e.id = r.event_id"
        )
        assert [tuple(row) for row in rows] == [(f"atol|{GROUP}|one", 3, 1, 45_000, "QUEUED", "atol_v5_sell")]


async def test_the_dialect_may_live_under_another_path(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path, atol_path="/fiscalorder") as (desk, _):
        answer = await desk.http.post("/fiscalorder/v5/getToken", json={"login": LOGIN, "pass": desk.password})
        assert answer.status_code == 200
        assert (await desk.http.get("/possystem/v5/getToken")).status_code == 404
