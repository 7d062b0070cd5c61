"""Sends mails through the product's carrier and over one bare connection that is kept open."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

import aiosmtplib

from bench.machine import Ground, running
from bench.report import Table, median, progress, spread
from channels.accounts import Relay, Tls
from channels.mail import SmtpMail
from channels.ports import Message

_WANTED = 0.8  # of the bare connection's rate
_AT_ONCE = 8
_START = 20.0
_LOOK = 0.01
_SENDER = "care@survey.example.com"
_SUBJECT = "请您评价工单T-1001的处理"
_TEXT = "您好,\n\n您的工单T-1001已处理,请评价:\n" + "\n".join(
    f"{score}: https://survey.example.com/s/{'t' * 40}?r={score}" for score in range(1, 6)
)
_HTML = f"<html><body><p>{_TEXT.replace(chr(10), '<br>')}</p></body></html>" * 3

Send = Callable[[int], Awaitable[object]]


async def run(stage: Ground, runs: int, size: int) -> Sequence[Table]:
    """One mail after the other both ways, and several at once ours; mails a second."""
    async with _server(stage) as port:
        relay = Relay(host="127.0.0.1", port=port, sender=_SENDER, tls=Tls.NEVER)
        mail = SmtpMail(relay, [b"bench"])
        connection = aiosmtplib.SMTP(
            hostname="127.0.0.1", port=port, start_tls=False, use_tls=False
        )
        await connection.connect()
        letter = _letter().as_bytes(policy=SMTP)

        async def ours(number: int) -> object:
            return await mail.send(_message(number))

        async def bare(number: int) -> object:
            return await connection.sendmail(_SENDER, [_to(number)], letter)

        ways: dict[str, tuple[Send, int]] = {
            _BARE: (bare, 1),
            _OURS: (ours, 1),
            _POOLED: (ours, _AT_ONCE),
        }
        found: dict[str, list[float]] = {name: [] for name in ways}
        try:
            for send, at_once in ways.values():
                await _rate(send, 100, at_once)
            for number in range(runs):
                progress(f"mail: run {number + 1} of {runs}")
                for name, (send, at_once) in ways.items():
                    found[name].append(await _rate(send, size, at_once))
        finally:
            await connection.quit()
            await mail.close()
    return [_table(found, size)]


_BARE, _OURS = "bare connection, the same octets", "channels/mail.py, one after the other"
_POOLED = f"channels/mail.py, {_AT_ONCE} at once"


@asynccontextmanager
async def _server(stage: Ground) -> AsyncIterator[int]:
    log = stage.folder / f"letters-{time.monotonic_ns()}.log"
    async with running([sys.executable, "-m", "bench.letters"], {}, log):
        end = time.monotonic() + _START
        while not log.read_text().startswith("port ") or "\n" not in log.read_text():
            if time.monotonic() > end:
                raise TimeoutError("the mail server did not start")
            await asyncio.sleep(_LOOK)
        yield int(log.read_text().split()[1])


async def _rate(send: Send, size: int, at_once: int) -> float:
    numbers: Iterator[int] = iter(range(size))

    async def some() -> None:
        for number in numbers:
            await send(number)

    started = time.perf_counter()
    await asyncio.gather(*(some() for _ in range(at_once)))
    return size / (time.perf_counter() - started)


def _message(number: int) -> Message:
    return Message(
        contact=f"c_{number:032d}",
        to=_to(number),
        subject=_SUBJECT,
        text=_TEXT,
        html=_HTML,
        intended_at=datetime.now(UTC),
    )


def _letter() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = _SENDER, _to(0), _SUBJECT
    made.set_content(_TEXT)
    made.add_alternative(_HTML, subtype="html")
    return made


def _to(number: int) -> str:
    return f"c{number}@example.com"


def _table(found: dict[str, list[float]], size: int) -> Table:
    rows = []
    for name, rates in found.items():
        shares = [rate / bare for rate, bare in zip(rates, found[_BARE], strict=True)]
        rows.append((name, median(rates), spread(rates), median(shares)))
    share = rows[-1][3]
    faults = () if share >= _WANTED else (f"mails reach {share:.2f} of a bare connection's rate",)
    return Table(
        title=f"E-mail, {size:,} mails in text and HTML",
        columns=("who", "mails/s", "runs", "share"),
        rows=tuple(rows),
        note=f"At least {_WANTED} is wanted of the pool; the bare connection builds no mail.",
        faults=faults,
    )
