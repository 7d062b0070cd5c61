"""Measures what a manager's dashboard over a year costs, with few responses and with many."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
from sqlalchemy import text

from bench import product
from bench.machine import ROOT, Ground
from bench.report import Table, median, progress, spread
from channels.render import Brand
from huifang import catalogue
from huifang.numbers import Numbers
from huifang.recovery import Recovery
from huifang.ruleterms import Targets
from huifang.satisfaction import Satisfaction
from huifang.staff.dashboard import Dashboard
from huifang.staff.frame import StaffPages
from kernel.endpoint import Call, Role
from kernel.engine import Database
from kernel.vault import open_vault
from surveys import store
from surveys.conversation import SurveyConversation
from surveys.periods import day_of
from surveys.rollups.duties import Folding
from tests import servers

_SMALL = 50_000
_ZONE = "Asia/Shanghai"
_NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
#: Whole days of the centre, as the page asks for them.
_TODAY = day_of(_NOW, ZoneInfo(_ZONE))
_YEAR = {"since": _TODAY - timedelta(days=364), "until": _TODAY + timedelta(days=1)}
#: What one dashboard asks: the headline, the trend, by team, by channel, and all of one team.
_ASKED: Mapping[str, dict[str, Any]] = {
    "all": {},
    "by day": {"group_by": ["day"]},
    "by team": {"group_by": ["team"]},
    "by channel": {"group_by": ["channel"]},
    "one team by week": {"group_by": ["week"], "team": "team 7"},
}
#: The page itself, with what it shows besides: how complaints were made good, the newest low ones.
_PAGES: Mapping[str, dict[str, Any]] = {
    "the page": {},
    "the page of a product": {"product": "product 3"},
}
_DAYS = {"first": (_NOW - timedelta(days=364)).date(), "last": _NOW.date()}
_TOUCHED = 200  # changes that wait to be folded: those of a minute
_MOST_ROWS = 1_000_000  # beyond, to count them takes longer than the database lets a statement
_TWICE = 2.0

_INVITATIONS = """
INSERT INTO invitations (id, source, ticket, cycle, customer, program, survey, version, state,
    channels, locale, due_at, useful_until, lasts, attribution, channel, expires_at, asked,
    max_contacts, closed_at, attempted, delivered)
SELECT 'i_' || md5(k::text), '/tickets', 'T-' || k, 1, 'C-' || k, 'default', 'csat', '{version}',
    'completed', '["sms"]', 'zh-CN', at, at, 604800,
    jsonb_build_object('team', 'team ' || k % 50, 'agent', 'agent ' || k % 1000,
        'region', 'region ' || k % 30, 'product', 'product ' || k % 8,
        'category', 'category ' || (k / 7) % 20),
    CASE WHEN k % 3 = 0 THEN 'email' ELSE 'sms' END, at + interval '7 days', 0, 3, at, true, true
FROM (SELECT k, timestamptz '{now}' - interval '1 year' * (k::float / {size}) AS at
    FROM generate_series(1, {size}) AS k) AS made
"""
_RESPONSES = """
INSERT INTO responses (id, invitation, source, ticket, survey, version, channel, attribution,
    started_at, completed_at, score, rating, low, suspect, late)
SELECT 'r_' || substr(id, 3), id, source, ticket, survey, version,
    CASE WHEN ascii(substr(id, 5)) % 2 = 0 THEN 'web' ELSE 'sms' END, attribution,
    closed_at + interval '1 hour', closed_at + interval '2 hours', given * 20, given, given < 3,
    false, false
FROM (SELECT *, 1 + ascii(substr(id, 4)) % 5 AS given FROM invitations) AS asked
"""
_ANSWERS = """
INSERT INTO answers (response, question, value, at)
SELECT id, 'satisfaction', to_jsonb(rating), started_at FROM responses
UNION ALL SELECT id, 'resolved', to_jsonb(rating > 2), started_at FROM responses
"""
_COMPLAINTS = """
INSERT INTO complaints (id, source, ticket, cycle, invitation, response, state, classed, opened_at,
    respond_by, resolve_by, tell_by, score, rating, question, version, answers, reopen)
SELECT 'k_' || substr(id, 3), source, ticket, 1, invitation, id,
    CASE WHEN started_at > timestamptz '{now}' - interval '1 day' THEN 'registered' ELSE 'closed'
    END, 'default', started_at, started_at + interval '15 minutes', started_at + interval '2 hours',
    started_at + interval '4 hours', score, rating, 'satisfaction', version, '{{}}', 'accepted'
FROM responses WHERE low AND substr(id, 5, 1) < '4' ORDER BY started_at
"""
_STORY = """
INSERT INTO journal (at, kind, source, ticket, about, detail)
SELECT opened_at + took * interval '1 minute', kind, source, ticket, id, '{{}}'
FROM complaints, (VALUES (0, 'complaint.opened'), (9, 'complaint.acknowledged'),
    (70, 'complaint.resolved'), (90, 'complaint.closed')) AS steps (took, kind)
ORDER BY opened_at
"""
_ROWS = {"invitations": _INVITATIONS, "responses": _RESPONSES, "answers": _ANSWERS}
_LOOP = {"complaints": _COMPLAINTS, "journal": _STORY}

#: What stands between rows and a table; the keys first, since to drop them drops their indexes.
_INDEXES = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
        pg_get_constraintdef(oid))
FROM pg_constraint WHERE contype IN ('p', 'u') AND conrelid = to_regclass($1)
UNION ALL
SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index WHERE indrelid = to_regclass($1)
    AND indexrelid NOT IN (SELECT conindid FROM pg_constraint WHERE conrelid = to_regclass($1))
"""


async def seed(url: str, size: int, *, loop: bool = False) -> None:
    """The product's tables, with so many responses over a year; `loop`: and with complaints."""
    await product.migrate(url)
    csat = catalogue.shipped()["csat"]
    given = {"version": csat.version, "now": _NOW.isoformat(), "size": size}
    async with product.opened(url) as database, database.write() as conn:
        await store.publish_versions(conn, [csat], _NOW)
    for table, rows in (_ROWS | (_LOOP if loop else {})).items():
        progress(f"writing {size:,} responses: {table}")
        async with _bare(url, table):
            servers.execute(url, rows.format(**given))
    servers.execute(url, "VACUUM ANALYZE", "CHECKPOINT")


@asynccontextmanager
async def _bare(url: str, table: str) -> AsyncIterator[None]:
    """A table without its indexes, which are made anew afterwards: ids come in no order."""
    connection = await asyncpg.connect(url)
    try:
        found = await connection.fetch(_INDEXES, table)
        for drop, _ in found:
            await connection.execute(drop)
        yield
        for _, make in found:
            await connection.execute(make)
    finally:
        await connection.close()


class _Seeded:
    """A database with so many responses over a year."""

    def __init__(self, url: str, size: int) -> None:
        self.url, self.size = url, size
        self.rows: dict[str, list[float]] = {name: [] for name in _ASKED}
        self.kept: dict[str, list[float]] = {name: [] for name in (*_ASKED, *_PAGES)}
        self.folding = 0.0

    async def fill(self) -> None:
        await seed(self.url, self.size, loop=True)

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[Callable[[bool], Awaitable[None]]]:
        """The dashboard from the rows, once; then what asks for it as it is kept, with a minute's
        changes unfolded, and notes its times where it is told to.
        """
        async with product.opened(self.url) as database:
            figures = Satisfaction(database=database, timezone=lambda: _ZONE, targets=Targets)
            page = _dashboard(database, figures)
            by_rows: dict[str, Any] = {}
            if self.size <= _MOST_ROWS:
                progress(f"figures: {self.size:,} responses, from the rows")
                by_rows = {name: await _timed(figures, name, self.rows) for name in _ASKED}
            self.folding = await _fold(database, self.size)
            servers.execute(self.url, "VACUUM ANALYZE")
            await _touch(database)

            async def ask(noted: bool) -> None:
                times = self.kept if noted else {name: [] for name in self.kept}
                for name in _ASKED:
                    told = await _timed(figures, name, times)
                    if told != by_rows.setdefault(name, told):
                        raise RuntimeError(f"{name}: what is kept is not what the rows say")
                for name, chosen in _PAGES.items():
                    await _spent(page.show, {**_DAYS, **chosen}, times[name])

            yield ask

    def dashboard(self) -> list[float]:
        """The whole dashboard, run by run, in milliseconds."""
        return self.kept["the page"]


_WARM = 6  # from the sixth time on PostgreSQL keeps a plan


def _dashboard(database: Database, figures: Satisfaction) -> Dashboard:
    vault = open_vault([b"b" * 32])
    talk = SurveyConversation(vault=vault, brand="", public_url="", secret_keys=[b"b"])
    return Dashboard(
        database=database,
        pages=StaffPages(
            templates=ROOT / "templates",
            brand=Brand(),
            public_url="http://127.0.0.1",
            timezone=lambda: _ZONE,
        ),
        satisfaction=figures,
        recovery=Recovery(database=database, timezone=lambda: _ZONE, targets=Targets),
        numbers=Numbers(database=database, vault=vault, conversation=talk),
        timezone=lambda: _ZONE,
    )


async def _timed(figures: Satisfaction, name: str, times: dict[str, list[float]]) -> Any:
    query = {**_YEAR, "min_n": 10, **_ASKED[name]}
    return (await _spent(figures.satisfaction, query, times[name])).body


async def _spent(
    asked: Callable[[Call], Awaitable[Any]], query: dict[str, Any], times: list[float]
) -> Any:
    """The answer; the milliseconds it took are added to `times`."""
    call = Call(
        now=_NOW,
        path={},
        query=query,
        body=None,
        raw=b"",
        headers={},
        url="http://127.0.0.1/",
        remote="",
        form=(),
        actor="bench",
        role=Role.MANAGER,
    )
    begun = time.perf_counter()
    answer = await asked(call)
    times.append(1000 * (time.perf_counter() - begun))
    return answer


async def _fold(database: Database, size: int) -> float:
    """Count everything anew, as the duty does; the seconds it took."""
    begun, counted = time.perf_counter(), 0
    folding = Folding(database=database, timezone=lambda: _ZONE)
    await folding.begin()
    while (part := await folding.step()) is not None:
        counted += part
        progress(f"figures: counting all anew, {min(counted, size):,} of {size:,} responses")
    return time.perf_counter() - begun


async def _touch(database: Database) -> None:
    """Changes of the last minute, to invitations of the last days."""
    newest = f"SELECT id FROM invitations ORDER BY closed_at DESC LIMIT {_TOUCHED}"
    async with database.write() as conn:
        await conn.execute(text(f"INSERT INTO figure_marks (invitation) {newest}"))


async def run(stage: Ground, runs: int, size: int) -> list[Table]:
    """A year's dashboard over few responses and over `size`."""
    with stage.database() as few, stage.database() as many:
        both = [_Seeded(few, min(_SMALL, size)), _Seeded(many, size)]
        for each in both:
            await each.fill()
        async with both[0].ready() as ask_few, both[1].ready() as ask_many:
            progress("figures: the dashboard, in turn")
            for number in range(-_WARM, runs):
                await ask_few(number >= 0)
                await ask_many(number >= 0)
    small, large = (median(each.dashboard()) for each in both)
    lines = [
        (each.size, name, _rows(each.rows.get(name)), median(times), spread(times))
        for each in both
        for name, times in each.kept.items()
    ]
    grown = large / small
    faults = [f"the dashboard takes {grown:.2f} of its time"] if grown > _TWICE else []
    rates = ", ".join(f"{each.size / each.folding:,.0f}/s at {each.size:,}" for each in both)
    return [
        Table(
            title="Figures: a year's dashboard, milliseconds",
            columns=("responses", "asked", "from the rows", "kept", "runs"),
            rows=tuple(lines),
            note=f"With {both[1].size:,} responses the page takes {grown:.2f} of its time with "
            f"{both[0].size:,}. Counted anew: {rates}.",
            faults=tuple(faults),
        )
    ]


def _rows(times: list[float] | None) -> float | None:
    return median(times) if times else None
