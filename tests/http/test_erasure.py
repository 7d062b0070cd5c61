"""A customer is erased: looked for byte by byte afterwards, with totals and stops as before."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from huifang.erasing import open_erasure
from kernel.engine import metadata
from kernel.erased import ERASED, NOBODY
from kernel.privacy import hashed_columns, sealed_columns
from tests.http import planted
from tests.http.planted import NAME, PHONE, WORDS, closing, plant, tell, text, traces
from tests.http.real import HOURS, Real, Reply, real


@pytest.fixture
async def app(sqlite_url: str) -> AsyncIterator[Real]:
    """One customer, who was asked and stopped, on one database: what differs between the two is
    what the first test looks at.
    """
    async with real(sqlite_url) as found:
        await tell(found, closing(found, 1))
        await found.after(2 * HOURS)
        proof = {"channel": "sms", "how": "letter", "proof": WORDS["proof"]}
        await planted.post(found, "/v1/customers/C-1/opt-outs", proof)
        yield found


async def erase(app: Real, path: str = "/v1/customers/C-1", **more: Any) -> Reply:
    return await app.ask("DELETE", path, **more)


async def metrics(app: Real) -> Any:
    found = (await app.get("/v1/metrics/satisfaction?min_n=1")).body
    return found["items"]


async def test_nothing_of_an_erased_customer_is_found_and_totals_and_stops_are_as_before(
    database_url: str, redis_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = {"HUIFANG_REDIS_URL": redis_url, "HUIFANG_EXPORTS": str(tmp_path)}
    async with real(database_url, settings=kept) as app:
        disk = await planted.disk_of(database_url)
        await plant(app)
        await _beside_the_database(app)
        told = [each for each in await _beside(app, tmp_path) if NAME in traces(each)]
        assert len(told) == 3, "the stream, its dead letters and the file"
        await _erased(app, disk)
        assert [each for each in await _beside(app, tmp_path) if traces(each)] == []
    assert traces(capsys.readouterr().out) == [], "in the log"


async def _beside_the_database(app: Real) -> None:
    """A stream whose events were taken in, dead letters, and a file that says who customers are."""
    redis, settings = app.service.redis, app.service.settings
    assert redis is not None
    event: dict[Any, Any] = {"event": json.dumps(closing(app, 1), ensure_ascii=False)}
    await redis.xgroup_create(settings.stream, settings.stream_group, id="0", mkstream=True)
    id_ = await redis.xadd(settings.stream, event)
    await redis.xreadgroup(settings.stream_group, "one", {settings.stream: ">"})
    await redis.xack(settings.stream, settings.stream_group, id_)
    await redis.xadd(f"{settings.stream}:dead", event)
    order = {"format": "jsonl", "grain": "ticket", "identities": True}
    await planted.post(app, "/v1/exports", order)
    await app.run()


async def _beside(app: Real, exports: Path) -> list[str]:
    """Whatever is kept beside the database, read anew."""
    redis = app.service.redis
    assert redis is not None
    held = [str(key) async for key in redis.scan_iter()]
    for key in list(held):
        match await redis.type(key):
            case "stream":
                held.append(repr(await redis.xrange(key)))
            case "string":
                held.append(repr(await redis.get(key)))
            case "hash":
                held.append(repr(await redis.hgetall(key)))
            case "zset":
                held.append(repr(await redis.zrange(key, 0, -1)))
            case kind:
                raise AssertionError(f"{key} is a {kind!r}: have it looked into")
    return [*held, *_texts(exports)]


def _texts(folder: Path) -> list[str]:
    return [each.read_text("utf-8") for each in folder.rglob("*") if each.is_file()]


async def _erased(app: Real, disk: planted.Disk) -> None:
    before = await planted.everything(app)
    assert set(traces(before)) == {NAME, PHONE, PHONE[1:], *WORDS.values(), *_others()}
    columns = list(sealed_columns(metadata))
    empty = [each.name for each in columns if not await planted.sealed_of(app, each)]
    assert empty == [], "plant something there: nothing proves that it is erased"
    kept = {row for row in await planted.opened(app) if not traces(row[1])}
    sealed = set().union(*[await planted.sealed_of(app, each) for each in columns])
    counted = await metrics(app)
    held = await disk.files()
    assert [value for value in sealed if any(value in whole for whole in held)]
    # Where a proof lies is no secret while it counts; all else was sealed from the first.
    assert {each for whole in held for each in traces(whole)} <= {WORDS["proof"]}

    answer = await erase(app)
    assert (answer.status, answer.body["state"]) == (202, "running"), answer.text
    await app.run()

    assert traces(await planted.everything(app)) == []
    assert app.service.vault.index(PHONE) not in await _hashes(app) - await _stopped(app)
    assert await metrics(app) == counted
    left = set().union(*[await planted.sealed_of(app, each) for each in columns])
    # What was deleted stays in the holes of pages, sealed, until they are used or written anew.
    for whole in await disk.files(f"VACUUM FULL {', '.join(metadata.tables)}"):
        assert traces(whole) == []
        assert [value for value in sealed - left if value in whole] == []
    assert {each for whole in await disk.log() for each in traces(whole)} <= {WORDS["proof"]}
    assert any("旁人的话" in value for _, value in kept & set(await planted.opened(app)))
    assert await _stopped(app), "the stop must outlive the customer"
    again = await erase(app)
    assert (again.status, again.body["state"]) == (200, "done")
    assert again.body["erased"]["contacts"] > 0
    assert (await app.get("/v1/customers/C-1/data")).status == 404


def _others() -> set[str]:
    return {planted.OTHER_PHONE, planted.MAILBOX}


async def _hashes(app: Real) -> set[bytes]:
    found: set[bytes] = set()
    async with app.service.database.read() as conn:
        for column in hashed_columns(metadata):
            found |= {row[0] for row in await conn.execute(select(column))}
    return found - {NOBODY, None}


async def _stopped(app: Real) -> set[bytes]:
    stops = metadata.tables["opt_outs"].c
    async with app.service.database.read() as conn:
        rows = await conn.execute(select(stops.address_ix).where(stops.ended_at.is_(None)))
        return {row[0] for row in rows}


async def test_who_was_erased_comes_back_by_a_new_closing_alone_and_is_stopped_then(
    app: Real,
) -> None:
    late, world = closing(app, 71, cycle=1), app.outside.world
    assert [each for each in world.messages.values() if each.to == PHONE]
    await planted.post(app, "/v1/customers/C-1/opt-outs", {"channel": "all"})
    await erase(app)
    await app.run()
    assert not [each for each in world.messages.values() if each.to == PHONE], "the carrier's copy"
    told = await tell(app, late)
    assert told.body["accepted"] == ["evt-71"]
    assert traces(await planted.everything(app)) == []
    assert (await app.get("/v1/customers/C-1/preferences")).status == 404
    app.clock.advance(HOURS)
    sent = len(app.outside.sent)
    await tell(app, closing(app, 72, cycle=2))
    stops = (await app.get("/v1/customers/C-1/preferences")).body["opt_outs"]
    assert {each["channel"] for each in stops} == {"sms", "all"}
    await app.after(24 * HOURS)
    assert [each for each in app.outside.sent[sent:] if each.to == PHONE] == []


async def test_what_was_begun_is_finished_by_the_job_also_when_done_twice(app: Real) -> None:
    service = app.service
    erasure = open_erasure(service.settings, service.database, service.vault, service.redis)
    now = app.clock.now()
    report = await erasure.begin(("/tickets", "C-1"), "command line", now)
    assert report.erased["person"] == 1
    first = await erasure.complete(("/tickets", "C-1"), now)
    assert first["events"] == 1
    assert await erasure.complete(("/tickets", "C-1"), now) == {}
    await app.run()
    assert traces(await planted.everything(app)) == []
    invitations = metadata.tables["invitations"].c
    async with service.database.read() as conn:
        rows = await conn.execute(select(invitations.customer, func.count()).group_by("customer"))
        assert ERASED in {row[0] for row in rows}


async def test_a_wish_for_no_contact_at_all_outlives_the_customer_as_a_stop(app: Real) -> None:
    await planted.post(app, "/v1/customers/C-1/preferences", {"do_not_contact": True}, "PUT")
    await erase(app)
    await app.run()
    await tell(app, closing(app, 72, cycle=2))
    stops = (await app.get("/v1/customers/C-1/preferences")).body["opt_outs"]
    assert {"all", "sms"} == {each["channel"] for each in stops}


async def test_a_number_that_others_share_stays_theirs(app: Real) -> None:
    shared = closing(app, 81, ticket="T-8")
    shared["data"]["customer"] |= {"id": "C-8", "name": "赵家另一人"}
    await tell(app, shared)
    await erase(app)
    await app.run()
    kept = (await app.get("/v1/customers/C-8/data")).body
    assert kept["person"]["phone"] == PHONE
    assert [each["channel"] for each in kept["opt_outs"]] == ["sms"]
    await text(app, "START", 90)
    assert (await app.get("/v1/customers/C-8/preferences")).body["opt_outs"] == []
