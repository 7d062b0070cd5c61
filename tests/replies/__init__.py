"""Keeps customers' replies with the reading a careful person gives them, in eleven tables."""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
COLUMNS = "id lang kind question opted_out text reading flags phenomenon".split()

_ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|([nt\\]))")
_PLAIN = {"n": "\n", "t": "\t", "\\": "\\"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One reply in its context and how it is to be read; README.md explains each column.

    `question` is empty unless `kind` is `choice`; `flags` holds `call` and `comment` or less.
    """

    id: str
    lang: str
    kind: str
    question: str
    opted_out: bool
    text: str
    reading: str
    flags: frozenset[str]
    phenomenon: str


def load(half: str) -> list[Row]:
    """All rows of `build`, `report` or `second` to `tenth`, in the file's order.

    Raises:
        FileNotFoundError: there is no such table.
        ValueError: a line has not as many cells as there are columns, or the head is another.
    """
    head, *lines = (FOLDER / f"{half}.tsv").read_text("utf-8").removesuffix("\n").split("\n")
    if head.split("\t") != COLUMNS:
        raise ValueError(f"{half}.tsv: the columns are not {COLUMNS}")
    return [_row(line) for line in lines]


def _row(line: str) -> Row:
    cells = dict(zip(COLUMNS, line.split("\t"), strict=True))
    return Row(
        id=cells["id"],
        lang=cells["lang"],
        kind=cells["kind"],
        question=cells["question"].strip("-"),
        opted_out=cells["opted_out"] == "yes",
        text=_ESCAPE.sub(_character, cells["text"]),
        reading=cells["reading"],
        flags=frozenset(cells["flags"].split(",")) - {"-"},
        phenomenon=cells["phenomenon"],
    )


def _character(found: re.Match[str]) -> str:
    code, letter = found.groups()
    return chr(int(code, 16)) if code else _PLAIN[letter]
