"""Marks the named steps at which a crash must lose and double nothing, so tests can stop there."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

_LOOK = 0.02  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """Does nothing unless armed; then it makes a file at its step and waits to be killed.

    Whoever takes the file away again lets it go on.
    """

    step: str | None = None
    mark: Path | None = None

    async def reach(self, step: str) -> None:
        """Pass through, or stop at the armed step."""
        if self.step == step and self.mark is not None:
            self.mark.touch()
            while self.mark.exists():  # noqa: ASYNC110 - another process takes it away
                await asyncio.sleep(_LOOK)


OPEN = Barrier()
