"""Callbacks dialled by real processes, and kill -9 at every named step of a dial."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.e2e.stack import BOOTSTRAP, Process, Stack, stack, until

#: In an order in which what is left of one dial does not stop at the step of the next.
STEPS = (
    "callback.outcome",
    "callback.outcome_told",
    "callback.joined",
    "callback.leg_intent",
    "callback.agent_called",
    "callback.dial_leased",
)
#: The customer's call is a contact like any other: to prove what became of it takes minutes.
CUSTOMER_FIRST = (
    "callback.outcome",
    "callback.outcome_told",
    "callback.joined",
    "callback.dial_leased",
)
_HEADERS = {"Authorization": f"Bearer {BOOTSTRAP}"}
_EVENT = "application/cloudevents+json"
_CONVERSING = {"ring": "answer", "after": 0, "turns": [{"hang_up": True, "after": 5}]}
_STAYING = {"ring": "answer", "turns": [{"keys": "1"}, {"hang_up": True, "after": 5}]}


def _rules(agents: int, mode: str) -> str:
    known = "".join(f'  - {{id: A-{n}, phone: "{_agent(n)}"}}\n' for n in range(agents))
    return f"""
programs: []
policy: {{window: {{from: "00:00", until: "24:00"}}, legal_windows: false}}
centre: {{hours: {{mon-sun: "00:00-24:00"}}, holidays: []}}
agents:
{known}callbacks: {{mode: {mode}, book: {{earliest: 0s}}, ring: 4s, max_dials_per_day: 9}}
"""


def _agent(number: int) -> str:
    return f"+861390013900{number}"


def _customer(number: int) -> str:
    return f"+861380013810{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """Agents and customers of a stack: one of each for every dial."""

    world: Stack

    async def ask(self, path: str, body: object, *, media: str = "application/json") -> Any:
        headers = {**_HEADERS, "Content-Type": media}
        url = f"{self.world.product}/v1/{path}"
        async with self.world.session.post(url, data=json.dumps(body), headers=headers) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json(content_type=None)

    async def sandbox(self, path: str, body: object) -> None:
        url = f"{self.world.sandbox}/api/{path}"
        async with self.world.session.put(url, json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def calls(self, number: str) -> list[Any]:
        url = f"{self.world.sandbox}/api/calls"
        async with self.world.session.get(url) as answer:
            found = (await answer.json())["items"]
        return [call for call in found if call["to"] == number]

    async def people(self, number: int, answers_after: float, customer: object) -> None:
        """A customer who is known, and the phones of both."""
        at = datetime.now(UTC).isoformat()
        known = {
            "specversion": "1.0",
            "id": f"evt-{number}",
            "source": "/tickets",
            "type": "ticket.closed",
            "time": at,
            "data": {
                "ticket": {"id": f"T-{number}", "cycle": 1, "closed_at": at},
                "customer": {"id": f"C-{number}", "phone": _customer(number)},
            },
        }
        await self.ask("events", known, media=_EVENT)
        takes = {"ring": "answer", "after": answers_after, "turns": [{"keys": "1"}]}
        await self.sandbox(f"phones/{_agent(number)}/persona", takes)
        await self.sandbox(f"phones/{_customer(number)}/persona", customer)

    async def dial(self, number: int) -> str:
        """A callback in hand of its agent, who has it dialled."""
        wanted = {"customer": f"C-{number}", "source": "/tickets", "topic": "crash", "asap": True}
        id_ = (await self.ask("callbacks", wanted))["id"]
        await self.ask(f"callbacks/{id_}/claim", {"agent": f"A-{number}"})
        await self.ask(f"callbacks/{id_}/dial", {})
        return str(id_)

    async def over(self, id_: str) -> Any:
        async def look() -> Any:
            found = await self.world.get(f"/v1/callbacks/{id_}")
            return found if found and found["attempts"] else None

        return await until(look, f"the end of {id_}")


async def _crash(world: Stack, step: str, process: Process) -> None:
    async def marked() -> bool | None:
        return True if world.mark(step).exists() else None

    await until(marked, f"the process at {step}")
    process.kill()


async def _story(centre: Centre, steps: Sequence[str], mode: str = "agent_first") -> None:
    """Each process is killed at its step, and the next takes up what it left."""
    world, dialled = centre.world, dict[str, str]()
    (world.folder / "config" / "huifang.yaml").write_text(_rules(len(steps), mode))
    check, customer = _CHECKS[mode]
    for number, step in enumerate(steps):
        process = world.serve(barrier=step)
        await world.ready()
        # Dead before the agent takes the call, where that is the step.
        rings = step == "callback.agent_called"
        await centre.sandbox("pace", {"speed": 2 if rings else 20})
        await centre.people(number, 3 if rings else 0, customer)
        dialled[step] = await centre.dial(number)
        await _crash(world, step, process)
        world.processes.remove(process)
    await centre.sandbox("pace", {"speed": 20})
    world.serve()
    await world.ready()
    for number, step in enumerate(steps):
        shown = await centre.over(dialled[step])
        await check(centre, number, step, shown)


async def _check(centre: Centre, number: int, step: str, shown: Any) -> None:
    """One ring at most, and the callback says what it came to."""
    [attempt] = shown["attempts"]
    theirs, ours = await centre.calls(_customer(number)), await centre.calls(_agent(number))
    talked = [call["status"] for call in theirs] == ["completed"]
    assert talked or (theirs == [] and step in ("callback.leg_intent", "callback.agent_called"))
    # Where the customer's phone rang is the agent joined to it, and no attempt is used up else.
    assert (step, attempt["outcome"]) == (step, "reached" if talked else "declined")
    assert shown["state"] in (("done",) if talked else ("due", "promised"))
    assert attempt["by"] == f"A-{number}"
    # Where nobody knows whether it rang, it may ring once more.
    assert len(ours) <= (2 if step == "callback.agent_called" else 1)


async def _check_customer_first(centre: Centre, number: int, step: str, shown: Any) -> None:
    """One ring, whatever was known of it; what the agent pressed may have been lost."""
    [attempt] = shown["attempts"]
    theirs, ours = await centre.calls(_customer(number)), await centre.calls(_agent(number))
    assert (step, len(theirs), len(ours)) == (step, 1, 1)
    talked = attempt["outcome"] == "reached"
    assert talked or (step, attempt["outcome"]) == ("callback.joined", "declined")
    assert shown["state"] in (("done",) if talked else ("due", "promised"))


_CHECKS = {
    "agent_first": (_check, _CONVERSING),
    "customer_first": (_check_customer_first, _STAYING),
}


async def test_kill_9_at_every_step_of_a_dial_rings_a_customer_once(
    tmp_path: Path, sqlite_url: str
) -> None:
    async with stack(tmp_path, sqlite_url, None) as world:
        await _story(Centre(world=world), STEPS)


async def test_kill_9_at_every_step_of_a_dial_rings_a_customer_once_who_is_called_first(
    tmp_path: Path, sqlite_url: str
) -> None:
    async with stack(tmp_path, sqlite_url, None) as world:
        await _story(Centre(world=world), CUSTOMER_FIRST, "customer_first")


async def test_kill_9_in_the_midst_of_a_dial_on_postgresql(
    tmp_path: Path, postgresql_url: str
) -> None:
    async with stack(tmp_path, postgresql_url, None) as world:
        await _story(Centre(world=world), ("callback.leg_intent",))
