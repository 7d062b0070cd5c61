"""Plants faults in copies of the program, one at a time, and shows that the stories find each."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "data", "bench", "docs")
_LONGEST = 3600  # seconds for one fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One place of the program, and what stands there instead."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """A fault that somebody might make."""

    name: str
    edits: tuple[Edit, ...]


_DELIVERY = "channels/delivery.py"

PLANTS = (
    Plant(
        name="the gate is asked before the transaction that sends",
        edits=(
            Edit(
                path=_DELIVERY,
                old="""\
        async with self.database.write() as conn:
            sends = {item.job.key: SEND.read(item.job) for item in batch}
            now = self.clock.now()
            board = await load_board(
                conn, self.vault, list(sends.values()), self.carriers.keys(), rules, now
            )
""",
                new="""\
        sends = {item.job.key: SEND.read(item.job) for item in batch}
        now = self.clock.now()
        async with self.database.write() as conn:
            board = await load_board(
                conn, self.vault, list(sends.values()), self.carriers.keys(), rules, now
            )
        async with self.database.write() as conn:
""",
            ),
        ),
    ),
    Plant(
        name="nobody looks whether a lease is still held",
        edits=(
            Edit(
                path="scheduler/store.py",
                old="    owned: set[str] = set()\n",
                new="    owned: set[str] = {item.job.key for item in batch}\n",
            ),
        ),
    ),
    Plant(
        name="the message leaves before its intent is committed",
        edits=(
            Edit(
                path=_DELIVERY,
                old="            await jobs.finish(conn, plan.ended, now)\n",
                new="            await jobs.finish(conn, plan.ended, now)\n"
                "            self.early[id(going)] = await self._send_all(going, since)\n",
            ),
            Edit(
                path=_DELIVERY,
                old="        results = await self._send_all(going, since)\n",
                new="        results = self.early.pop(id(going))\n",
            ),
            Edit(
                path=_DELIVERY,
                old="    barrier: Barrier = OPEN\n",
                new="    barrier: Barrier = OPEN\n"
                "    early: dict[int, list[Result]] = field(default_factory=dict)\n",
            ),
        ),
    ),
    Plant(
        name="a cap is read and not counted on for the next in the batch",
        edits=(
            Edit(
                path="channels/intents.py",
                old="        board.fold(send, channel, self.now)\n",
                new="",
            ),
        ),
    ),
    Plant(
        name="what may have been sent is sent again",
        edits=(
            Edit(
                path="channels/outcomes.py",
                old="return _Judged(result=result, state=ContactState.UNKNOWN, again=again)",
                new="return _Judged(result=result, state=ContactState.QUEUED, again=again)",
            ),
        ),
    ),
)


def main() -> int:
    """0 where every fault was found, else 1."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation.planted",
        description="Plants faults in copies of the program and looks for them by simulation.",
    )
    parser.add_argument("--seeds", type=int, default=300, help="stories at most, each (300)")
    parser.add_argument("--only", type=int, help="the number of one fault, from 1")
    args = parser.parse_args()
    missed = 0
    for number, plant in enumerate(PLANTS, start=1):
        if args.only in (None, number):
            found, how = _look_for(plant, args.seeds)
            missed += not found
            _say(f"{number}. {plant.name}: {how}")
    return 1 if missed else 0


def fits(plant: Plant, root: Path) -> bool:
    """Whether the program has one place for each edit; if not, the fault must be written anew."""
    return all((root / each.path).read_text("utf-8").count(each.old) == 1 for each in plant.edits)


def _planted(plant: Plant, root: Path) -> None:
    for edit in plant.edits:
        path = root / edit.path
        path.write_text(path.read_text("utf-8").replace(edit.old, edit.new), "utf-8")


def _look_for(plant: Plant, seeds: int) -> tuple[bool, str]:
    """Whether a story goes wrong with the fault that ends well without it."""
    if not fits(plant, ROOT):
        return False, "the program has no single place for it any more"
    first = 0
    with tempfile.TemporaryDirectory(prefix="huifang-planted-") as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(ROOT, copy, ignore=_LEFT_OUT)
        _planted(plant, copy)
        while first < seeds:
            told = _simulate(copy, "--first", first, "--seeds", seeds - first, "--most", 1)
            seed = re.search(r"^--- seed (\d+)", told.stdout, re.MULTILINE)
            if seed is None:
                return False, f"MISSED in {seeds} stories\n{told.stderr[-2000:]}"
            if _simulate(ROOT, "--seed", seed[1]).returncode == 0:
                fault = re.search(r"^[a-z_]+: .*", told.stdout, re.MULTILINE)
                return True, f"found by seed {seed[1]}: {fault and fault[0]}"
            first = int(seed[1]) + 1  # that fault is the program's own
    return False, f"MISSED in {seeds} stories"


def _simulate(root: Path, *args: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.simulation", *(str(each) for each in args)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
        timeout=_LONGEST,
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
