"""Posts forms to one address over connections that are kept."""

import asyncio
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import cast
from urllib.parse import urlsplit

_LONGEST_ANSWER = 1 << 20  # bytes
_IDLE = 15.0  # seconds after which nobody trusts a connection; carriers close theirs in a minute
_STATUS = re.compile(r"HTTP/1\.([01]) ([1-5][0-9]{2})(?: .*)?", re.ASCII)
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})(?:[ \t]*;.*)?")
_FINAL, _SWITCHING = 200, 101  # statuses below the first one announce another answer
_BODILESS = (204, 304)


class Unwritten(Exception):
    """The request surely never left: no connection could be made."""


class Unreadable(Exception):
    """What was said to a request that was written is no answer in HTTP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was said to a request: names of `headers` in lower case; `kept`: the line stays open."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    kept: bool


def read_answer(said: bytes, *, ended: bool) -> Answer | None:
    """The answer in what was received; None while there may be more of it. Unreadable."""
    head, found, rest = said.partition(b"\r\n\r\n")
    if not found:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    status = _STATUS.fullmatch(first)
    if status is None or int(status[2]) == _SWITCHING:
        raise Unreadable("no status that was asked for")
    if int(status[2]) < _FINAL:
        return read_answer(rest, ended=ended)
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body, after = _body(int(status[2]), headers, rest, ended=ended)
    if body is None:
        return None
    kept = status[1] == "1" and headers.get("connection", "").lower() != "close"
    return Answer(
        status=int(status[2]),
        headers=headers,
        body=body,
        kept=kept and not after and not ended,
    )


def _body(
    status: int, headers: Mapping[str, str], rest: bytes, *, ended: bool
) -> tuple[bytes | None, bytes]:
    """The body, None while it is not whole, and what came after it."""
    if status in _BODILESS:
        return b"", rest
    if "transfer-encoding" in headers:
        if headers["transfer-encoding"].lower() != "chunked":
            raise Unreadable("an encoding that was not asked for")
        return _joined(rest)
    told = headers.get("content-length")
    if told is None:
        return (rest if ended else None), b""
    if not (told.isascii() and told.isdigit()):
        raise Unreadable("a length that is no number")
    length = int(told)
    return (rest[:length] if len(rest) >= length else None), rest[length:]


def _joined(rest: bytes) -> tuple[bytes | None, bytes]:
    """The chunks of a body as one, and what comes after its trailers."""
    parts: list[bytes] = []
    while True:
        line, found, rest = rest.partition(b"\r\n")
        if not found:
            return None, b""
        size = _SIZE.fullmatch(line)
        if size is None:
            raise Unreadable("a chunk without its size")
        length = int(size[1], 16)
        if length == 0:
            break
        if len(rest) < length + 2:
            return None, b""
        parts.append(rest[:length])
        rest = rest[length + 2 :]
    _, found, after = (b"\r\n" + rest).partition(b"\r\n\r\n")
    return (b"".join(parts) if found else None), after


class Poster:
    """An HTTP/1.1 client for one POST, many thousand times: a third of what a general one costs.

    `within` limits each request, from the wait for a connection to the end of its answer. No
    redirects, no cookies, no proxy, and above all no repetition: what was written may have been
    acted upon.
    """

    def __init__(
        self, url: str, headers: Mapping[str, str], *, within: timedelta, at_most: int
    ) -> None:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if secure else 80)
        self._tls = ssl.create_default_context() if secure else None
        lines = [f"POST {parts.path} HTTP/1.1", f"Host: {parts.netloc.rpartition('@')[2]}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._head = "\r\n".join([*lines, "Content-Length: "]).encode("ascii")
        self._within = within.total_seconds()
        self._room = asyncio.Semaphore(at_most)
        self._idle: list[_Line] = []

    async def post(self, body: bytes) -> Answer:
        """The answer to one request; Unwritten, else OSError or Unreadable."""
        until = asyncio.get_running_loop().time() + self._within
        await self._enter(until)
        line: _Line | None = None
        try:
            line = self._ready() or await self._open(until)
            return await line.ask(b"%b%d\r\n\r\n%b" % (self._head, len(body), body), until)
        finally:
            self._room.release()
            if line is not None and line.is_ready():
                self._idle.append(line)
            elif line is not None:
                line.abort()

    async def _enter(self, until: float) -> None:
        if not self._room.locked():
            await self._room.acquire()  # at once: a limit on it costs more than all of this
            return
        try:
            async with asyncio.timeout_at(until):
                await self._room.acquire()
        except TimeoutError as fault:
            raise Unwritten("no connection in time") from fault

    def _ready(self) -> "_Line | None":
        while self._idle:
            line = self._idle.pop()
            if line.is_ready():
                return line
            line.abort()
        return None

    async def _open(self, until: float) -> "_Line":
        loop, where = asyncio.get_running_loop(), (self._host, self._port)
        try:
            async with asyncio.timeout_at(until):
                return (await loop.create_connection(_Line, *where, ssl=self._tls))[1]
        except OSError as fault:  # no connection in time among them
            raise Unwritten(str(fault)) from fault

    async def close(self) -> None:
        """Close the connections that nobody uses."""
        while self._idle:
            self._idle.pop().abort()
        await asyncio.sleep(0)  # they close when the loop comes round


class _Line(asyncio.Protocol):
    """One connection, for one request at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._said = b""
        self._waiter: asyncio.Future[Answer] | None = None
        self._kept = True
        self._used_at = self._loop.time()

    def is_ready(self) -> bool:
        """Whether another request may be written: none is under way, and the last not long ago."""
        free = self._kept and self._waiter is None
        return free and self._loop.time() - self._used_at < _IDLE

    def abort(self) -> None:
        """Close it, whatever is under way."""
        self._kept = False
        self._transport.abort()

    async def ask(self, request: bytes, until: float) -> Answer:
        """Write a request and wait for its answer, as long as the loop's clock says."""
        self._waiter = self._loop.create_future()
        late = self._loop.call_at(until, self._fail, TimeoutError("no answer in time"))
        try:
            self._transport.write(request)
            answer = await self._waiter  # stays where this fails: nobody may ask here again
        finally:
            late.cancel()
        self._waiter, self._used_at = None, self._loop.time()
        self._kept = self._kept and answer.kept  # it may have ended since
        return answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what to write to."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own say it no other way

    def data_received(self, data: bytes) -> None:
        """Look whether the answer is whole; what comes unasked ends the connection."""
        self._said += data
        self._read(ended=False)

    def connection_lost(self, exc: Exception | None) -> None:
        """An answer without a length ends here; any other that is awaited is lost."""
        self._kept = False
        self._read(ended=True)
        self._fail(exc or ConnectionResetError("closed without an answer"))

    def _read(self, *, ended: bool) -> None:
        if self._waiter is None or self._waiter.done():
            self._kept = False
            return
        try:
            answer = read_answer(self._said, ended=ended)
        except Unreadable as fault:
            self._fail(fault)
            return
        if answer is not None:
            self._said = b""
            self._waiter.set_result(answer)
        elif len(self._said) > _LONGEST_ANSWER:
            self._fail(Unreadable("an answer without end"))

    def _fail(self, fault: Exception) -> None:
        self._kept = False
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(fault)
