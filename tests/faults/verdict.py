"""Compares what customers got with what the service believes, and says what nobody explains."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import select

from channels.model import ContactState
from channels.tables import contacts
from scheduler.tables import jobs, notices
from surveys.tables import invitations
from tests.faults.stage import CHANNELS, FAULTS, Customer, Stage

_OVER = frozenset({"completed", "expired", "suppressed", "cancelled", "unreachable"})
_MOST = 3  # contacts of one invitation


@dataclass(slots=True, kw_only=True)
class Report:
    """The table, and what went wrong: empty, or the run has failed."""

    reached: Counter[tuple[str, str]] = field(default_factory=Counter)
    states: Counter[tuple[str, str]] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """As Markdown."""
        hows = sorted({how for _, how in self.reached})
        yield f"| likes best | {' | '.join(hows)} |"
        yield "|---" * (len(hows) + 1) + "|"
        for channel in CHANNELS:
            cells = (str(self.reached[channel, how]) for how in hows)
            yield f"| {channel} | {' | '.join(cells)} |"
        yield ""
        yield "| contacts | " + " | ".join(CHANNELS) + " |"
        yield "|---" * (len(CHANNELS) + 1) + "|"
        for state in sorted({state for _, state in self.states}):
            cells = (str(self.states[channel, state]) for channel in CHANNELS)
            yield f"| {state} | {' | '.join(cells)} |"
        yield ""
        yield "faults met: " + ", ".join(f"{kind} {count}" for kind, count in self.met.items())
        yield from (f"WRONG: {fault}" for fault in self.wrong[:40])
        yield f"{len(self.wrong)} wrong"


async def judge(stage: Stage) -> Report:
    """Look at everybody, and at every row that should have come to rest."""
    report = Report()
    for fault, (target, kind, _) in zip(stage.world.world.faults.items(), FAULTS, strict=True):
        report.met[f"{target} {kind}"] = fault.met
    async with stage.service.database.read() as conn:
        rows = (await conn.execute(select(contacts))).all()
        asked = {row.ticket: row for row in (await conn.execute(select(invitations))).all()}
        undone = jobs.c.done_at.is_(None) | (jobs.c.outcome == "dead")
        left = (await conn.execute(select(jobs).where(undone))).all()
        told = set(await conn.scalars(select(notices.c.subject)))
    report.wrong += [f"a job is left: {job.kind} {job.outcome} {job.error}" for job in left]
    by_ticket: dict[str, list[Any]] = {}
    for row in rows:
        by_ticket.setdefault(row.ticket, []).append(row)
        report.states[row.channel, row.state] += 1
        # Of mail nobody tells that it arrived.
        waits = row.state in ("queued", "sending", *(["sent"] if row.channel != "email" else []))
        if waits or (row.state == "unknown" and row.id not in told):
            report.wrong.append(f"{row.ticket}: {row.channel} {row.id} hangs in {row.state}")
    ids = Counter(row.carrier_id for row in rows if row.carrier_id)
    report.wrong += _twice(stage, ids, {row.id: row.state for row in rows})
    report.wrong += _disagreeing(stage, rows)
    for customer in stage.customers:
        _look_at(stage, customer, asked.get(customer.ticket), by_ticket, report)
    return report


def _twice(stage: Stage, ids: Counter[str], states: Mapping[str, str]) -> Iterator[str]:
    """What the carrier took of us and the ledger does not know; what was written twice."""
    world = stage.world.world
    for contact, count in Counter(
        parse_qs(urlsplit(message.status_callback or "").query).get("contact", [""])[0]
        for message in world.messages.values()
        if message.direction == "outbound-api"
    ).items():
        state = states.get(contact, "missing")
        if count > 1 or state in ("missing", "queued"):
            yield f"{count} texts went out for {contact}, which is {state}"
    for call in world.calls.values():
        if not call.inbound and ids[call.sid] != 1:
            yield f"call {call.sid} stands {ids[call.sid]} times in the ledger"
    for (mailbox, message_id), count in Counter(
        (mail.mailbox, mail.message_id) for mail in world.mails
    ).items():
        if count > 1:
            yield f"mail {message_id} lies {count} times in {mailbox}"


def _disagreeing(stage: Stage, rows: Sequence[Any]) -> Iterator[str]:
    """Where the carrier knows how it ended, and the ledger says otherwise."""
    world = stage.world.world
    for row in rows:
        message, call = world.messages.get(row.carrier_id), world.calls.get(row.carrier_id)
        if message is not None:
            arrived = message.status == "delivered"
            if arrived != (row.state == ContactState.DELIVERED):
                yield f"{row.ticket}: text {row.carrier_id} is {message.status}, we say {row.state}"
        elif call is not None and not call.inbound:
            talked = call.status == "completed" and call.answered_by in (None, "human")
            if talked != (row.state == ContactState.DELIVERED):
                yield (
                    f"{row.ticket}: call {call.sid} is {call.status} by {call.answered_by}, "
                    f"we say {row.state} {row.error}"
                )


def _look_at(
    stage: Stage, customer: Customer, row: Any, by_ticket: Mapping[str, list[Any]], report: Report
) -> None:
    """Reached once, or why not."""
    world, ticket = stage.world.world, customer.ticket
    if row is None:
        report.wrong.append(f"{ticket}: nobody planned to ask")
        return
    texts = [
        m
        for m in world.messages.values()
        if m.to == customer.phone and m.direction == "outbound-api"
    ]
    calls = [c for c in world.calls_of(customer.phone) if not c.inbound]
    mails = [m for m in world.mails if m.mailbox == customer.email]
    rung = [c for c in calls if c.status in ("completed", "no-answer", "busy")]
    made = [c for c in by_ticket.get(ticket, []) if c.message_class != "conversation"]
    if len([c for c in made if c.sent_at is not None]) > _MOST:
        report.wrong.append(f"{ticket}: {len(made)} contacts were made")
    arrived = {
        "sms": any(m.status == "delivered" for m in texts),
        "voice": any(c.status == "completed" and c.answered_by in (None, "human") for c in rung),
        "email": bool(mails),
    }
    if row.state not in _OVER:
        report.wrong.append(f"{ticket}: ends as {row.state}")
    if arrived[customer.channel]:
        how = "reached, answered" if row.state == "completed" else "reached, silent"
    elif any(arrived.values()):
        how = "reached otherwise"
    elif row.reason or any(c.error for c in made):
        how = "explained"
    else:
        how = "unexplained"
        report.wrong.append(f"{ticket}: not reached, {row.state}, and nobody says why")
    report.reached[customer.channel, how] += 1
