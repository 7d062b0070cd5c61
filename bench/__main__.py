"""Runs the benchmarks: `python -m bench`, or one of them by name."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop

from bench import (
    dispatch,
    dispatchers,
    export,
    figures,
    growth,
    ingest,
    lateness,
    machine,
    mail,
    memory,
    peers_alone,
    profiling,
    reopening,
    replies,
    sends,
    understand,
)
from bench.machine import Ground
from bench.report import Table, clear, show

_RUNS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """One benchmark: what to run, and how large it is where nobody says."""

    run: Callable[[Ground, int, int], Awaitable[Sequence[Table]]]
    size: int
    quick: int  # the size within `all`, which must end while somebody waits
    what: str
    once: bool = False  # so long by itself that one run says enough


BENCHMARKS = {
    "dispatch": Benchmark(
        run=dispatch.run,
        size=20_000,
        quick=4_000,
        what="due contacts through the whole gate, beside the peers and a bare loop",
    ),
    "dispatchers": Benchmark(
        run=dispatchers.run,
        size=10_000,
        quick=4_000,
        what="one dispatcher and two on one database, and what would bound ten",
    ),
    "export": Benchmark(
        run=export.run,
        size=200_000,
        quick=20_000,
        what="SIZE responses to csv beside a bare cursor and csv writer, and to other formats",
    ),
    "figures": Benchmark(
        run=figures.run,
        size=1_000_000,
        quick=50_000,
        what="a year's dashboard over SIZE responses, beside that over 50,000",
    ),
    "growth": Benchmark(
        run=growth.run,
        size=1_000_000,
        quick=100_000,
        what="the rate beside SIZE waiting contacts and beside a hundredth; query plans",
    ),
    "ingest": Benchmark(
        run=ingest.run,
        size=20_000,
        quick=8_000,
        what="closings to a durable plan: stream, HTTP batches, single events",
    ),
    "lateness": Benchmark(
        run=lateness.run,
        size=6_000,
        quick=600,
        what="how late contacts leave at 200 a second, beside the peers",
    ),
    "mail": Benchmark(
        run=mail.run,
        size=2_000,
        quick=500,
        what="mails through the carrier's adapter, beside one bare connection",
    ),
    "memory": Benchmark(
        run=memory.run,
        size=1_000_000,
        quick=20_000,
        what="what a dispatcher holds while it works off SIZE contacts",
        once=True,
    ),
    "peers": Benchmark(
        run=peers_alone.run,
        size=2_000,
        quick=0,  # `dispatch` has them all
        what="installs the peers and drains each by itself",
    ),
    "understand": Benchmark(
        run=understand.run,
        size=100_000,
        quick=10_000,
        what="reading one reply of up to SIZE characters, benign and adversarial",
    ),
    "replies": Benchmark(
        run=replies.run,
        size=10_000,
        quick=1_000,
        what="customers' texts answered, beside a bare handler with one update",
    ),
    "sends": Benchmark(
        run=sends.run,
        size=10_000,
        quick=2_000,
        what="SMS sends through the carrier's adapter, beside a bare client",
    ),
}
PROFILES = {"dispatch": profiling.dispatch, "ingest": profiling.ingest}
_PROFILED = 5_000
_QUICK_RUNS = 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measures the product on real PostgreSQL (fsync on) and Valkey.",
        epilog="docs/speed.md says what is measured and how. Leave the machine alone meanwhile.",
    )
    names = parser.add_subparsers(dest="name", metavar="NAME")
    parser.set_defaults(runs=None, size=None, json=False)
    for name, benchmark in BENCHMARKS.items():
        one = names.add_parser(name, help=benchmark.what, description=benchmark.what)
        one.add_argument("--size", type=_count, help=f"contacts (default {benchmark.size:,})")
        _common(one)
    _common(names.add_parser("all", help="every benchmark, small: under a quarter of an hour"))
    reopened = names.add_parser("reopening", help="from a low reply to the desk's reopening")
    reopened.add_argument("--size", type=_count, default=30, help="tickets (default 30)")
    profile = names.add_parser("profile", help="where the time of one contact goes")
    profile.add_argument("of", choices=sorted(PROFILES))
    profile.add_argument("--size", type=_count, default=_PROFILED, help="contacts (default 5,000)")
    return parser


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs", type=_count, help="runs to take medians of (default 5)")
    parser.add_argument("--json", action="store_true", help="a JSON document a result")


def _count(text: str) -> int:
    number = int(text.replace("_", "").replace(",", ""))
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


async def _measure(names: Sequence[str], words: argparse.Namespace) -> list[str]:
    """Show every result; the faults found."""
    faults: list[str] = []
    small = words.name in (None, "all")
    for name in names:
        benchmark = BENCHMARKS[name]
        usual = 1 if benchmark.once else _QUICK_RUNS if small else _RUNS
        runs = words.runs or usual
        size = words.size or (benchmark.quick if small else benchmark.size)
        # Servers of its own for each: none inherits the other's bloat or warm caches.
        async with machine.ground() as stage:
            where = await machine.conditions(stage)
            for table in await benchmark.run(stage, runs, size):
                show(table, as_json=words.json)
                faults.extend(table.faults)
        if not words.json:
            print(f"_{_times(runs)}. {where}._\n", flush=True)
    return faults


def _times(runs: int) -> str:
    return f"Medians of {runs} runs" if runs > 1 else "One run"


async def _profile(words: argparse.Namespace) -> None:
    async with machine.ground() as stage:
        told = await PROFILES[words.of](stage, words.size)
    clear()
    print(told)


async def _reopening(size: int) -> None:
    with tempfile.TemporaryDirectory(prefix="huifang-bench-") as folder:
        await reopening.run(Path(folder), size)


def main() -> int:
    """Run what is named; everything, small, where nothing is. The exit code."""
    try:
        return _run(_parser().parse_args())
    except KeyboardInterrupt:
        return 130


def _run(words: argparse.Namespace) -> int:
    # As Ctrl-C does: the servers that were started are stopped too.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    faults: list[str] = []
    match words.name:
        case "profile":
            uvloop.run(_profile(words))
        case "reopening":
            uvloop.run(_reopening(words.size))
        case None | "all":
            quick = [name for name, each in BENCHMARKS.items() if each.quick]
            faults = uvloop.run(_measure(quick, words))
            if not words.json:
                uvloop.run(_reopening(10))
        case name:
            faults = uvloop.run(_measure([name], words))
    for fault in faults:
        print(f"fault: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
