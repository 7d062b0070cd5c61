"""Dials and presences as the database keeps them: one in hand a callback, a number and an agent."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from callbacks.dialling import store
from callbacks.dialling.model import Dial, Presence, Stage
from callbacks.promises.model import CallOutcome, DialMode
from kernel.engine import Database
from tests.fakes.world import NOON

MINUTE = timedelta(minutes=1)


def dial(number: int, callback: str, phone: bytes, agent: str) -> Dial:
    return Dial(
        id=f"d_{number}",
        callback=callback,
        agent=agent,
        mode=DialMode.AGENT_FIRST,
        phone_ix=phone.ljust(16),
        at=NOON,
        contact=f"c_{number}",
        leg_at=NOON,
    )


def over(item: Dial) -> Dial:
    return replace(item, stage=Stage.OVER, outcome=CallOutcome.BUSY, ended_at=NOON + MINUTE)


async def taken(database: Database, *wanted: Dial) -> set[str]:
    async def work(item: Dial) -> Sequence[str]:
        async with database.write() as conn:
            return sorted(await store.add(conn, [item]))

    return {id_ for ids in await asyncio.gather(*(work(item) for item in wanted)) for id_ in ids}


async def test_of_dials_that_share_callback_number_or_agent_one_is_in_hand(
    database: Database,
) -> None:
    first = dial(1, "b_1", b"one", "ann")
    assert await taken(database, first) == {"d_1"}
    others = (
        dial(2, "b_1", b"two", "ben"),
        dial(3, "b_2", b"one", "ben"),
        dial(4, "b_2", b"two", "ann"),
    )
    assert await taken(database, *others) == set()
    async with database.write() as conn:
        await store.save(conn, [over(first)])
    # Of two that want the same at once, one.
    assert len(await taken(database, dial(5, "b_1", b"one", "ann"), others[0])) == 1
    async with database.read() as conn:
        [held] = await store.in_hand(conn)
        kept = (await store.load(conn, ["d_1"]))["d_1"]
        assert held.is_open
        assert kept == over(first)
        before = (await store.of_callbacks(conn, ["b_1"]))["b_1"]
        assert before[0].id == "d_1"
        assert (await store.of_contacts(conn, ["c_1"]))["c_1"].id == "d_1"


async def test_what_never_rang_counts_for_no_day(database: Database) -> None:
    rung, silent = dial(1, "b_1", b"one", "ann"), dial(2, "b_1", b"one", "ann")
    async with database.write() as conn:
        for item in (over(rung), over(replace(silent, leg_at=None))):
            await store.add(conn, [item])
        ring = (b"one".ljust(16), b"older".ljust(16))
        assert await store.rung_since(conn, ring, NOON - MINUTE) == 1
        assert await store.rung_since(conn, ring, NOON + MINUTE) == 0
        assert await store.rung_since(conn, (b"two".ljust(16),), NOON - MINUTE) == 0
        assert not await store.joined(conn, "b_1")
        await store.save(conn, [replace(over(rung), joined_at=NOON)])
        assert await store.joined(conn, "b_1")
        assert await store.forget(conn, NOON + MINUTE) == 0
        assert await store.forget(conn, NOON + 2 * MINUTE) == 2


async def test_an_agent_is_there_since_they_said_so_and_rests_since_their_last_call(
    database: Database,
) -> None:
    async with database.write() as conn:
        await store.say(conn, "ann", Presence.THERE, NOON)
        again = await store.say(conn, "ann", Presence.THERE, NOON + MINUTE)
        assert (again.since, again.seen_at, again.rested_at) == (NOON, NOON + MINUTE, NOON)
        await store.rest(conn, "ann", NOON + 2 * MINUTE, away=False)
        ann = (await store.presence(conn))["ann"]
        assert (ann.state, ann.since, ann.rested_at) == (Presence.THERE, NOON, NOON + 2 * MINUTE)
        await store.rest(conn, "ann", NOON + 3 * MINUTE, away=True)
        ann = (await store.presence(conn))["ann"]
        assert (ann.state, ann.since) == (Presence.AWAY, NOON + 3 * MINUTE)
        await store.rest(conn, "nobody", NOON, away=True)
        assert "nobody" not in await store.presence(conn)


async def test_who_let_a_claim_run_out_is_away_but_not_who_did_anything_since(
    database: Database,
) -> None:
    async with database.write() as conn:
        for agent in ("ann", "ben", "cid", "dan"):
            await store.say(conn, agent, Presence.THERE, NOON)
        await store.rest(conn, "ben", NOON + 2 * MINUTE, away=False)
        await store.say(conn, "cid", Presence.THERE, NOON + 2 * MINUTE)
        await store.add(conn, [dial(1, "b_1", b"one", "dan")])
        everybody = dict.fromkeys(("ann", "ben", "cid", "dan", "eve"), NOON + MINUTE)
        await store.absent(conn, everybody, NOON + 16 * MINUTE)
        said = await store.presence(conn)
    assert {agent for agent, each in said.items() if each.state is Presence.AWAY} == {"ann"}
    assert said["ann"].since == NOON + 16 * MINUTE
