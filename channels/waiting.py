"""Carries out what waits until a call is over: fetching what a customer left as a recording."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import ledger, outcomes
from channels.errors import SendError, SendErrorKind
from channels.jobs import KEEP, Keep
from channels.ports import Recorder
from channels.tables import recordings
from kernel.engine import Database
from kernel.journal import Entry, append
from kernel.sql import insert_new
from kernel.vault import Vault
from scheduler import store as jobs
from scheduler.job import Leased

log = structlog.get_logger("channels")


def audio_place(recording: str) -> str:
    """Where a recording stands sealed; moved elsewhere it does not open."""
    return f"recordings.audio|{recording}"


@dataclass(slots=True, kw_only=True)
class Recordings:
    """Handles `recording.keep` jobs; one that fails is left to its ladder."""

    database: Database
    vault: Vault
    carrier: Recorder

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Keep each recording before it is deleted at the carrier."""
        for leased in batch:
            wanted = KEEP.read(leased.job)
            try:
                if wanted.question is not None:
                    await self._keep(wanted, now)
                await self.carrier.forget(wanted.recording)
            except SendError as error:
                log.warning("recording.later", error=error.kind, code=error.code)
                continue
            async with self.database.write() as conn:
                await jobs.require(conn, [leased])
                await jobs.finish(conn, [leased], now)

    async def _keep(self, wanted: Keep, now: datetime) -> None:
        async with self.database.read() as conn:
            query = select(recordings.c.id).where(recordings.c.id == wanted.recording)
            if (await conn.execute(query)).first() is not None:
                return
        found = await self.carrier.recording(wanted.recording)
        if found is None:
            # The carrier may still be writing it.
            raise SendError(SendErrorKind.LATER, retryable=True, code="absent")
        audio, media = found
        row = {
            "id": wanted.recording,
            "contact": wanted.contact,
            "thread": wanted.thread,
            "question": wanted.question,
            "seconds": wanted.seconds,
            "media": media[:64],
            "audio": self.vault.seal(
                base64.b64encode(audio).decode("ascii"), audio_place(wanted.recording)
            ),
            "at": now,
        }
        async with self.database.write() as conn:
            if await insert_new(conn, recordings, [row], ["id"]):
                await append(conn, await self._told(conn, wanted, now))

    async def _told(self, conn: AsyncConnection, wanted: Keep, now: datetime) -> list[Entry]:
        """Where it is heard, in the story of its ticket."""
        found = (await ledger.load(conn, self.vault, [wanted.contact])).get(wanted.contact)
        if found is None:
            return []
        heard_at = f"/v1/recordings/{wanted.recording}"
        detail = {"question": wanted.question, "seconds": wanted.seconds, "url": heard_at}
        return [outcomes.about_contact(found, "recording.kept", now, detail)]
