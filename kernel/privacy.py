"""Names every place where personal data stand sealed or hashed, for whoever must find them all."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, LargeBinary, MetaData, Table

from kernel.erased import NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A column whose values the vault sealed; each stands at the place of its row's key."""

    table: Table
    column: Column[Any]

    @property
    def name(self) -> str:
        """Such as `contacts.text`."""
        return f"{self.table.name}.{self.column.name}"

    @property
    def keys(self) -> tuple[Column[Any], ...]:
        """The columns of the primary key."""
        return tuple(self.table.primary_key.columns)

    def place(self, row: Mapping[str, Any]) -> str:
        """Where the value of a row stands; moved elsewhere it does not open."""
        return "|".join([self.name, *(str(row[key.name]) for key in self.keys)])


def sealed_columns(metadata: MetaData) -> Iterator[Sealed]:
    """Every sealed column: those that hold bytes of any length. Nothing else is kept in such."""
    for table, column in _bytes_of(metadata):
        if column.type.length is None:  # type: ignore[attr-defined]
            yield Sealed(table=table, column=column)


def hashed_columns(metadata: MetaData) -> Iterator[Column[Any]]:
    """Every column of keyed hashes: those that hold 16 bytes."""
    for _, column in _bytes_of(metadata):
        if column.type.length == len(NOBODY):  # type: ignore[attr-defined]
            yield column


def _bytes_of(metadata: MetaData) -> Iterator[tuple[Table, Column[Any]]]:
    for table in metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, LargeBinary):
                yield table, column
