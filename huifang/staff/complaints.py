"""Shows supervisors complaints and callbacks against their deadlines, and takes their steps."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from marshmallow import Schema, fields, validate
from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks import listing, store
from callbacks import web as bodies
from callbacks.complaint import Step, is_met, overdue, possible
from callbacks.listing import Wanted
from callbacks.model import Complaint, ComplaintState
from callbacks.promises import gate
from callbacks.promises import store as promises
from callbacks.promises.decide import as_it_stands, kept_until
from callbacks.web import ComplaintDesk
from huifang.board import Board
from huifang.request import load, locale_of
from huifang.ruleterms import Agent
from huifang.staff import saying
from huifang.staff.frame import Nav, StaffPages
from huifang.staff.places import is_local
from huifang.staff.worklist import left, me_of
from huifang.story import tell
from huifang.telling import sentence
from huifang.views import timeline_view
from kernel import cursors, journal
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.faults import Conflict, Invalid, NotFound
from kernel.journal import READ
from scheduler import notices
from scheduler.notices import Item

_PAGE = 50  # complaints of one page
_CALLS, _NOTICES = 50, 20  # shown beside them
_STORY = 80  # the newest lines of a ticket's timeline that are shown
_FILTERS = ("state", "owner", "team", "class", "overdue")
_QUICK = (Step.ACKNOWLEDGE, Step.START, Step.CLOSE)  # nothing need be entered for these


class _ListSchema(Schema):
    state = fields.String(validate=validate.OneOf(["", *(each.value for each in ComplaintState)]))
    owner = fields.String()
    team = fields.String()
    classed = fields.String(data_key="class", attribute="class")
    overdue = fields.String()
    cursor = fields.String()
    done = fields.String(metadata={"description": "what was done just before"})


class _LookSchema(Schema):
    done = fields.String(metadata={"description": "what was done just before"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintPages:
    """The board at `/complaints`, and a page for each; every step goes the way of the API.

    `agents` are those of the rules, `default` is the zone of customers of whom nobody knows it.
    """

    desk: ComplaintDesk
    board: Board
    pages: StaffPages
    agents: Callable[[], Sequence[Agent]]
    default: Callable[[], str | None]

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        route, role = self.pages.route, Role.AGENT
        nav = Nav(chinese="投诉", english="Complaints", place=30)
        what, one = "Complaints, callbacks and notices", "A complaint with its story"
        look = _LookSchema()
        return [
            route("GET", "/complaints", self.show, role, what, query=_ListSchema(), nav=nav),
            route("GET", "/complaints/{id}", self.one, role, one, query=look),
            route("POST", "/complaints/{id}/{step}", self.step, role, "Take a step"),
            route("POST", "/notices/{id}/acknowledge", self.seen, role, "Take care of a notice"),
        ]

    # --- the board ---

    async def show(self, call: Call) -> Answer:
        """What is owed to whom, the most overdue first."""
        return await self._board(call, done=call.query.get("done", ""))

    async def _board(
        self, call: Call, *, status: int = 200, done: str = "", refused: str = ""
    ) -> Answer:
        query, locale, now = call.query, locale_of(call), call.now
        wanted = self._wanted(query)
        calls_too = wanted.state is None and wanted.classed is None
        vault = self.desk.vault
        async with self.desk.database.read() as conn:
            items, more = await listing.complained(
                conn, vault, wanted, now, after=cursors.asked(query), limit=_PAGE
            )
            promised, further = await listing.promised(conn, vault, wanted, now, limit=_CALLS)
            clocks = await gate.clocks(conn, vault, promised, self.default())
            standing, late = await store.counts(conn, now)
            calls, late_calls = await promises.counts(conn, now)
            raised = await notices.counts(conn)
            told, _ = await notices.listed(conn, standing=True, limit=_NOTICES)
        filters = {name: str(query[name]) for name in _FILTERS if query.get(name)}
        return self.pages.page(
            call,
            "staff-complaints",
            status=status,
            here="/complaints" + (f"?{urlencode(filters)}" if filters else ""),
            items=[(item, _next_due(item), overdue(item, now), _quick(item)) for item in items],
            calls=[
                (each, kept_until(each) or each.slot.end, clocks.get(each.who, UTC))
                for each in (as_it_stands(item, now) for item in promised)
            ],
            calls_too=calls_too,
            further=further,
            notices=[(each, sentence(each, locale), _about(each)) for each in told],
            totals={
                "complaints": sum(standing.values()),
                "late": max(late.values(), default=0),
                "calls": sum(calls.values()),
                "late_calls": late_calls,
                "notices": sum(raised.values()),
            },
            states=[each.value for each in ComplaintState],
            filters=filters,
            query=urlencode(filters),
            more=cursors.write(more),
            done=saying.done(locale, done),
            refused=refused,
            **self._known(call),
        )

    def _wanted(self, query: Mapping[str, Any]) -> Wanted:
        state, owner, team = query.get("state"), query.get("owner"), query.get("team")
        owners: set[str] | None = None
        if team:
            owners = {team, *(each.id for each in self.agents() if each.team == team)}
        if owner:
            owners = {owner} if owners is None else owners & {owner}
        return Wanted(
            state=ComplaintState(state) if state else None,
            owners=owners,
            classed=query.get("class") or None,
            late=query.get("overdue") == "true",
        )

    def _known(self, call: Call) -> dict[str, Any]:
        """What all of these pages are worded with."""
        locale, agents = locale_of(call), self.agents()
        return {
            "word": partial(saying.word, locale),
            "left": partial(left, locale, call.now),
            "now": call.now,
            "names": {each.id: each.name for each in agents if each.name},
            "agents": agents,
            "teams": sorted({each.team for each in agents if each.team}),
            "classes": [each.id for each in self.desk.rules().classes],
            "plain": partial(saying.plain, ZoneInfo(self.pages.timezone())),
        }

    async def seen(self, call: Call) -> Answer:
        """Somebody takes care of what a notice tells."""
        try:
            await self.board.acknowledge(replace(call, body={"by": me_of(call)}))
        except Conflict as fault:
            refused = saying.why_not(fault, locale_of(call), self._names(), me_of(call))
            return await self._board(call, status=fault.status, refused=refused)
        return self._onward(call, "/complaints", "notice")

    # --- one complaint ---

    async def one(self, call: Call) -> Answer:
        """One complaint, and all that is known of its ticket."""
        return await self._one(call, done=call.query.get("done", ""))

    async def step(self, call: Call) -> Answer:
        """One step; refused, the page says in words why."""
        steps: Mapping[str, Callable[[Call, Mapping[str, str]], Awaitable[Answer]]] = {
            Step.ACKNOWLEDGE.value: self._acknowledge,
            Step.START.value: lambda call, form: self.desk.start(call),
            Step.ASSIGN.value: self._assign,
            Step.CLASSIFY.value: self._classify,
            Step.RESOLVE.value: self._resolve,
            Step.TELL.value: self._tell,
            Step.CLOSE.value: lambda call, form: self.desk.close(call),
        }
        name = call.path["step"]
        take = steps.get(name)
        if take is None:
            raise NotFound("there is no such step")
        try:
            await take(call, dict(call.form))
        except (Conflict, Invalid) as fault:
            refused = saying.why_not(fault, locale_of(call), self._names(), me_of(call))
            return await self._one(call, status=fault.status, refused=refused)
        return self._onward(call, f"/complaints/{call.path['id']}", name)

    async def _acknowledge(self, call: Call, form: Mapping[str, str]) -> Answer:
        body = load(bodies.AcknowledgedSchema(), {"by": me_of(call)})
        return await self.desk.acknowledge(replace(call, body=body))

    async def _assign(self, call: Call, form: Mapping[str, str]) -> Answer:
        body = load(bodies.OwnerSchema(), {"owner": form.get("owner", "")})
        return await self.desk.assign(replace(call, body=body))

    async def _classify(self, call: Call, form: Mapping[str, str]) -> Answer:
        body = load(bodies.ClassifiedSchema(), {"class": form.get("class", "")})
        return await self.desk.classify(replace(call, body=body))

    async def _resolve(self, call: Call, form: Mapping[str, str]) -> Answer:
        body = load(bodies.ResolvedSchema(), {"how": form.get("how", "")})
        return await self.desk.resolve(replace(call, body=body))

    async def _tell(self, call: Call, form: Mapping[str, str]) -> Answer:
        body = load(bodies.ResultSchema(), {"text": form.get("text", "")})
        return await self.desk.tell(replace(call, body=body))

    async def _one(
        self, call: Call, *, status: int = 200, done: str = "", refused: str = ""
    ) -> Answer:
        id_, locale, now = call.path["id"], locale_of(call), call.now
        async with self.desk.database.read() as conn:
            item = (await store.load(conn, self.desk.vault, [id_])).get(id_)
            if item is None:
                raise NotFound(f"there is no complaint {id_}")
            facts = await self._story(conn, item, locale, now)
        deadlines = {"respond": item.respond_by, "resolve": item.resolve_by, "tell": item.tell_by}
        return self.pages.page(
            call,
            "staff-complaint",
            status=status,
            here=f"/complaints/{item.id}",
            item=item,
            steps=[each.value for each in possible(item.state, item.telling)],
            deadlines=[(name, by, is_met(item, name)) for name, by in deadlines.items()],
            unmet=overdue(item, now),
            longest=bodies.LONGEST_RESULT,
            done=saying.done(locale, done),
            refused=refused,
            **facts,
            **self._known(call),
        )

    async def _story(
        self, conn: AsyncConnection, item: Complaint, locale: str, now: datetime
    ) -> dict[str, Any]:
        """What was done about it, and what happened to its ticket, each the newest first."""
        which = (item.source, item.ticket)
        entries = (await journal.about(conn, [item.id]))[item.id]
        story = await timeline_view(conn, item.source, item.ticket, locale)
        calls = (await promises.of_tickets(conn, self.desk.vault, [which]))[which]
        return {
            "history": [
                (each.at, tell(each, locale)) for each in reversed(entries) if each.kind != READ
            ],
            "story": [
                (datetime.fromisoformat(each["at"]), each["text"])
                for each in reversed(story[-_STORY:])
            ],
            "calls": [as_it_stands(each, now) for each in calls],
        }

    def _names(self) -> dict[str, str]:
        return {each.id: each.name for each in self.agents() if each.name}

    def _onward(self, call: Call, usual: str, done: str) -> Answer:
        """Back to where the form was, or to the usual place."""
        back = dict(call.form).get("back", "")
        place = back if is_local(back) and back.startswith("/complaints") else usual
        joined = "&" if "?" in place else "?"
        return self.pages.onward(f"{place}{joined}done={done}")


def _next_due(item: Complaint) -> tuple[str, datetime] | None:
    """The first deadline that is still to be met, with its name."""
    ends = {"respond": item.respond_by, "resolve": item.resolve_by, "tell": item.tell_by}
    owed = [(by, name) for name, by in ends.items() if not is_met(item, name)]
    return (min(owed)[1], min(owed)[0]) if owed else None


def _quick(item: Complaint) -> str | None:
    """The next step, if nothing need be entered for it."""
    first = possible(item.state, item.telling)[:1]
    return first[0].value if first and first[0] in _QUICK else None


def _about(item: Item) -> str | None:
    """The page of what a notice is about, where there is one."""
    id_ = item.subject.partition(":")[0]
    if id_.startswith("k_"):
        return f"/complaints/{id_}"
    return f"/callbacks?id={id_}" if id_.startswith("cb_") else None
