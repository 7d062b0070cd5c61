"""Marks the named steps at which a crash must lose and double nothing, so tests can stop there."""

import asyncio
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """Does nothing unless armed; then it marks a file at its step and waits to be killed."""

    step: str | None = None
    mark: Path | None = None

    async def reach(self, step: str) -> None:
        """Pass through, or stop for good at the armed step."""
        if self.step == step and self.mark is not None:
            self.mark.touch()
            await asyncio.Event().wait()


OPEN = Barrier()
