"""Writes rows as Parquet, where the library for it is installed."""

import importlib
import importlib.util
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from huifang.exporting.columns import Column, ColumnKind
from surveys.export import Columns

INSTALL = "pip install 'huifang[parquet]'"
"""What brings the library."""

_GROUP = 20_000  # rows of a row group: all that is held, and enough for those who read columns


def is_there() -> bool:
    """Whether Parquet can be written."""
    return importlib.util.find_spec("pyarrow") is not None


@cache
def _pyarrow() -> Any:
    # Large, and wanted by few: nobody else pays for it.
    return importlib.import_module("pyarrow")


class ParquetWriter:
    """Typed columns, zstd; texts are as they were given."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        arrow = _pyarrow()
        types = {
            ColumnKind.INTEGER: arrow.int64(),
            ColumnKind.NUMBER: arrow.float64(),
            ColumnKind.FLAG: arrow.bool_(),
            ColumnKind.INSTANT: arrow.timestamp("us", tz="UTC"),
            ColumnKind.LOCAL: arrow.timestamp("us"),
        }
        self._columns = columns
        self._schema = arrow.schema(
            [(column.name, types.get(column.kind, arrow.string())) for column in columns]
        )
        parquet = importlib.import_module("pyarrow.parquet")
        self._file = parquet.ParquetWriter(path, self._schema, compression="zstd")
        self._held: list[Any] = []
        self._rows = 0

    def write(self, page: Columns) -> None:
        """Add the rows of a page; they reach the file with their row group."""
        arrow = _pyarrow()
        arrays = [
            arrow.array(_shown(column, page[column.name]), type=field.type)
            for column, field in zip(self._columns, self._schema, strict=True)
        ]
        batch = arrow.RecordBatch.from_arrays(arrays, schema=self._schema)
        self._held.append(batch)
        self._rows += batch.num_rows
        if self._rows >= _GROUP:
            self._flush()

    def _flush(self) -> None:
        table = _pyarrow().Table.from_batches(self._held, schema=self._schema)
        self._file.write_table(table, row_group_size=self._rows or None)
        self._held, self._rows = [], 0

    def drop(self) -> None:
        """Let go of the file, without what was held back."""
        self._file.close()

    def close(self) -> None:
        """Write the last row group, and the file's foot."""
        if self._held:
            self._flush()
        self._file.close()


def _shown(column: Column, values: Sequence[Any]) -> Sequence[Any]:
    if column.kind is ColumnKind.LOCAL:
        return [_wall_clock(at) for at in values]
    return values


def _wall_clock(at: datetime | None) -> datetime | None:
    return at and at.replace(tzinfo=None)
