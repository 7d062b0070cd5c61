"""Books callbacks over HTTP, lists them, and takes the steps that agents say were done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from typing import Any

from marshmallow import Schema
from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.dialling.outcomes import correct, not_joined
from callbacks.promises import decide, follows, gate, shapes, store
from callbacks.promises.decide import OutOfOrder, Step
from callbacks.promises.follows import Follow
from callbacks.promises.model import (
    ENDS,
    Attempt,
    Callback,
    CallbackState,
    CallOutcome,
    Origin,
    Slot,
    Urgency,
)
from callbacks.promises.news import shown_of
from callbacks.promises.promising import Desk, Standing
from callbacks.promises.refusals import (
    WHY,
    allowed,
    no_slot,
    nobody,
    offer,
    out_of_order,
    phone_of,
    unknown,
    wished,
)
from callbacks.promises.service import Terms, add, keep, open_desk, record
from callbacks.promises.settling import must_hear
from callbacks.promises.slots import LONGEST, book_of, free, instead, refusal
from channels import store as people
from channels.choices import place_of
from kernel import cursors
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from kernel.faults import Conflict
from kernel.vault import Vault, derived_id

_PATH = "/v1/callbacks"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackDesk:
    """The endpoints of callbacks but for dialling; `terms` gives those in force."""

    database: Database
    vault: Vault
    terms: Callable[[], Terms]

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        return [
            Endpoint(
                method="POST",
                path=_PATH,
                handler=self.book,
                role=Role.AGENT,
                summary="Promise to phone a customer, in a slot or as soon as may be",
                tag="callbacks",
                body=shapes.BookedBody(),
                reply=shapes.CallbackSchema(),
                status=201,
                statuses={
                    409: "one is open for the same customer and topic: `callback`",
                    422: "it cannot be promised; `slots` are the next that can",
                },
            ),
            _get("", self.listed, "Callbacks, by promise and then priority", _PAGE, _LISTED),
            _get("/slots", self.slots, "The slots that can be promised", _SLOTS, _FREE),
            _get("/{id}", self.one, "One callback", None, shapes.CallbackSchema()),
            _step(Step.CLAIM, self.claim, "An agent takes it, for a while", shapes.AgentBody()),
            _step(Step.RELEASE, self.release, "Back to the queue"),
            _step(Step.OUTCOME, self.outcome, "What came of a call", shapes.OutcomeBody()),
            _step(Step.RESCHEDULE, self.reschedule, "Another slot", shapes.RescheduledBody()),
            _step(Step.CANCEL, self.cancel, "It is not wanted any more", shapes.CancelledBody()),
        ]

    async def book(self, call: Call) -> Answer:
        """Promise a call; of two at once for the same matter the second is told of the first."""

        async def work(conn: AsyncConnection) -> Answer:
            terms, given = self.terms(), call.body.get("slot")
            draft = await self._draft(conn, call)
            desk = await open_desk(conn, self.vault, [draft], terms, call.now)
            standing = allowed(desk.standings.get(draft.id), draft)
            if draft.key in desk.open:
                raise self._known(desk.open[draft.key], standing.clock)
            slot = self._slot(given, desk, standing, call, chosen=draft.chosen)
            item = replace(draft, slot=slot, attempt_at=slot.begin)
            if not await add(conn, self.vault, [item], call.now):
                raise Conflict("the same was promised just now")
            by = call.actor
            follow = follows.promised(item, terms.rules.remind, call.now, by, by)
            gated = Follow(entries=(standing.verdict_at(slot.begin),))
            await keep(conn, self.vault, {}, [gated, follow], terms.zone)
            return Answer(body=shown_of(item, standing.clock), status=201)

        return await self.database.transact(work)

    async def _draft(self, conn: AsyncConnection, call: Call) -> Callback:
        body, customer = call.body, call.body["customer"]
        source = await _source(conn, customer, body.get("source"))
        person = (await people.load_people(conn, self.vault, [(source, customer)])).get(
            (source, customer)
        )
        phone = phone_of(body.get("phone"), person.locale if person else None)
        at = call.now.isoformat()
        return Callback(
            id=derived_id("cb_", source, customer, body["topic"], at),
            source=source,
            customer=customer,
            ticket=body.get("ticket"),
            topic=body["topic"],
            reason=body.get("reason"),
            slot=Slot(begin=call.now, end=call.now),
            asked_at=call.now,
            chosen=body["chosen"] and body.get("slot") is not None,
            phone=phone,
            priority=Urgency[body["priority"].upper()],
            origin=Origin.AGENT,
        )

    def _known(self, item: Callback, clock: tzinfo) -> Conflict:
        return Conflict(
            f"a call is promised already to this customer about {item.topic}: {item.id};"
            " reschedule or cancel that one",
            extra={"callback": shown_of(item, clock)},
        )

    def _slot(
        self,
        given: Mapping[str, datetime] | None,
        desk: Desk,
        standing: Standing,
        call: Call,
        *,
        chosen: bool,
    ) -> Slot:
        """The slot that was wished, or the first that is free; Invalid with what can be had."""
        place = None if chosen else standing.place
        rules, now = desk.rules, call.now
        if given is None:
            since = max(now, standing.paused_until or now)
            found = next(free(rules, desk.book, place, now, since=since), None)
            if found is None:
                raise no_slot("asap", "No slot is free in the time that may be booked.")
            return found
        slot = wished(given, rules.slot)
        why = refusal(slot, rules, desk.book, place, now)
        if why is not None:
            offered = instead(slot, rules, desk.book, standing.place, now)
            raise no_slot("slot", WHY[why], offered, why.value, standing.clock)
        return slot

    async def listed(self, call: Call) -> Answer:
        """A page of callbacks."""
        query, wanted = call.query, call.query.get("state")
        states = () if wanted is None else (CallbackState(wanted),) if wanted != "open" else _OPEN
        async with self.database.read() as conn:
            items, more = await store.listed(
                conn,
                self.vault,
                states=states,
                agent=query.get("agent"),
                after=cursors.asked(query),
                limit=query["limit"],
            )
            shown = await self._shown(conn, items, call.now)
        return Answer(body={"items": shown, "next": cursors.write(more)})

    async def one(self, call: Call) -> Answer:
        """One callback."""
        id_ = call.path["id"]
        async with self.database.read() as conn:
            item = (await store.load(conn, self.vault, [id_])).get(id_)
            if item is None:
                raise unknown(id_)
            return Answer(body=(await self._shown(conn, [item], call.now))[0])

    async def slots(self, call: Call) -> Answer:
        """The slots free for a customer."""
        query, terms, now = call.query, self.terms(), call.now
        async with self.database.read() as conn:
            source = await _source(conn, query["customer"], query.get("source"))
            who = (source, query["customer"])
            person = (await people.load_people(conn, self.vault, [who]))[who]
            until = now + timedelta(days=query["days"])
            book = book_of(await store.booked(conn, now, until + LONGEST))
        place = gate.place_for(self.vault, person, terms.policy)
        clock = place_of(person, terms.zone)
        found = free(terms.rules, book, place, now, until=until)
        items = [
            {**offer(slot, clock), "room": terms.rules.capacity - book.count(slot)}
            for slot in islice(found, query["limit"])
        ]
        return Answer(body={"items": items})

    async def claim(self, call: Call) -> Answer:
        """An agent takes it."""
        agent = call.body["agent"].strip()

        def work(item: Callback) -> tuple[Callback | OutOfOrder, Callable[[Callback], Follow]]:
            return (
                decide.claim(item, agent, call.now),
                lambda after: follows.claimed(after, call.now, agent, call.actor),
            )

        return await self._take(call, Step.CLAIM, work)

    async def release(self, call: Call) -> Answer:
        """Back to the queue."""

        def work(item: Callback) -> tuple[Callback | OutOfOrder, Callable[[Callback], Follow]]:
            return (
                decide.release(item, call.now),
                lambda after: follows.released(after, call.now, call.actor, call.actor),
            )

        return await self._take(call, Step.RELEASE, work)

    async def cancel(self, call: Call) -> Answer:
        """It is not wanted any more; the customer is told, unless they know."""
        reason, words = decide.worded(call.body["reason"].strip())
        now, by = call.now, call.actor

        async def work(conn: AsyncConnection) -> Answer:
            before = await self._locked(conn, call)
            after = decide.cancel(before, reason, now)
            if isinstance(after, OutOfOrder):
                raise out_of_order(before, Step.CANCEL, after)
            after = replace(after, notes=decide.noted(before, words))
            remind = self.terms().rules.remind
            tell = await must_hear(conn, before, reason, remind, now)
            await keep(
                conn,
                self.vault,
                {after.id: after},
                [follows.cancelled(after, now, by, by, tell=tell)],
            )
            return Answer(body=(await self._shown(conn, [after], now))[0])

        return await self.database.transact(work)

    async def outcome(self, call: Call) -> Answer:
        """What came of a call, by whichever phone it was made."""
        body, notes = call.body, (call.body.get("notes") or "").strip() or None

        async def work(conn: AsyncConnection) -> Answer:
            known = (await store.load(conn, self.vault, [call.path["id"]])).values()
            if not all(each.is_open for each in known):
                # A correction may open it again: nobody promises another one meanwhile.
                await store.lock_book(conn)
            item = await self._locked(conn, call)
            refused = decide.may_end(item, call.now)
            last = item.attempts[-1].by if item.attempts else None
            by = body.get("agent") or item.agent or last or call.actor
            attempt = Attempt(at=call.now, outcome=CallOutcome(body["outcome"]), by=by)
            noted = replace(item, notes=decide.noted(item, notes))
            terms, actor = self.terms(), call.actor
            if refused is not None:
                # The carrier told what came of the dial before the agent did.
                after = await correct(conn, self.vault, noted, attempt, terms, actor)
                if after is None:
                    raise out_of_order(item, Step.OUTCOME, refused)
            elif await not_joined(conn, item, attempt):
                raise Conflict("a customer is reached once both took the call, and nobody did yet")
            else:
                after = await record(conn, self.vault, noted, attempt, terms, actor=actor)
            return Answer(body=(await self._shown(conn, [after], call.now))[0])

        return await self.database.transact(work)

    async def reschedule(self, call: Call) -> Answer:
        """Another slot, found as the first one was."""

        async def work(conn: AsyncConnection) -> Answer:
            id_, terms, chosen = call.path["id"], self.terms(), call.body["chosen"]
            before = (await store.load(conn, self.vault, [id_])).get(id_)
            if before is None:
                raise unknown(id_)
            wanted = replace(before, chosen=chosen)
            desk = await open_desk(conn, self.vault, [wanted], terms, call.now)
            standing = allowed(desk.standings.get(id_), wanted)
            item = await self._locked(conn, call)
            if item.is_open:
                desk.book.remove(item.slot)
            moved = decide.reschedule(item, item.slot, call.now, chosen=chosen)
            if isinstance(moved, OutOfOrder):
                raise out_of_order(item, Step.RESCHEDULE, moved)
            slot = self._slot(call.body["slot"], desk, standing, call, chosen=chosen)
            moved = replace(moved, slot=slot, attempt_at=slot.begin)
            actor = call.actor
            follow = follows.moved(moved, terms.rules.remind, call.now, actor, actor)
            await keep(conn, self.vault, {id_: moved}, [follow], terms.zone)
            return Answer(body=shown_of(moved, standing.clock))

        return await self.database.transact(work)

    async def _take(
        self,
        call: Call,
        step: Step,
        work: Callable[[Callback], tuple[Callback | OutOfOrder, Callable[[Callback], Follow]]],
    ) -> Answer:
        """Take one step under the callback's lock: of two at once, the other comes too late."""

        async def taken(conn: AsyncConnection) -> Answer:
            before = await self._locked(conn, call)
            after, follow = work(before)
            if isinstance(after, OutOfOrder):
                raise out_of_order(before, step, after)
            await keep(conn, self.vault, {after.id: after}, [follow(after)])
            return Answer(body=(await self._shown(conn, [after], call.now))[0])

        return await self.database.transact(taken)

    async def _locked(self, conn: AsyncConnection, call: Call) -> Callback:
        id_ = call.path["id"]
        item = (await store.load(conn, self.vault, [id_], lock=True)).get(id_)
        if item is None:
            raise unknown(id_)
        return decide.as_it_stands(item, call.now)

    async def _shown(
        self, conn: AsyncConnection, items: Sequence[Callback], now: datetime
    ) -> list[dict[str, Any]]:
        clocks = await gate.clocks(conn, self.vault, items, self.terms().zone)
        return [
            shown_of(decide.as_it_stands(item, now), clocks.get(item.who, UTC)) for item in items
        ]


_OPEN = tuple(state for state in CallbackState if state not in ENDS)
_PAGE, _LISTED = shapes.CallbackPageQuery(), shapes.CallbackPageSchema()
_SLOTS, _FREE = shapes.SlotsQuery(), shapes.FreeSlotsSchema()


async def _source(conn: AsyncConnection, customer: str, wanted: str | None) -> str:
    """Where a customer is known from; Invalid, or Conflict that lists the sources."""
    known = await people.sources_of(conn, customer)
    if wanted is not None and wanted in known:
        return wanted
    if wanted is not None or not known:
        raise nobody(customer, wanted)
    if len(known) > 1:
        raise Conflict(
            "several sources know this customer: say which as source", extra={"sources": known}
        )
    return known[0]


def _get(path: str, handler: Any, summary: str, query: Schema | None, reply: Schema) -> Endpoint:
    return Endpoint(
        method="GET",
        path=_PATH + path,
        handler=handler,
        role=Role.AGENT,
        summary=summary,
        tag="callbacks",
        query=query,
        reply=reply,
        statuses={404: "no such callback"} if path == "/{id}" else {},
    )


def _step(step: Step, handler: Any, summary: str, body: Schema | None = None) -> Endpoint:
    return Endpoint(
        method="POST",
        path=f"{_PATH}/{{id}}/{step.value}",
        handler=handler,
        role=Role.AGENT,
        summary=summary,
        tag="callbacks",
        body=body,
        reply=shapes.CallbackSchema(),
        statuses={
            404: "no such callback",
            409: "out of order, or another agent has it; `possible` names the steps that are not",
        },
    )
