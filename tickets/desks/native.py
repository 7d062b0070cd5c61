"""Does at any ticketing system what an order asks, once, however often it is asked."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from tickets.notes import Letter, addition, letter
from tickets.ports import Declined, DeskError, Done, Facts, Order, Remark

_NO_TICKET = "0"  # that there is none is an answer, too
_ANSWERED = "desk answered 4"  # whatever it thinks of such a ticket

GONE, FOR_GOOD, MERGED = "gone", "closed_for_good", "merged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A ticket as its system shows it: `open` if somebody works or waits on it.

    `refusal` is why it can never be opened again (GONE, FOR_GOOD or MERGED), None where it can;
    `into` the ticket it went up in, if the system says; `body` the system's own words.
    """

    open: bool = False
    refusal: str | None = None
    into: str | None = None
    body: Any = field(default=None, repr=False)


class System(Protocol):
    """One ticketing system's API in the verbs that an order needs; all raise DeskError only.

    Whatever takes several calls leaves the mark last: what was cut off half way is done again.
    """

    async def look(self, ticket: str) -> Seen:
        """How a ticket stands; GONE where there is none."""

    async def noted(self, ticket: str, mark: str) -> bool:
        """Whether a note with this mark stands on the ticket."""

    async def reopen(self, ticket: str, seen: Seen, said: Letter) -> Done | Declined:
        """Open the ticket unless `seen.open`, and leave an internal note: no customer sees it."""

    async def follow_up_of(self, ticket: str, mark: str) -> str | None:
        """The id of the linked ticket that was opened for this mark; None where none was."""

    async def follow_up(self, ticket: str, seen: Seen, said: Letter) -> Done | Declined:
        """Open a ticket that is linked to this one, as far as the system still has it."""

    async def fetch(self, ticket: str, customer: str | None) -> Facts | Declined:
        """The facts of a ticket and its customer."""

    async def close(self) -> None:
        """Close connections."""


@dataclass(slots=True, kw_only=True)
class NativeDesk:
    """A desk over a system's own API; asks before it acts whether that was done before."""

    system: System

    async def reopen(self, order: Order) -> Done | Declined:
        """Reopen with an internal note, or open a linked ticket when `order.follow_up`."""
        said = letter(order)
        seen = await self.system.look(order.ticket)
        if order.follow_up:
            return await self._follow_up(order.ticket, seen, said)
        if seen.refusal == GONE and seen.body is not None:
            return Declined(reason=GONE)
        if await self.system.noted(order.ticket, said.mark):
            return Done()
        if seen.refusal == GONE:
            return await self._unseen(order.ticket, said)
        if seen.refusal is not None:
            return Declined(reason=seen.refusal)
        return await self.system.reopen(order.ticket, seen, said)

    async def _unseen(self, ticket: str, said: Letter) -> Done | Declined:
        """Try a ticket that we are not shown: a token may write what it must not read."""
        answer = await self.system.reopen(ticket, Seen(body={}), said)
        return answer if isinstance(answer, Done) else Declined(reason=GONE)

    async def note(self, remark: Remark) -> Done | Declined:
        """Leave a note, however the ticket stands; on the linked one where it takes none."""
        said = addition(remark)
        answer = await self._note(remark.ticket, said)
        if isinstance(answer, Done):
            return answer
        linked = await self.system.follow_up_of(remark.ticket, remark.linked)
        if linked is None:
            raise DeskError(f"no ticket takes the note yet: {answer.reason}")
        return await self._note(linked, said)

    async def fetch(self, ticket: str, customer: str | None) -> Facts | Declined:
        """Ask the system for a ticket and its customer."""
        return await self.system.fetch(ticket, customer)

    async def probe(self) -> str:
        """`ok` where the system is there and lets us in, else what is wrong: for an operator."""
        try:
            await self.system.look(_NO_TICKET)
        except DeskError as error:
            if error.misconfigured:
                return f"{error.detail}; check its URL, token and permissions"
            if not error.detail.startswith(_ANSWERED):
                return f"{error.detail}; is its URL right, and can it be reached from here?"
        return "ok"

    async def hear(self, id: str, type_: str, at: datetime, data: object) -> None:
        """Agents read our notes; a ticketing system's API takes no events."""

    async def close(self) -> None:
        """Close connections."""
        await self.system.close()

    async def _note(self, ticket: str, said: Letter) -> Done | Declined:
        seen = await self.system.look(ticket)
        if seen.refusal is not None:
            return Declined(reason=seen.refusal)
        if await self.system.noted(ticket, said.mark):
            return Done()
        return await self.system.reopen(ticket, replace(seen, open=True), said)

    async def _follow_up(self, ticket: str, seen: Seen, said: Letter) -> Done | Declined:
        known = await self.system.follow_up_of(ticket, said.mark)
        if known is not None:
            return Done(ticket=known)
        if seen.body is not None:  # the system knows itself whose it is
            return await self.system.follow_up(ticket, seen, replace(said, customer=None))
        answer = await self.system.follow_up(ticket, seen, said)
        if isinstance(answer, Declined) and said.customer is not None:
            # The customer may be gone as well: better a ticket of nobody's than none.
            return await self.system.follow_up(ticket, seen, replace(said, customer=None))
        return answer
