"""Calls of which nobody told us the end: the carrier's list is asked, and what is queued ends."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from channels.errors import SendError, SendErrorKind
from channels.listing import Unended
from channels.model import ContactState
from channels.ports import Leg
from channels.tables import contacts
from tests.fakes.world import told
from tests.http.real import EVENT, HOURS
from tests.http.test_calls import PHONE, Line, lined

MINUTES = timedelta(minutes=1)


@dataclass
class Listed:
    """A carrier's list; `away`: it cannot be had."""

    legs: dict[str, Leg] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    taken_back: list[str] = field(default_factory=list)
    away: bool = False

    async def leg(self, id: str) -> Leg | None:
        self.asked.append(id)
        if self.away:
            raise SendError(SendErrorKind.LATER, retryable=True, detail="away", away=True)
        return self.legs.get(id)

    async def take_back(self, id: str) -> Leg | None:
        self.taken_back.append(id)
        if self.legs[id].status == "queued":
            self.legs[id] = replace(self.legs[id], status="canceled", over=True)
        return self.legs[id]


def duty(line: Line, listed: Listed) -> Unended:
    service = line.app.service
    return Unended(
        database=service.database,
        vault=service.vault,
        carrier=listed,
        conversations=service.inbox.conversations,
        rules=lambda: service.rules.policy,
        besides=("voicing",),
    )


def leg(line: Line, status: str, **more: str) -> Listed:
    over = status not in ("queued", "ringing", "in-progress")
    found = Leg(id=line.sid, to=PHONE, status=status, over=over, seconds=9, **more)
    return Listed(legs={line.sid: found})


@pytest.fixture
async def line(database_url: str) -> AsyncIterator[Line]:
    async with lined(database_url) as found:
        yield found


async def look(line: Line, listed: Listed, after: timedelta) -> None:
    line.app.clock.advance(after)
    await duty(line, listed)(line.app.clock.now())


@pytest.mark.parametrize(
    ("status", "answered_by", "state", "error"),
    [
        ("completed", "human", ContactState.DELIVERED, None),
        ("completed", "machine_start", ContactState.FAILED, "machine"),
        ("busy", "", ContactState.FAILED, "busy"),
        ("no-answer", "", ContactState.FAILED, "no_answer"),
        ("failed", "", ContactState.FAILED, "failed"),
    ],
)
async def test_what_the_list_says_of_a_call_is_how_it_ended(
    sqlite_url: str, status: str, answered_by: str, state: ContactState, error: str | None
) -> None:
    async with lined(sqlite_url) as line:
        await look(line, leg(line, status, answered_by=answered_by), 2 * MINUTES)
        found = await line.ledger()
        assert (found.state, found.error) == (state, error)
        # What the carrier tells after all is news no more.
        await line.status("completed", sequence=3)
        assert (await line.ledger()).state is state
        assert len([kind for kind in await line.kinds() if kind.startswith("contact.")]) == 2


async def test_a_call_under_way_is_left_alone_until_it_must_be_over(line: Line) -> None:
    await line.status("initiated")
    await line.status("ringing")
    listed = leg(line, "in-progress")
    await look(line, listed, 2 * MINUTES)
    assert listed.asked == []
    await look(line, listed, 20 * MINUTES)
    assert listed.asked == [line.sid]
    assert (await line.ledger()).state is ContactState.SENT
    await look(line, leg(line, "completed"), MINUTES)
    assert (await line.ledger()).state is ContactState.DELIVERED
    await look(line, listed, MINUTES)
    assert listed.asked == [line.sid]


async def test_a_list_that_cannot_be_had_is_asked_again_and_a_call_not_in_it_never_rang(
    line: Line,
) -> None:
    away = Listed(away=True)
    await look(line, away, 2 * MINUTES)
    assert (away.asked, (await line.ledger()).state) == ([line.sid], ContactState.SENT)
    await look(line, Listed(), MINUTES)
    found = await line.ledger()
    assert (found.state, found.error) == (ContactState.FAILED, "absent")


async def test_what_is_still_queued_at_closing_time_is_cancelled_and_asked_for_anew(
    line: Line,
) -> None:
    listed = leg(line, "queued")
    await look(line, listed, HOURS)
    assert (listed.taken_back, (await line.ledger()).state) == ([], ContactState.SENT)
    await look(line, listed, 12 * HOURS)
    assert listed.taken_back == [line.sid]
    found = await line.ledger()
    assert (found.state, found.error) == (ContactState.FAILED, "canceled")
    async with line.app.service.database.read() as conn:
        # What never rang counts under no cap.
        assert (await conn.scalars(select(contacts.c.sent_at))).all() == [None]
    await line.app.after(34 * HOURS)
    assert len(line.voice.sent) == 2


async def test_who_wants_no_more_calls_is_not_rung_by_one_still_queued(line: Line) -> None:
    path = "/v1/customers/C-1/opt-outs"
    told = await line.app.ask("POST", path, json={"channel": "voice", "how": "mail", "proof": "1"})
    assert told.status == 201, told.text
    listed = leg(line, "queued")
    await look(line, listed, 2 * MINUTES)
    assert listed.taken_back == [line.sid]


async def test_nobody_is_rung_to_hear_that_the_matter_is_over(sqlite_url: str) -> None:
    async with lined(sqlite_url) as line:
        listed = leg(line, "queued")
        await look(line, listed, 2 * MINUTES)
        assert listed.taken_back == []
        event = told("reopened", event="evt-2", at=line.app.clock.now())
        headers = {"Content-Type": EVENT}
        reply = await line.app.ask("POST", "/v1/events", data=json.dumps(event), headers=headers)
        assert reply.status == 202, reply.text
        await look(line, listed, MINUTES)
        assert listed.taken_back == [line.sid]
        await line.app.after(34 * HOURS)
        assert (len(line.voice.sent), (await line.invitation()).reason) == (1, "reopened")


async def test_one_that_began_to_ring_meanwhile_is_left_to_its_news(line: Line) -> None:
    listed = leg(line, "queued")

    async def ringing(id: str) -> Leg | None:
        listed.legs[id] = replace(listed.legs[id], status="ringing")
        return listed.legs[id]

    listed.take_back = ringing  # type: ignore[method-assign]
    await look(line, listed, 13 * HOURS)
    assert (await line.ledger()).state is ContactState.SENT
