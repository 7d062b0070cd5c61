"""Sends SMS through the product's carrier and through a bare client that posts the same form."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiohttp

from bench.bare import AT_ONCE
from bench.machine import Ground
from bench.report import Table, median, progress, spread
from channels.accounts import Account
from channels.ports import Message
from channels.sms import TwilioSms

_WANTED = 0.8  # of the bare client's rate
_SID, _TOKEN, _FROM = "AC" + "0" * 32, "token", "+8610655500001"
_TEXT = "【示例电信】您的工单已处理,请评价:5非常满意 4满意 3一般 2不满意 1非常不满意。回T退订"
_PUBLIC = "http://127.0.0.1:8080"
_VALID = 3_600
_LIMIT = 10.0

Send = Callable[[int], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    ours: float
    bare: float


async def run(stage: Ground, runs: int, size: int) -> Sequence[Table]:
    """Both, taking turns; sends a second."""
    account = Account(
        sid=_SID,
        token=_TOKEN,
        sender=_FROM,
        base_url=stage.carrier.url,
        timeout=timedelta(seconds=_LIMIT),
    )
    sms = TwilioSms(account, _PUBLIC)
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    auth = {"Authorization": aiohttp.encode_basic_auth(_SID, _TOKEN)}
    timeout = aiohttp.ClientTimeout(total=_LIMIT)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:

        async def ours(number: int) -> object:
            return await sms.send(_message(number))

        async def bare(number: int) -> object:
            url = f"{stage.carrier.url}/2010-04-01/Accounts/{_SID}/Messages.json"
            async with session.post(url, data=_form(number), headers=auth) as answer:
                return await answer.json()

        try:
            await _rate(ours, AT_ONCE)
            await _rate(bare, AT_ONCE)
            done = []
            for number in range(runs):
                progress(f"sends: run {number + 1} of {runs}")
                pair = (ours, bare) if number % 2 else (bare, ours)
                rates = {each: await _rate(each, size) for each in pair}
                done.append(_Run(ours=rates[ours], bare=rates[bare]))
        finally:
            await sms.close()
    return [_table(done, size)]


async def _rate(send: Send, size: int) -> float:
    numbers: Iterator[int] = iter(range(size))
    started = time.perf_counter()
    await asyncio.gather(*(_some(send, numbers) for _ in range(AT_ONCE)))
    return size / (time.perf_counter() - started)


async def _some(send: Send, numbers: Iterator[int]) -> None:
    for number in numbers:
        await send(number)


def _message(number: int) -> Message:
    return Message(
        contact=_contact(number),
        to=_to(number),
        text=_TEXT,
        intended_at=datetime.now(UTC),
        valid_for=_VALID,
    )


def _form(number: int) -> dict[str, str]:
    return {
        "To": _to(number),
        "From": _FROM,
        "Body": _TEXT,
        "StatusCallback": f"{_PUBLIC}/carriers/twilio/status?contact={_contact(number)}",
        "ValidityPeriod": str(_VALID),
    }


def _to(number: int) -> str:
    return f"+86{13_900_000_000 + number}"


def _contact(number: int) -> str:
    return f"c_{number:032d}"


def _table(done: Sequence[_Run], size: int) -> Table:
    shares = [each.ours / each.bare for each in done]
    share = median(shares)
    faults = () if share >= _WANTED else (f"sends reach {share:.2f} of a bare client's rate",)
    return Table(
        title=f"SMS sends, {size:,} at {AT_ONCE} at once",
        columns=("who", "sends/s", "runs", "share"),
        rows=(
            _row("channels/sms.py", [each.ours for each in done], share),
            _row("bare aiohttp client", [each.bare for each in done], 1.0),
        ),
        note=f"Shares by run: {spread(shares)}. At least {_WANTED} is wanted.",
        faults=faults,
    )


def _row(who: str, rates: Sequence[float], share: float) -> tuple[object, ...]:
    return who, median(rates), spread(rates), share
