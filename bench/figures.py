"""Measures what a manager's dashboard over a year costs, with few responses and with many."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from bench import product
from bench.machine import Ground
from bench.report import Table, median, progress, spread
from huifang import catalogue
from huifang.ruleterms import Targets
from huifang.satisfaction import Satisfaction
from kernel.endpoint import Call, Role
from kernel.engine import Database
from surveys import store
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
_TOUCHED = 200  # changes that wait to be folded: those of a minute

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


async def seed(url: str, size: int) -> None:
    """The product's tables, with so many responses over a year."""
    await product.migrate(url)
    csat = catalogue.shipped()["csat"]
    given = {"version": csat.version, "now": _NOW.isoformat(), "size": size}
    async with product.opened(url) as database, database.write() as conn:
        await store.publish_versions(conn, [csat], _NOW)
    made = (each.format(**given) for each in (_INVITATIONS, _RESPONSES, _ANSWERS))
    servers.execute(url, *made, "VACUUM ANALYZE", "CHECKPOINT")


class _Seeded:
    """A database with so many responses over a year."""

    def __init__(self, url: str, size: int) -> None:
        self.url, self.size = url, size
        self.rows: dict[str, list[float]] = {name: [] for name in _ASKED}
        self.kept: dict[str, list[float]] = {name: [] for name in _ASKED}
        self.folding = 0.0

    async def fill(self) -> None:
        progress(f"figures: writing {self.size:,} responses")
        await seed(self.url, self.size)

    async def measure(self, runs: int) -> None:
        """The dashboard from the rows, once; then kept, with a minute's changes unfolded."""
        async with product.opened(self.url) as database:
            figures = Satisfaction(database=database, timezone=lambda: _ZONE, targets=Targets)
            progress(f"figures: {self.size:,} responses, from the rows")
            by_rows = {name: await _timed(figures, name, self.rows) for name in _ASKED}
            progress(f"figures: {self.size:,} responses, counting all anew")
            self.folding = await _fold(database)
            servers.execute(self.url, "VACUUM ANALYZE")
            await _touch(database)
            for _ in range(runs):
                for name in _ASKED:
                    if await _timed(figures, name, self.kept) != by_rows[name]:
                        raise RuntimeError(f"{name}: what is kept is not what the rows say")

    def dashboard(self) -> list[float]:
        """The whole dashboard, run by run, in milliseconds."""
        return [sum(part) for part in zip(*self.kept.values(), strict=True)]


async def _timed(figures: Satisfaction, name: str, times: dict[str, list[float]]) -> Any:
    query = {**_YEAR, "min_n": 10, **_ASKED[name]}
    call = Call(
        now=_NOW,
        path={},
        query=query,
        body=None,
        raw=b"",
        headers={},
        url="",
        remote="",
        form=(),
        actor="bench",
        role=Role.MANAGER,
    )
    begun = time.perf_counter()
    answer = await figures.satisfaction(call)
    times[name].append(1000 * (time.perf_counter() - begun))
    return answer.body


async def _fold(database: Database) -> float:
    begun = time.perf_counter()
    await Folding(database=database, timezone=lambda: _ZONE)(_NOW)
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
            await each.measure(runs)
    small, large = (median(each.dashboard()) for each in both)
    lines = [
        (each.size, name, median(each.rows[name]), median(times), spread(times))
        for each in both
        for name, times in each.kept.items()
    ]
    for each in both:
        times, rows = each.dashboard(), sum(median(one) for one in each.rows.values())
        lines.append((each.size, "the dashboard", rows, median(times), spread(times)))
    rates = ", ".join(f"{each.size / each.folding:,.0f}/s at {each.size:,}" for each in both)
    return [
        Table(
            title="Figures: a year's dashboard, milliseconds",
            columns=("responses", "asked", "from the rows", "kept", "runs"),
            rows=tuple(lines),
            note=f"With {both[1].size:,} responses it takes {large / small:.2f} of its time with "
            f"{both[0].size:,}. Counted anew: {rates}.",
        )
    ]
