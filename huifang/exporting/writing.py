"""Writes rows as csv or as lines of JSON; says what all who write files have in common."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import orjson

from huifang.exporting.cells import neutral, neutralised
from huifang.exporting.columns import Column, ColumnKind
from surveys.export import Columns

_BUFFER = 1 << 20  # bytes gathered before the disk is asked


class Writer(Protocol):
    """Writes one file, page by page; used by one thread at a time."""

    def write(self, page: Columns) -> None:
        """Add the rows of a page that has all the columns."""

    def close(self) -> None:
        """Write what is still held back; without it the file is none."""

    def drop(self) -> None:
        """Let go of a file that nobody wants any more."""


class CsvWriter:
    """Comma-separated UTF-8, instants as RFC 3339, truths as true and false."""

    def __init__(self, path: Path, columns: Sequence[Column], *, bom: bool) -> None:
        encoding = "utf-8-sig" if bom else "utf-8"
        self._file = path.open("w", encoding=encoding, newline="", buffering=_BUFFER)
        self._columns = [(column.name, _IN_CSV.get(column.kind, _numbers)) for column in columns]
        self._add([_texts([neutral(column.name)]) for column in columns])

    def write(self, page: Columns) -> None:
        """Add the rows of a page."""
        self._add([written(page[name]) for name, written in self._columns])

    def _add(self, shown: Sequence[Sequence[str]]) -> None:
        # Column by column, since what needs quotes is rare: a csv writer looks at every value.
        rows = map(",".join, zip(*shown, strict=True))
        self._file.writelines(row + _END for row in rows)

    def close(self) -> None:
        """End the file."""
        self._file.close()

    def drop(self) -> None:
        """Let go of it."""
        self._file.close()


_END = "\r\n"
_QUOTED = re.compile(r'[",\r\n]')  # RFC 4180, section 2


def _texts(column: Sequence[str | None]) -> Sequence[str]:
    texts = [text or "" for text in column]
    if _QUOTED.search("".join(texts)) is None:
        return texts
    return [_quoted(text) if _QUOTED.search(text) else text for text in texts]


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _neutral_texts(column: Sequence[str | None]) -> Sequence[str]:
    return _texts(neutralised(column))


def _numbers(column: Sequence[float | None]) -> Sequence[str]:
    return ["" if number is None else str(number) for number in column]


def _instants(column: Sequence[datetime | None]) -> Sequence[str]:
    return [at.isoformat() if at else "" for at in column]


_FLAGS = {True: "true", False: "false", None: ""}


def _flags(column: Sequence[bool | None]) -> Sequence[str]:
    return list(map(_FLAGS.__getitem__, column))


_IN_CSV: dict[ColumnKind, Callable[[Sequence[Any]], Sequence[str]]] = {
    ColumnKind.KEY: _texts,
    ColumnKind.TEXT: _neutral_texts,
    ColumnKind.FLAG: _flags,
    ColumnKind.INSTANT: _instants,
    ColumnKind.LOCAL: _instants,
}


class JsonWriter:
    """A JSON document a line, each as the API shows it."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._file = path.open("wb", buffering=_BUFFER)
        self._columns = [column for column in columns if column.path]

    def write(self, page: Columns) -> None:
        """Add a line for each row."""
        shown = [page[column.name] for column in self._columns]
        for row in zip(*shown, strict=True):
            self._file.write(orjson.dumps(self._document(row), option=orjson.OPT_APPEND_NEWLINE))

    def _document(self, row: Sequence[Any]) -> dict[str, Any]:
        document: dict[str, Any] = {}
        for column, value in zip(self._columns, row, strict=True):
            where = document
            for name in column.path[:-1]:
                where = where.setdefault(name, {})
            if value is not None or not column.sparse:
                where[column.path[-1]] = value
        return document

    def close(self) -> None:
        """End the file."""
        self._file.close()

    def drop(self) -> None:
        """Let go of it."""
        self._file.close()
