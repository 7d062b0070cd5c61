"""What other rules would do is told beforehand, as the service then does it."""

import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from channels.model import Channel
from channels.tables import contacts
from huifang import catalogue
from huifang.__main__ import main
from huifang.rules import Rules
from huifang.simulating import reading
from huifang.simulating.playing import Play
from kernel.engine import open_database
from surveys.programs import Match, Program, Repeat
from surveys.tables import invitations
from tests.fakes.world import NOON, World, closed, make_world, told

HOUR = timedelta(hours=1)
SHARED, OWN = "+8613800138001", "+8613800138002"
PROGRAMS = (
    Program(id="quiet", when=Match(category=("billing",)), survey=None),
    Program(
        id="counter",
        when=Match(category=("move",)),
        collect_only=True,
        repeat=Repeat.ONCE_PER_TICKET,
    ),
    Program(
        id="default",
        channels=("sms", "email"),
        fallback_after=timedelta(hours=30),
        expires_after=timedelta(days=3),
    ),
)


def _event(number: int, hours: float, customer: str, phone: str, **more: Any) -> dict[str, Any]:
    at = NOON + hours * HOUR
    return closed(number, ticket=f"T-{number}", customer=customer, phone=phone, at=at, **more)


#: Customers who come back and who share a number, with a mailbox and without; a ticket that is
#: reopened, one that is closed twice, and some that nobody is asked about; by day and by night.
EVENTS = [
    _event(1, 0, "C-1", SHARED, email="c1@example.com"),
    _event(2, 0.5, "C-2", SHARED),
    _event(3, 1, "C-3", OWN, email="c3@example.com"),
    _event(4, 1.5, "C-4", "+8613800138004", category="billing"),
    _event(5, 2, "C-5", "+8613800138005", tags=["spam"]),
    _event(6, 5, "C-6", "+8613800138006"),
    told("reopened", event="evt-61", ticket="T-6", at=NOON + 6 * HOUR),
    _event(7, 9, "C-7", "+8613800138007"),
    closed(8, ticket="T-7", cycle=2, customer="C-7", phone="+8613800138007", at=NOON + 10 * HOUR),
    _event(9, 11, "C-3", OWN, email="c3@example.com"),
    _event(10, 12, "C-8", "12"),
    _event(11, 13, "C-9", "+8613800138009", category="move"),
    closed(12, ticket="T-11", cycle=2, customer="C-9", category="move", at=NOON + 14 * HOUR),
]


def _time(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["time"])


async def _served(world: World) -> tuple[Counter[str], Counter[str], set[str]]:
    """Contacts by channel, surveys never sent by reason, and who was contacted."""
    left = sorted(EVENTS, key=_time)
    for _ in range(24 * 6 * 2):
        while left and _time(left[0]) <= world.clock.now():
            await world.tell(left.pop(0))
        await world.run()
        world.clock.advance(HOUR / 2)
    async with world.database.read() as conn:
        sent = list(await conn.execute(select(contacts.c.channel, contacts.c.customer)))
        never = await conn.execute(
            select(invitations.c.reason)
            .where(invitations.c.attempted.is_not(True))
            .where(invitations.c.program != "counter")
        )
        unsent = Counter(row.reason for row in never)
    return Counter(row.channel for row in sent), unsent, {row.customer for row in sent}


async def test_what_is_told_beforehand_is_what_the_service_does(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    world = make_world(database, programs=PROGRAMS, channels=(Channel.SMS, Channel.EMAIL))
    sent, unsent, people = await _served(world)
    kept = await reading.recorded(database, world.vault, NOON)
    await database.close()
    play = Play(rules=Rules(programs=PROGRAMS), surveys=catalogue.shipped(), link="")
    events, refused = reading.events(kept, world.clock.now())
    assert len(events) == len(EVENTS)
    for event in events:
        play.take(event)
    tally = play.finish()
    assert refused == []
    assert dict(tally.sent) == dict(sent)
    assert dict(tally.unsent) == dict(unsent)
    assert {customer for _, customer in tally.people} == people
    assert dict(tally.unearned) == {"no_survey": 1, "skipped_tag": 1, "already_asked": 1}
    assert tally.collected == 1
    assert tally.segments == sent["sms"]


def test_two_policies_are_compared_on_the_same_events(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [json.dumps(event, ensure_ascii=False) for event in EVENTS]
    file, now, then = (tmp_path / name for name in ("told.jsonl", "now.yaml", "then.yaml"))
    file.write_text("\n".join([*lines, "{torn", ""]), "utf-8")
    now.write_text("", "utf-8")
    then.write_text("programs: [{id: vip, when: {tier: [vip]}}]", "utf-8")
    words = ["simulate", "--events", str(file), "--policy", str(then), "--against", str(now)]
    assert main([*words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["events"], document["refused"][0]["line"]) == (len(EVENTS), len(EVENTS) + 1)
    assert document["policy"]["sent"] == {"all": 0}
    assert document["policy"]["unearned"] == {"no_program": 12}
    assert document["against"]["sent"]["all"] > 0
    assert document["difference"]["newly"] == []
    gone = [each["customer"] for each in document["difference"]["no_longer"]]
    assert len(gone) == document["against"]["people"]
    assert main([*words, "--lang", "en"]) == 0
    told_ = capsys.readouterr()
    assert f"no longer contacted: {len(gone)} (" in told_.out
    assert f"line {len(EVENTS) + 1} is no event" in told_.err
    for wrong, why in ((b"\xff", "is no UTF-8"), (b"[{", "is a list that is no JSON")):
        file.write_bytes(wrong)
        assert main(words) == 1
        assert f"huifang: {file}: {why}" in capsys.readouterr().err
    then.write_text("programs: [{id: a, survey: lost}]\npolicy: {window: 9}", "utf-8")
    assert main(words) == 1
    faults = capsys.readouterr().err
    assert "there is no survey 'lost'" in faults
    assert "policy.window" in faults


def test_what_is_made_up_is_the_same_each_time() -> None:
    first, again = (reading.events(reading.made_up(50), NOON) for _ in range(2))
    assert first == again
    assert (len(first[0]), first[1]) == (50, [])
