"""Closings of many agents who are alike, and of one who is not, made up in sets."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from kernel.engine import Database
from kernel.journal import Entry, append
from kernel.sql import insert_all
from tickets.tables import closures

SOURCE = "/tickets"


async def closings(
    database: Database,
    agent: str,
    until: datetime,
    *,
    n: int = 60,
    skipped: int = 0,
    handed_on: int = 0,
    reasons: Mapping[str, int] | None = None,
) -> None:
    """`n` closings of an agent in the three weeks before `until`; `skipped` for a tag, `handed_on`
    closed again by A-99; so many with each of `reasons`, the rest as resolved.
    """
    rows: list[dict[str, Any]] = []
    entries: list[Entry] = []
    given = [reason for reason, count in (reasons or {}).items() for _ in range(count)]
    for number in range(n):
        ticket = f"T-{agent}-{until:%m%d}-{number}"
        at = until - timedelta(days=1) - timedelta(days=20) * (number + 1) / (n + 1)
        reason = given[number] if number < len(given) else "resolved"
        rows.append(_closing(ticket, 1, at, agent, reason))
        if number < skipped:
            said = {"cycle": 1, "verdict": "suppress", "reason": "skipped_tag", "rules": []}
            entries.append(
                Entry(
                    at=at,
                    kind="decision",
                    about="closure:1",
                    source=SOURCE,
                    ticket=ticket,
                    detail=said,
                )
            )
        if number < handed_on:
            rows.append(_closing(ticket, 2, at + timedelta(hours=5), "A-99", "resolved"))
    async with database.write() as conn:
        await insert_all(conn, closures, rows)
        await append(conn, entries)


async def alike(database: Database, until: datetime, agents: Sequence[str]) -> None:
    """Agents who skip three of sixty, hand on one, and give one reason as often."""
    for agent in agents:
        await closings(
            database, agent, until, skipped=3, handed_on=1, reasons={"cannot_reproduce": 4}
        )


def _closing(ticket: str, cycle: int, at: datetime, agent: str, reason: str) -> dict[str, Any]:
    return {
        "source": SOURCE,
        "ticket": ticket,
        "cycle": cycle,
        "closed_at": at,
        "customer": f"C-{ticket}",
        "superseded": False,
        "facts": {"agent": agent, "team": "NOC-1", "close_reason": reason, "tags": []},
    }
