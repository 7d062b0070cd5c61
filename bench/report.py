"""Shows results: one Markdown table each on stdout, progress on the terminal, JSON on request."""

import json
import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One result: cells are numbers or words; `note` says what follows from them."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    note: str = ""
    faults: tuple[str, ...] = ()  # what must not be so; the command then fails

    def markdown(self) -> str:
        """The table for people."""
        head = f"| {' | '.join(self.columns)} |\n|{'---|' * len(self.columns)}"
        body = [f"| {' | '.join(_cell(value) for value in row)} |" for row in self.rows]
        foot = ["", self.note] if self.note else []
        return "\n".join((f"### {self.title}", "", head, *body, *foot))


def _cell(value: object) -> str:
    """Figures are good to a few per cent at best: three digits, thousands apart."""
    match value:
        case None:
            return ""
        case int():
            return f"{value:,}"
        case float() if value == 0:
            return "0"
        case float() if abs(value) >= 100:
            return f"{value:,.0f}"
        case float():
            return f"{value:.3g}"
        case _:
            return str(value)


def show(table: Table, *, as_json: bool) -> None:
    """Print a result."""
    words = json.dumps(asdict(table), ensure_ascii=False) if as_json else table.markdown() + "\n"
    clear()
    print(words, flush=True)


def median(values: Iterable[float]) -> float:
    """The middle of the runs."""
    return statistics.median(values)


def spread(values: Sequence[float]) -> str:
    """How far the runs lie apart."""
    return f"{_cell(min(values))} to {_cell(max(values))}"


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def progress(words: str) -> None:
    """Say what is under way, in one line that the next one overwrites; a pipe hears nothing."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{words}", end="", file=sys.stderr, flush=True)


def clear() -> None:
    """Leave the terminal's line empty."""
    progress("")
