"""Brings the gauges that count rows up to date."""

from datetime import datetime, timedelta

from callbacks import store as complaints
from callbacks.promises import store as callbacks
from channels import settling
from huifang.metrics import Metrics
from huifang.replanning import without_plan
from kernel.engine import Database
from scheduler import deadletters, notices, waiting

_UNKNOWN_SHOWN = timedelta(days=30)  # long after nobody tries to prove it any more


async def show(
    metrics: Metrics, database: Database, settle_after: timedelta, now: datetime
) -> None:
    """Count what waits, what is open and what nobody is sure of."""
    async with database.read() as conn:
        jobs = await waiting.counts(conn, now)
        dead = await deadletters.count(conn)
        agenda = await waiting.agenda(conn, list(jobs))
        unknown = await settling.count_unknown(conn, now - _UNKNOWN_SHOWN, now - 2 * settle_after)
        standing = await notices.counts(conn)
        complained = await complaints.counts(conn, now)
        promised = await callbacks.counts(conn, now)
        forgotten = await without_plan(conn)
    metrics.show_jobs(jobs, dead)
    metrics.show_oldest(agenda, now)
    metrics.show_notices(standing)
    metrics.show_complaints(*complained)
    metrics.show_callbacks(*promised)
    metrics.show_unknown(unknown)
    metrics.show_without_plan(forgotten)
