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

from tests.simulation import callrules, invariants
from tests.simulation.view import Rule

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
    """A fault that somebody might make; `rules`: those that it breaks, whatever else it does."""

    name: str
    rules: frozenset[str]
    edits: tuple[Edit, ...]


_DELIVERY = "channels/delivery.py"


def _names(*rules: Rule) -> frozenset[str]:
    return frozenset(rule.__name__ for rule in rules)


PLANTS = (
    Plant(
        name="the gate is asked before the transaction that sends",
        rules=_names(
            invariants.nobody_is_asked_after_a_stop,
            invariants.nobody_is_contacted_who_does_not_want_it,
            invariants.no_cap_is_passed,
            invariants.one_question_is_open_on_a_number,
            callrules.one_call_at_a_time_on_a_number,
        ),
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
        rules=_names(
            invariants.no_message_leaves_twice,
            invariants.every_attempt_was_decided_once,
            invariants.the_journal_and_the_ledger_agree,
            invariants.what_happened_once_is_told_once,
            invariants.what_customers_said_is_added_once,
            invariants.a_deadline_is_escalated_once_a_round,
        ),
        edits=(
            Edit(
                path="scheduler/store.py",
                old=" for part in _parts(batch) for row in await fetch(conn, query, _held(part))}\n"
                "\n\nclass LeaseLost",
                new=" for part in _parts(batch) for row in await fetch(conn, query, _held(part))}"
                " | {item.job.key for item in batch}\n"
                "\n\nclass LeaseLost",
            ),
        ),
    ),
    Plant(
        name="the message leaves before its intent is committed",
        rules=_names(invariants.what_left_stands_in_the_ledger, invariants.no_message_leaves_twice),
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
        rules=_names(
            invariants.no_cap_is_passed,
            invariants.one_question_is_open_on_a_number,
            callrules.one_call_at_a_time_on_a_number,
        ),
        edits=(
            Edit(
                path="channels/intents.py",
                old="        board.fold(send, channel, item.at)\n",
                new="",
            ),
        ),
    ),
    Plant(
        name="what may have been sent is sent again",
        rules=_names(invariants.no_message_leaves_twice, invariants.what_left_stands_in_the_ledger),
        edits=(
            Edit(
                path="channels/outcomes.py",
                old="return _Judged(result=result, state=ContactState.UNKNOWN, again=again)",
                new="return _Judged(result=result, state=ContactState.QUEUED, again=again)",
            ),
            Edit(
                path="channels/outcomes.py",
                old="error=error.detail, burn=False, kind=SETTLE.name\n",
                new="error=error.detail, burn=False\n",
            ),
        ),
    ),
    Plant(
        name="a call whose survey is over is left to ring",
        rules=_names(callrules.what_is_over_rings_nobody),
        edits=(
            Edit(
                path="channels/listing.py",
                old="not (await self._asks(contact) and await self._may_ring(contact, now))",
                new="not await self._may_ring(contact, now)",
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
    """Whether a story breaks a rule of the fault's, and ends well without it.

    What the fault breaks beside, such as the database's patience, finds nothing.
    """
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
            broken = re.findall(r"^([a-z_]+): (.*)", told.stdout, re.MULTILINE)
            of_it = [f"{rule}: {what}" for rule, what in broken if rule in plant.rules]
            if of_it and _simulate(ROOT, "--seed", seed[1]).returncode == 0:
                return True, f"found by seed {seed[1]}: {of_it[0]}"
            _say(f"   seed {seed[1]} tells something else: {broken[:1]}")
            first = int(seed[1]) + 1
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
