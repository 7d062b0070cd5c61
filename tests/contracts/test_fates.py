"""Why nobody was asked: the sums of it are what the rows say, whatever happens in between."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, update

from huifang import decisions
from kernel.cursors import Place
from kernel.engine import Database, open_database
from kernel.journal import Entry, journal
from kernel.sql import insert_all
from kernel.vault import open_vault
from surveys import store
from surveys.fates import ledger, report
from surveys.model import Invitation, InvitationState
from surveys.report import Selection
from surveys.rollups.duties import Folding
from surveys.tables import fate_cells, fate_facts, figure_state
from tests.properties.test_figures_properties import ABOUT, NOW, keep, made_up
from tickets.tables import closures

VAULT = open_vault([bytes(32)])
NAMES = ("team", "agent", "region", "product", "category", "program")
ASKED: tuple[tuple[Selection, list[str]], ...] = (
    (Selection(), []),
    (Selection(since=ABOUT[0], until=ABOUT[8]), ["team"]),
    (Selection(since=ABOUT[2], equal={"team": "NOC"}), ["agent"]),
    (Selection(until=ABOUT[6], equal={"program": "vip"}), ["team"]),
    (Selection(equal={"category": "=故障"}), ["product", "region"]),  # no view has them
    (Selection(since=ABOUT[5], until=ABOUT[4]), []),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A closing, as the test knows it."""

    ticket: str
    at: datetime
    facts: Mapping[str, str | None]
    fate: str
    invitation: Invitation | None = None


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = open_database(database_url)
    yield opened
    await opened.close()


async def closed(chance: Random, database: Database, number: int) -> Closed:
    """A ticket is closed, and earns an invitation or nothing."""
    row = made_up(chance, number)
    one = replace(row.invitation, state=InvitationState.PLANNED, attempted=False, delivered=False)
    at = chance.choice(ABOUT)
    facts = {name: getattr(one.attribution, name) for name in NAMES[:-1]}
    facts["program"] = one.program
    kept = {"source": one.source, "ticket": one.ticket, "cycle": 1, "closed_at": at}
    kept |= {"customer": "C-1", "superseded": False, "facts": facts}
    async with database.write() as conn:
        await insert_all(conn, closures, [kept])
        if number % 3:
            one = replace(one, expires_at=None, closed_at=at)
            await store.add_invitations(conn, [one])
            return Closed(ticket=one.ticket, at=at, facts=facts, fate="waiting", invitation=one)
        said = {"cycle": 1, "reason": "not_sampled", "program": one.program}
        told = Entry(
            at=at, kind="decision", about="closure:1", source=one.source, ticket=one.ticket
        )
        await ledger.keep(conn, [replace(told, detail=said)])
    return Closed(ticket=one.ticket, at=at, facts=facts, fate="not_sampled")


async def moved(chance: Random, database: Database, of: Closed) -> Closed:
    """What becomes of an invitation."""
    if of.invitation is None:
        return of
    fate = chance.choice(("asked", "opt_out", "expired"))
    state = {"asked": "invited", "opt_out": "suppressed", "expired": "expired"}[fate]
    reason = "opt_out" if fate == "opt_out" else None
    asked = fate == "asked" or of.fate == "asked"
    one = replace(of.invitation, state=InvitationState(state), reason=reason, attempted=asked)
    async with database.write() as conn:
        await store.save_invitations(conn, [one])
    return replace(of, fate="asked" if asked else fate, invitation=one)


def expected(rows: list[Closed], wanted: Selection, groups: list[str]) -> dict[Any, Any]:
    found: dict[Any, Counter[str]] = {}
    for row in rows:
        late = wanted.since is not None and row.at < wanted.since
        if late or (wanted.until is not None and row.at >= wanted.until):
            continue
        if all(row.facts[name] == value for name, value in wanted.equal.items()):
            key = tuple(row.facts[name] for name in groups)
            found.setdefault(key, Counter())[row.fate] += 1
    return {key: dict(fates) for key, fates in found.items()}


async def right(database: Database, rows: list[Closed], asked: Any = ASKED) -> None:
    async with database.read() as conn:
        for wanted, groups in asked:
            found = await report.counts(conn, wanted, groups, 10_000)
            assert found == expected(rows, wanted, groups), (wanted, groups)
        passed = sorted(
            ((row.at, f"{row.ticket} 1 /tickets") for row in rows if row.fate == "opt_out"),
            reverse=True,
        )
        listed: list[tuple[datetime, str]] = []
        after: Place | None = None
        while len(listed) <= len(passed):
            page, after = await decisions.listed(conn, Selection(), ["opt_out"], after, 3)
            listed += [(each.closed_at, f"{each.ticket} 1 /tickets") for each in page]
            if after is None:
                break
        assert listed == passed


@dataclass(kw_only=True)
class Interrupted:
    """A connection beside which something happens after one of its statements."""

    conn: Any
    left: int
    work: Callable[[], Awaitable[Any]]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.conn, name)

    async def execute(self, *given: Any) -> Any:
        found = await self.conn.execute(*given)
        self.left -= 1
        if self.left == 0:
            await self.work()
        return found


async def test_a_fold_between_any_two_statements_hides_no_closing_and_tells_none_twice(
    database: Database,
) -> None:
    chance, statements = Random(5), 8
    folding = Folding(database=database, timezone=lambda: "UTC")
    await keep(database, VAULT, [])
    one = await closed(chance, database, 1)
    while one.fate != "opt_out":
        one = await moved(chance, database, await closed(chance, database, chance.randrange(10**6)))
    assert one.invitation is not None
    await folding(NOW)
    for number in range(1, statements):
        for work in (folding.step, folding.begin):
            async with database.write() as conn:
                await store.save_invitations(conn, [one.invitation])  # it is marked
            async with database.read() as conn:
                seen: Any = Interrupted(conn=conn, left=number, work=work)
                passed, _ = await decisions.listed(seen, Selection(), ["opt_out"], None, 100)
            tickets = [each.ticket for each in passed]
            assert tickets.count(one.ticket) == 1, (number, tickets)
            await folding(NOW)


async def unlike(database: Database) -> list[Any]:
    return [each async for part in report.differences(database) for each in part]


async def test_why_nobody_was_asked_is_the_same_from_sums_as_from_the_rows(
    database: Database,
) -> None:
    chance = Random(3)
    folding = Folding(database=database, timezone=lambda: "Asia/Shanghai")
    await keep(database, VAULT, [])
    rows = [await closed(chance, database, number) for number in range(1, 13)]
    await right(database, rows, ASKED[2:4])  # nothing is kept
    await folding.begin()
    rows[3] = await moved(chance, database, rows[3])
    await right(database, rows, ASKED[1:3])  # all is marked
    await folding(NOW)
    assert await unlike(database) == []
    async with database.read() as conn:
        foreseen = await report.steps(conn)
    assert len([part async for part in report.differences(database)]) == foreseen
    rows += [await closed(chance, database, number) for number in range(13, 25)]
    rows = [await moved(chance, database, row) for row in rows]
    await right(database, rows)  # some are marked
    await folding(NOW)
    async with database.read() as conn:
        assert await ledger.waiting(conn, 10) == 0
    await right(database, rows)  # sums alone
    async with database.write() as conn:
        await conn.execute(delete(journal))
    await right(database, rows, ASKED[:1])  # they remember what the journal has forgotten
    assert await unlike(database) == []
    lost = next(row.ticket for row in rows if row.fate == "not_sampled")
    async with database.write() as conn:
        here = fate_facts.c.ticket == lost
        await conn.execute(update(fate_facts).where(here).values(agent="nobody"))
    found = await unlike(database)
    assert [each.closing for each in found if each.closing] == [f"/tickets {lost} 1"]


async def test_a_sum_of_fates_that_was_changed_is_told_and_counted_anew(
    database: Database,
) -> None:
    chance = Random(8)
    folding = Folding(database=database, timezone=lambda: "UTC")
    await keep(database, VAULT, [])
    rows = [await closed(chance, database, number) for number in range(1, 10)]
    await folding(NOW)
    async with database.write() as conn:
        of = fate_cells.c
        one = update(fate_cells).where(of.view == "team", of.team == "=NOC")
        changed = await conn.execute(one.values(n=of.n + 2))
        here = fate_facts.c.ticket == rows[4].ticket
        await conn.execute(update(fate_facts).where(here).values(closed_on=NOW))
    found = await unlike(database)
    assert [each.closing for each in found if each.closing] == [f"/tickets {rows[4].ticket} 1"]
    off = [each for each in found if each.off_by == {"closings": 2}]
    assert len(off) == changed.rowcount > 0
    assert {(each.view, (each.names or {})["team"]) for each in off} == {("fate,team", "NOC")}
    async with database.write() as conn:  # as after an upgrade from a release without them
        await conn.execute(update(figure_state).values(fates=None))
    await right(database, rows, ASKED[:1])
    await folding(NOW)
    await folding(NOW)
    assert await unlike(database) == []
    await right(database, rows)
