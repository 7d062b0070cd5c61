"""Looks at a world from outside: the database as it is now, beside what people and desks saw."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from huifang.rules import Rules
from kernel.vault import Vault, open_vault
from tests.simulation.network import Network
from tests.simulation.people import Phones
from tests.simulation.process import DATA_KEY
from tests.simulation.ticketing import Ticketing

Row = dict[str, Any]

_READ = {
    "contacts": "SELECT id, message_class, thread, source, customer, channel, address_ix, state,"
    " attempt, intended_at, error FROM contacts ORDER BY id",
    "jobs": "SELECT key, kind, run_at, done_at, outcome, error, attempt, lease, payload FROM jobs"
    " ORDER BY key",
    "invitations": "SELECT id, source, ticket, cycle, customer, state, channel, reason, attempted,"
    " json_extract(terms, '$.recovery') AS recovery FROM invitations ORDER BY id",
    "tickets": "SELECT source, id, status, reopens FROM tickets ORDER BY 1, 2",
    "closures": "SELECT source, ticket, cycle, closed_at FROM closures ORDER BY 1, 2, 3",
    "complaints": "SELECT id, source, ticket, response, reopen, attention, state FROM complaints"
    " ORDER BY id",
    "responses": "SELECT id, invitation, low, rating FROM responses ORDER BY id",
    "answers": "SELECT response, question, revision FROM answers ORDER BY 1, 2",
    "addresses": "SELECT ix, dead, open_thread FROM addresses ORDER BY ix",
    "opt_outs": "SELECT address_ix, channel, state FROM opt_outs WHERE ended_at IS NULL"
    " ORDER BY id",
    "notices": "SELECT id, kind, subject, ticket FROM notices ORDER BY id",
    "callbacks": "SELECT id, state, missed, reason_closed FROM callbacks ORDER BY id",
    "inbound": "SELECT id, reading, thread FROM inbound ORDER BY id",
}


def instant(text: str) -> datetime:
    """An instant as SQLite keeps it."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class View:
    """One look: the tables by name, the whole journal, and the truth outside."""

    rules: Rules
    network: Network
    phones: Phones
    ticketing: Ticketing
    vault: Vault
    logs: list[Row]
    journal: list[Row] = field(default_factory=list)
    tables: dict[str, list[Row]] = field(default_factory=dict)
    fresh: int = 0  # the first message taken that was not looked at before

    @property
    def contacts(self) -> dict[str, Row]:
        return {row["id"]: row for row in self.tables["contacts"]}

    @property
    def invitations(self) -> dict[str, Row]:
        return {row["id"]: row for row in self.tables["invitations"]}

    def told(self, kind: str) -> Iterable[Row]:
        return (row for row in self.journal if row["kind"] == kind)


class Watch:
    """Looks again after every step; it only reads."""

    def __init__(self, database: Path, view: View) -> None:
        self._conn = sqlite3.connect(f"file:{database}?mode=ro", uri=True, isolation_level=None)
        self._conn.row_factory = sqlite3.Row
        self._view = view
        self._version = -1
        self._taken = self._journal = 0

    def look(self) -> View:
        """The world as it is now."""
        view = self._view
        view.fresh, self._taken = self._taken, len(view.network.taken)
        version = self.version()
        if version != self._version or not view.tables:
            self._version = version
            view.tables = {name: self._rows(sql) for name, sql in _READ.items()}
            entries = self._rows(
                "SELECT id, at, kind, source, ticket, about, detail FROM journal"
                f" WHERE id > {self._journal} ORDER BY id"
            )
            for row in entries:
                row["detail"] = json.loads(row["detail"])
            view.journal.extend(entries)
            self._journal = view.journal[-1]["id"] if view.journal else 0
        return view

    def version(self) -> int:
        """A number that every commit changes."""
        return int(self._conn.execute("PRAGMA data_version").fetchone()[0])

    def _rows(self, sql: str) -> list[Row]:
        return [dict(row) for row in self._conn.execute(sql)]

    def due_kinds(self, now: datetime) -> set[str]:
        """The kinds of job of which something is due."""
        rows = self._conn.execute(
            "SELECT DISTINCT kind FROM jobs WHERE done_at IS NULL AND run_at <= ?",
            (now.replace(tzinfo=None).isoformat(" ", "microseconds"),),
        )
        return {row["kind"] for row in rows}

    def next_job_at(self) -> datetime | None:
        """When the next job is due, but for complaints, which are escalated until taken up."""
        row = self._conn.execute(
            "SELECT min(run_at) AS at FROM jobs"
            " WHERE done_at IS NULL AND kind != 'complaint.deadline'"
        )
        text = row.fetchone()["at"]
        return instant(text) if text else None

    def close(self) -> None:
        self._conn.close()


def make_watch(
    database: Path,
    rules: Rules,
    network: Network,
    phones: Phones,
    ticketing: Ticketing,
    logs: list[Row],
) -> Watch:
    """A watch over one world."""
    view = View(
        rules=rules,
        network=network,
        phones=phones,
        ticketing=ticketing,
        vault=open_vault([DATA_KEY]),
        logs=logs,
    )
    return Watch(database, view)
