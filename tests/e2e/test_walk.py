"""One ticket's walk with real processes, and kill -9 at every named step of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.e2e.stack import Process, Stack, free_port, stack, until

TICKET, PHONE = "T-1001", "+8613800138001"

#: Every step at which a crash is tried, in the order of the walk.
STEPS = (
    "intake.planned",
    "intake.committed",
    "delivery.intent_written",
    "delivery.sent",
    "delivery.outcome_recorded",
    "inbox.read",
    "inbox.committed",
    "complaint.registering",
    "complaint.registered",
    "desk.before_post",
    "desk.posted",
    "publisher.published",
)


@pytest.fixture
async def real(tmp_path: Path, postgresql_url: str, redis_url: str) -> AsyncIterator[Stack]:
    """PostgreSQL and Valkey."""
    async with stack(tmp_path, postgresql_url, redis_url) as found:
        yield found


@pytest.fixture
async def embedded(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Stack]:
    """SQLite, and no Redis."""
    async with stack(tmp_path, sqlite_url, None) as found:
        yield found


@pytest.fixture(params=["embedded", "real"])
def world(request: pytest.FixtureRequest) -> Stack:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Stack)
    return found


def event(ticket: str, phone: str) -> str:
    at = datetime.now(UTC).isoformat()
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"stream-{ticket}",
            "source": "/tickets",
            "type": "ticket.closed",
            "time": at,
            "data": {
                "ticket": {"id": ticket, "cycle": 1, "closed_at": at},
                "customer": {
                    "id": "C-2",
                    "phone": phone,
                    "locale": "zh-CN",
                    "timezone": "Asia/Shanghai",
                },
            },
        }
    )


async def check_once(world: Stack) -> None:
    """Nothing lost, nothing doubled."""
    await world.at_rest()
    assert len(await world.texts(PHONE)) == 1
    heard = await world.deliveries(TICKET, "ticket.reopen_requested")
    assert len({item["webhook_id"] for item in heard}) == 1
    found = await world.get(f"/v1/tickets/{TICKET}")
    assert found["reopens"] == 1
    assert [item["state"] for item in found["invitations"]] == ["in_progress"]
    assert [item["rating"] for item in found["responses"]] == [1]
    assert [item["reopen"] for item in found["complaints"]] == ["accepted"]
    assert len(await world.messages(PHONE)) == 3  # asked, answered, asked the next question


async def test_a_ticket_closed_over_http_goes_all_the_way_round(world: Stack) -> None:
    world.serve()
    await world.ready()
    await world.close_ticket(TICKET)
    asked = await world.asked(PHONE)
    assert "工单T-1001已处理" in asked["body"]
    [question] = await world.reply(PHONE, "1", "SM" + "1" * 32)
    assert "解决" in question
    found = await world.reopened(TICKET)
    assert found["complaints"][0]["score"] == 20.0
    [heard] = await world.deliveries(TICKET, "ticket.reopen_requested")
    assert heard["body"]["data"]["rating"] == 1
    await check_once(world)
    kinds = [item["kind"] for item in (await world.get(f"/v1/tickets/{TICKET}/timeline"))["items"]]
    told = [
        "ticket.closed",
        "decision",
        "contact.sent",
        "invitation.invited",
        "reply.received",
        "answer.recorded",
        "response.low",
        "complaint.registered",
        "ticket.reopened_by_us",
    ]
    story = [kind for kind in dict.fromkeys(kinds) if kind in told]
    assert sorted(story) == sorted(told)
    # A customer may be quicker than we are to write down what the carrier said.
    ours = ("contact.sent", "invitation.invited")
    assert [kind for kind in story if kind not in ours] == [
        kind for kind in told if kind not in ours
    ]
    why = (await world.get(f"/v1/tickets/{TICKET}/explain"))["items"]
    assert {rule["rule"] for item in why for rule in item["rules"]} >= {
        "program",
        "skip",
        "age",
        "consent",
        "opt_out",
        "window",
        "cap",
    }


async def test_a_ticket_closed_over_the_stream_goes_all_the_way_round(
    real: Stack, redis_url: str
) -> None:
    real.serve()
    await real.ready()
    redis = Redis.from_url(redis_url, decode_responses=True)
    await redis.xadd("tickets:events", {"event": "not json"})
    await redis.xadd("tickets:events", {"event": event(TICKET, PHONE)})
    await real.asked(PHONE)
    await real.reply(PHONE, "1", "SM" + "1" * 32)

    async def reopened() -> bool | None:
        # The desk of the sandbox knows T-1001, whoever told the product of its closing.
        found = await real.get(f"/v1/tickets/{TICKET}")
        return True if found and found["complaints"] else None

    await until(reopened, "a complaint")
    await real.at_rest()
    published = [json.loads(entry["event"]) for _, entry in await redis.xrange("huifang:events")]
    types = [item["type"] for item in sorted(published, key=lambda item: item["time"])]
    assert types[0] == "survey.invited"
    assert set(types) >= {"survey.answered", "response.low", "complaint.opened"}
    assert len({item["id"] for item in published}) == len(published)
    dead = await redis.xrange("tickets:events:dead")
    assert [entry["path"] for _, entry in dead] == ["event"]
    pending = await redis.xpending("tickets:events", "huifang")
    assert pending["pending"] == 0
    await redis.aclose()


async def crash_at(world: Stack, step: str, process: Process) -> None:
    """Kill the product where it stands at the step, and start it again."""

    async def marked() -> bool | None:
        return True if world.mark(step).exists() else None

    await until(marked, f"the process at {step}")
    process.kill()
    world.serve()
    await world.ready()


@pytest.mark.parametrize("step", STEPS)
async def test_kill_9_loses_nothing_and_doubles_nothing(world: Stack, step: str) -> None:
    process = world.serve(barrier=step)
    await world.ready()
    crash = asyncio.create_task(crash_at(world, step, process))
    await world.close_ticket(TICKET)
    await world.asked(PHONE)
    await world.reply(PHONE, "1", "SM" + "1" * 32)
    await world.reopened(TICKET)
    await crash
    await check_once(world)


async def test_kill_9_between_commit_and_acknowledgement_plans_once(
    real: Stack, redis_url: str
) -> None:
    process = real.serve(barrier="subscriber.taken")
    await real.ready()
    redis = Redis.from_url(redis_url, decode_responses=True)
    await redis.xadd("tickets:events", {"event": event(TICKET, PHONE)})
    await crash_at(real, "subscriber.taken", process)

    async def settled() -> bool | None:
        pending = await redis.xpending("tickets:events", "huifang")
        return True if pending["pending"] == 0 else None

    await until(settled, "the entry acknowledged")
    await real.asked(PHONE)
    await real.at_rest()
    assert len(await real.texts(PHONE)) == 1
    await redis.aclose()


async def test_one_closure_told_fifty_times_to_two_processes_plans_once(world: Stack) -> None:
    world.serve()
    await world.ready()
    second = free_port()
    world.serve(port=second)
    await world.ready(second)
    document = json.loads(event(TICKET, PHONE))

    async def tell(number: int) -> int:
        own = {**document, "id": document["id"] if number % 2 else f"evt-{number}"}
        port = (world.port, second)[number // 2 % 2]
        async with world.session.post(
            f"http://127.0.0.1:{port}/v1/events",
            json=own,
            headers={
                "Authorization": "Bearer e2e-bootstrap-key",
                "Content-Type": "application/cloudevents+json",
            },
        ) as answer:
            return answer.status

    assert set(await asyncio.gather(*(tell(number) for number in range(50)))) == {202}
    await world.asked(PHONE)
    await world.at_rest()
    assert len(await world.texts(PHONE)) == 1
    found = await world.get(f"/v1/tickets/{TICKET}")
    assert len(found["closures"]) == 1
    assert len(found["invitations"]) == 1
