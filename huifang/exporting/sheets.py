"""Writes rows as a workbook: sheets of rows, and one that sums them up with charts."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from huifang.exporting.cells import neutral
from huifang.exporting.columns import Column, ColumnKind
from surveys.export import Columns

ROWS_OF_A_SHEET = 1_048_576
"""As many as the format has, the heads of the columns among them."""

LONGEST_CELL = 32_767
"""Characters; what is longer is cut, and ends in an ellipsis."""

_SCORES = range(0, 100, 10)  # each bar holds ten points, the last one 100 too
_WIDTH = 18
_LEFT_OUT = ("suspect", "late", "excluded")


class SheetsWriter:
    """A workbook that holds one row at a time in memory; its parts wait in `path`'s folder.

    `about` are lines for the first sheet; `name` is what the sheets of rows are called.
    """

    def __init__(
        self,
        path: Path,
        columns: Sequence[Column],
        *,
        name: str,
        about: Sequence[tuple[str, str]],
        most: int = ROWS_OF_A_SHEET,
    ) -> None:
        self._book = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "tmpdir": str(path.parent),
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self._first = self._book.add_worksheet("汇总 Summary")
        self._head = self._book.add_format({"bold": True})
        self._date = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._name, self._about, self._most = name, about, most
        self._columns = columns
        self._sheet: Any = None
        self._sheets = 0
        self._row = most
        self._rows = 0
        self._sums = _Sums()

    def write(self, page: Columns) -> None:
        """Add the rows of a page, on a new sheet where one is full."""
        self._sums.add(page)
        shown = [page[column.name] for column in self._columns]
        kinds = [column.kind for column in self._columns]
        for row in zip(*shown, strict=True):
            if self._row >= self._most:
                self._begin()
            for place, (kind, value) in enumerate(zip(kinds, row, strict=True)):
                if value is not None:
                    self._cell(place, kind, value)
            self._row += 1
            self._rows += 1

    def _begin(self) -> None:
        self._sheets += 1
        self._sheet = self._book.add_worksheet(f"{self._name} {self._sheets}")
        self._sheet.set_column(0, len(self._columns) - 1, _WIDTH)
        self._sheet.freeze_panes(1, 0)
        for place, column in enumerate(self._columns):
            self._sheet.write_string(0, place, neutral(column.name), self._head)
        self._row = 1

    def _cell(self, place: int, kind: ColumnKind, value: Any) -> None:
        if kind is ColumnKind.FLAG:
            self._sheet.write_boolean(self._row, place, value)
        elif kind in _NUMBERS:
            self._sheet.write_number(self._row, place, value)
        elif kind in _TIMES:
            self._sheet.write_datetime(self._row, place, value.replace(tzinfo=None), self._date)
        else:
            self._sheet.write_string(self._row, place, _fitting(neutral(value)))

    def drop(self) -> None:
        """Let go of the parts; putting a workbook together that nobody wants takes minutes."""
        for sheet in self._book.worksheets():
            sheet.row_data_fh.close()

    def close(self) -> None:
        """Write the summary, and put the workbook together."""
        if self._sheet is None:
            self._begin()
        self._summary()
        self._book.close()

    def _summary(self) -> None:
        self._first.set_column(0, 4, _WIDTH)
        told = [*self._about, ("行数 Rows", f"{self._rows:,}")]
        told.append(("计入 Counted", f"{self._sums.counted:,} (不含可疑、迟到、已排除 / "))
        told[-1] = (told[-1][0], told[-1][1] + "without suspect, late and excluded)")
        for row, (label, text) in enumerate(told):
            self._first.write_string(row, 0, label, self._head)
            self._first.write_string(row, 1, _fitting(neutral(text)))
        below = self._distribution(len(told) + 1)
        self._months(below)

    def _distribution(self, top: int) -> int:
        """Scores in tens, and their picture; the row below."""
        self._line(top, ("得分 Score", "份数 Responses"), self._head)
        for number, low in enumerate(_SCORES, start=1):
            high = low + 9 if low < _SCORES[-1] else 100
            count = self._sums.scores[min(low // 10, len(_SCORES) - 1)]
            self._line(top + number, (f"{low}–{high}", count))
        last = top + len(_SCORES)
        self._chart("column", "得分分布 Scores", top + 1, last, 1, f"F{top + 1}")
        return last + 2

    def _months(self, top: int) -> None:
        """Responses and their mean score by month."""
        self._line(top, ("月份 Month", "份数 Responses", "均分 Mean score"), self._head)
        months = sorted(self._sums.months.items())
        for number, (month, (count, total)) in enumerate(months, start=1):
            self._line(top + number, (month, count, round(total / count, 2)))
        if months:
            last = top + len(months)
            self._chart("line", "月均分 Mean by month", top + 1, last, 2, f"F{top + 8}")

    def _line(self, row: int, values: Sequence[str | float], look: Any = None) -> None:
        for place, value in enumerate(values):
            write: Callable[..., Any] = (
                self._first.write_string if isinstance(value, str) else self._first.write_number
            )
            write(row, place, value, look)

    def _chart(self, kind: str, title: str, first: int, last: int, values: int, at: str) -> None:
        sheet = self._first.get_name()
        chart = self._book.add_chart({"type": kind})
        chart.add_series(
            {
                "name": title,
                "categories": [sheet, first, 0, last, 0],
                "values": [sheet, first, values, last, values],
            }
        )
        chart.set_title({"name": title})
        chart.set_legend({"none": True})
        self._first.insert_chart(at, chart)


_NUMBERS = frozenset({ColumnKind.INTEGER, ColumnKind.NUMBER})
_TIMES = frozenset({ColumnKind.INSTANT, ColumnKind.LOCAL})


def _fitting(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


class _Sums:
    """Counts what is scored and neither suspect, late nor excluded."""

    def __init__(self) -> None:
        self.counted = 0
        self.scores: dict[int, int] = defaultdict(int)
        self.months: dict[str, tuple[int, float]] = defaultdict(lambda: (0, 0.0))

    def add(self, page: Columns) -> None:
        flags = zip(*(page[name] for name in _LEFT_OUT), strict=True)
        for score, at, out in zip(page["score"], page["started_at_local"], flags, strict=True):
            if score is not None and not any(out):
                self._count(score, at)

    def _count(self, score: float, at: datetime) -> None:
        self.counted += 1
        self.scores[min(int(score // 10), len(_SCORES) - 1)] += 1
        month = f"{at:%Y-%m}"
        count, total = self.months[month]
        self.months[month] = (count + 1, total + score)
