"""Plans scheduled reports: each period once, in whichever replica looks first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.render import LOCALES
from huifang.reporting.calendar import due
from huifang.reporting.tables import report_mails
from huifang.rules import Rules
from huifang.ruleterms import ReportRule
from kernel import addresses
from kernel.engine import Database
from kernel.sql import insert_new
from scheduler import store as jobs
from scheduler.hours import zone
from scheduler.job import Job, Kind, Ladder

EVERY = timedelta(minutes=1)

QUEUED, SENDING, SENT = "queued", "sending", "sent"
UNSURE, FAILED, PASSED_OVER = "unsure", "failed", "passed_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """The payload: mail a report of a period to its readers of one language."""

    report: str
    period: str
    locale: str


#: Whoever carries it out ends it by itself: a report that cannot be mailed is no dead letter.
SEND = Kind(name="report.send", payload=Send, ladder=Ladder(pauses=()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduling:
    """The periodic duty; `rules` are those in force."""

    database: Database
    rules: Callable[[], Rules]

    async def __call__(self, now: datetime) -> None:
        """Have every report mailed that is due and was not yet."""
        rules = self.rules()
        if not rules.reports:
            return
        async with self.database.write() as conn:
            for rule in rules.reports:
                await _plan(conn, rule, rules, now)


async def _plan(conn: AsyncConnection, rule: ReportRule, rules: Rules, now: datetime) -> None:
    period = due(rule.every, rule.at, clock_of(rule, rules), now)
    if period is None:
        return
    [name] = period.names
    known = await _known(conn, rule)
    if name in known:
        return
    # One that was just configured begins with the next period: nobody waits for the last one.
    state, locales = (QUEUED, list(readers(rule, rules))) if known else (PASSED_OVER, [])
    key = {"report": rule.id, "period": name, "every": rule.every}
    rows = [
        {**key, "locale": locale, "state": state, "created_at": now}
        for locale in locales or [rule.locale or LOCALES[0]]
    ]
    written = await insert_new(conn, report_mails, rows, ["locale"])
    if state == QUEUED:
        await jobs.enqueue(
            conn, [job(Send(report=rule.id, period=name, locale=row[0]), now) for row in written]
        )


def job(wanted: Send, now: datetime) -> Job:
    """The job of one mail."""
    return SEND.job(f"{wanted.report}:{wanted.period}:{wanted.locale}", wanted, due_at=now)


async def _known(conn: AsyncConnection, rule: ReportRule) -> set[str]:
    of = report_mails.c
    query = select(of.period).where(of.report == rule.id, of.every == rule.every)
    return set((await conn.execute(query)).scalars())


def clock_of(rule: ReportRule, rules: Rules) -> ZoneInfo:
    """The zone whose periods a report tells."""
    return zone(rule.tz or rules.centre.timezone) or ZoneInfo("UTC")


def readers(rule: ReportRule, rules: Rules) -> Mapping[str, Sequence[str]]:
    """The mailboxes of a report by the language of their readers; empty: nobody has one."""
    agents = {agent.id: agent for agent in rules.agents}
    found: dict[str, list[str]] = {}
    for reader in rule.to:
        agent, role = agents.get(reader), rules.people.get(reader)
        who = role or agent
        named = who.email if who is not None else reader
        box = addresses.email(named) if named else None
        spoken = rule.locale or (agent.locale if agent and not role else None) or LOCALES[0]
        locale = LOCALES[0] if spoken.startswith("zh") else LOCALES[1]
        if box is not None and box not in found.setdefault(locale, []):
            found[locale].append(box)
    return {locale: boxes for locale, boxes in found.items() if boxes}
