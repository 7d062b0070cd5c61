"""Reads workbooks as a spreadsheet would, and insists that no cell holds a formula."""

import re
import zipfile
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_BEGIN = datetime(1899, 12, 30)  # noqa: DTZ001 - a clock on a wall


def cells(book: zipfile.ZipFile, sheet: int) -> dict[str, tuple[str | None, str]]:
    """Type and content by place; texts resolved."""
    root = ET.fromstring(book.read(f"xl/worksheets/sheet{sheet}.xml"))
    assert root.find(f".//{_SHEET}f") is None, "there is a formula"
    shared: list[str] = []
    if "xl/sharedStrings.xml" in book.namelist():
        strings = ET.fromstring(book.read("xl/sharedStrings.xml"))
        shared = ["".join(each.itertext()) for each in strings]
    found: dict[str, tuple[str | None, str]] = {}
    for cell in root.iter(f"{_SHEET}c"):
        kind, text = cell.get("t"), "".join(cell.itertext())
        found[str(cell.get("r"))] = (kind, shared[int(text)] if kind == "s" else text)
    return found


def table(book: zipfile.ZipFile, sheet: int) -> list[dict[str, Any]]:
    """Rows by the heads of their columns: texts, truths and numbers; bare cells are left out."""
    lines: dict[int, dict[str, Any]] = {}
    for place, (kind, text) in cells(book, sheet).items():
        column, line = re.fullmatch(r"([A-Z]+)(\d+)", place).groups()  # type: ignore[union-attr]
        value: Any = text
        if kind == "b":
            value = text == "1"
        elif kind in (None, "n"):
            value = float(text)
        lines.setdefault(int(line), {})[column] = value
    heads = lines.pop(1)
    return [{heads[column]: value for column, value in row.items()} for row in lines.values()]


def moment(serial: float) -> datetime:
    """What a date's number means, to the second."""
    return _BEGIN + timedelta(seconds=round(serial * 86_400))
