"""Plans what a closing earns, in the transaction that keeps the closing."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import store as people
from channels.jobs import CALLBACK, CareCall, WantedCall
from channels.model import Person
from channels.preferences import Known, Told
from kernel.journal import Entry
from kernel.vault import Vault, derived_id
from scheduler import store as jobs
from scheduler.job import Job
from scheduler.trace import Asked
from surveys import store
from surveys.delivery import first_job
from surveys.fates import ledger as fates
from surveys.model import Attribution, Invitation, InvitationState, Survey, Terms
from surveys.programs import (
    Closing,
    NotOwed,
    Owed,
    Program,
    Voicemail,
    asks_more,
    care_call,
    decide,
)
from surveys.settling import cancel, lock, supersede, unsent
from surveys.wording import language
from tickets.model import (
    Customer,
    PreferencesChanged,
    Ticket,
    TicketClosed,
    TicketDeleted,
    TicketMerged,
    TicketReopened,
)
from tickets.ports import News

_ENDINGS = (TicketReopened, TicketDeleted, TicketMerged)
_OF_PEOPLE = (TicketClosed, PreferencesChanged)
_UNASKED = (InvitationState.CANCELLED, InvitationState.SUPPRESSED, InvitationState.UNREACHABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What is live: programs in order of their match, and the published surveys by id."""

    programs: Sequence[Program]
    surveys: Mapping[str, Survey]
    useful_until: timedelta
    secret: bytes  # makes the sample stable and unguessable
    recovery: str | None = None  # the survey that asks whether a complaint was settled
    policy: str = ""  # the version of the rules, for the journal
    agents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # mailbox, number by id


Complained = Callable[
    [AsyncConnection, Collection[tuple[str, str]]], Awaitable[Collection[tuple[str, str]]]
]
"""Which of some tickets (source, id) have a complaint that is not closed."""


@dataclass(slots=True, kw_only=True)
class Planning:
    """Follows tickets: plans invitations for closings, cancels what is unsent on reopening."""

    vault: Vault
    catalogue: Catalogue
    complained: Complained | None = None
    count_decision: Callable[[str, str, int], None] = lambda verdict, reason, count: None

    async def on_news(self, conn: AsyncConnection, news: Sequence[News], now: datetime) -> None:
        """Take note of a batch of news, in the order of the events' own times."""
        known = await self._remember_people(conn, news)
        # First: what is closed again in the same batch is asked about.
        await self._withdraw(conn, news, now)
        await self._plan(conn, news, known, now)

    async def _remember_people(
        self, conn: AsyncConnection, news: Sequence[News]
    ) -> Mapping[people.Who, Known]:
        told: dict[tuple[str, str], list[tuple[Told, datetime]]] = {}
        for item in news:
            event = item.event
            if isinstance(event, _OF_PEOPLE) and not item.erased:
                region = event.ticket.region if isinstance(event, TicketClosed) else None
                who = (event.envelope.source, event.customer.id)
                told.setdefault(who, []).append((told_of(event, region), event.envelope.time))
        return await people.learn_people(conn, self.vault, told)

    async def _plan(
        self,
        conn: AsyncConnection,
        news: Sequence[News],
        known: Mapping[people.Who, Known],
        now: datetime,
    ) -> None:
        closings = [
            (place, item, item.event)
            for place, item in enumerate(news)
            if isinstance(item.event, TicketClosed) and item.closure is not None and item.fresh
        ]
        if not closings:
            return
        known_tickets = {
            (event.envelope.source, event.ticket.id)
            for _, item, event in closings
            if not item.first
        }
        before = await store.invitations_of(conn, known_tickets)
        waiting = await unsent(conn, before)
        complained = await self._complained(conn, known_tickets, before, waiting.values())
        planned: list[Invitation] = []
        wanted: list[Job] = []
        calls: list[Job] = []
        entries: list[Entry] = []
        verdicts: Counter[tuple[str, str]] = Counter()
        undone = _undone(news)
        for place, item, event in closings:
            key = (event.envelope.source, event.ticket.id)
            others = sum(map(_counts, before[key]))
            over = undone.get(key, -1) > place
            closing = self._closing(item, event, others, over=over, recovers=key in complained)
            programs, secret = self.catalogue.programs, self.catalogue.secret
            verdict = decide(closing, programs, now, secret)
            care = care_call(closing, programs, now, secret)
            if care is not None:
                calls.append(_care_job(closing, care, now))
            person = known[event.envelope.source, event.customer.id].person
            invitation = self._invitation(item, event, verdict, person)
            decision = _decision(item, event, verdict, invitation, self.catalogue.policy, now)
            entries.append(decision)
            verdicts[decision.detail["verdict"], decision.detail.get("reason") or "-"] += 1
            if invitation is not None:
                before[key].append(invitation)
                planned.append(invitation)
                wanted.append(first_job(invitation, event.customer.tier))
        used = {item.survey for item in planned}
        await store.publish_versions(
            conn, [self.catalogue.surveys[name] for name in sorted(used)], now
        )
        written = await store.add_invitations(conn, planned)
        await supersede(conn, waiting.values(), planned, now)
        sends = [job for one, job in zip(planned, wanted, strict=True) if one.id in written]
        await jobs.enqueue(conn, [*sends, *calls])
        await fates.keep(conn, entries)
        for (said, reason), count in verdicts.items():
            self.count_decision(said, reason, count)

    async def _complained(
        self,
        conn: AsyncConnection,
        tickets: Collection[tuple[str, str]],
        before: Mapping[tuple[str, str], Sequence[Invitation]],
        waiting: Collection[Invitation],
    ) -> Collection[tuple[str, str]]:
        """Tickets whose complaint was never asked about: the loop goes round once by itself.

        What still waits to ask so makes way for another that does.
        """
        known = self.catalogue.recovery in self.catalogue.surveys
        if self.complained is None or not known:
            return ()
        asked = {key for key in tickets if any(_asks(one) for one in before[key])}
        anew = set(tickets) - asked
        found = await self.complained(conn, anew) if anew else ()
        return {*found, *((one.source, one.ticket) for one in waiting if one.terms.recovery)}

    def _closing(
        self,
        item: News,
        event: TicketClosed,
        others: int,
        *,
        over: bool,
        recovers: bool,
    ) -> Closing:
        assert item.closure is not None
        return Closing(
            ticket=event.ticket,
            customer=event.customer,
            closure=item.closure,
            answered_or_planned_cycles=others,
            superseded=over or item.superseded or not item.current,
            recovery=self.catalogue.recovery if recovers else None,
            told=said_in(event) if asks_more(self.catalogue.programs) else {},
            closer=self.catalogue.agents.get(event.ticket.agent.id or "", ()),
        )

    def _invitation(
        self, item: News, event: TicketClosed, verdict: Owed | NotOwed, person: Person
    ) -> Invitation | None:
        if not isinstance(verdict, Owed) or item.closure is None:
            return None
        closure, program = item.closure, verdict.program
        survey = self.catalogue.surveys[verdict.survey]
        return Invitation(
            id=derived_id("i_", closure.source, closure.ticket, str(closure.cycle)),
            source=closure.source,
            ticket=closure.ticket,
            cycle=closure.cycle,
            customer=event.customer.id,
            program=program.id,
            survey=survey.id,
            version=survey.version,
            state=InvitationState.PLANNED,
            channels=program.asks_by,
            locale=locale_of(event.customer, person),
            due_at=verdict.due_at,
            useful_until=verdict.due_at + self._useful(program),
            lasts=program.expires_after,
            attribution=_attribution(event.ticket),
            max_contacts=program.max_contacts,
            terms=_terms(program, recovery=verdict.recovers),
            closed_at=event.ticket.closed_at or event.envelope.time,
        )

    def _useful(self, program: Program) -> timedelta:
        """How long it may wait for its first send; what nobody sends, for its answer."""
        return program.expires_after if program.collect_only else self.catalogue.useful_until

    async def _withdraw(self, conn: AsyncConnection, news: Sequence[News], now: datetime) -> None:
        """Cancel what was not answered yet: the closing it asked about is no more."""
        reasons = {
            (item.event.envelope.source, item.event.ticket_id): _reason(item.event)
            for item in news
            if isinstance(item.event, _ENDINGS) and item.current
        }
        asked = await store.invitations_of(conn, list(reasons))
        found = await lock(conn, [item.id for items in asked.values() for item in items])
        over = [
            replace(
                item,
                state=InvitationState.CANCELLED,
                reason=reasons[item.source, item.ticket],
                question=None,
            )
            for item in found.values()
            if item.state in (InvitationState.PLANNED, InvitationState.INVITED)
        ]
        await cancel(conn, over, now)


def said_in(event: TicketClosed) -> Mapping[str, Any]:
    """The `data` of an event as it was sent, whatever it holds."""
    data = json.loads(event.envelope.raw).get("data")
    return data if isinstance(data, dict) else {}


def told_of(event: TicketClosed | PreferencesChanged, region: str | None) -> Told:
    """What an event tells of its customer, whose ticket is of a `region`."""
    customer = event.customer
    wishes = customer.preferences
    return Told(
        source=event.envelope.source,
        id=customer.id,
        name=customer.name,
        phone=customer.phone,
        email=customer.email,
        locale=wishes.locale or customer.locale,
        timezone=wishes.timezone or customer.timezone,
        region=region,
        tier=customer.tier,
        channels=wishes.channels,
        do_not_contact=wishes.do_not_contact,
        explicit=isinstance(event, PreferencesChanged),
    )


def _counts(one: Invitation) -> bool:
    """Whether this asked its customer, or still may; one that ended unsent never did."""
    return one.attempted or one.state not in _UNASKED


def _asks(one: Invitation) -> bool:
    """Whether this asked if a complaint is settled, or will; one withdrawn unsent never did."""
    withdrawn = one.state is InvitationState.CANCELLED and not one.attempted
    return one.terms.recovery and not withdrawn


def _undone(news: Sequence[News]) -> dict[tuple[str, str], int]:
    """The place of the latest reopening, deletion or merging in this very batch, by ticket."""
    return {
        (item.event.envelope.source, item.event.ticket_id): place
        for place, item in enumerate(news)
        if isinstance(item.event, _ENDINGS) and item.current
    }


def _reason(event: TicketReopened | TicketDeleted | TicketMerged) -> str:
    match event:
        case TicketReopened():
            return "reopened"
        case TicketDeleted():
            return "deleted"
        case TicketMerged():
            return "merged"


def locale_of(customer: Customer, person: Person) -> str:
    """The language a survey is planned in: the customer's own, else by the number's country."""
    told = person.own_locale or customer.preferences.locale or customer.locale
    if told:
        return language(told)
    foreign = customer.phone is not None and not customer.phone.startswith("+86")
    return "en" if foreign else "zh-CN"


def _terms(program: Program, *, recovery: bool) -> Terms:
    return Terms(
        reminders=program.reminders,
        fallback_after=program.fallback_after,
        accept_late=program.accept_late,
        channels=program.asks_by,
        recovery=recovery,
        redials=program.redials,
        voicemail=program.voicemail is Voicemail.MESSAGE,
    )


def _attribution(ticket: Ticket) -> Attribution:
    return Attribution(
        agent=ticket.agent.id,
        team=ticket.team,
        region=ticket.region,
        product=ticket.product,
        category=ticket.category,
        channel=ticket.channel,
    )


def _care_job(closing: Closing, care: CareCall, now: datetime) -> Job:
    """The job that promises the call which a closing earns; told again, it is the same one."""
    closure, begun = closing.closure, closing.ticket.closed_at or now
    wanted = WantedCall(
        id=derived_id("cb_", closure.key),
        source=closure.source,
        customer=closing.customer.id,
        ticket=closure.ticket,
        origin="program",
        topic=care.topic,
        priority=care.priority,
        cycle=closure.cycle,
        since=_later(begun, care.after).isoformat(),
        until=_later(begun, care.within).isoformat(),
    )
    return CALLBACK.job(derived_id("x_", closure.key), wanted, due_at=now)


def _later(at: datetime, span: timedelta) -> datetime:
    try:
        return at + span
    except OverflowError:  # closed at the end of the calendar, as somebody's clock had it
        return at


def _decision(
    item: News,
    event: TicketClosed,
    verdict: Owed | NotOwed,
    invitation: Invitation | None,
    policy: str,
    now: datetime,
) -> Entry:
    assert item.closure is not None
    said: dict[str, Any] = {
        "cycle": item.closure.cycle,
        "policy": policy,
        "rules": _rules(verdict.trace),
    }
    if isinstance(verdict, Owed):
        said |= {
            "verdict": "allow",
            "program": verdict.program.id,
            "survey": verdict.survey,
            "until": verdict.due_at.isoformat(),
        }
    else:
        said |= {"verdict": "suppress", "reason": verdict.reason, "program": verdict.program}
    return Entry(
        at=now,
        kind="decision",
        about=invitation.id if invitation else f"closure:{item.closure.cycle}",
        source=event.envelope.source,
        ticket=event.ticket.id,
        detail=said,
    )


def _rules(trace: Sequence[Asked]) -> list[dict[str, Any]]:
    return [{"rule": asked.rule, "verdict": asked.verdict, "facts": asked.facts} for asked in trace]
