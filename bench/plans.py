"""Catches the statements that the product really sends, each with the plan the database makes."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event

from kernel.engine import Database

_HOT = re.compile(r"^\s*(SELECT|UPDATE|INSERT|DELETE|WITH)\b", re.IGNORECASE)
_GROWING = ("jobs", "contacts", "customers", "addresses", "invitations", "journal")
_BY_CHANCE = 50  # rows of a batch of five hundred: dead ones, and what another batch left
_SPACE = re.compile(r"\s+")
_MANY = re.compile(r"\(((\$\d+|\?)(::[\w ]+)?(, )?){2,}\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the database carries a statement out: its nodes in order, the rows it looked at in tables
    and the pages it touched.
    """

    statement: str
    nodes: tuple[str, ...]
    rows: int | None = None
    pages: int | None = None

    @property
    def access(self) -> tuple[str, ...]:
        """The nodes, a bitmap as the index that it is made of.

        Where a batch is a good part of a table, its rows are collected by their places first and
        put in order afterwards: the same entries of the same index lead to the same rows.
        """
        found: list[str] = []
        for node in self.nodes:
            match node.split():
                case ["Bitmap", "Index", "Scan", index] if _is_bitmap(found):
                    table = found.pop().split()[-1]
                    if found and found[-1] == "Sort":
                        found.pop()
                    found.append(f"Index Scan {table} {index}")
                case _:
                    found.append(node)
        return tuple(found)


def _is_bitmap(nodes: Sequence[str]) -> bool:
    return bool(nodes) and nodes[-1].startswith("Bitmap Heap Scan ")


@dataclass(slots=True, kw_only=True)
class Plans:
    """The plan of each statement seen, as it was asked first."""

    by_statement: dict[str, Plan] = field(default_factory=dict)


@contextmanager
def caught(database: Database) -> Iterator[Plans]:
    """Ask for the plan of each new statement just before it is carried out, where it is.

    On PostgreSQL the statement is carried out twice, the first time taken back, so that pages and
    rows are the real ones.
    """
    found = Plans()
    engine = database.engine.sync_engine
    asking = False

    def before(
        conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        nonlocal asking
        if asking or not _HOT.match(statement) or _brief(statement) in found.by_statement:
            return
        asking = True
        try:
            plan = _ask(conn, statement, _one(parameters) if many else parameters)
            found.by_statement[plan.statement] = plan
        finally:
            asking = False

    event.listen(engine, "before_cursor_execute", before)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", before)


def _one(parameters: Any) -> Any:
    """The first of many sets; rows written by one statement with values for all are one set."""
    return parameters[0] if isinstance(parameters[0], tuple | list) else parameters


def _ask(conn: Any, statement: str, parameters: Sequence[object]) -> Plan:
    if conn.dialect.name == "sqlite":
        rows = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", tuple(parameters))
        return Plan(statement=_brief(statement), nodes=tuple(row[3] for row in rows))
    # What is asked outside a transaction only reads: there is nothing to take back.
    alone = conn.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
    if not alone:
        conn.exec_driver_sql("SAVEPOINT plan")
    asked = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
    told = conn.exec_driver_sql(asked, tuple(parameters)).scalar_one()
    if not alone:
        conn.exec_driver_sql("ROLLBACK TO SAVEPOINT plan")
    top = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
    return Plan(
        statement=_brief(statement),
        nodes=tuple(_nodes(top)),
        rows=round(sum(_looked_at(top))),
        pages=top["Shared Hit Blocks"] + top["Shared Read Blocks"],
    )


def _nodes(node: Mapping[str, Any]) -> Iterator[str]:
    words = (node["Node Type"], node.get("Relation Name"), node.get("Index Name"))
    yield " ".join(word for word in words if word)
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _looked_at(node: Mapping[str, Any]) -> Iterator[float]:
    """The rows that each reading of a table came upon, those among them that it passed over too."""
    if "Relation Name" in node and node["Node Type"] != "ModifyTable":
        passed = (node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
        yield (node["Actual Rows"] + sum(passed)) * node["Actual Loops"]
    for child in node.get("Plans", ()):
        yield from _looked_at(child)


def _brief(statement: str) -> str:
    """One line, a list of parameters as dots: the same statement for any number of rows."""
    return _MANY.sub("(…)", _SPACE.sub(" ", statement)).strip()


def _walks(node: str) -> bool:
    """PostgreSQL says `Seq Scan jobs`, SQLite `SCAN jobs`; with an index named it is no walk."""
    match node.split():
        case ["Seq", "Scan", table] | ["SCAN", table]:
            return table in _GROWING
        case _:
            return False


def walks(found: Plans) -> list[str]:
    """The statements that read a growing table from end to end."""
    return [
        f"{plan.statement}\n  walks: {' > '.join(plan.nodes)}"
        for plan in found.by_statement.values()
        if any(_walks(node) for node in plan.nodes)
    ]


def changes(small: Plans, large: Plans) -> list[str]:
    """The statements that are planned otherwise when more is waiting, or look at more rows."""
    both = [
        (few, large.by_statement[statement])
        for statement, few in small.by_statement.items()
        if statement in large.by_statement
    ]
    return [
        f"{few.statement}\n  few:  {_told(few)}\n  many: {_told(many)}"
        for few, many in both
        if few.access != many.access or _more(few, many)
    ]


def _more(few: Plan, many: Plan) -> bool:
    return few.rows is not None and many.rows is not None and many.rows > few.rows + _BY_CHANCE


def _told(plan: Plan) -> str:
    rows = "" if plan.rows is None else f" ({plan.rows:,} rows)"
    return " > ".join(plan.nodes) + rows
