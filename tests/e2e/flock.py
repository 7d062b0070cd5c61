"""Runs several `huifang serve` as processes of their own, from one start of the interpreter.

Each word is `ROLE:PORT`. SIGTERM goes to all of them; the exit code is 0 when all of theirs are.
"""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from types import FrameType

from huifang.__main__ import main as huifang
from tests.e2e.stack import Process, Stack


def flock(world: Stack, wanted: Mapping[str, Sequence[int]]) -> Process:
    """Start them beside the stack's other processes: the ports of each role, a process a port."""
    words = [f"{role}:{port}" for role, ports in wanted.items() for port in ports]
    process = Process(
        words=["-m", "tests.e2e.flock", *words],
        environ=world.environ,
        log=world.folder / "flock.log",
    )
    process.start()
    world.processes.append(process)
    return process


def main(words: Sequence[str]) -> int:
    children = [_serve(*word.split(":")) for word in words]

    def pass_on(number: int, _frame: FrameType | None) -> None:
        for child in children:
            os.kill(child, number)

    signal.signal(signal.SIGTERM, pass_on)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    return max(abs(code) for code in codes)


def _serve(role: str, port: str) -> int:
    child = os.fork()
    if child == 0:
        os.environ["HUIFANG_BIND"] = f"127.0.0.1:{port}"
        os._exit(huifang(["serve", "--role", role]))
    return child


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
