"""Plays an SMSC on a socket of this machine, with eyes of its own for every octet."""

import asyncio
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

BIND, SUBMIT, DELIVER, UNBIND, ENQUIRE = 0x09, 0x04, 0x05, 0x06, 0x15
ANSWER = 0x80000000
SILENT, DROP = "silent", "drop"  # instead of a status: no answer at all; the wire cut after it


@dataclass
class Smsc:
    """What it was told and asked, and what it answers: statuses in turn, then the last one.

    `ids` are told to submits in turn, then numbers that count up.
    """

    port: int = 0
    answers: list[int | str] = field(default_factory=lambda: [0])
    binding: list[int] = field(default_factory=lambda: [0])
    ids: list[str] = field(default_factory=list)
    binds: list[dict[str, Any]] = field(default_factory=list)
    submits: list[dict[str, Any]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    acks: list[tuple[int, int]] = field(default_factory=list)
    enquiries: int = 0
    unbinds: int = 0
    most_at_once: int = 0
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    deaf: bool = False
    _open: int = 0
    _number: int = 0
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readexactly(16)
                size, command, status, number = struct.unpack("!4I", head)
                body = await reader.readexactly(size - 16)
                if self.deaf:
                    continue
                if command == SUBMIT:
                    self.raw.append(head + body)
                    task = asyncio.create_task(self._submit(writer, number, body))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
                else:
                    self._other(writer, command, status, number, body)
        writer.transport.abort()

    def _other(
        self, writer: asyncio.StreamWriter, command: int, status: int, number: int, body: bytes
    ) -> None:
        match command:
            case 0x09:
                words = body.split(b"\0", 3)
                self.binds.append(
                    {
                        "system_id": words[0].decode(),
                        "password": words[1].decode(),
                        "system_type": words[2].decode(),
                        "version": words[3][0],
                    }
                )
                _say(writer, BIND | ANSWER, _next(self.binding), number, b"smsc\0")
            case 0x15:
                self.enquiries += 1
                _say(writer, ENQUIRE | ANSWER, 0, number)
            case 0x06:
                self.unbinds += 1
                _say(writer, UNBIND | ANSWER, 0, number)
            case 0x80000005:
                self.acks.append((number, status))

    async def _submit(self, writer: asyncio.StreamWriter, number: int, body: bytes) -> None:
        self.submits.append(read_short_message(body))
        given = self.ids.pop(0) if self.ids else f"m{len(self.submits)}"
        self._open += 1
        self.most_at_once = max(self.most_at_once, self._open)
        answer = _next(self.answers)
        await self.hold.wait()
        self._open -= 1
        if answer == DROP:
            writer.transport.abort()
        elif isinstance(answer, int):
            body = b"" if answer else given.encode() + b"\0"
            _say(writer, SUBMIT | ANSWER, answer, number, body)

    def deliver(self, text: bytes, **fields: Any) -> int:
        """Deliver a message to whoever is bound; its sequence number."""
        self._number += 1
        body = short_message(text, **fields)
        _say(self._writers[-1], DELIVER, 0, self._number, body)
        return self._number

    def say(self, command: int, body: bytes = b"") -> int:
        """Ask something else of whoever is bound."""
        self._number += 1
        _say(self._writers[-1], command, 0, self._number, body)
        return self._number

    def receipt(self, text: str, source: str = "8613800138001", **fields: Any) -> int:
        """Deliver a receipt for a message to a number."""
        return self.deliver(text.encode(), source=source, esm_class=4, **fields)

    def cut(self) -> None:
        """Drop every connection."""
        for writer in self._writers:
            writer.transport.abort()


def _next(answers: list[Any]) -> Any:
    return answers.pop(0) if len(answers) > 1 else answers[0]


def _say(
    writer: asyncio.StreamWriter, command: int, status: int, number: int, body: bytes = b""
) -> None:
    writer.write(struct.pack("!4I", 16 + len(body), command, status, number) + body)


def short_message(
    text: bytes,
    *,
    source: str = "8613800138001",
    destination: str = "10690001",
    ton: int = 1,
    esm_class: int = 0,
    coding: int = 0,
    parameters: dict[int, bytes] | None = None,
) -> bytes:
    """The body of a deliver_sm."""
    tail = b"".join(
        struct.pack("!HH", tag, len(value)) + value for tag, value in (parameters or {}).items()
    )
    return (
        b"\0"
        + bytes((ton, 1))
        + source.encode()
        + b"\0\3\0"
        + destination.encode()
        + b"\0"
        + bytes((esm_class, 0, 0))
        + b"\0\0"
        + bytes((0, 0, coding, 0, len(text)))
        + text
        + tail
    )


def read_short_message(body: bytes) -> dict[str, Any]:
    """The fields of a submit_sm by their names in the specification."""
    found: dict[str, Any] = {}
    rest = body

    def word(name: str) -> None:
        nonlocal rest
        value, _, rest = rest.partition(b"\0")
        found[name] = value.decode("ascii")

    def octets(*names: str) -> None:
        nonlocal rest
        found.update(zip(names, rest, strict=False))
        rest = rest[len(names) :]

    word("service_type")
    octets("source_addr_ton", "source_addr_npi")
    word("source_addr")
    octets("dest_addr_ton", "dest_addr_npi")
    word("destination_addr")
    octets("esm_class", "protocol_id", "priority_flag")
    word("schedule_delivery_time")
    word("validity_period")
    octets("registered_delivery", "replace_if_present_flag", "data_coding", "sm_default_msg_id")
    octets("sm_length")
    found["short_message"], rest = rest[: found["sm_length"]], rest[found["sm_length"] :]
    while rest:
        tag, size = struct.unpack_from("!HH", rest)
        found[f"0x{tag:04x}"], rest = rest[4 : 4 + size], rest[4 + size :]
    return found


@asynccontextmanager
async def smsc(tls: ssl.SSLContext | None = None, **changes: Any) -> AsyncIterator[Smsc]:
    """An SMSC that answers at once, until its `hold` is cleared; with `tls` it is an smpps."""
    found = Smsc(**changes)
    found.hold.set()
    server = await asyncio.start_server(found.meet, "127.0.0.1", found.port, ssl=tls)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        found.cut()
        for task in list(found._tasks):
            task.cancel()
