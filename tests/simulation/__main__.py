"""Plays many stories, several at once, and shows the ends of those that went wrong."""

import argparse
import os
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from time import monotonic

from tests.simulation.story import Ending, play, template

_LINES_SHOWN = 25


def main() -> int:
    """0 where all ended well, else 1."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation",
        description="Plays simulated stories of the whole service; a seed decides everything.",
    )
    parser.add_argument("--seeds", type=int, default=200, help="how many stories (200)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--most", type=int, default=5, help="stop after so many went wrong (5)")
    parser.add_argument("--seed", type=int, help="one story, told in full")
    args = parser.parse_args()
    if args.seed is not None:
        return _one(args.seed)
    return _many(range(args.first, args.first + args.seeds), args.workers, args.most)


def _one(seed: int) -> int:
    ending = play(seed)
    _say(*ending.story, *ending.faults)
    return 1 if ending.faults else 0


def _many(seeds: range, workers: int, most: int) -> int:
    """Stops once enough went wrong."""
    began, bad, count = monotonic(), 0, 0
    for count, ending in enumerate(_endings(seeds, workers), start=1):
        if ending.faults:
            bad += 1
            _show(ending)
        if sys.stdout.isatty():
            speed = count / (monotonic() - began)
            sys.stdout.write(f"\r{count}/{len(seeds)} stories, {bad} wrong, {speed:.1f}/s ")
            sys.stdout.flush()
        if bad == most:
            break
    _say("", f"{count} stories from seed {seeds.start}: {bad or 'none'} went wrong")
    return 1 if bad else 0


def _endings(seeds: range, workers: int) -> Iterator[Ending]:
    template()  # made before the workers are, which then share it
    with ProcessPoolExecutor(max_workers=workers) as pool:
        played: list[Future[Ending]] = [pool.submit(play, seed) for seed in seeds]
        try:
            for each in played:
                yield each.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _show(ending: Ending) -> None:
    _say("", f"--- seed {ending.seed}: python -m tests.simulation --seed {ending.seed}")
    _say(*ending.story[-_LINES_SHOWN:], *ending.faults)


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
