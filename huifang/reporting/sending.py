"""Mails scheduled reports, each at most once: what may have left is never sent again."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.errors import SendError, SendErrorKind
from channels.ports import Carrier, Message
from channels.render import Render
from huifang.reporting.calendar import named
from huifang.reporting.figures import Question
from huifang.reporting.making import Maker
from huifang.reporting.schedule import (
    FAILED,
    QUEUED,
    SEND,
    SENDING,
    SENT,
    UNSURE,
    Send,
    clock_of,
    readers,
)
from huifang.reporting.tables import report_mails
from huifang.rules import Rules
from huifang.ruleterms import ReportRule
from kernel.engine import Database
from kernel.journal import Entry, append
from kernel.sql import lock_rows
from kernel.vault import Vault, derived_id
from scheduler import notices
from scheduler import store as jobs
from scheduler.job import Leased
from scheduler.notices import Notice
from scheduler.store import Again

log = structlog.get_logger("reports")

_SHORTEST, _LONGEST = timedelta(seconds=30), timedelta(minutes=15)
_WORTH_TRYING = timedelta(days=1)
_AGAIN = timedelta(days=1)


@dataclass(slots=True, kw_only=True)
class Reporting:
    """Handles `report.send`; `mail` is None where no mail server is configured.

    The contact policy is not asked: those mailed are staff.
    """

    database: Database
    vault: Vault
    render: Render
    rules: Rules
    mail: Carrier | None
    public_url: str

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Mail the reports of a batch, one by one."""
        for leased in batch:
            with suppress(jobs.LeaseLost):  # whoever has it now goes on
                await self._carry_out(leased, now)

    async def _carry_out(self, leased: Leased, now: datetime) -> None:
        wanted = SEND.read(leased.job)
        rule = next((each for each in self.rules.reports if each.id == wanted.report), None)
        async with self.database.write() as conn:
            await jobs.require(conn, [leased])
            state = await _state(conn, wanted)
            if state == SENDING:
                # Whoever sent it died before it could say what became of it.
                await self._end(conn, leased, wanted, UNSURE, "uncertain", now)
                return
            reason = self._in_vain(rule, wanted)
            if state != QUEUED or reason == "not_configured":
                await jobs.finish(conn, [leased], now)
                return
            if reason is not None:
                await self._end(conn, leased, wanted, FAILED, reason, now)
                return
        assert rule is not None
        message = await self._message(rule, wanted, now)
        async with self.database.write() as conn:
            await jobs.require(conn, [leased])
            await _set(conn, wanted, state=SENDING)
        await self._send(leased, wanted, message, now)

    def _in_vain(self, rule: ReportRule | None, wanted: Send) -> str | None:
        if rule is None:
            return "not_configured"  # any more
        if wanted.locale not in readers(rule, self.rules):
            return "no_mailbox"
        return "no_mail_server" if self.mail is None else None

    async def _message(self, rule: ReportRule, wanted: Send, now: datetime) -> Message:
        place = clock_of(rule, self.rules)
        period = named(wanted.period, place, now)
        assert period is not None, wanted.period
        equal = {"program": rule.program, "team": rule.team}
        about = Question(
            period=period,
            tz=place.key,
            equal={name: value for name, value in equal.items() if value is not None},
        )
        maker = Maker(
            database=self.database,
            vault=self.vault,
            render=self.render,
            rules=self.rules,
            public_url=self.public_url,
            actor=f"report {rule.id}"[:64],
        )
        found = await maker.figures(about, now)
        workbook = await maker.workbook(found)
        letter = maker.letter(found, wanted.locale, rule.id)
        boxes = readers(rule, self.rules)[wanted.locale]
        return Message(
            contact=derived_id("n_", wanted.report, wanted.period, wanted.locale),
            to=boxes[0],
            also=tuple(boxes[1:]),
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            headers=letter.headers,
            attachments=(workbook,) if workbook else (),
            intended_at=now,
        )

    async def _send(self, leased: Leased, wanted: Send, message: Message, now: datetime) -> None:
        assert self.mail is not None
        said: SendError | None = None
        try:
            await self.mail.send(message)
        except SendError as fault:
            said = fault
        async with self.database.write() as conn:
            # Whatever became of the lease: what left has left.
            if said is None:
                await self._end(conn, leased, wanted, SENT, None, now)
            elif said.kind is SendErrorKind.AMBIGUOUS:
                await self._end(conn, leased, wanted, UNSURE, "uncertain", now)
            elif said.retryable and now - leased.job.due_at < _WORTH_TRYING:
                await _set(conn, wanted, state=QUEUED)
                at = now + min(max(now - leased.job.due_at, _SHORTEST), _LONGEST)
                again = Again(leased=leased, at=at, error=said.detail, burn=False)
                await jobs.retry(conn, [again])
            else:
                await self._end(conn, leased, wanted, FAILED, "refused", now)

    async def _end(
        self,
        conn: AsyncConnection,
        leased: Leased,
        wanted: Send,
        state: str,
        reason: str | None,
        now: datetime,
    ) -> None:
        await jobs.finish(conn, [leased], now)
        await _set(conn, wanted, state=state, reason=reason, ended_at=now)
        facts = {"report": wanted.report, "period": wanted.period, "locale": wanted.locale}
        entry = Entry(at=now, kind=f"report.{state}", about=wanted.report, detail=facts)
        await append(conn, [entry])
        if state != SENT:
            log.warning("report.unsent", report=wanted.report, state=state, reason=reason)
            kind = "report.unsure" if state == UNSURE else "report.unsent"
            notice = Notice(
                kind=kind,
                subject=wanted.report,
                facts={**facts, "why": reason},
                roles=("manager",),
                again_after=_AGAIN,
            )
            await notices.raise_many(conn, [notice], now)


def _mine(wanted: Send) -> Any:
    of = report_mails.c
    return and_(of.report == wanted.report, of.period == wanted.period, of.locale == wanted.locale)


async def _state(conn: AsyncConnection, wanted: Send) -> str | None:
    query = lock_rows(select(report_mails.c.state).where(_mine(wanted)), conn)
    state: str | None = (await conn.execute(query)).scalar_one_or_none()
    return state


async def _set(conn: AsyncConnection, wanted: Send, **values: Any) -> None:
    await conn.execute(update(report_mails).where(_mine(wanted)).values(values))
