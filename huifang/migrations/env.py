"""Runs migrations on the connection that `huifang.schema` hands over."""

from typing import Any, Literal

from alembic import context

from kernel import sql

_OWN = {"Json": sql.Json, "Serial": sql.Serial}


def render_item(kind: str, item: Any, autogenerate: Any) -> str | Literal[False]:
    """Write our own column types by their names, with their imports."""
    if kind != "type":
        return False
    name = "UtcDateTime()" if isinstance(item, sql.UtcDateTime) else None
    name = name or next((own for own, type_ in _OWN.items() if item is type_), None)
    if name is None:
        return False
    autogenerate.imports.add("from kernel.sql import " + name.removesuffix("()"))
    return name


connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("run `huifang migrate`")
context.configure(
    connection=connection,
    target_metadata=context.config.attributes["metadata"],
    render_item=render_item,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
