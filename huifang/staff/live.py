"""Tells open pages of what changes, by server-sent events, whichever process changed it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

import orjson
import structlog
from sqlalchemy import func, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from huifang.web import EVENTS
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from kernel.faults import Fault, Unavailable
from kernel.journal import journal

log = structlog.get_logger("live")

MOST = 500
"""Pages that one process tells of changes; who comes then is asked to come again."""

EACH = 10
"""Pages of one session, which shall not take the places of all others."""

_LOOK = 3.0  # seconds after which it is looked what other processes wrote
_REST = 0.5  # seconds between two looks, however much is written
_BEAT = 15.0  # seconds of silence after which a listener hears that we are there
_WHOLE = 300.0  # seconds of one stream; then the browser asks anew, and so does its session
_LATE = 10.0  # seconds that a transaction may take to commit an entry below the newest
_OVERLAP = 1_000  # entries before the newest that may still come, at the first look
_MOST_IDS = 100  # named in one event; beyond, everything may have changed
_KINDS = ("callback.", "complaint.", "notice.", "response.low")


class TooManyPages(Fault):
    """A session has as many open pages as are told of changes: 429."""

    status, slug, title = 429, "too-many", "Too many at once"


@dataclass(slots=True, kw_only=True)
class _Listener:
    """What a session's page has not been told yet; it does not grow, however slow they are.

    `ids` is None where there are too many to name: everything may have changed.
    """

    session: str
    ids: set[str] | None = field(default_factory=set)
    last: int = 0
    rung: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, last: int, ids: Iterable[str] | None) -> None:
        self.last = max(self.last, last)
        known = None if self.ids is None or ids is None else self.ids.union(ids)
        self.ids = None if known is None or len(known) > _MOST_IDS else known
        self.rung.set()


@dataclass(slots=True, kw_only=True)
class Live:
    """The stream at `/v1/live`: the ids of callbacks, complaints and notices that changed.

    What changes is in the journal, whose growing ids are those of the events. One reader serves
    all listeners, and none reads where nobody listens. It wakes at every commit of this process,
    and every few seconds for those of others.
    """

    database: Database
    _listeners: list[_Listener] = field(default_factory=list)
    _reader: asyncio.Task[None] | None = None
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _read: deque[tuple[float, int]] = field(default_factory=deque)  # when which id was the newest
    _seen: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.database.listeners.append(lambda topics: self._woken.set())

    def endpoints(self) -> list[Endpoint]:
        """The route: for a session alone, and no part of what programs are told of."""
        return [
            Endpoint(
                method="GET",
                path="/v1/live",
                handler=self.listen,
                role=Role.AGENT,
                summary="What changes on the staff's pages, as it changes",
                tag="staff",
                reply_media=EVENTS,
                page=_refused,
            )
        ]

    async def listen(self, call: Call) -> Answer:
        """Events from now on, or from after the last one that the browser says it heard."""
        session = call.person.session if call.person is not None else ""
        refused = self._crowded(session)
        if refused is not None:
            raise refused
        said = call.headers.get("last-event-id", "")
        after = int(said) if said.isascii() and said.isdigit() and len(said) < 19 else None
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return Answer(body=self._events(session, after), media=EVENTS, headers=headers)

    def _crowded(self, session: str) -> Fault | None:
        """Why nobody else is told of changes, or no other page of this session."""
        later = {"Retry-After": "60"}
        if len(self._listeners) >= MOST:
            return Unavailable("too many pages are open", headers=later)
        if sum(each.session == session for each in self._listeners) >= EACH:
            return TooManyPages(f"{EACH} pages are kept up to date; close one", headers=later)
        return None

    async def _events(self, session: str, after: int | None) -> AsyncIterator[bytes]:
        if self._crowded(session) is not None:  # many came at one moment
            return
        mine = _Listener(session=session)
        self._listeners.append(mine)
        if self._reader is None:
            self._reader = asyncio.create_task(self._watch())
        ends = asyncio.get_running_loop().time() + _WHOLE
        try:
            yield b"retry: 2000\n\n"
            if after is not None:
                mine.hear(after, None)
            while asyncio.get_running_loop().time() < ends:
                with suppress(TimeoutError):
                    await asyncio.wait_for(mine.rung.wait(), _BEAT)
                yield _event(mine) if mine.rung.is_set() else b": here\n\n"
        finally:
            self._listeners.remove(mine)
            if not self._listeners and self._reader is not None:
                self._reader.cancel()
                self._reader = None

    async def _watch(self) -> None:
        """Tell every listener of what was written, for as long as there are any."""
        self._read.clear()
        self._seen.clear()
        begun = False
        while True:
            try:
                found = await self._news()
            except (SQLAlchemyError, OSError) as fault:
                log.warning("live.unread", reason=type(fault).__name__)
                found = []
            ids = {id_ for _, id_ in found if begun}
            for each in self._listeners if ids else ():
                each.hear(found[-1][0], ids)
            begun = bool(self._read)
            await asyncio.sleep(_REST)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), _LOOK - _REST)
            self._woken.clear()

    async def _news(self) -> list[tuple[int, str]]:
        """What was written since the last look.

        Ids are given out before transactions end: some back is looked for those that come late.
        """
        now = asyncio.get_running_loop().time()
        while len(self._read) > 1 and self._read[1][0] <= now - _LATE:
            self._read.popleft()
        async with self.database.read() as conn:
            newest = (await conn.execute(select(func.max(journal.c.id)))).scalar_one() or 0
            if not self._read:
                self._read.append((now, newest - _OVERLAP))
            found = await _after(conn, self._read[0][1])
        new = [(number, id_) for number, id_ in found if number not in self._seen]
        self._seen = {number for number, _ in found}
        self._read.append((now, newest))
        return new


async def _after(conn: AsyncConnection, number: int) -> list[tuple[int, str]]:
    """The entries after one that pages show something of: number and what each is about."""
    shown = or_(*(journal.c.kind.startswith(kind) for kind in _KINDS))
    query = select(journal.c.id, journal.c.about).where(journal.c.id > number, shown)
    return [(row.id, row.about) for row in await conn.execute(query.order_by(journal.c.id))]


def _event(mine: _Listener) -> bytes:
    told = orjson.dumps({"ids": None if mine.ids is None else sorted(mine.ids)})
    mine.ids = set()
    mine.rung.clear()
    return b"id: %d\nevent: changed\ndata: %s\n\n" % (mine.last, told)


def _refused(call: Call, fault: Fault) -> Answer:
    """No page and no way to sign in: a script asked, which goes by the status."""
    return Answer(body=fault.detail, status=fault.status, media="text/plain", headers=fault.headers)
