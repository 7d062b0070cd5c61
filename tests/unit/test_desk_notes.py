"""Where a note for agents goes when a ticket takes none."""

from dataclasses import dataclass, field

import pytest

from tickets.desks.native import NativeDesk, Seen
from tickets.notes import Letter
from tickets.ports import Declined, DeskError, Done, Facts, Remark

REMARK = Remark(key="w_1", ticket="1", complaint="k_1", comment="慢", url="", linked="w_2")


@dataclass(kw_only=True)
class Strict:
    """A system that shows of no ticket that it is closed for good: only a change is refused."""

    linked: str | None
    notes: list[tuple[str, bool]] = field(default_factory=list)

    async def look(self, ticket: str) -> Seen:
        return Seen()

    async def noted(self, ticket: str, mark: str) -> bool:
        return False

    async def reopen(self, ticket: str, seen: Seen, said: Letter) -> Done | Declined:
        if ticket == "1":
            return Declined(reason="closed_for_good")
        self.notes.append((ticket, seen.open))
        return Done()

    async def follow_up_of(self, ticket: str, mark: str) -> str | None:
        return self.linked if mark == "w_2" else None

    async def follow_up(self, ticket: str, seen: Seen, said: Letter) -> Done | Declined:
        raise AssertionError

    async def fetch(self, ticket: str, customer: str | None) -> Facts | Declined:
        raise AssertionError

    async def close(self) -> None: ...


async def test_a_note_that_is_refused_goes_to_the_linked_ticket_or_waits_for_it() -> None:
    system = Strict(linked="2")
    assert await NativeDesk(system=system).note(REMARK) == Done()
    assert system.notes == [("2", True)]  # which it does not reopen
    with pytest.raises(DeskError, match="closed_for_good"):
        await NativeDesk(system=Strict(linked=None)).note(REMARK)
