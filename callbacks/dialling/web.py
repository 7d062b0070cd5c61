"""Dials callbacks over HTTP, and keeps who is there to take calls."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.dialling import decide, store
from callbacks.dialling.decide import Refused
from callbacks.dialling.jobs import DIAL, LOST, Dialled, settle_job
from callbacks.dialling.legs import send_of
from callbacks.dialling.model import Agent, Dial, Presence, Setting, There
from callbacks.dialling.outcomes import LIMIT, Ends
from callbacks.promises import gate
from callbacks.promises import store as promises
from callbacks.promises.decide import Step, possible
from callbacks.promises.model import Callback, CallbackState, DialMode
from callbacks.promises.news import entry, shown_of
from callbacks.promises.shapes import CallbackSchema
from channels import legs
from channels import store as people
from channels.policy import Never, WaitUntil
from kernel import journal
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from kernel.faults import Conflict, NotFound
from kernel.shapes import Strict
from kernel.vault import Vault, derived_id
from scheduler import store as jobs


class _AgentSchema(Schema):
    id = fields.String()
    name = fields.String(allow_none=True)
    team = fields.String(allow_none=True)
    state = fields.String(validate=validate.OneOf([each.value for each in Presence]))
    since = fields.String(allow_none=True, metadata={"description": "null: never said anything"})


class AgentPageSchema(Schema):
    """Every agent, in the order of `agents:` in huifang.yaml."""

    items = fields.List(fields.Nested(_AgentSchema))
    next = fields.String(allow_none=True)


class PresenceSchema(Strict):
    """Whether an agent takes calls from now on; that they are on one is seen, not said."""

    state = fields.String(
        required=True,
        validate=validate.OneOf([Presence.THERE.value, Presence.AWAY.value]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DialDesk:
    """The endpoints of dialling; `setting` gives the operator's rules in force.

    `can_call`: whether there is a carrier by which agents can be rung.
    """

    database: Database
    vault: Vault
    setting: Callable[[], Setting]
    can_call: bool

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        return [
            Endpoint(
                method="POST",
                path="/v1/callbacks/{id}/dial",
                handler=self.dial,
                role=Role.AGENT,
                summary="Dial it: whoever claimed it and the customer are joined",
                tag="callbacks",
                reply=CallbackSchema(),
                statuses={
                    404: "no such callback",
                    409: "not now; `why` says why, `possible` what may be done instead",
                },
            ),
            Endpoint(
                method="GET",
                path="/v1/agents",
                handler=self.listed,
                role=Role.AGENT,
                summary="The agents, and who of them is there",
                tag="callbacks",
                reply=AgentPageSchema(),
            ),
            Endpoint(
                method="POST",
                path="/v1/agents/{id}/presence",
                handler=self.present,
                role=Role.AGENT,
                summary="An agent is there, or away; said again, they were only seen again",
                tag="callbacks",
                body=PresenceSchema(),
                reply=_AgentSchema(),
                statuses={404: "no such agent in huifang.yaml"},
            ),
        ]

    async def dial(self, call: Call) -> Answer:
        """Take callback, number and agent in hand; the job does the rest."""
        said = await self.database.transact(lambda conn: self._dial(conn, call))
        if isinstance(said, Conflict):
            raise said  # only now: what the gate made of the callback is committed
        return Answer(body=said)

    async def _dial(self, conn: AsyncConnection, call: Call) -> dict[str, Any] | Conflict:
        """Locks in everybody's order: people, addresses, callbacks, dials, jobs."""
        id_, now, setting = call.path["id"], call.now, self.setting()
        known = (await promises.load(conn, self.vault, [id_])).get(id_)
        if known is None:
            raise NotFound(f"there is no callback {id_}")
        number = await self._number(conn, known)
        if against := self._against(known, number, now):
            raise _conflict(known, against, now)
        dial = await self._drafted(conn, known, self.vault.index(number or ""), now)
        send = send_of(self.vault, known, dial, now)
        verdict = await legs.ask(conn, self.vault, setting.policy, send, now)
        item = (await promises.load(conn, self.vault, [id_], lock=True))[id_]
        if against := self._against(item, number, now):
            raise _conflict(item, against, now)
        if item.phone != known.phone:
            raise _conflict(item, Refused(why="state", text="its number was just changed"), now)
        if isinstance(verdict, WaitUntil | Never):
            until = verdict.at if isinstance(verdict, WaitUntil) else None
            why, agent = str(verdict.reason), item.agent or ""
            ends = Ends(vault=self.vault, setting=self.setting)
            after = await ends.refuse(conn, item, agent, why, until, now)
            return _conflict(after, _by_gate(why, after), now, until=until)
        rung = await self._rung(conn, number or "", now)
        if rung >= setting.callbacks.max_dials_per_day:
            ends = Ends(vault=self.vault, setting=self.setting)
            after = await ends.enough(conn, item, item.agent or "", now)
            return _conflict(after, _by_limit(rung, after), now, until=after.attempt_at)
        # Two who read the same callback before either had its lock would count alike.
        dial = await self._drafted(conn, item, dial.phone_ix, now)
        if not await store.add(conn, [dial]):
            raise _conflict(item, await _in_hand(conn, dial), now)
        return await self._begun(conn, item, dial, call)

    async def _begun(
        self, conn: AsyncConnection, item: Callback, dial: Dial, call: Call
    ) -> dict[str, Any]:
        now = call.now
        item = replace(item, state=CallbackState.DIALING)
        await promises.save(conn, self.vault, [item])
        said = {"agent": dial.agent, "mode": dial.mode.value, "actor": call.actor}
        await journal.append(conn, [entry(item, "callback.dialling", now, **said)])
        await store.say(conn, dial.agent, Presence.THERE, now)
        wanted = DIAL.job(dial.id, Dialled(dial=dial.id), due_at=now)
        await jobs.enqueue(conn, [wanted, settle_job(dial, now + LOST)])
        setting = self.setting()
        default = setting.policy.default_timezone or setting.callbacks.opening.timezone
        clocks = await gate.clocks(conn, self.vault, [item], default)
        return shown_of(item, clocks.get(item.who, UTC))

    def _against(self, item: Callback, number: str | None, now: datetime) -> Refused | None:
        agent = self.setting().agents.get(item.agent or "")
        refused = decide.refusal(item, agent, now)
        if refused is not None:
            return refused
        if number is None:
            text = "the customer has no phone number; give one with the callback"
            return Refused(why="no_number", text=text)
        if not self.can_call:
            text = "no carrier places calls; set HUIFANG_TWILIO_FROM to a number that can call"
            return Refused(why="no_carrier", text=text)
        return None

    def _first(self) -> DialMode:
        return self.setting().callbacks.mode

    async def _number(self, conn: AsyncConnection, item: Callback) -> str | None:
        if item.phone is not None:
            return item.phone
        person = (await people.load_people(conn, self.vault, [item.who])).get(item.who)
        return person.phone if person is not None else None

    async def _drafted(
        self, conn: AsyncConnection, item: Callback, phone_ix: bytes, now: datetime
    ) -> Dial:
        before = (await store.of_callbacks(conn, [item.id]))[item.id]
        id_ = derived_id("d_", item.id, str(len(before)))
        return Dial(
            id=id_,
            callback=item.id,
            agent=item.agent or "",
            mode=self._first(),
            phone_ix=phone_ix,
            at=now,
            contact=derived_id("c_", id_),
        )

    async def _rung(self, conn: AsyncConnection, number: str, now: datetime) -> int:
        """How often a number was rung today."""
        since = decide.day_of(now, self.setting().callbacks.opening.timezone)
        return await store.rung_since(conn, self.vault.indexes(number), since)

    # --- agents ---

    async def listed(self, call: Call) -> Answer:
        """Every agent, with what they said last."""
        async with self.database.read() as conn:
            said = await store.presence(conn)
            busy = {dial.agent: dial.at for dial in await store.in_hand(conn)}
        items = [
            _shown(agent, said.get(agent.id), busy.get(agent.id), call.now)
            for agent in self.setting().agents.values()
        ]
        return Answer(body={"items": items, "next": None})

    async def present(self, call: Call) -> Answer:
        """An agent says whether they are there."""
        id_ = call.path["id"]
        agent = self.setting().agents.get(id_)
        if agent is None:
            raise NotFound(f"there is no agent {id_}; add them to `agents:` in huifang.yaml")
        state = Presence(call.body["state"])

        async def work(conn: AsyncConnection) -> dict[str, Any]:
            there = await store.say(conn, id_, state, call.now)
            busy = {dial.agent: dial.at for dial in await store.in_hand(conn)}
            return _shown(agent, there, busy.get(id_), call.now)

        return Answer(body=await self.database.transact(work))


def _shown(
    agent: Agent, said: There | None, on_call: datetime | None, now: datetime
) -> dict[str, Any]:
    state, since = Presence.AWAY, said.since if said else None
    if on_call is not None:
        state, since = Presence.ON_CALL, on_call
    elif said is not None and decide.is_there(said, now):
        state = Presence.THERE
    return {
        "id": agent.id,
        "name": agent.name,
        "team": agent.team,
        "state": state.value,
        "since": since.isoformat() if since else None,
    }


async def _in_hand(conn: AsyncConnection, wanted: Dial) -> Refused:
    """Which of the three that only one dial may hold is held."""
    held: Collection[Dial] = await store.in_hand(conn)
    if any(dial.callback == wanted.callback for dial in held):
        return Refused(why="dialling", text="it is being dialled already")
    if any(dial.agent == wanted.agent for dial in held):
        return Refused(why="agent_busy", text=f"agent {wanted.agent} is on a call; end it first")
    text = "the customer's number is being dialled for another callback; try again after it"
    return Refused(why="number_busy", text=text)


def _by_gate(why: str, after: Callback) -> Refused:
    text = f"the contact rules are against it ({why}): the callback is {after.state.value} now"
    if after.attempt_at is not None:
        text += f", to be dialled at {after.attempt_at.isoformat()}"
    return Refused(why=why, text=text)


def _by_limit(rung: int, after: Callback) -> Refused:
    later = after.attempt_at.isoformat() if after.attempt_at else "another day"
    text = f"the number was dialled {rung} times today, which is the most: it is put off to {later}"
    return Refused(why=LIMIT, text=text)


def _conflict(
    item: Callback, refused: Refused, now: datetime, until: datetime | None = None
) -> Conflict:
    left = [each.value for each in possible(item, now) if each is not Step.DIAL]
    extra: dict[str, object] = {"state": item.state.value, "why": refused.why, "possible": left}
    if until is not None:
        extra["until"] = until.isoformat()
    return Conflict(f"{refused.text}; possible: {', '.join(left) or 'nothing'}", extra=extra)
