"""Transactions lose no update, instants keep their meaning, and large sets are written whole."""

import asyncio
import gc
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.engine import Database, open_database
from kernel.sql import (
    Json,
    UtcDateTime,
    insert_all,
    insert_new,
    lock_rows,
    passing,
    upsert,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DEADLINE_S = 10.0
WIDTH = 13

tables = MetaData()
counters = Table(
    "test_counters",
    tables,
    Column("name", String(20), primary_key=True),
    Column("value", Integer, nullable=False),
)
instants = Table(
    "test_instants",
    tables,
    Column("name", String(20), primary_key=True),
    Column("at", UtcDateTime),
    Column("more", Json),
)
wide = Table(
    "test_wide",
    tables,
    Column("name", String(20), primary_key=True),
    *(Column(f"c{number}", Integer, nullable=False) for number in range(1, WIDTH)),
)


@pytest.fixture
async def rows(database: Database) -> Database:
    """A database that holds the tables of this module, and a counter at zero."""
    await _fill(database)
    return database


async def _fill(database: Database) -> None:
    async with database.write() as conn:
        await conn.run_sync(tables.create_all)
        await conn.execute(insert(counters).values(name="n", value=0))


async def value(database: Database, name: str = "n") -> int:
    async with database.read() as conn:
        query = select(counters.c.value).where(counters.c.name == name)
        return int((await conn.execute(query)).scalar_one())


async def add_one(database: Database) -> None:
    async with database.write() as conn:
        query = select(counters.c.value).where(counters.c.name == "n")
        seen = (await conn.execute(lock_rows(query, conn))).scalar_one()
        await asyncio.sleep(0)
        await conn.execute(update(counters).where(counters.c.name == "n").values(value=seen + 1))


async def add(database: Database, times: int) -> None:
    for _ in range(times):
        await add_one(database)


# --- transactions ---------------------------------------------------------------------------------


async def test_what_is_read_and_then_written_loses_no_update(rows: Database) -> None:
    await asyncio.gather(*(add(rows, 50) for _ in range(5)))
    assert await value(rows) == 250


async def test_separate_openings_of_one_database_lose_no_update_either(
    rows: Database, database_url: str
) -> None:
    others = [open_database(database_url) for _ in range(5)]
    await asyncio.gather(*(add(other, 20) for other in others))
    assert await value(rows) == 100
    for other in others:
        await other.close()


async def test_a_reader_does_not_wait_for_a_writer(rows: Database, database_url: str) -> None:
    other = open_database(database_url)
    async with asyncio.timeout(DEADLINE_S):
        async with rows.write() as conn:
            await conn.execute(update(counters).values(value=7))
            assert await value(rows) == 0
            assert await value(other) == 0
        assert await value(other) == 7
    await other.close()


async def test_a_writer_does_not_wait_for_a_reader(rows: Database) -> None:
    async with asyncio.timeout(DEADLINE_S), rows.read() as conn:
        assert (await conn.execute(select(counters.c.value))).scalar_one() == 0
        await add_one(rows)
    assert await value(rows) == 1


async def test_an_exception_rolls_back_and_frees_the_writers_place(rows: Database) -> None:
    async def fail() -> None:
        async with rows.write() as conn:
            await conn.execute(update(counters).values(value=7))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await value(rows) == 0
    async with asyncio.timeout(DEADLINE_S):
        await add_one(rows)
    assert await value(rows) == 1


async def test_a_cancelled_writer_rolls_back_and_frees_the_writers_place(rows: Database) -> None:
    written = asyncio.Event()

    async def stay() -> None:
        async with rows.write() as conn:
            await conn.execute(update(counters).values(value=7))
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(stay())
    async with asyncio.timeout(DEADLINE_S):
        await written.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await add_one(rows)
    assert await value(rows) == 1


async def test_writers_cancelled_at_any_moment_leave_the_place_free(
    rows: Database, database_url: str
) -> None:
    remembered: list[object] = []  # a fault that is logged keeps what its task held from collection
    for turns in range(60):
        victim = open_database(database_url)
        task = asyncio.create_task(add(victim, 50))
        for _ in range(turns % 15):
            await asyncio.sleep(0.0005)
        task.cancel()
        remembered += await asyncio.gather(task, return_exceptions=True)
        before = await value(rows)
        async with asyncio.timeout(DEADLINE_S):
            await add_one(rows)
        assert await value(rows) == before + 1
        await victim.close()
    assert all(isinstance(fault, asyncio.CancelledError) for fault in remembered)


async def test_closing_waits_for_a_connection_in_use_and_leaves_none_open(
    rows: Database, database_url: str
) -> None:
    other = open_database(database_url)
    reads, ends = asyncio.Event(), asyncio.Event()

    async def read(database: Database) -> None:
        async with database.read() as conn:
            reads.set()
            await ends.wait()
            await conn.execute(text("SELECT 1"))

    async with asyncio.timeout(DEADLINE_S), asyncio.TaskGroup() as group:
        group.create_task(read(other))
        await reads.wait()
        closing = group.create_task(other.close())
        await asyncio.sleep(0)
        assert not closing.done()
        ends.set()
    del other
    gc.collect()  # a connection left open would be a warning, and so an error


async def test_listeners_are_told_of_every_commit_and_of_nothing_else(rows: Database) -> None:
    told: list[int] = []
    rows.listeners.append(lambda topics: told.append(1))

    async def fail() -> None:
        async with rows.write() as conn:
            await conn.execute(update(counters).values(value=7))
            assert told == []
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await value(rows)
    assert told == []
    await add(rows, 2)
    assert told == [1, 1]


async def test_a_transaction_that_had_to_give_way_is_run_again(rows: Database) -> None:
    async with rows.write() as conn:
        await conn.execute(insert(counters).values(name="m", value=0))

    async def both(conn: AsyncConnection, *names: str) -> None:
        for name in names:
            change = update(counters).where(counters.c.name == name)
            await conn.execute(change.values(value=counters.c.value + 1))
            await asyncio.sleep(0.005)

    async with asyncio.timeout(3 * DEADLINE_S):
        await asyncio.gather(
            rows.transact(lambda conn: both(conn, "n", "m")),
            rows.transact(lambda conn: both(conn, "m", "n")),
        )
    assert [await value(rows, name) for name in ("n", "m")] == [2, 2]


async def test_a_transaction_that_fails_by_itself_is_not_run_again(rows: Database) -> None:
    tries: list[int] = []

    async def fail(conn: AsyncConnection) -> None:
        tries.append(1)
        await conn.execute(insert(counters).values(name="n", value=0))

    with pytest.raises(IntegrityError):
        await rows.transact(fail)
    assert tries == [1]


# --- opening --------------------------------------------------------------------------------------


async def test_sqlite_writes_ahead_flushes_each_commit_and_makes_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "huifang.sqlite3"
    database = open_database(f"sqlite:///{path}")
    await database.ping()
    async with database.read() as conn:
        found = [
            (await conn.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert found == ["wal", 2, 1]
    assert path.exists()
    await database.close()


async def test_many_may_open_a_new_sqlite_file_at_once(tmp_path: Path) -> None:
    opened = [open_database(f"sqlite:///{tmp_path}/new.sqlite3") for _ in range(8)]
    await asyncio.gather(*(database.ping() for database in opened))
    await _fill(opened[0])
    await asyncio.gather(*(add_one(database) for database in opened))
    assert await value(opened[0]) == 8
    for database in opened:
        await database.close()


async def test_a_database_that_is_away_does_not_answer(unused_tcp_port: int) -> None:
    database = open_database(f"postgresql://huifang@127.0.0.1:{unused_tcp_port}/none")
    with pytest.raises(ConnectionRefusedError):
        await database.ping()
    await database.close()


async def test_a_connection_that_the_server_ended_is_not_used_again(postgresql_url: str) -> None:
    database = open_database(postgresql_url)
    async with database.read() as conn:
        ours = (await conn.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        raw: Any = (await conn.get_raw_connection()).driver_connection
    other = open_database(postgresql_url)
    async with other.read() as conn:
        await conn.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": ours})
    async with asyncio.timeout(DEADLINE_S):
        while not raw.is_closed():
            await asyncio.sleep(0)
    async with database.read() as conn:
        assert (await conn.execute(text("SELECT pg_backend_pid()"))).scalar_one() != ours
    await other.close()
    await database.close()


async def test_a_glance_begins_no_transaction_and_leaves_those_after_it_as_they_are(
    postgresql_url: str,
) -> None:
    database = open_database(postgresql_url)
    await _fill(database)
    async with database.glance() as conn:
        assert (await conn.execute(select(counters.c.value))).scalar_one() == 0
        raw: Any = (await conn.get_raw_connection()).driver_connection
        assert not raw.is_in_transaction()
    async with database.write() as conn:
        await conn.execute(update(counters).values(value=7))
        assert raw.is_in_transaction()  # the same connection
        await conn.rollback()
    assert await value(database) == 0
    await database.close()


# --- instants -------------------------------------------------------------------------------------


async def save(database: Database, name: str, at: datetime | None, more: Any = None) -> None:
    async with database.write() as conn:
        await conn.execute(insert(instants).values(name=name, at=at, more=more))


async def load(database: Database, name: str) -> Any:
    async with database.read() as conn:
        return (await conn.execute(select(instants).where(instants.c.name == name))).one()


@pytest.mark.parametrize(
    "at",
    [
        NOON,
        NOON + timedelta(microseconds=1),
        datetime(2026, 3, 3, 4, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))),
        datetime(1999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=5))),
    ],
)
async def test_an_instant_comes_back_equal_and_in_utc(rows: Database, at: datetime) -> None:
    await save(rows, "x", at)
    found = (await load(rows, "x")).at
    assert found == at
    assert found.tzinfo is UTC


async def test_no_instant_stays_none(rows: Database) -> None:
    await save(rows, "x", None)
    assert (await load(rows, "x")).at is None


async def test_a_naive_instant_is_refused_to_be_stored_or_compared(rows: Database) -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(StatementError, match="naive"):
        await save(rows, "x", naive)
    with pytest.raises(StatementError, match="naive"):
        async with rows.read() as conn:
            await conn.execute(select(instants).where(instants.c.at < naive))


async def test_instants_are_ordered_by_time_whatever_their_zone_and_precision(
    rows: Database,
) -> None:
    east, west = timezone(timedelta(hours=8)), timezone(-timedelta(hours=8))
    steps = [NOON + timedelta(microseconds=number) for number in (0, 1, 500_000, 1_000_000)]
    zones = [east, UTC, west, east]
    for number, (at, zone) in enumerate(zip(steps, zones, strict=True)):
        await save(rows, f"{number}", at.astimezone(zone))
    async with rows.read() as conn:
        names = await conn.execute(select(instants.c.name).order_by(instants.c.at))
        assert [row.name for row in names] == ["0", "1", "2", "3"]
        query = select(instants.c.name).where(instants.c.at <= steps[1].astimezone(west))
        assert {row.name for row in await conn.execute(query)} == {"0", "1"}


async def test_json_comes_back_as_it_was_and_none_is_null(rows: Database) -> None:
    more = {"text": "好", "list": [1, 2.5, None, {"deep": True}]}
    await save(rows, "x", NOON, more)
    await save(rows, "y", NOON)
    assert (await load(rows, "x")).more == more
    async with rows.read() as conn:
        query = select(instants.c.name).where(instants.c.more.is_(None))
        assert [row.name for row in await conn.execute(query)] == ["y"]


# --- sets -----------------------------------------------------------------------------------------


def wide_row(number: int, content: int) -> dict[str, Any]:
    return {"name": f"{number:05d}", **{f"c{column}": content for column in range(1, WIDTH)}}


async def contents(database: Database) -> dict[str, set[int]]:
    async with database.read() as conn:
        return {row.name: set(row[1:]) for row in await conn.execute(select(wide))}


async def test_inserting_new_rows_tells_those_written_and_leaves_the_others(rows: Database) -> None:
    async with rows.write() as conn:
        first = [wide_row(number, 1) for number in range(0, 5_000, 5)]
        assert len(await insert_new(conn, wide, first, ["name"])) == 1_000
        second = [wide_row(number, 2) for number in range(5_000)]
        written = await insert_new(conn, wide, second, ["name", "c12"])
        assert await insert_new(conn, wide, [], ["name"]) == []
        assert await insert_new(conn, wide, second, ["name"]) == []
    assert sorted(written) == [(f"{number:05d}", 2) for number in range(5_000) if number % 5]
    assert await contents(rows) == {
        f"{number:05d}": {2 if number % 5 else 1} for number in range(5_000)
    }


@pytest.mark.parametrize(
    "row",
    [{"name": "x" * 21, "value": 1}, {"name": "x", "value": "seven"}, {"name": "x", "value": 1.5}],
    ids=["too long", "of another type", "not whole"],
)
async def test_a_value_that_fits_no_column_is_refused_and_never_cut(
    postgresql_url: str, row: dict[str, object]
) -> None:
    database = open_database(postgresql_url)
    await _fill(database)
    for write in (insert_new, insert_all):
        with pytest.raises(DBAPIError) as refused:
            async with database.write() as conn:
                await write(conn, counters, [row])
        assert not passing(refused.value)
    with pytest.raises(DBAPIError):
        async with database.write() as conn:
            await upsert(conn, counters, [row], ["name"])
    await database.close()


async def test_every_kind_of_value_comes_back_from_a_set_as_it_was(rows: Database) -> None:
    told = [
        {"name": "all", "at": NOON, "more": {"a": [1, None, "满意"], "b": True}},
        {"name": "list", "at": NOON.astimezone(timezone(timedelta(hours=8))), "more": ["sms"]},
        {"name": "number", "at": None, "more": 7},
        {"name": "none", "at": None, "more": None},
    ]
    async with rows.write() as conn:
        await insert_all(conn, instants, told[:2])
        assert await insert_new(conn, instants, told, ["name", "at", "more"]) == [
            ("number", None, 7),
            ("none", None, None),
        ]
        await upsert(conn, instants, [{**row, "at": NOON} for row in told], ["name"])
    async with rows.read() as conn:
        found = {row.name: row for row in await conn.execute(select(instants))}
    assert {name: row.more for name, row in found.items()} == {
        row["name"]: row["more"] for row in told
    }
    assert {row.at for row in found.values()} == {NOON}
    async with rows.read() as conn:
        unsaid = select(instants.c.name).where(instants.c.more.is_(None))
        assert list(await conn.scalars(unsaid)) == ["none"]


async def test_upserting_overwrites_what_exists_and_later_rows_win(rows: Database) -> None:
    async with rows.write() as conn:
        await upsert(conn, wide, [wide_row(number, 1) for number in range(3_000)], ["name"])
        changed = [wide_row(number, 2) for number in range(2_000, 7_000)]
        await upsert(conn, wide, [*changed, wide_row(6_999, 3)], ["name"])
        await upsert(conn, wide, [], ["name"])
    found = await contents(rows)
    assert len(found) == 7_000
    assert {name for name, content in found.items() if content == {1}} == {
        f"{number:05d}" for number in range(2_000)
    }
    assert found["06999"] == {3}
    assert found["06998"] == {2}
