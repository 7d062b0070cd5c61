"""Runs the benchmarks: `python -m bench`."""

import argparse
import asyncio
import tempfile
from pathlib import Path

from bench import reopening


def main() -> None:
    """Run every benchmark and print its figures."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--rounds", type=int, default=30, help="tickets walked through")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="huifang-bench-") as folder:
        asyncio.run(reopening.run(Path(folder), words.rounds))


if __name__ == "__main__":
    main()
