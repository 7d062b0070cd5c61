"""Plans what a closing earns, in the transaction that keeps the closing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import store as people
from channels.jobs import SEND, Send
from channels.model import Channel, MessageClass, Person
from channels.preferences import Known, Told
from kernel.journal import Entry, append
from kernel.vault import Vault, derived_id
from scheduler import store as jobs
from scheduler.job import Job, Priority
from scheduler.trace import Asked
from surveys import store
from surveys.model import (
    Attribution,
    Invitation,
    InvitationState,
    Survey,
)
from surveys.programs import Closing, NotOwed, Owed, Program, decide
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

CONVERSATION = "survey"
FIRST, LATER = "first", "later"
STEPS = (FIRST, LATER)
"""What an invitation's contacts are for; another channel's is named after the one that failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What is live: programs in order of their match, and the published surveys by id."""

    programs: Sequence[Program]
    surveys: Mapping[str, Survey]
    useful_until: timedelta
    secret: bytes  # makes the sample stable and unguessable
    policy: str = ""  # the version of the rules, for the journal


@dataclass(slots=True, kw_only=True)
class Planning:
    """Follows tickets: plans invitations for closings, cancels what is unsent on reopening."""

    vault: Vault
    catalogue: Catalogue
    count_decision: Callable[[str, str], None] = lambda verdict, reason: None

    async def on_news(self, conn: AsyncConnection, news: Sequence[News], now: datetime) -> None:
        """Take note of a batch of news, in the order of the events' own times."""
        known = await self._remember_people(conn, news)
        await self._plan(conn, news, known, now)
        await self._withdraw(conn, news, now)

    async def _remember_people(
        self, conn: AsyncConnection, news: Sequence[News]
    ) -> Mapping[people.Who, Known]:
        told: dict[tuple[str, str], list[tuple[Told, datetime]]] = {}
        for item in news:
            event = item.event
            if isinstance(event, TicketClosed | PreferencesChanged):
                region = event.ticket.region if isinstance(event, TicketClosed) else None
                who = (event.envelope.source, event.customer.id)
                told.setdefault(who, []).append((_told(event, region), event.envelope.time))
        return await people.learn_people(conn, self.vault, told)

    async def _plan(
        self,
        conn: AsyncConnection,
        news: Sequence[News],
        known: Mapping[people.Who, Known],
        now: datetime,
    ) -> None:
        closings = [
            (item, item.event)
            for item in news
            if isinstance(item.event, TicketClosed) and item.closure is not None and item.fresh
        ]
        if not closings:
            return
        known_tickets = {
            (event.envelope.source, event.ticket.id) for item, event in closings if not item.first
        }
        before = await store.invitations_of(conn, known_tickets)
        planned: list[Invitation] = []
        wanted: list[Job] = []
        entries: list[Entry] = []
        superseded = _superseded(news)
        for item, event in closings:
            key = (event.envelope.source, event.ticket.id)
            verdict = self._decide(item, event, len(before[key]), superseded, now)
            person = known[event.envelope.source, event.customer.id].person
            invitation = self._invitation(item, event, verdict, person)
            decision = _decision(item, event, verdict, invitation, self.catalogue.policy, now)
            entries.append(decision)
            self.count_decision(decision.detail["verdict"], decision.detail.get("reason") or "-")
            if invitation is not None:
                before[key].append(invitation)
                planned.append(invitation)
                wanted.append(_first_send(invitation, event.customer.tier))
        used = {item.survey for item in planned}
        await store.publish_versions(
            conn, [self.catalogue.surveys[name] for name in sorted(used)], now
        )
        written = await store.add_invitations(conn, planned)
        await jobs.enqueue(conn, [job for job in wanted if job.payload["thread"] in written])
        await append(conn, entries)

    def _decide(
        self,
        item: News,
        event: TicketClosed,
        others: int,
        superseded: Mapping[tuple[str, str], datetime],
        now: datetime,
    ) -> Owed | NotOwed:
        assert item.closure is not None
        later = superseded.get((event.envelope.source, event.ticket.id))
        over = item.superseded or not item.current
        closing = Closing(
            ticket=event.ticket,
            customer=event.customer,
            closure=item.closure,
            answered_or_planned_cycles=others,
            superseded=over or (later is not None and later > event.envelope.time),
        )
        return decide(closing, self.catalogue.programs, now, self.catalogue.secret)

    def _invitation(
        self, item: News, event: TicketClosed, verdict: Owed | NotOwed, person: Person
    ) -> Invitation | None:
        if not isinstance(verdict, Owed) or item.closure is None:
            return None
        closure, program = item.closure, verdict.program
        survey = self.catalogue.surveys[program.survey or ""]
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
            channels=program.channels,
            locale=_locale(event.customer, person),
            due_at=verdict.due_at,
            useful_until=verdict.due_at + self.catalogue.useful_until,
            lasts=program.expires_after,
            attribution=_attribution(event.ticket),
            max_contacts=program.max_contacts,
        )

    async def _withdraw(self, conn: AsyncConnection, news: Sequence[News], now: datetime) -> None:
        """Cancel what was not answered yet: the closing it asked about is no more."""
        reasons = {
            (item.event.envelope.source, item.event.ticket_id): _reason(item.event)
            for item in news
            if isinstance(item.event, TicketReopened | TicketDeleted | TicketMerged)
            and item.current
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


async def lock(conn: AsyncConnection, ids: Sequence[str]) -> dict[str, Invitation]:
    """Invitations to be ended, locked after the addresses on which their questions are open.

    Everybody locks in one order: tickets, people, addresses, contacts, invitations, jobs.
    """
    await people.lock_threads(conn, ids)
    return await store.load_invitations(conn, ids, lock=True)


async def cancel(conn: AsyncConnection, over: Sequence[Invitation], now: datetime) -> None:
    """Save ended invitations, end their open questions, and say so.

    Their jobs stay: one that is due finds its message withdrawn, and one whose send hangs in
    the balance still settles it.
    """
    if not over:
        return
    await people.close_questions(conn, [item.id for item in over])
    await store.save_invitations(conn, over)
    await append(
        conn,
        [
            Entry(
                at=now,
                kind=f"invitation.{item.state}",
                about=item.id,
                source=item.source,
                ticket=item.ticket,
                detail={"reason": item.reason},
            )
            for item in over
        ],
    )


def _told(event: TicketClosed | PreferencesChanged, region: str | None) -> Told:
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


def _superseded(news: Sequence[News]) -> dict[tuple[str, str], datetime]:
    """The latest reopening, deletion or merging in this very batch, by ticket."""
    return {
        (item.event.envelope.source, item.event.ticket_id): item.event.envelope.time
        for item in news
        if isinstance(item.event, TicketReopened | TicketDeleted | TicketMerged) and item.current
    }


def _reason(event: TicketReopened | TicketDeleted | TicketMerged) -> str:
    match event:
        case TicketReopened():
            return "reopened"
        case TicketDeleted():
            return "deleted"
        case TicketMerged():
            return "merged"


def _locale(customer: Customer, person: Person) -> str:
    told = person.own_locale or customer.preferences.locale or customer.locale
    if told:
        return language(told)
    foreign = customer.phone is not None and not customer.phone.startswith("+86")
    return "en" if foreign else "zh-CN"


def _attribution(ticket: Ticket) -> Attribution:
    return Attribution(
        agent=ticket.agent.id,
        team=ticket.team,
        region=ticket.region,
        product=ticket.product,
        category=ticket.category,
        channel=ticket.channel,
    )


def _contact_id(invitation: Invitation, step: str) -> str:
    return derived_id("c_", invitation.id, step)


def send_key(invitation: Invitation, step: str = FIRST) -> str:
    """The key of the job of one contact of an invitation, of that which first sends it at that."""
    return f"{SEND.name}:{_contact_id(invitation, step)}"


def send_keys(invitation: Invitation) -> list[str]:
    """The keys of all jobs that an invitation may have to send it, whatever step it stands at."""
    steps = (*STEPS, *(f"after {channel}" for channel in Channel))
    return [send_key(invitation, step) for step in steps]


def _first_send(invitation: Invitation, tier: str | None) -> Job:
    return send_job(
        invitation,
        FIRST,
        list(invitation.channels),
        invitation.due_at,
        Priority.VIP if tier == "vip" else Priority.NORMAL,
    )


def send_job(
    invitation: Invitation,
    step: str,
    wanted: list[str],
    due_at: datetime,
    priority: Priority,
    message_class: MessageClass = MessageClass.INVITATION,
) -> Job:
    """The job of one contact of an invitation; the same step is the same contact.

    A reminder goes by the channel in use, and is of no use once the invitation has expired.
    """
    reminds = message_class is MessageClass.REMINDER
    contact = _contact_id(invitation, step)
    payload = Send(
        contact=contact,
        conversation=CONVERSATION,
        thread=invitation.id,
        message_class=message_class.value,
        source=invitation.source,
        customer=invitation.customer,
        ticket=invitation.ticket,
        wanted=wanted,
        fixed=invitation.channel if reminds else None,
    )
    over = invitation.expires_at if reminds else invitation.useful_until
    return SEND.job(contact, payload, due_at=due_at, not_after=over, priority=priority)


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
            "survey": verdict.program.survey,
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
    return [
        {"rule": asked.rule, "verdict": asked.verdict, "facts": dict(asked.facts)}
        for asked in trace
    ]
