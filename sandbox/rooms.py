"""Joins calls: who is in a room hears what the others say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from sandbox import world
from sandbox.callhooks import Hooks
from sandbox.leg import FOREVER, Keys, Leg, RoomOver, Speech
from sandbox.network import API_VERSION
from sandbox.pace import Pace
from sandbox.verbs import Conference


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One leg's place in a room."""

    leg: Leg
    starts: bool = True
    ends: bool = True
    muted: bool = False
    hangs_up_on_star: bool = False


class Room:
    """The legs that are joined; a named one is a conference that is reported."""

    def __init__(
        self,
        *,
        pace: Pace,
        name: str = "",
        report: Callable[["Room", Leg, str], None] | None = None,
    ) -> None:
        self.sid = world.sid("CF")
        self.name = name
        self.started = False
        self.over = False
        self.sequence = 0
        self._pace = pace
        self._report = report
        self._seats: list[Seat] = []

    @property
    def empty(self) -> bool:
        """Whether nobody is in it."""
        return not self._seats

    async def converse(self, seat: Seat, seconds: float) -> None:
        """Let a leg talk with the others until it, they, or the time is over.

        Raises HungUp and Moved as they come to the leg; the room is left in any case.
        """
        due = self._pace.elapsed() + seconds
        if self.over:
            return
        self._join(seat)
        try:
            while (left := due - self._pace.elapsed()) > 0:
                heard = await seat.leg.listen(min(left, FOREVER))
                if isinstance(heard, Keys | Speech) and self._pass_on(seat, heard):
                    return
        except RoomOver:
            return
        finally:
            self._leave(seat)
            seat.leg.calm()

    def _join(self, seat: Seat) -> None:
        self._seats.append(seat)
        self._say_to_product(seat.leg, "participant-join")
        if not self.started:
            self.started = len(self._seats) > 1 and any(each.starts for each in self._seats)
            if not self.started:
                seat.leg.note("music", self.name, by="carrier")
                return
            self._say_to_product(seat.leg, "conference-start")
        for each in self._seats:
            others = [other.leg.call.phone for other in self._seats if other is not each]
            each.leg.note("joined", ", ".join(others), by="carrier")

    def _leave(self, seat: Seat) -> None:
        self._seats.remove(seat)
        self._say_to_product(seat.leg, "participant-leave")
        if seat.ends:
            self.over = True
            for each in self._seats:
                each.leg.interrupt(RoomOver())
        for each in self._seats:
            each.leg.note("left", seat.leg.call.phone, by="carrier")
        if self.started and (seat.ends or self.empty):
            self.started = False
            self._say_to_product(seat.leg, "conference-end")

    def _pass_on(self, seat: Seat, heard: Keys | Speech) -> bool:
        """Let the others hear; return whether the leg wants out."""
        kind, text = ("keys", heard.keys) if isinstance(heard, Keys) else ("speech", heard.text)
        seat.leg.note(kind, text, by="customer")
        if self.started and not seat.muted:
            for each in self._seats:
                if each is not seat:
                    each.leg.note("voice", text, by=seat.leg.call.phone, detail={"how": kind})
        return seat.hangs_up_on_star and kind == "keys" and "*" in text

    def _say_to_product(self, leg: Leg, event: str) -> None:
        if self._report is not None:
            self._report(self, leg, event)


def reporter(
    hooks: Hooks, verb: Conference, now: Callable[[], datetime]
) -> Callable[[Room, Leg, str], None]:
    """Return what tells the product of a conference as its first member asked for."""

    def report(room: Room, leg: Leg, event: str) -> None:
        word = event.removeprefix("participant-").removeprefix("conference-")
        if verb.callback is None or word not in verb.callback_events:
            return
        room.sequence += 1
        fields: Mapping[str, str] = {
            "AccountSid": leg.call.account_sid,
            "ApiVersion": API_VERSION,
            "ConferenceSid": room.sid,
            "FriendlyName": room.name,
            "StatusCallbackEvent": event,
            "SequenceNumber": str(room.sequence),
            "Timestamp": format_datetime(now().astimezone(UTC)),
        }
        if event.startswith("participant"):
            fields = {**fields, "CallSid": leg.call.sid, "Muted": str(verb.muted).lower()}
        elif event == "conference-end":
            fields = {**fields, "CallSidEndingConference": leg.call.sid}
        hooks.tell(leg.call, verb.callback, fields, verb.callback_method)

    return report
