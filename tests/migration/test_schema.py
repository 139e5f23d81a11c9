"""``schema.sql`` is the sum of the migrations, and the schema keeps the rules of the design (ARCHITECTURE.md, Data)."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from fiscal_server.commands.schema import TARGET, pg_dump, write_schema
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage.schema_dump import dump_schema, packaged_schema

NOT_BIG = {"merchant", "merchant_book", "api_key", "node", "restoration", "atol_group", "atol_login"}
"""One row a merchant, a key, a node, a restore, a group or a login: they stay whole on every shard."""

BIG = {
    "event", "payment", "settlement", "unfiscalised", "expected_foreign_receipt", "receipt", "fiscal_document",
    "ofd_exchange", "import_line",
}  # fmt: skip

KEYS = """
    select t.relname::text as table_name, c.relname::text as index_name, a.attname::text as first_column
    from pg_index i
    join pg_class c on c.oid = i.indexrelid
    join pg_class t on t.oid = i.indrelid
    join pg_namespace n on n.oid = t.relnamespace and n.nspname = 'fiscal'
    join pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[0]
    where i.indisunique or i.indisprimary
"""


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(database)
    yield opened
    await opened.close()


async def test_schema_sql_is_the_sum_of_the_migrations(bare_database: str) -> None:
    assert dump_schema(bare_database, pg_dump()) == packaged_schema(), "run `make schema` and read what changed"


async def test_make_schema_writes_the_same_text(open_folder: Path) -> None:
    await write_schema(open_folder / "schema.sql")
    assert (open_folder / "schema.sql").read_text() == TARGET.read_text()


async def test_merchant_leads_every_unique_key_of_the_big_tables(connection: asyncpg.Connection) -> None:
    rows = [row for row in await connection.fetch(KEYS) if row["table_name"] not in NOT_BIG]
    assert {row["table_name"] for row in rows} >= BIG | {
        "queue",
        "account",
        "debt",
        "advance_lot",
        "batch",
        "event_key",
    }
    assert [row["index_name"] for row in rows if row["first_column"] != "merchant_id"] == []


async def test_every_table_has_a_primary_key(connection: asyncpg.Connection) -> None:
    without = await connection.fetch(
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = 'fiscal' and c.relkind in ('r', 'p')"
        " and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)"
    )
    assert without == []


async def test_no_foreign_key_stands_on_a_big_table(connection: asyncpg.Connection) -> None:
    rows = await connection.fetch(
        "select conrelid::regclass::text as holder, confrelid::regclass::text as target"
        " from pg_constraint where contype = 'f' and connamespace = 'fiscal'::regnamespace"
    )
    assert {row["holder"] for row in rows} <= {f"fiscal.{name}" for name in NOT_BIG}
    assert {row["target"] for row in rows} <= {f"fiscal.{name}" for name in NOT_BIG}


async def test_big_tables_are_cut_by_range_and_event_keys_by_hash(connection: asyncpg.Connection) -> None:
    rows = await connection.fetch(
        "select partrelid::regclass::text as name, partstrat::text as way from pg_partitioned_table"
    )
    assert {row["name"]: row["way"] for row in rows} == {
        **{f"fiscal.{name}": "r" for name in BIG},
        "fiscal.event_key": "h",
    }
    keys = "select count(*) from pg_inherits where inhparent = 'fiscal.event_key'::regclass"
    assert await connection.fetchval(keys) == 8


async def test_money_is_bigint_and_time_has_a_zone(connection: asyncpg.Connection) -> None:
    rows = await connection.fetch(
        "select table_name::text, column_name::text, data_type::text from information_schema.columns"
        " where table_schema = 'fiscal'"
    )
    wrong = [
        tuple(row)
        for row in rows
        if row["data_type"] in ("real", "double precision", "numeric", "money")
        or (row["column_name"].endswith("_kopecks") and row["data_type"] != "bigint")
        or (row["data_type"] == "timestamp without time zone" and row["column_name"] != "issued_at")
    ]
    assert wrong == []


async def test_sql_knows_the_states_of_the_lifecycle_and_no_others(connection: asyncpg.Connection) -> None:
    labels = await connection.fetch("select unnest(enum_range(null::fiscal.receipt_state))::text")
    assert {row[0] for row in labels} == {state.value for state in ReceiptState}


async def test_what_the_panel_may_read_is_guarded_by_row_level_security(connection: asyncpg.Connection) -> None:
    rows = await connection.fetch(
        "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = 'fiscal' and c.relkind in ('r', 'p') and not c.relrowsecurity"
        " and has_table_privilege('fiscal_panel', c.oid, 'select')"
    )
    assert rows == []


async def test_a_table_whose_rows_are_written_once_cannot_be_emptied_either(connection: asyncpg.Connection) -> None:
    """A TRUNCATE fires no trigger of rows."""
    guards = await connection.fetch(
        "select t.tgrelid::regclass::text as name, t.tgtype & 1 = 1 as of_rows, t.tgtype & 32 = 32 as of_truncate"
        " from pg_trigger t join pg_proc p on p.oid = t.tgfoid where p.proname = 'refuse_change'"
    )
    of_rows = {row["name"] for row in guards if row["of_rows"]}
    assert of_rows >= {"fiscal.receipt_order", "fiscal.adoption_statement"}
    assert {row["name"] for row in guards if row["of_truncate"]} == of_rows
