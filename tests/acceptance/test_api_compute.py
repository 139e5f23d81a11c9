"""Cases over HTTP: the answers of the command line, nothing stored, and a mistake has its path."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from hypothesis import HealthCheck, Phase, given, seed, settings

from accounting.receipts.cases.run import compare_out, run_case
from fiscal_server.api.compute import MAX_CASES_BYTES
from tests.acceptance.site import Site, check_problem, open_site
from tests.contract.kernel_bench import KERNEL_IS_BUILT
from tests.contract.test_engines import DECLINED
from tests.storage.random_stories import Teller
from tests.unit.accounting.histories import histories

needs_kernel = pytest.mark.skipif(not KERNEL_IS_BUILT, reason="the kernel is not built")
DATA = Path(__file__).parents[1] / "data"
CASES: list[dict[str, Any]] = json.loads((DATA / "receipt-cases.json").read_text("utf-8"))
EVERYTHING = DATA / "receipt-case-everything.json"


@pytest.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database, tmp_path) as opened:
        yield opened


async def post_cases(site: Site, cases: Any, **asked: str) -> Response:
    content = cases if isinstance(cases, bytes) else json.dumps(cases).encode()
    return await site.client.post("/v1/receipts/compute", content=content, headers=site.headers, params=asked)


@pytest.mark.parametrize("engine", ["auto", "reference", pytest.param("kernel", marks=needs_kernel)])
async def test_every_worked_case_comes_out_as_written(site: Site, engine: str) -> None:
    for case in CASES:
        answer = await post_cases(site, case, engine=engine, diagnostics="true")
        assert answer.status_code == 200, answer.text
        (told,) = answer.json()
        assert (told["id"], compare_out(case["out"], told["out"])) == (case["id"], [])
        whole = engine == "kernel" and case["id"] not in DECLINED
        assert len(told["engines"]["kernel"]) == (len(case["in"]["events"]) if whole else 0)


async def test_an_engine_that_nobody_knows_is_refused(site: Site) -> None:
    answer = await post_cases(site, CASES[0], engine="abacus")
    assert answer.status_code == 400
    assert "abacus" in answer.text


async def test_a_list_is_answered_in_its_order_with_the_very_bytes_of_the_command(site: Site) -> None:
    answer = await post_cases(site, CASES)
    command = [sys.executable, "-m", "fiscal_server", "receipts", "compute", str(DATA / "receipt-cases.json")]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True)
    assert answer.json() == json.loads(done.stdout)
    assert [row["id"] for row in answer.json()] == [case["id"] for case in CASES]


async def test_whatever_the_format_can_say_is_computed(site: Site) -> None:
    """The case that uses every field of the schema, and histories that nobody has published."""
    found: list[Any] = []

    @seed(1)
    @settings(max_examples=25, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(history=histories())
    def gather(history: Any) -> None:
        found.append(history)

    gather()
    found += [Teller(number).history() for number in range(5)]
    cases = [{"id": f"h{number}", "in": history} for number, history in enumerate(found)]
    everything = json.loads(EVERYTHING.read_text("utf-8"))
    cases += everything if isinstance(everything, list) else [everything]
    answer = await post_cases(site, cases)
    assert answer.status_code == 200, answer.text
    assert answer.json() == [{"id": case["id"], "out": run_case(case)} for case in cases]


async def test_cases_sent_at_once_are_all_answered(site: Site) -> None:
    answers = await asyncio.gather(*(post_cases(site, case) for case in CASES[:8]))
    assert [answer.json()[0]["id"] for answer in answers] == [case["id"] for case in CASES[:8]]


async def test_nothing_is_stored(site: Site) -> None:
    before = await site.shop.counts()
    assert (await post_cases(site, CASES)).status_code == 200
    assert await site.shop.counts() == before


BAD: dict[str, tuple[Any, str, str]] = {
    "a field that does not exist": ({**CASES[0], "zzz": 1}, "zzz", "field"),
    "a day that does not exist": (
        {"id": "x", "in": {"merchant": {"services": [{"id": "a", "vat_code": 6}]},
                           "events": [{"type": "period_close", "key": "c", "period": "2026-13"}]}},
        "in.events[0].period", "",
    ),
    "the second of a list": ([CASES[0], {"id": "x"}], "[1]", "required field `in`"),
    "no JSON": (b"{", "", "truncated"),
    "no text": (b'"\xff"', "", "UTF-8"),
    "nothing": (b"", "", "truncated"),
    "nested without end": (b"[" * 5000, "", "nested too deeply"),
    "a number": (b"7", "", "object"),
}  # fmt: skip


@pytest.mark.parametrize(("cases", "field", "reason"), BAD.values(), ids=BAD.keys())
async def test_what_the_schema_does_not_allow_is_named_with_its_path(
    site: Site, cases: Any, field: str, reason: str
) -> None:
    problem = check_problem(await post_cases(site, cases), 400, "invalid-case")
    (error,) = problem["errors"]
    assert error.get("field", "") == field
    assert reason.lower() in error["reason"].lower()


@pytest.mark.parametrize("engine", ["reference", pytest.param("kernel", marks=needs_kernel)])
async def test_a_small_case_of_millions_of_receipts_is_an_error_of_its_event(site: Site, engine: str) -> None:
    merchant = {"services": [{"id": "a", "vat_code": 6}], "policies": {"max_sum": 1}}
    huge = {"type": "payment", "key": "p", "date": "2026-10-05", "tenders": {"cash": 99_999_999_999}}
    case = {"id": "x", "in": {"merchant": merchant, "accounts": [{"id": "A"}], "events": [huge]}}
    (told,) = (await post_cases(site, case, engine=engine)).json()
    assert told["out"]["errors"] == [{"event": "p", "code": "too_many_receipts", "field": "tenders"}]
    assert told["out"].get("receipts", []) == []


async def test_more_than_a_megabyte_is_refused_before_it_is_read(site: Site) -> None:
    check_problem(await post_cases(site, b" " * (MAX_CASES_BYTES + 1)), 413, "body-too-large")


async def test_without_a_key_nothing_is_computed(site: Site) -> None:
    answer = await site.client.post("/v1/receipts/compute", content=json.dumps(CASES[0]).encode())
    check_problem(answer, 401, "unauthorized")
