"""Fills a database with any number of contacts, by copying what the product itself wrote for one.

The product plans one closing and sends it; its rows are the patterns. Each copy gets ids, an
address and sealed values of its own, so that the rows are what a million closings would have left,
whatever columns the tables have.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Table, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.product import SOURCE, event, phone
from channels.jobs import SEND
from channels.tables import addresses, contacts, customers
from huifang.wiring import Service
from kernel.vault import Vault, derived_id
from scheduler.tables import jobs
from surveys.tables import invitations

_CHUNK = 10_000
_PATTERN = -1  # the number of the one closing that is copied

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """The rows of one planned and one sent contact, by table."""

    vault: Vault
    planned: Mapping[str, Row]
    sent: Row


async def learn(service: Service) -> Pattern:
    """Have the product plan one closing and send it, and keep the rows; its carrier must answer."""
    now = datetime.now(UTC)
    await service.intake.take([event(_PATTERN, now)], now)
    async with service.database.read() as conn:
        planned = {table.name: await _only(conn, table) for table in _PLANNED}
    await service.step()
    async with service.database.read() as conn:
        sent = await _only(conn, contacts)
    if sent["state"] != "sent":
        raise RuntimeError(f"the pattern was not sent: {sent['state']}")
    return Pattern(vault=service.vault, planned=planned, sent=sent)


_PLANNED = (customers, addresses, invitations, jobs)


async def _only(conn: AsyncConnection, table: Table) -> Row:
    query = select(table)
    if table is jobs:
        query = query.where(jobs.c.kind == SEND.name)
    if table is customers:
        query = query.where(customers.c.id == f"C-{_PATTERN}")
    return dict((await conn.execute(query)).mappings().one())


async def plan(
    conn: AsyncConnection, pattern: Pattern, numbers: Sequence[int], first: datetime, every: float
) -> None:
    """Contacts planned for so many customers; the first due at `first`, then one in `every` s."""
    for start in range(0, len(numbers), _CHUNK):
        part = numbers[start : start + _CHUNK]
        due = [first + timedelta(seconds=every * (start + place)) for place in range(len(part))]
        await _write(conn, customers, [_customer(pattern, number) for number in part])
        await _write(conn, addresses, [_address(pattern, number) for number in part])
        await _write(
            conn,
            invitations,
            [_invitation(pattern, each, at) for each, at in zip(part, due, strict=True)],
        )
        await _write(
            conn, jobs, [_job(pattern, each, at) for each, at in zip(part, due, strict=True)]
        )


async def remember(
    conn: AsyncConnection, pattern: Pattern, numbers: Sequence[int], last: datetime, every: float
) -> None:
    """A contact sent to each of these customers, the last at `last`, one in `every` seconds."""
    for start in range(0, len(numbers), _CHUNK):
        part = numbers[start : start + _CHUNK]
        rows = [
            _contact(pattern, number, last - timedelta(seconds=every * (start + place)))
            for place, number in enumerate(part)
        ]
        await _write(conn, contacts, rows)


def _customer(pattern: Pattern, number: int) -> Row:
    known = pattern.planned[customers.name]
    customer = f"C-{number}"

    def sealed(column: str, value: str) -> bytes | None:
        return pattern.vault.seal(value, f"customers.{column}|{SOURCE}|{customer}")

    return {
        **known,
        "id": customer,
        "name": sealed("name", "王小明"),
        "phone": sealed("phone", phone(number)),
        "phone_ix": pattern.vault.index(phone(number)),
    }


def _address(pattern: Pattern, number: int) -> Row:
    return {**pattern.planned[addresses.name], "ix": pattern.vault.index(phone(number))}


def _ids(number: int) -> dict[str, str]:
    return {
        "thread": derived_id("i_", SOURCE, str(number)),
        "contact": derived_id("c_", SOURCE, str(number)),
        "customer": f"C-{number}",
        "ticket": f"T-{number}",
    }


def _invitation(pattern: Pattern, number: int, due: datetime) -> Row:
    known, ids = pattern.planned[invitations.name], _ids(number)
    useful = known["useful_until"] - known["due_at"]
    return {
        **known,
        "id": ids["thread"],
        "customer": ids["customer"],
        "ticket": ids["ticket"],
        "due_at": due,
        "useful_until": due + useful,
    }


def _job(pattern: Pattern, number: int, due: datetime) -> Row:
    known, ids = pattern.planned[jobs.name], _ids(number)
    return {
        **known,
        "key": f"{SEND.name}:{ids['contact']}",
        "due_at": due,
        "run_at": due,
        "not_after": due + (known["not_after"] - known["due_at"]),
        "payload": {**known["payload"], **ids},
    }


def _contact(pattern: Pattern, number: int, at: datetime) -> Row:
    # Another contact than the one that is planned for the same customer.
    ids = _ids(number) | {"contact": derived_id("c_", SOURCE, str(number), "before")}
    return {
        **pattern.sent,
        "id": ids["contact"],
        "thread": derived_id("i_", SOURCE, str(number), "before"),
        "customer": ids["customer"],
        "ticket": ids["ticket"],
        "address_ix": pattern.vault.index(phone(number)),
        "address": pattern.vault.seal(phone(number), f"contacts.address|{ids['contact']}"),
        "carrier_id": f"SM{ids['contact']}",
        "intended_at": at,
        "sent_at": at,
    }


async def _write(conn: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Rows as fast as the database takes them: COPY where there is one."""
    driver = (await conn.get_raw_connection()).driver_connection
    copy = getattr(driver, "copy_records_to_table", None)
    if copy is None:
        await conn.execute(insert(table), [dict(row) for row in rows])
    else:
        columns = list(rows[0])
        await copy(table.name, columns=columns, records=list(_records(table, columns, rows)))


def _records(
    table: Table, columns: Sequence[str], rows: Iterable[Row]
) -> Iterator[tuple[object, ...]]:
    """COPY wants JSON as text."""
    texts = {name for name in columns if isinstance(table.c[name].type, JSON)}
    for row in rows:
        yield tuple(
            json.dumps(row[name]) if name in texts and row[name] is not None else row[name]
            for name in columns
        )
