"""Plays the run and prints its table: `python -m tests.faults --contacts 2000 --seed 1`."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from time import monotonic

from huifang import schema
from huifang.logs import configure
from kernel.engine import open_database
from tests.faults.stage import SHARE, stage
from tests.faults.verdict import judge


def main() -> int:
    """0 where everybody was reached once or explained, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--contacts", type=int, default=2_000, help="how many customers (2000)")
    parser.add_argument("--seed", type=int, default=1, help="of the faults and the customers (1)")
    parser.add_argument("--share", type=float, default=SHARE, help="of each fault (0.05)")
    parser.add_argument("--database", help="an empty PostgreSQL database; SQLite without")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="huifang-faults-") as folder:
        url = args.database or f"sqlite:///{Path(folder) / 'run.db'}"
        return asyncio.run(_run(url, args.contacts, args.seed, args.share))


async def _run(url: str, contacts: int, seed: int, share: float) -> int:
    configure("console", "error")
    database = open_database(url)
    await schema.migrate(database)
    await database.close()
    began = monotonic()
    async with stage(url, contacts, seed, share) as played:
        await played.play(_progress)
        report = await judge(played)
    _say(f"{contacts} customers, seed {seed}, {monotonic() - began:.0f} s", "", *report.lines())
    return 1 if report.wrong else 0


def _progress(line: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{line} ")


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
