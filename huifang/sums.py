"""Carries out `huifang rollup`: proves the sums of figures right, or makes them anew."""

import json
import sys
from dataclasses import asdict
from typing import Any

from huifang.configuration import Configuration
from kernel.engine import Database, open_database
from surveys.fates import ledger as fates
from surveys.fates import report as fates_report
from surveys.rollups import ledger
from surveys.rollups.duties import Folding
from surveys.rollups.report import Difference, differences, steps

_MARKS = 1_000_000  # counted no further
_MANY = 1_000_000_000


async def verify(found: Configuration, *, as_json: bool) -> int:
    """Count all anew and print where what is kept differs; 1 where anything does.

    Nothing is changed, and the service may go on meanwhile. Without sums there is nothing to
    verify: figures are counted from the rows then.
    """
    database = open_database(found.settings.database_url)
    try:
        async with database.read() as conn:
            kept = await ledger.state(conn)
            waiting = await ledger.waiting(conn, _MARKS) + await fates.waiting(conn, _MARKS)
        unlike = await _recount(database) if kept else []
    finally:
        await database.close()
    _progress("", None)
    told = {
        "kept": kept is not None,
        "zone": kept[0] if kept else None,
        "waiting": waiting,
        "differences": [_shown(each) for each in unlike],
    }
    _say([json.dumps(told, ensure_ascii=False)] if as_json else _lines(told))
    return 1 if unlike else 0


async def rebuild(found: Configuration, *, as_json: bool) -> int:
    """Forget all sums and make them anew; figures stay right meanwhile."""
    database = open_database(found.settings.database_url)
    try:
        settled = await _fold(database, found.rules.centre.timezone)
    finally:
        await database.close()
    _progress("", None)
    zone = found.rules.centre.timezone
    told = {"counted": settled, "zone": zone}
    words = f"{settled:,} invitations and closings are counted anew, by days of {zone}"
    _say([json.dumps(told) if as_json else words])
    return 0


async def _fold(database: Database, timezone: str) -> int:
    folding = Folding(database=database, timezone=lambda: timezone)
    await folding.begin()
    async with database.read() as conn:
        total = await ledger.size(conn) + await fates.waiting(conn, _MANY)
    settled = 0
    while (part := await folding.step()) is not None:
        settled += part
        _progress("counting", min(settled / max(total, 1), 1.0))
    return settled


async def _recount(database: Database) -> list[Difference]:
    unlike: list[Difference] = []
    total, done = await steps(database), 0
    kinds = [differences(database)]
    async with database.read() as conn:
        if await fates.state(conn) is not None:
            kinds.append(fates_report.differences(database))
            total += await fates_report.steps(conn)
    for parts in kinds:
        async for part in parts:
            done += 1
            _progress("recounting", min(done / total, 1.0))
            unlike += part
    return unlike


def _shown(unlike: Difference) -> dict[str, Any]:
    told = {name: value for name, value in asdict(unlike).items() if value is not None}
    return told | ({"day": unlike.day.isoformat()} if unlike.day else {})


def _lines(told: dict[str, Any]) -> list[str]:
    if not told["kept"]:
        return ["no sums are kept yet: figures are counted from the rows; `--rebuild` makes them"]
    lines = []
    for each in told["differences"]:
        if "invitation" in each:
            lines.append(f"invitation {each['invitation']}: not as it was counted last")
            continue
        if "closing" in each:
            lines.append(f"closing {each['closing']}: not as it was counted last")
            continue
        names = ", ".join(f"{name}={value}" for name, value in each["names"].items() if value)
        off = ", ".join(f"{name} {by:+}" for name, by in each["off_by"].items())
        lines.append(f"{each['day']} by {each['view'] or 'nothing'} ({names}): kept {off}")
    if told["waiting"]:
        lines.append(f"{told['waiting']} changes wait to be folded; they are counted from the rows")
    count = len(told["differences"])
    wrong = f"{count} differ: `huifang rollup --rebuild` makes them anew"
    return [*lines, wrong if count else "all sums equal a recount"]


def _say(lines: list[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _progress(what: str, share: float | None) -> None:
    """Show how far it is, to a person; a pipe hears nothing."""
    if not sys.stderr.isatty():
        return
    sys.stderr.write("\r\033[K" if share is None else f"\r{what}: {share:.0%} ")
    sys.stderr.flush()
