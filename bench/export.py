"""Measures exports: csv beside a bare cursor and csv writer over the same rows, and the others."""

import asyncio
import csv
import hashlib
import itertools
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import psutil  # type: ignore[import-untyped]

from bench import figures
from bench.machine import ROOT, Ground
from bench.report import Table, median, progress, spread

_BATCH = 5_000
_LOOK = 0.02
_FORMATS = ("csv", "parquet", "jsonl")
_MOST_MIB = 200
_LEAST = 0.8

#: The same rows and columns, as somebody would write them by hand for this one survey.
_BARE = """
SELECT r.id, r.source, r.ticket, i.cycle, i.program, r.survey, r.version, r.channel, r.score,
    r.rating, r.low, r.suspect, r.suspect_reason, r.late, r.excluded_at IS NOT NULL,
    r.attribution->>'agent', r.attribution->>'team', r.attribution->>'region',
    r.attribution->>'product', r.attribution->>'category',
    r.started_at, timezone('Asia/Shanghai', r.started_at),
    r.completed_at, timezone('Asia/Shanghai', r.completed_at),
    (SELECT value::text FROM answers WHERE response = r.id AND question = 'satisfaction'),
    (SELECT value::text FROM answers WHERE response = r.id AND question = 'resolved')
FROM responses r JOIN invitations i ON i.id = r.invitation
ORDER BY r.started_at, r.id
"""


async def bare(url: str, path: Path) -> float:
    """A cursor and the csv module, nothing made neutral, nothing told; rows a second."""
    connection = await asyncpg.connect(url)
    begun, rows = time.perf_counter(), 0
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            async with connection.transaction():
                cursor = await connection.cursor(_BARE)
                while found := await cursor.fetch(_BATCH):
                    out.writerows(found)
                    rows += len(found)
    finally:
        await connection.close()
    return rows / (time.perf_counter() - begun)


async def ours(url: str, path: Path, format_: str) -> tuple[float, float]:
    """What an export does, in a process of its own: its seconds, and the most MiB it held."""
    words = [sys.executable, "-m", "bench.export_alone", url, str(path), format_]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE)  # noqa: ASYNC220
    held = 0.0
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            held = max(held, watched.memory_info().rss / 2**20)
        except psutil.NoSuchProcess:
            break
        await asyncio.sleep(_LOOK)
    said, _ = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"an export to {format_} failed")
    return float(said), held


class _Runs:
    """Rates and memory of one way, run by run."""

    def __init__(self) -> None:
        self.rates: list[float] = []
        self.held: list[float] = []


async def run(stage: Ground, runs: int, size: int) -> list[Table]:
    """Every format over `size` responses, in turn with the bare loop."""
    with stage.database() as url:
        await figures.seed(url, size)
        folder = stage.folder / "exports"
        folder.mkdir(exist_ok=True)
        ways = {name: _Runs() for name in ("bare", *_FORMATS)}
        for number in range(runs):
            progress(f"export: run {number + 1} of {runs}")
            ways["bare"].rates.append(await bare(url, folder / "bare.csv"))
            for name in _FORMATS:
                spent, held = await ours(url, folder / f"ours.{name}", name)
                ways[name].rates.append(size / spent)
                ways[name].held.append(held)
        _same(folder / "bare.csv", folder / "ours.csv", size)
        sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    return [_table(size, ways, sizes)]


def _same(bare_csv: Path, ours_csv: Path, size: int) -> None:
    """The ids of both, in their order; or the figures compare nothing."""
    digests = []
    for path, skipped in ((bare_csv, 0), (ours_csv, 1)):
        hashed, rows = hashlib.sha256(), 0
        with path.open(encoding="utf-8", newline="") as file:
            for row in itertools.islice(csv.reader(file), skipped, None):
                hashed.update(row[0].encode())
                rows += 1
        digests.append((rows, hashed.hexdigest()))
    if digests[0] != digests[1] or digests[0][0] != size:
        raise RuntimeError("the bare loop and the export wrote different rows")


def _table(size: int, ways: dict[str, _Runs], sizes: dict[str, int]) -> Table:
    at_hand = median(ways["bare"].rates)
    lines: list[tuple[object, ...]] = [
        ("bare cursor and csv", at_hand, spread(ways["bare"].rates), 1.0, None, None)
    ]
    for name in _FORMATS:
        way = ways[name]
        rate, mib = median(way.rates), sizes[f"ours.{name}"] / 2**20
        lines.append((name, rate, spread(way.rates), rate / at_hand, max(way.held), mib))
    share = median(ways["csv"].rates) / at_hand
    faults = [f"csv runs at {share:.2f} of the bare loop"] if share < _LEAST else []
    for name in _FORMATS:
        most = max(ways[name].held)
        faults += [f"{name} held {most:.0f} MiB"] if most > _MOST_MIB else []
    return Table(
        title=f"Export: {size:,} responses",
        columns=("format", "rows/s", "runs", "of the bare loop", "most MiB held", "MiB written"),
        rows=tuple(lines),
        note="Without comments; bare makes no hash, no manifest, and trusts every text. Of what is "
        "held about 80 MiB are the program, and of Parquet another 65 its library, mostly shared.",
        faults=tuple(faults),
    )
