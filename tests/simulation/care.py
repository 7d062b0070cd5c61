"""Plays customer care: people who take up complaints, put them right and have customers told."""

import random
from dataclasses import dataclass, field
from typing import Any

from kernel.endpoint import Call, Role
from kernel.faults import Fault
from tests.simulation.ground import Errand, Ground, span
from tests.simulation.process import Process
from tests.simulation.view import Row, View

_BODIES: dict[str, Any] = {
    "acknowledge": {"by": "A-1"},
    "resolve": {"how": "the line was replaced"},
    "tell": {"text": "Your line works again."},
}
_NEXT = {
    ("registered", "none"): "acknowledge",
    ("acknowledged", "none"): "start",
    ("in_progress", "none"): "resolve",
    ("resolved", "none"): "tell",
    ("resolved", "unsure"): "close",
    ("resolved", "failed"): "close",
    ("told", "sent"): "close",
    ("told", "failed"): "close",  # on its way as far as was known, and lost after that
}
_DILIGENT_OF = 2  # in every other world they work in trouble too; in the rest, once it is over


@dataclass(slots=True, kw_only=True)
class Care:
    """Whoever works through the complaints of a world, a step of each at a time.

    Has dice of its own, so that the stories of all other worlds stay what they were.
    """

    ground: Ground
    view: View
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.ground.seed)

    def begin(self) -> None:
        """Plan the first look, in a world in which they work through trouble."""
        if self.ground.seed % _DILIGENT_OF == 1:
            self._look_later()

    def _look_later(self) -> None:
        at = self.ground.time.present + span(self.dice, 3600, 12 * 3600)
        self.ground.agenda.add(at, Errand(what="care looks", run=self._look, again=1_000))

    async def _look(self, process: Process) -> None:
        await self.work(process)
        if self.ground.troubled:
            self._look_later()

    async def work(self, process: Process) -> None:
        """Go one step on with each complaint that waits for one."""
        for row, step in self.waiting():
            await self._post(process, row["id"], step)

    def waiting(self) -> list[tuple[Row, str]]:
        """The complaints that wait for a person, and what for."""
        found = [
            (row, _NEXT.get((row["state"], row["telling"])))
            for row in self.view.tables["complaints"]
        ]
        return [(row, step) for row, step in found if step is not None]

    async def _post(self, process: Process, id_: str, step: str) -> None:
        """A request; what is refused was answered, and is no fault."""
        endpoint = process.endpoint(f"/v1/complaints/{{id}}/{step}")
        call = Call(
            now=self.ground.time.now(),
            path={"id": id_},
            query={},
            body=endpoint.body.load(_BODIES[step]) if endpoint.body is not None else None,
            raw=b"",
            headers={},
            url="",
            remote="127.0.0.1",
            form=(),
            actor="A-1",
            role=Role.AGENT,
        )
        try:
            await endpoint.handler(call)
        except Fault as refused:
            self.ground.tell("care", f"is refused {step} of {id_}: {refused}"[:120])
