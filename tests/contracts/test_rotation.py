"""Keys change: what older ones sealed and hashed comes under the first, and nothing is lost."""

import base64
from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlalchemy import func, insert, select

from bench import plans
from channels import store
from channels.model import OptOut, OptOutState
from channels.tables import addresses, contacts, customers, opt_outs
from huifang.rotation import Rotation, verdict
from kernel.engine import Database, metadata, open_database
from kernel.privacy import hashed_columns, sealed_columns
from kernel.vault import Vault, open_vault
from tests.fakes.world import NOON, World, closed, make_world

OLD, NEW = bytes([1]) * 32, bytes([2]) * 32
PHONE, STRANGER = "+8613800138000", "+8613800138009"
BEFORE, BOTH, AFTER = open_vault([OLD]), open_vault([NEW, OLD]), open_vault([NEW])


async def planted(database: Database, vault: Vault = BEFORE) -> World:
    """A customer who was asked, answered badly, and stopped; a job that waits; a stranger."""
    world = make_world(database, vault=vault)
    await world.tell(closed(email="li@example.test"))
    await world.after(timedelta(hours=2))
    await world.says(PHONE, "1")
    await world.says(PHONE, "2")
    await world.says(PHONE, "慢得很")
    await world.says(PHONE, "T")
    await world.says(STRANGER, "你们是谁")
    return world


def rotation(database: Database, vault: Vault) -> Rotation:
    return Rotation(database=database, vault=vault)


async def stops(database: Database, vault: Vault, number: str = PHONE) -> set[str]:
    async with database.read() as conn:
        found = await store.opt_outs_of(conn, vault.indexes(number))
    return {stop.channel for each in found.values() for stop in each}


async def count(database: Database, table: Any) -> int:
    async with database.read() as conn:
        return int((await conn.execute(select(func.count()).select_from(table))).scalar_one())


async def test_after_a_rotation_the_first_keys_alone_open_and_find_everything(
    database_url: str,
) -> None:
    database = open_database(database_url)
    await planted(database)
    rows = await count(database, addresses), await count(database, opt_outs)
    work = rotation(database, BOTH)
    assert (await work.left()).values > 0
    changed = await work.rotate()
    assert changed["customers.phone"] == 1
    assert changed["addresses"] >= 2
    left = await work.left()
    assert (left.values, left.stops) == (0, 0)
    assert all("may be dropped" in line for line in verdict(BOTH, left).values())
    assert await work.rotate() == {}, "done twice it does nothing"
    assert await stops(database, AFTER) == {"sms"}
    assert (await count(database, addresses), await count(database, opt_outs)) == rows
    async with database.read() as conn:
        person = await store.load_people(conn, AFTER, [("/tickets", "C-1")])
        assert person["/tickets", "C-1"].phone == PHONE
        for each in sealed_columns(metadata):
            for row in (await conn.execute(select(each.table))).mappings():
                AFTER.open(row[each.column.name], each.place(dict(row)))
        old = {BEFORE.index(PHONE), BEFORE.index(STRANGER), BEFORE.index("li@example.test")}
        for column in hashed_columns(metadata):
            assert not {row[0] for row in await conn.execute(select(column))} & old, column
    world = make_world(database, vault=AFTER, start=NOON + timedelta(days=40))
    await world.tell(closed(2, cycle=2, at=NOON + timedelta(days=40)))
    await world.after(timedelta(hours=3))
    assert world.carrier.texts(PHONE) == []
    await database.close()


async def test_keys_of_another_database_are_noticed_by_what_they_do_not_open(
    sqlite_url: str,
) -> None:
    database = open_database(sqlite_url)
    assert await rotation(database, AFTER).foreign() == []
    await planted(database)
    assert await rotation(database, BOTH).foreign() == []
    with plans.caught(database) as found:
        assert "customers.phone" in await rotation(database, AFTER).foreign()
    assert plans.walks(found) == [], "some rows are enough, however many there are"
    await database.close()


async def test_what_waits_in_jobs_comes_under_the_first_key_too(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    world = await planted(database)
    jobs = metadata.tables["jobs"]
    async with database.write() as conn:
        sealed = BEFORE.seal("回复您", "jobs.said|c_1")
        assert sealed is not None
        text = base64.b64encode(sealed).decode()
        payload = {"contact": "c_1", "said": text, "to": None}
        row = {"key": "contact.send:x", "kind": "contact.send", "priority": 3, "due_at": NOON}
        await conn.execute(insert(jobs).values(**row, run_at=NOON, payload=payload, attempt=0))
    work = rotation(database, BOTH)
    assert (await work.left()).sealed["jobs.payload"] >= 1
    assert (await work.rotate())["jobs.payload"] >= 1
    assert (await work.left()).values == 0
    assert world is not None
    await database.close()


async def test_two_rows_of_an_address_become_one_with_the_firmer_stop(database_url: str) -> None:
    database = open_database(database_url)
    await planted(database)
    was, now = BEFORE.index(PHONE), BOTH.index(PHONE)
    async with database.write() as conn:
        await store.add_addresses(conn, [now])
        loose = OptOut(
            channel="sms", at=NOON, how="reply", state=OptOutState.PROVISIONAL, proof=None
        )
        await store.opt_out(conn, [(now, loose)])
        await store.mark_dead(conn, [was], "voice")
    await rotation(database, BOTH).rotate()
    async with database.read() as conn:
        rows = (await conn.execute(select(addresses).where(addresses.c.ix.in_([was, now])))).all()
        held = (await conn.execute(select(opt_outs).where(opt_outs.c.address_ix == now))).all()
    assert [(row.ix, row.dead, row.dead_channel) for row in rows] == [(now, True, "voice")]
    assert [(row.channel, row.state) for row in held] == [("sms", "final")]
    await database.close()


async def test_a_stop_whose_number_nobody_knows_keeps_the_old_key_and_check_says_so(
    sqlite_url: str,
) -> None:
    database = open_database(sqlite_url)
    async with database.write() as conn:
        stop = OptOut(channel="sms", at=NOON, how="reply", state=OptOutState.FINAL, proof=None)
        await store.opt_out(conn, [(BEFORE.index(STRANGER), stop)])
    work = rotation(database, BOTH)
    await work.rotate()
    left = await work.left()
    assert left.stops == 1
    assert "1 stops" in verdict(BOTH, left)["HUIFANG_INDEX_KEY"]
    assert await stops(database, BOTH, STRANGER) == {"sms"}
    await database.close()


async def test_cut_short_it_goes_on_with_what_is_left_and_one_key_means_no_work(
    sqlite_url: str,
) -> None:
    database = open_database(sqlite_url)
    await planted(database)

    class _Cut(Exception):
        pass

    def cut(what: str, number: int) -> None:
        if what == "contacts.text":
            raise _Cut

    work = Rotation(database=database, vault=BOTH, tell=cut)
    with suppress(_Cut):
        await work.rotate()
    shown: list[Any] = []
    work = Rotation(database=database, vault=BOTH, show=shown.append)
    assert (await work.left()).values > 0
    await work(NOON)
    assert shown == [{"stops": 0}]
    await Rotation(database=database, vault=AFTER, show=shown.append)(NOON)
    assert len(shown) == 1
    async with database.read() as conn:
        text = (await conn.execute(select(contacts.c.text).limit(1))).scalar_one()
        assert text.startswith(AFTER.head)
        assert (await conn.execute(select(customers.c.phone_ix))).scalar_one() == AFTER.index(PHONE)
    await database.close()
