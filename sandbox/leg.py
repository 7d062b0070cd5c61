"""Plays one end of a call: waits, plays to it, listens to it, and lets others break in."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from sandbox.calls import MAX_LINES, Call, Line, Order
from sandbox.pace import Pace
from sandbox.persona import Persona, Turn

FOREVER = 14_400.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Keys that the customer pressed."""

    keys: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Words that the customer said."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """The customer took the call, let the machine take it, or rejected it."""

    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Off:
    """The customer hung up, once all before was heard."""


Heard: TypeAlias = Keys | Speech | Picked | Off


class HungUp(Exception):
    """The call is over; the text says by whom: customer, product, carrier."""


class Moved(Exception):
    """The product gave the live call another document."""

    def __init__(self, *, url: str | None, method: str, twiml: str | None) -> None:
        super().__init__(url or "twiml")
        self.url, self.method, self.twiml = url, method, twiml
        self.extra: Mapping[str, str] = {}


class RoomOver(Exception):
    """The others have gone."""


Break: TypeAlias = HungUp | Moved | RoomOver


class Leg:
    """One phone on the line."""

    def __init__(
        self,
        call: Call,
        order: Order,
        persona: Persona,
        *,
        pace: Pace,
        now: Callable[[], datetime],
        changed: Callable[[], None],
    ) -> None:
        self.call = call
        self.order = order
        self.persona = persona
        self.beep_at: float | None = None
        self.ends_at: float | None = None
        self.over = asyncio.Event()
        self._turns = deque(persona.turns)
        self._inbox: asyncio.Queue[Heard] = asyncio.Queue()
        self._break: asyncio.Future[Break] = asyncio.get_running_loop().create_future()
        self._pace = pace
        self._now = now
        self._changed = changed

    def note(
        self,
        kind: str,
        text: str = "",
        *,
        language: str | None = None,
        by: str = "product",
        detail: Mapping[str, object] | None = None,
    ) -> None:
        """Keep what is heard on this phone."""
        line = Line(
            at=self._now(), kind=kind, text=text, language=language, by=by, detail=detail or {}
        )
        self.call.lines = [*self.call.lines[-MAX_LINES + 1 :], line]
        self._changed()

    def put(self, heard: Heard) -> None:
        """Let the customer do something; it is heard when it is next listened for."""
        self._inbox.put_nowait(heard)

    def interrupt(self, why: Break) -> None:
        """Break into whatever goes on; an end stays an end."""
        if not self._break.done():
            self._break.set_result(why)
        elif isinstance(why, HungUp):
            self._break = asyncio.get_running_loop().create_future()
            self._break.set_result(why)

    def calm(self) -> None:
        """Forget that the others have gone: the leg has left the room as well."""
        if self._break.done() and isinstance(self._break.result(), RoomOver):
            self._break = asyncio.get_running_loop().create_future()

    async def race(self, work: Awaitable[T], *, keep: bool = False) -> T:
        """Return what the work gives, unless somebody breaks in; kept work goes on unheard."""
        task = asyncio.ensure_future(work)
        waiting: set[asyncio.Future[Any]] = {task, self._break}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            self._heed()
            return task.result()
        finally:
            if not keep:
                task.cancel()

    def _heed(self) -> None:
        if not self._break.done():
            return
        why = self._break.result()
        if not isinstance(why, HungUp):
            self._break = asyncio.get_running_loop().create_future()
        raise why

    async def ring(self, seconds: float) -> Heard | None:
        """Ring for so long; return what the customer does about it."""
        return await self._wait(seconds, None)

    async def play(self, seconds: float, *, listening: bool = False) -> Heard | None:
        """Play for so long; with `listening` what the customer does breaks it off.

        Raises HungUp, Moved, RoomOver.
        """
        due = self._pace.elapsed() + seconds
        while (left := due - self._pace.elapsed()) > 0:
            heard = await self._wait(left, self._barging(listening))
            if heard is not None and listening:
                return heard
        return None

    async def listen(self, seconds: float, *, scripted: bool = True) -> Heard | None:
        """Return what the customer does within `seconds`, or None for silence."""
        turn = self._turns[0] if scripted and self._turns else None
        if turn is not None and not (turn.say or turn.keys or turn.hang_up):
            self._turns.popleft()
            turn = None
        self.call.listening = True
        self._changed()
        try:
            return await self._wait(seconds, turn)
        finally:
            self.call.listening = False

    def _barging(self, listening: bool) -> Turn | None:
        turn = self._turns[0] if self._turns else None
        if turn is None or not turn.barge:
            return None
        # Whoever hangs up asks nobody; keys and words want somebody who listens.
        return turn if listening or not (turn.say or turn.keys) else None

    async def _wait(self, seconds: float, turn: Turn | None) -> Heard | None:
        span = min(seconds, turn.after) if turn else seconds
        if self.ends_at is not None:
            span = min(span, max(self.ends_at - self._pace.elapsed(), 0.0))
        heard = await self._next(span)
        if heard is None and self.ends_at is not None and self._pace.elapsed() >= self.ends_at:
            raise HungUp("limit")
        if heard is None and turn is not None:
            self._turns.popleft()
            if turn.after > seconds:
                self._turns.appendleft(replace(turn, after=turn.after - span))
                return None
            self._act(turn)
            heard = self._inbox.get_nowait()
        if isinstance(heard, Off):
            raise HungUp("customer")
        return heard

    def _act(self, turn: Turn) -> None:
        if turn.say:
            self.put(Speech(text=turn.say, confidence=turn.confidence))
        if turn.keys:
            self.put(Keys(keys=turn.keys))
        if turn.hang_up:
            self.put(Off())

    async def _next(self, seconds: float) -> Heard | None:
        self._heed()
        if not self._inbox.empty():
            return self._inbox.get_nowait()
        coming = asyncio.ensure_future(self._inbox.get())
        over = asyncio.ensure_future(self._pace.sleep(seconds))
        waiting: set[asyncio.Future[Any]] = {coming, over, self._break}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if coming.done() and not self._break.done():
                return coming.result()
            self._heed()
            return None
        finally:
            coming.cancel()
            over.cancel()
