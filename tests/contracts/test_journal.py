"""The journal tells a ticket's story in order, and only what was committed."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from kernel import journal
from kernel.engine import Database
from kernel.journal import Entry

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def entry(about: str, at: datetime = NOON, *, source: str = "/a", ticket: str = "T-1") -> Entry:
    return Entry(at=at, kind="contact.sent", about=about, source=source, ticket=ticket)


async def tell(database: Database, *entries: Entry) -> None:
    async with database.write() as conn:
        await journal.append(conn, entries)


async def story(database: Database, source: str = "/a", ticket: str = "T-1") -> list[Entry]:
    async with database.read() as conn:
        return await journal.of_ticket(conn, source, ticket)


async def count(database: Database) -> int:
    async with database.read() as conn:
        query = select(func.count()).select_from(journal.journal)
        return int((await conn.execute(query)).scalar_one())


async def test_an_entry_comes_back_as_it_was_told(database: Database) -> None:
    told = Entry(
        at=NOON + timedelta(microseconds=1),
        kind="policy.decided",
        about="c_1",
        source="/a",
        ticket="T-1",
        detail={"verdict": "defer", "until": None, "rules": [{"n": 1, "ok": True}], "字": "是"},
    )
    await tell(database, told)
    assert await story(database) == [told]
    # As it was written before the rules had a column of their own.
    async with database.write() as conn:
        await conn.execute(update(journal.journal).values(detail=told.detail, rules=None))
    assert await story(database) == [told]


async def test_a_story_is_told_oldest_first_and_then_as_it_was_written(database: Database) -> None:
    await tell(database, entry("third", NOON + MINUTE), entry("first"))
    await tell(database, entry("second"), entry("before", NOON - MINUTE))
    assert [each.about for each in await story(database)] == ["before", "first", "second", "third"]


async def test_tickets_of_one_name_have_each_their_own_story(database: Database) -> None:
    other = entry("other", source="/b")
    await tell(database, entry("one"), other, entry("neighbour", ticket="T-2"))
    assert await story(database) == [entry("one")]
    assert await story(database, "/b") == [other]
    assert await story(database, "/b", "T-2") == []


async def test_what_happened_without_a_ticket_is_kept_too(database: Database) -> None:
    await tell(database, Entry(at=NOON, kind="key.made", about="k_1"), entry("one"))
    assert await count(database) == 2
    assert await story(database) == [entry("one")]


async def test_the_journal_tells_nothing_of_what_was_rolled_back(database: Database) -> None:
    async def fail() -> None:
        async with database.write() as conn:
            await journal.append(conn, [entry("one")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await count(database) == 0


async def test_entries_may_be_many_or_none(database: Database) -> None:
    told = [entry(f"{number:05d}") for number in range(6_000)]
    await tell(database, *told)
    await tell(database)
    assert await story(database) == told
