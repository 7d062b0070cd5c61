"""Lists complaints over HTTP, and takes the steps that agents say were done."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks import store
from callbacks.classes import named
from callbacks.complaint import MET_BY, OutOfOrder, Step, is_met, take
from callbacks.deadlines import classed
from callbacks.delivery import send_job
from callbacks.model import Complaint, ComplaintRules, ComplaintState, Telling
from callbacks.news import entry, first_deadlines, published, shown_of
from callbacks.settling import met, owed_calls
from kernel import cursors, journal
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from kernel.faults import Conflict, FieldError, Invalid, NotFound
from kernel.shapes import PageQuery, Strict, words
from kernel.vault import Vault
from scheduler import store as jobs
from scheduler.job import Job
from tickets import store as tickets

PATIENCE = timedelta(seconds=2)
"""How long `tell` waits for a carrier, which as a rule takes a message in less."""
LONGEST_RESULT = 300  # characters: three segments of a text in Chinese, with the frame

_FIRST_LOOK = timedelta(milliseconds=30)
_LONGEST_HOW = 500
_LONGEST_NAME = 64


class _Overdue(fields.Boolean):
    """Yes, no, or the name of a deadline."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        named = isinstance(value, str) and value in MET_BY
        return value if named else super()._deserialize(value, attr, data, **more)


class _PageSchema(PageQuery):
    state = fields.String(validate=validate.OneOf([state.value for state in ComplaintState]))
    owner = fields.String(validate=validate.Length(1, 255))
    overdue = _Overdue(
        metadata={
            "description": "only those with a deadline unmet, or only the others;"
            " a deadline's name, such as `respond`: only those that missed this one"
        }
    )


class _DeadlinesSchema(Schema):
    respond = fields.String()
    resolve = fields.String()
    tell = fields.String()


class _HappenedSchema(Schema):
    at = fields.String()
    kind = fields.String(metadata={"description": "such as complaint.acknowledged"})
    detail = fields.Dict(metadata={"description": "who did it, and what there is to know"})


class ComplaintSchema(Schema):
    """A complaint: how far it is, by when it is owed what, and all that was done about it."""

    id = fields.String()
    ticket = fields.String()
    source = fields.String()
    state = fields.String(validate=validate.OneOf([state.value for state in ComplaintState]))
    classed = fields.String(data_key="class", attribute="class")
    owner = fields.String(allow_none=True)
    opened_at = fields.String()
    deadlines = fields.Nested(_DeadlinesSchema)
    overdue = fields.List(fields.String(validate=validate.OneOf(list(MET_BY))))
    score = fields.Float(allow_none=True)
    comment = fields.String(allow_none=True)
    telling = fields.String(
        validate=validate.OneOf([each.value for each in Telling]),
        metadata={
            "description": "what became of telling the customer the result: `going` until a "
            "message left, and the complaint is `told`; `failed` and `unsure` wait for a person"
        },
    )
    history = fields.List(fields.Nested(_HappenedSchema))


class ComplaintPageSchema(Schema):
    """One page of complaints, newest first."""

    items = fields.List(fields.Nested(ComplaintSchema))
    next = fields.String(allow_none=True)


class AcknowledgedSchema(Strict):
    """Who takes it up."""

    by = words(_LONGEST_NAME, description="the agent's id")


class OwnerSchema(Strict):
    """Whose it is from now on."""

    owner = words(_LONGEST_NAME, description="an agent's id, or a team's")


class ClassifiedSchema(Strict):
    """Which class it belongs to."""

    classed = fields.String(
        required=True,
        data_key="class",
        validate=validate.Length(1, _LONGEST_NAME),
        metadata={"description": "an id of `complaints.classes`"},
    )


class ResolvedSchema(Strict):
    """How it was put right; the customer does not see this."""

    how = words(_LONGEST_HOW)


class ResultSchema(Strict):
    """What the customer is told, in a sentence or two."""

    text = words(LONGEST_RESULT)


#: What a step changes beside the state; what its entry says; and further jobs.
_Change = Callable[[Complaint], Complaint]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintDesk:
    """The endpoints of complaints; `rules` gives the operator's in force.

    `patience`: how long an answer may wait for the customer to be told.
    """

    database: Database
    vault: Vault
    rules: Callable[[], ComplaintRules]
    patience: timedelta = timedelta(0)

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        return [
            Endpoint(
                method="GET",
                path="/v1/complaints",
                handler=self.listed,
                role=Role.AGENT,
                summary="Complaints, newest first",
                tag="complaints",
                query=_PageSchema(),
                reply=ComplaintPageSchema(),
            ),
            Endpoint(
                method="GET",
                path="/v1/complaints/{id}",
                handler=self.one,
                role=Role.AGENT,
                summary="A complaint with all that was done about it",
                tag="complaints",
                reply=ComplaintSchema(),
                statuses={404: "no such complaint"},
            ),
            _step("acknowledge", self.acknowledge, "Somebody takes it up", AcknowledgedSchema()),
            _step("start", self.start, "Work on it begins"),
            _step("assign", self.assign, "Give it to an agent or a team", OwnerSchema()),
            _step(
                "classify",
                self.classify,
                "Put it in another class; its deadlines count anew from when it was opened",
                ClassifiedSchema(),
            ),
            _step("resolve", self.resolve, "It was put right", ResolvedSchema()),
            _step(
                "tell",
                self.tell,
                "Have the customer told the result: `telling` is `going` until a message left,"
                " and only then it is `told`; the answer waits two seconds for that",
                ResultSchema(),
            ),
            _step("close", self.close, "It is over"),
        ]

    async def listed(self, call: Call) -> Answer:
        """A page of complaints."""
        query, state = call.query, call.query.get("state")
        async with self.database.read() as conn:
            items, more = await store.listed(
                conn,
                self.vault,
                call.now,
                state=ComplaintState(state) if state else None,
                owner=query.get("owner"),
                late=query.get("overdue"),
                after=cursors.asked(query),
                limit=query["limit"],
            )
            story = await journal.about(conn, [item.id for item in items])
        shown = [shown_of(item, story[item.id], call.now) for item in items]
        return Answer(body={"items": shown, "next": cursors.write(more)})

    async def one(self, call: Call) -> Answer:
        """One complaint."""
        id_ = call.path["id"]
        async with self.database.read() as conn:
            item = (await store.load(conn, self.vault, [id_])).get(id_)
            if item is None:
                raise _unknown(id_)
            return Answer(body=await _shown(conn, item, call))

    async def acknowledge(self, call: Call) -> Answer:
        """Somebody takes it up."""
        by = call.body["by"]
        return await self._take(call, Step.ACKNOWLEDGE, "complaint.acknowledged", by=by)

    async def start(self, call: Call) -> Answer:
        """Work on it begins."""
        return await self._take(call, Step.START, "complaint.started")

    async def assign(self, call: Call) -> Answer:
        """It is somebody else's from now on."""
        owner = call.body["owner"]
        return await self._take(
            call,
            Step.ASSIGN,
            "complaint.assigned",
            lambda item: replace(item, owner=owner),
            owner=owner,
        )

    async def classify(self, call: Call) -> Answer:
        """It belongs to another class."""
        rules, wanted = self.rules(), call.body["classed"]
        owed = named(wanted, rules.classes)
        if owed is None:
            known = ", ".join(each.id for each in rules.classes)
            fault = FieldError(path="class", reason=f"There is no such class; there are {known}.")
            raise Invalid("name a class of complaints", errors=[fault])
        return await self._take(
            call,
            Step.CLASSIFY,
            "complaint.classified",
            lambda item: classed(item, owed, rules.opening, call.now, by_hand=True),
            **{"class": owed.id},
        )

    async def resolve(self, call: Call) -> Answer:
        """It was put right."""
        how = call.body["how"].strip()
        return await self._take(
            call, Step.RESOLVE, "complaint.resolved", lambda item: replace(item, how=how)
        )

    async def tell(self, call: Call) -> Answer:
        """The customer is told, by whatever channel the gate lets through."""
        text = " ".join(call.body["text"].split())
        answer = await self._take(
            call, Step.TELL, "complaint.telling", lambda item: replace(item, result=text)
        )
        return await self._once_told(call, answer)

    async def _once_told(self, call: Call, answer: Answer) -> Answer:
        """The answer once the message left, where that is soon; else as it is."""
        pause, left = _FIRST_LOOK, self.patience
        while answer.body["telling"] == Telling.GOING and left:
            pause = min(pause, left)
            await asyncio.sleep(pause.total_seconds())
            left, pause = left - pause, pause * 1.5
            try:
                answer = await self.one(call)
            except Exception:  # noqa: BLE001 - the step was taken, whatever became of it since
                return answer
        return answer

    async def close(self, call: Call) -> Answer:
        """It is over."""
        return await self._take(call, Step.CLOSE, "complaint.closed")

    async def _take(
        self,
        call: Call,
        step: Step,
        kind: str,
        change: _Change = lambda item: item,
        **detail: Any,
    ) -> Answer:
        """Take one step under the complaint's lock: of two at once, the other comes too late."""

        async def work(conn: AsyncConnection) -> Answer:
            id_ = call.path["id"]
            before = (await store.load(conn, self.vault, [id_], lock=True)).get(id_)
            if before is None:
                raise _unknown(id_)
            moved = take(before, step)
            if isinstance(moved, OutOfOrder):
                raise _out_of_order(before, step, moved)
            item = change(moved)
            said = {"by": call.actor, "actor": call.actor, **detail}
            if step is Step.TELL:
                said["number"] = item.tellings
            await store.save(conn, self.vault, [item])
            await journal.append(conn, [entry(item, kind, call.now, **said)])
            await jobs.enqueue(conn, await _follows(conn, item, step, self.rules(), call))
            for name in MET_BY:
                if is_met(item, name) and not is_met(before, name):
                    await met(conn, item, name, said["by"], call.actor, call.now)
            return Answer(body=await _shown(conn, item, call))

        return await self.database.transact(work)


async def _follows(
    conn: AsyncConnection, item: Complaint, step: Step, rules: ComplaintRules, call: Call
) -> list[Job]:
    """The jobs that a step leaves behind."""
    match step:
        case Step.CLASSIFY:
            return [*first_deadlines(item), *await owed_calls(conn, [item], rules, call.now)]
        case Step.TELL:
            closures = await tickets.closures_of(conn, {(item.source, item.ticket)})
            if item.closure not in closures:
                raise Conflict("nobody knows any more whose ticket this was")
            return [send_job(item, closures[item.closure].customer, call.now)]
        case Step.CLOSE:
            story = (await journal.about(conn, [item.id]))[item.id]
            return [published(item, "complaint.closed", item.id, story, call.now)]
        case _:
            return []


async def _shown(conn: AsyncConnection, item: Complaint, call: Call) -> dict[str, Any]:
    story = await journal.about(conn, [item.id])
    return shown_of(item, story[item.id], call.now)


def _unknown(id_: str) -> NotFound:
    return NotFound(f"there is no complaint {id_}")


def _out_of_order(item: Complaint, step: Step, refused: OutOfOrder) -> Conflict:
    left = [each.value for each in refused.possible]
    going = " while its customer is being told" if item.telling is Telling.GOING else ""
    return Conflict(
        f"a complaint that is {item.state.value} cannot {step.value} now{going};"
        f" possible: {', '.join(left) or 'nothing'}",
        extra={"state": item.state.value, "possible": left},
    )


def _step(name: str, handler: Any, summary: str, body: Schema | None = None) -> Endpoint:
    return Endpoint(
        method="POST",
        path=f"/v1/complaints/{{id}}/{name}",
        handler=handler,
        role=Role.AGENT,
        summary=summary,
        tag="complaints",
        body=body,
        reply=ComplaintSchema(),
        statuses={
            404: "no such complaint",
            409: "out of order; `possible` names the steps that are not",
        },
    )
