"""What the watch finds in the database, and that each finding is told once until it changes."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from huifang.watching import store
from huifang.watching.duty import Watching
from huifang.watching.model import Known, Matter
from kernel.engine import Database, open_database
from kernel.vault import open_vault
from scheduler import notices
from scheduler.notices import Item
from surveys.rollups.ledger import mark
from surveys.tables import responses
from tests.fakes.closings import alike, closings
from tests.fakes.world import NOON
from tests.fakes.year import year

DAY = timedelta(days=1)
AGENTS = [f"A-{number}" for number in range(10, 18)]


def watching(database: Database) -> Watching:
    return Watching(database=database, timezone=lambda: "Asia/Shanghai")


async def found(database: Database, **asked: bool) -> dict[tuple[Matter, str, str], Known]:
    async with database.read() as conn:
        items, _ = await store.listed(
            conn, current=asked.get("current"), matter=None, after=None, limit=100
        )
    return {
        (each.seen.spot.matter, each.seen.spot.dimension, each.seen.spot.name): each
        for each in items
    }


async def board(database: Database) -> list[Item]:
    async with database.read() as conn:
        items, _ = await notices.listed(conn, standing=True)
    return items


async def test_who_skips_more_than_the_rest_is_told_once_and_again_when_it_gets_worse(
    database: Database,
) -> None:
    await alike(database, NOON, AGENTS)
    await closings(database, "A-bad", NOON, skipped=20, reasons={"cannot_reproduce": 4})
    await watching(database)(NOON)
    here = await found(database)
    [(key, first)] = here.items()
    assert key == (Matter.UNASKED, "agent", "A-bad")
    assert (first.seen.finding.now.hits, first.seen.finding.now.n) == (20, 60)
    # A-99 closed what eight others handed on, too little to be judged by itself.
    assert (first.seen.finding.usual.hits, first.seen.finding.usual.n) == (24, 488)
    async with database.read() as conn:
        rows = await store.rows_behind(conn, first.seen)
    assert len(rows) == 20
    assert all(row["ticket"].startswith("T-A-bad-") for row in rows)
    [item] = await board(database)
    assert (item.kind, item.roles, item.round) == ("watch.unasked", ("manager",), 1)
    assert item.facts["page"] == "/why-not?from=2026-10-23&to=2026-11-19&agent=A-bad"

    await watching(database)(NOON + DAY)
    [item] = await board(database)
    assert item.round == 1
    [again] = (await found(database)).values()
    assert (again.found_at, again.seen_at) == (NOON, NOON + DAY)

    await closings(database, "A-bad", NOON + 2 * DAY, skipped=55)
    await watching(database)(NOON + 2 * DAY)
    [item] = await board(database)
    assert (item.round, item.facts["n"]) == (2, 120)

    await watching(database)(NOON + 60 * DAY)
    assert await found(database, current=True) == {}
    [over] = (await found(database, current=False)).values()
    assert over.over_at == NOON + 60 * DAY


@pytest.mark.parametrize(("matter", "hits"), [(Matter.HANDED_ON, 25), (Matter.CLOSE_REASON, 30)])
async def test_handing_tickets_on_and_choosing_a_close_reason_stand_out_too(
    database: Database, matter: Matter, hits: int
) -> None:
    await alike(database, NOON, AGENTS)
    odd = {"handed_on": 25} if matter is Matter.HANDED_ON else {}
    reasons = {"cannot_reproduce": 30 if matter is Matter.CLOSE_REASON else 4}
    await closings(database, "A-bad", NOON, skipped=3, reasons=reasons, **odd)
    await watching(database)(NOON)
    [(key, each)] = (await found(database)).items()
    assert key == (matter, "agent", "A-bad")
    assert each.seen.finding.now.hits == hits
    async with database.read() as conn:
        assert len(await store.rows_behind(conn, each.seen)) == hits


@pytest.fixture
async def embedded(sqlite_url: str) -> AsyncIterator[Database]:
    """A year is much to write: on one database."""
    opened = open_database(sqlite_url)
    yield opened
    await opened.close()


async def test_a_sudden_rise_of_low_scores_is_found_where_it_is(embedded: Database) -> None:
    database = embedded
    await year(database, open_vault([bytes(32)]), NOON, size=2_400)
    recent = (
        responses.c.started_at > NOON - 10 * DAY,
        responses.c.attribution["product"].as_string() == "fibre",
    )
    async with database.write() as conn:
        ids = (await conn.execute(select(responses.c.invitation).where(*recent))).scalars().all()
        await conn.execute(update(responses).where(*recent).values(low=True))
        await mark(conn, list(ids))
    await watching(database)(NOON)
    drops = {key[1:]: each for key, each in (await found(database)).items()}
    drop = drops["product", "fibre"]
    assert ("product", "mobile") not in drops
    assert drop.seen.finding.now.share > 0.5 > 0.3 > drop.seen.finding.usual.share
    assert NOON - 12 * DAY < drop.seen.since < NOON - 6 * DAY
    item = next(each for each in await board(database) if each.facts["name"] == "fibre")
    assert str(item.facts["page"]).startswith("/responses?from=2026-11-")
    assert "product=fibre&low=true" in str(item.facts["page"])
