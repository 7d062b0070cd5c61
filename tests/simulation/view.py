"""Looks at a world from outside: the database as it is now, beside what people and desks saw."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from huifang.rules import Rules
from kernel.vault import Vault, open_vault
from tests.simulation.duties import Duties
from tests.simulation.network import Network
from tests.simulation.people import Phones
from tests.simulation.process import DATA_KEY
from tests.simulation.telephone import Telephone
from tests.simulation.ticketing import Ticketing

Row = dict[str, Any]

_READ = {
    "contacts": "SELECT id, message_class, thread, source, customer, ticket, channel, address_ix,"
    " state, attempt, intended_at, error FROM contacts ORDER BY id",
    "jobs": "SELECT key, kind, done_at, outcome, error FROM jobs ORDER BY key",
    "invitations": "SELECT id, source, ticket, cycle, customer, state, channel, reason, attempted,"
    " json_extract(terms, '$.recovery') AS recovery FROM invitations ORDER BY id",
    "tickets": "SELECT source, id, status, reopens FROM tickets ORDER BY 1, 2",
    "closures": "SELECT source, ticket, cycle, closed_at FROM closures ORDER BY 1, 2, 3",
    "complaints": "SELECT id, source, ticket, response, reopen, attention, state, telling"
    " FROM complaints ORDER BY id",
    "responses": "SELECT id, invitation, low, rating FROM responses ORDER BY id",
    "answers": "SELECT response, question, revision FROM answers ORDER BY 1, 2",
    "notices": "SELECT id, kind, subject FROM notices ORDER BY id",
    "callbacks": "SELECT id, state, missed FROM callbacks ORDER BY id",
    "inbound": "SELECT id, reading FROM inbound ORDER BY id",
}

_JOBS = "SELECT key, kind, done_at, outcome, error FROM jobs WHERE done_at IS NULL OR done_at >= ?"
_JOURNAL = (
    "SELECT id, at, kind, source, ticket, about, detail FROM journal WHERE id > ? ORDER BY id"
)


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
    telephone: Telephone
    duties: Duties
    vault: Vault
    logs: list[Row]
    journal: list[Row] = field(default_factory=list)
    by_kind: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    tables: dict[str, list[Row]] = field(default_factory=dict)
    contacts: dict[str, Row] = field(default_factory=dict)
    invitations: dict[str, Row] = field(default_factory=dict)
    fresh: int = 0  # the first message taken that was not looked at before
    written: set[str] = field(default_factory=set)  # tables, between the last two looks

    def told(self, kind: str) -> Sequence[Row]:
        """What the journal tells of one kind."""
        return self.by_kind[kind]


#: Gives a line for each thing that is not as it must be.
Rule = Callable[[View], Iterator[str]]


class Watch:
    """Looks again after every step at what was written; it only reads."""

    def __init__(self, database: Path, view: View) -> None:
        self._conn = sqlite3.connect(f"file:{database}?mode=ro", uri=True, isolation_level=None)
        self.view = view
        self._taken = 0
        self._jobs: dict[str, Row] = {}
        self._ended_at = ""
        for name in _READ:
            self._read(name)

    def look(self) -> View:
        """The world as it is now."""
        view = self.view
        view.fresh, self._taken = self._taken, len(view.network.taken)
        view.written, view.network.ground.written = view.network.ground.written, set()
        for name in view.written & _READ.keys():
            self._read(name)
        if "journal" in view.written:
            self._read_on()
        return view

    def overlooked(self) -> Iterator[str]:
        """The tables that are not what the last look showed: somebody wrote to them unseen."""
        for name, sql in _READ.items():
            if sorted(self._rows(sql), key=str) != sorted(self.view.tables[name], key=str):
                yield name

    def _read(self, name: str) -> None:
        view = self.view
        if name == "jobs":
            self._read_jobs()
            return
        view.tables[name] = self._rows(_READ[name])
        if name == "contacts":
            view.contacts = {row["id"]: row for row in view.tables[name]}
        elif name == "invitations":
            view.invitations = {row["id"]: row for row in view.tables[name]}

    def _read_jobs(self) -> None:
        """Those that wait, and those that have ended since; what has ended stays as it is."""
        for row in self._rows(_JOBS, self._ended_at):
            self._jobs[row["key"]] = row
            self._ended_at = max(self._ended_at, row["done_at"] or "")
        self.view.tables["jobs"] = list(self._jobs.values())

    def _read_on(self) -> None:
        """What the journal tells since it was last read; nothing in it ever changes."""
        view = self.view
        last = view.journal[-1]["id"] if view.journal else 0
        for row in self._rows(_JOURNAL, last):
            row["detail"] = json.loads(row["detail"])
            view.journal.append(row)
            view.by_kind[row["kind"]].append(row)

    def version(self) -> int:
        """A number that every commit changes."""
        return int(self._conn.execute("PRAGMA data_version").fetchone()[0])

    def _rows(self, sql: str, *values: object) -> list[Row]:
        found = self._conn.execute(sql, values)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found]

    def due_kinds(self, now: datetime) -> set[str]:
        """The kinds of job of which something is due."""
        rows = self._conn.execute(
            "SELECT DISTINCT kind FROM jobs WHERE done_at IS NULL AND run_at <= ?",
            (now.replace(tzinfo=None).isoformat(" ", "microseconds"),),
        )
        return {kind for (kind,) in rows}

    def next_job_at(self, *, beside: str = "") -> datetime | None:
        """When the next job is due that is not of the kind `beside`."""
        row = self._conn.execute(
            "SELECT min(run_at) FROM jobs WHERE done_at IS NULL AND kind != ?", (beside,)
        )
        text = row.fetchone()[0]
        return instant(text) if text else None

    def counts(self, *tables: str) -> dict[str, int]:
        """How many rows tables have."""
        return {
            name: self._conn.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            for name in tables
        }

    def words(self) -> int:
        """Of how many answers it is kept what was said beside them."""
        row = self._conn.execute("SELECT count(*) FROM answers WHERE words IS NOT NULL")
        return int(row.fetchone()[0])

    def in_hand(self) -> list[tuple[str, str]]:
        """To whom a process is about to write, or one that died was: (source, customer)."""
        rows = self._conn.execute(
            "SELECT DISTINCT json_extract(payload, '$.source'), json_extract(payload, '$.customer')"
            " FROM jobs WHERE kind = 'contact.send' AND done_at IS NULL AND lease IS NOT NULL"
            " ORDER BY 1, 2"
        )
        return [(source, customer) for source, customer in rows]

    def close(self) -> None:
        self._conn.close()


def make_watch(
    database: Path,
    rules: Rules,
    network: Network,
    phones: Phones,
    ticketing: Ticketing,
    telephone: Telephone,
    duties: Duties,
    logs: list[Row],
) -> Watch:
    """A watch over one world."""
    view = View(
        rules=rules,
        network=network,
        phones=phones,
        ticketing=ticketing,
        telephone=telephone,
        duties=duties,
        vault=open_vault([DATA_KEY]),
        logs=logs,
    )
    return Watch(database, view)
