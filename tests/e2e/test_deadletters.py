"""`huifang deadletters` as an operator meets it: what it lists, what it settles, what it says."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from redis.asyncio import Redis

from kernel.engine import open_database
from scheduler import store
from scheduler.job import Job
from tests.e2e.stack import free_port
from tests.e2e.test_command_line import huifang, settings


async def one_dead_of_each(database_url: str, redis_url: str) -> str:
    """A job and an entry that were given up; the entry's key."""
    database, now = open_database(database_url), datetime.now(UTC)
    payload = {"source": "/tickets", "ticket": "T-7"}
    job = Job(key="ticket.reopen:k_1", kind="ticket.reopen", due_at=now, payload=payload)
    async with database.write() as conn:
        await store.enqueue(conn, [job])
        [leased] = await store.lease(
            conn, job.kind, limit=1, now=now, lease_for=timedelta(minutes=1), token="t"
        )
        await store.bury(conn, {job.key: (leased, "503 from the desk")}, now)
    await database.close()
    async with Redis.from_url(redis_url, decode_responses=True) as redis:
        id_ = await redis.xadd(
            "tickets:events:dead",
            {"event": "{", "reason": "no JSON", "path": "event", "entry": "1-1"},
        )
    return f"tickets:events:dead:{id_}"


async def test_dead_letters_are_listed_replayed_and_dropped(
    tmp_path: Path, sqlite_url: str, redis_url: str
) -> None:
    environ = {**settings(tmp_path, sqlite_url, free_port()), "HUIFANG_REDIS_URL": redis_url}
    entry = await one_dead_of_each(sqlite_url, redis_url)
    plain, document = await asyncio.gather(
        huifang("deadletters", "list", environ=environ),
        huifang("deadletters", "list", "--kind", "ticket.reopen", "--json", environ=environ),
    )
    assert (plain.code, plain.err) == (0, "")
    keys = {line.split("\t")[0] for line in plain.out.splitlines()}
    assert keys == {"ticket.reopen:k_1", entry}
    [item] = json.loads(document.out)["items"]
    assert (item["ticket"], item["error"]) == ("T-7", "503 from the desk")
    assert (item["kind"], item["attempts"]) == ("ticket.reopen", 1)
    assert datetime.fromisoformat(item["at"]).tzinfo is not None

    replayed, dropped = await asyncio.gather(
        huifang("deadletters", "replay", "ticket.reopen:k_1", "k_9", environ=environ),
        huifang("deadletters", "drop", entry, "--reason", "never was an event", environ=environ),
    )
    assert (replayed.code, replayed.out) == (1, "ticket.reopen:k_1: due again\n")
    assert "k_9" in replayed.err
    assert "deadletters list" in replayed.err
    assert (dropped.code, dropped.out) == (0, f"{entry}: dropped\n")
    nothing = await huifang("deadletters", "replay", "--all", environ=environ)
    assert nothing.code == 0
    assert "nothing to replay" in nothing.out


async def test_a_redis_that_is_away_hides_no_dead_job(tmp_path: Path, sqlite_url: str) -> None:
    away = f"redis://127.0.0.1:{free_port()}/0"
    environ = {**settings(tmp_path, sqlite_url, free_port()), "HUIFANG_REDIS_URL": away}
    whole, jobs = await asyncio.gather(
        huifang("deadletters", "list", environ=environ),
        huifang("deadletters", "list", "--kind", "ticket.reopen", environ=environ),
    )
    assert (whole.code, jobs.code) == (1, 0)
    assert jobs.out == "there are no dead letters of the kind ticket.reopen\n"
    assert "HUIFANG_REDIS_URL" in whole.err
    assert "--kind" in whole.err
