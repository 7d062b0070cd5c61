"""Shows agents the callbacks to be made, and takes what they say they did."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from marshmallow import Schema, fields

from callbacks.dialling.model import Presence
from callbacks.dialling.web import DialDesk, PresenceSchema
from callbacks.promises import shapes, store
from callbacks.promises.decide import Step, as_it_stands
from callbacks.promises.model import CallOutcome, DialMode
from callbacks.promises.service import Terms
from callbacks.promises.web import CallbackDesk
from huifang.request import load, locale_of
from huifang.ruleterms import Agent
from huifang.staff import cases, saying
from huifang.staff.cases import Insight
from huifang.staff.frame import Nav, StaffPages
from huifang.staff.model import LONGEST_LOGIN
from kernel.endpoint import Answer, Call, Endpoint, Person, Role
from kernel.faults import Conflict, Fault, Invalid, NotFound

_AHEAD = 7  # days of slots to choose from
_SHOWN = 120  # slots


class _LookSchema(Schema):
    id = fields.String(metadata={"description": "the callback to be shown in full"})
    done = fields.String(metadata={"description": "what was done just before"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Worklist:
    """The page at `/callbacks`; every step goes the way of the API, and is refused as there.

    `agents` are those of the rules, `terms` what callbacks go by.
    """

    desk: CallbackDesk
    dialling: DialDesk
    pages: StaffPages
    agents: Callable[[], Sequence[Agent]]
    terms: Callable[[], Terms]

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        route, nav = self.pages.route, Nav(chinese="回电", english="Callbacks", place=20)
        what, look = "The callbacks to be made", _LookSchema()
        return [
            route("GET", "/callbacks", self.show, Role.AGENT, what, query=look, nav=nav),
            route("POST", "/callbacks/presence", self.present, Role.AGENT, "One is there, or away"),
            route("POST", "/callbacks/{id}/{step}", self.step, Role.AGENT, "Take a step"),
        ]

    async def show(self, call: Call) -> Answer:
        """The queue, and one callback in full."""
        return await self._page(call, call.query.get("id"), done=call.query.get("done", ""))

    async def present(self, call: Call) -> Answer:
        """The agent is there, or away."""
        form = dict(call.form)
        body = load(PresenceSchema(), {"state": form.get("state", "")})
        await self.dialling.present(replace(call, path={"id": me_of(call)}, body=body))
        return self._done("presence", form.get("id", ""))

    async def step(self, call: Call) -> Answer:
        """One step; refused, the page says in words why."""
        id_, name = call.path["id"], call.path["step"]
        take = self._steps().get(name)
        if take is None:
            raise NotFound("there is no such step")
        try:
            await self._refuse_others(call, id_, name)
            await take(call, dict(call.form))
        except (Conflict, Invalid) as fault:
            refused = saying.why_not(fault, locale_of(call), self._names(), me_of(call))
            return await self._page(call, id_, status=fault.status, refused=refused)
        return self._done(name, id_)

    def _steps(self) -> Mapping[str, Callable[[Call, Mapping[str, str]], Awaitable[Answer]]]:
        return {
            Step.CLAIM.value: self._claim,
            Step.DIAL.value: lambda call, form: self.dialling.dial(call),
            Step.OUTCOME.value: self._outcome,
            Step.RESCHEDULE.value: self._reschedule,
            Step.RELEASE.value: lambda call, form: self.desk.release(call),
            Step.CANCEL.value: self._cancel,
        }

    async def _claim(self, call: Call, form: Mapping[str, str]) -> Answer:
        body = load(shapes.AgentBody(), {"agent": me_of(call)})
        return await self.desk.claim(replace(call, body=body))

    async def _outcome(self, call: Call, form: Mapping[str, str]) -> Answer:
        said = {"outcome": form.get("outcome", ""), "notes": form.get("notes", "")}
        return await self.desk.outcome(replace(call, body=load(shapes.OutcomeBody(), said)))

    async def _reschedule(self, call: Call, form: Mapping[str, str]) -> Answer:
        said = {"slot": {"from": form.get("slot", "")}, "chosen": "chosen" in form}
        return await self.desk.reschedule(replace(call, body=load(shapes.RescheduledBody(), said)))

    async def _cancel(self, call: Call, form: Mapping[str, str]) -> Answer:
        body = load(shapes.CancelledBody(), {"reason": form.get("reason", "")})
        return await self.desk.cancel(replace(call, body=body))

    async def _refuse_others(self, call: Call, id_: str, name: str) -> None:
        """What somebody holds is theirs; whoever supervises may take it away all the same."""
        if call.role >= Role.MANAGER or name == Step.CLAIM.value:
            return
        async with self.desk.database.read() as conn:
            found = (await store.load(conn, self.desk.vault, [id_])).get(id_)
        if found is None:
            raise NotFound(f"there is no callback {id_}")
        item = as_it_stands(found, call.now)
        if item.is_open and item.agent not in (None, me_of(call)):
            raise Conflict(
                f"{item.agent} has this callback",
                extra={"agent": item.agent, "state": item.state.value, "possible": []},
            )

    def _done(self, name: str, id_: str) -> Answer:
        which = f"id={quote(id_)}&" if id_ else ""
        return self.pages.onward(f"/callbacks?{which}done={name}")

    async def _page(
        self, call: Call, id_: str | None, *, status: int = 200, done: str = "", refused: str = ""
    ) -> Answer:
        me, locale, now = me_of(call), locale_of(call), call.now
        terms = self.terms()
        default = terms.policy.default_timezone or terms.rules.opening.timezone
        shown: Insight | None = None
        vault = self.desk.vault
        async with self.desk.database.read() as conn:
            queue = await cases.queue(conn, vault, me, default, now)
            if id_:
                shown = await cases.insight(conn, vault, id_, me, default, locale, now)
            presence = await cases.presence(conn, me, now)
        return self.pages.page(
            call,
            "staff-callbacks",
            status=status,
            here=f"/callbacks?id={quote(id_)}" if id_ else "/callbacks",
            queue=queue,
            shown=shown,
            asked=id_ or "",
            slots=await self._slots(call, shown),
            done=saying.done(locale, done),
            refused=refused,
            me=me,
            known=any(each.id == me for each in self.agents()),
            presence=presence,
            there=Presence.THERE,
            names=self._names(),
            outcomes=[each.value for each in CallOutcome],
            word=partial(saying.word, locale),
            left=partial(left, locale, now),
            plain=partial(saying.plain, ZoneInfo(self.pages.timezone())),
            now=now,
            most=cases.MOST,
            mine=shown is not None and shown.case.item.agent == me,
            customer_first=terms.rules.mode is DialMode.CUSTOMER_FIRST,
        )

    async def _slots(
        self, call: Call, shown: Insight | None
    ) -> list[tuple[str, list[tuple[str, str]]]]:
        """The slots that can be had, by day on the customer's clock."""
        if shown is None or Step.RESCHEDULE.value not in shown.steps:
            return []
        item, clock = shown.case.item, shown.case.clock
        wanted = {"customer": item.customer, "source": item.source, "days": _AHEAD, "limit": _SHOWN}
        try:
            answer = await self.desk.slots(replace(call, query=wanted))
        except Fault:
            return []  # a customer whom nobody knows any more
        begins = [datetime.fromisoformat(each["from"]) for each in answer.body["items"]]
        ends = [datetime.fromisoformat(each["until"]) for each in answer.body["items"]]
        spans = [
            (
                begin.astimezone(clock),
                begin.isoformat(),
                f"{_clock(begin, clock)}–{_clock(end, clock)}",
            )
            for begin, end in zip(begins, ends, strict=True)
        ]
        return [
            (day, [(at, text) for _, at, text in some])
            for day, some in groupby(spans, key=lambda span: span[0].strftime("%Y-%m-%d"))
        ]

    def _names(self) -> dict[str, str]:
        return {each.id: each.name for each in self.agents() if each.name}


def _clock(at: datetime, clock: Any) -> str:
    return at.astimezone(clock).strftime("%H:%M")


def me_of(call: Call) -> str:
    """What stands for whoever is signed in where an agent is named: their agent's id, or login."""
    person = call.person
    assert isinstance(person, Person)
    return (person.agent or person.login)[:LONGEST_LOGIN]


def left(locale: str, now: datetime, at: datetime, until: datetime) -> tuple[str, str]:
    """How long it is until a call is to be made, or to be over, and a kind: quiet, warn or bad."""
    if now < at:
        span = _span(locale, (at - now).total_seconds())
        return saying.said(locale, f"{span}后", f"in {span}"), "quiet"
    if now < until:
        span = _span(locale, (until - now).total_seconds())
        return saying.said(locale, f"剩{span}", f"{span} left"), "warn"
    span = _span(locale, (now - until).total_seconds())
    return saying.said(locale, f"超时{span}", f"{span} late"), "bad"


def _span(locale: str, seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 60:
        return saying.said(locale, f"{minutes}分钟", f"{minutes} min")
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return saying.said(locale, f"{hours}小时{minutes}分", f"{hours} h {minutes} min")
    return saying.said(locale, f"{hours // 24}天", f"{hours // 24} d")
