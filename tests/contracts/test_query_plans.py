"""What the dispatcher asks of the database, it asks by an index, however much is waiting."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from bench import plans, product, rows
from bench.plans import Plan, Plans
from channels.model import Channel
from huifang import configuration
from huifang.wiring import Outside, Service, ServiceRole, build
from scheduler.clock import SystemClock
from tests.fakes.world import ScriptedCarrier

WAITING = 20_000
DUE = 700  # one whole batch and a part of one


@asynccontextmanager
async def dispatcher(folder: Path, url: str, carrier: ScriptedCarrier) -> AsyncIterator[Service]:
    """The product's dispatcher, joined to the carrier."""
    (folder / "huifang.yaml").write_text(product.RULES)
    environ = {
        "HUIFANG_DATABASE_URL": url,
        "HUIFANG_CONFIG": str(folder),
        "HUIFANG_SECRET_KEY": "secret",
        "HUIFANG_DATA_KEY": base64.b64encode(b"p" * 32).decode(),
    }
    found = configuration.load(environ)
    world = Outside(carriers={Channel.SMS: carrier})
    roles = [ServiceRole.DISPATCHER]
    service = build(found.settings, found.rules, found.surveys, SystemClock(), roles, world)
    try:
        yield service
    finally:
        await service.stop()


async def seen_while_dispatching(service: Service) -> Plans:
    """The plans of all statements that send what is due beside twenty thousand that wait."""
    pattern = await rows.learn(service)
    now = datetime.now(UTC)
    async with service.database.write() as conn:
        await rows.plan(conn, pattern, range(WAITING), now + timedelta(days=1), 60.0)
        await rows.remember(conn, pattern, range(WAITING), now, 60.0)
        await rows.plan(conn, pattern, range(WAITING, WAITING + DUE), now, 0.0)
        await conn.execute(text("ANALYZE"))
    with plans.caught(service.database) as found:
        while await service.step():
            pass
    return found


async def test_no_statement_of_a_dispatch_walks_through_jobs_or_contacts(
    database_url: str, tmp_path: Path
) -> None:
    carrier = ScriptedCarrier()
    async with dispatcher(tmp_path, database_url, carrier) as service:
        found = await seen_while_dispatching(service)
    assert len(carrier.sent) == 1 + DUE
    statements = " ".join(found.by_statement)
    assert "UPDATE jobs" in statements
    assert "INSERT INTO contacts" in statements
    assert plans.walks(found) == []


def plan(*nodes: str, looked_at: int = 500) -> Plans:
    return Plans(by_statement={"x": Plan(statement="x", nodes=nodes, rows=looked_at)})


def test_an_index_read_by_a_bitmap_is_the_same_index() -> None:
    some = plan("LockRows", "Sort", "Bitmap Heap Scan jobs", "Bitmap Index Scan pk_jobs")
    assert plans.changes(some, plan("LockRows", "Index Scan jobs pk_jobs")) == []
    assert plans.changes(some, plan("LockRows", "Index Scan jobs ix_jobs_waiting")) != []
    assert plans.changes(some, plan("LockRows", "Sort", "Seq Scan jobs")) != []


def test_a_statement_that_looks_at_more_rows_is_told_of() -> None:
    index = "Index Scan jobs pk_jobs"
    [told] = plans.changes(plan(index), plan(index, looked_at=20_000))
    assert "(20,000 rows)" in told
