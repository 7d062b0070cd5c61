"""Joins a call to other phones, or to a conference, as the product's Dial asks for."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from sandbox import verbs
from sandbox.callhooks import Hooks, call_fields
from sandbox.calls import Order
from sandbox.interpreter import Interpreter
from sandbox.leg import HungUp, Leg, Moved
from sandbox.pace import Pace
from sandbox.product import Product
from sandbox.rooms import Room, Seat, reporter
from sandbox.telephony import Telephony
from sandbox.verbs import Dial, Document, Number


class _Attempt:
    """The phones that one Dial rings; the first to answer wins."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.winner: asyncio.Future[Leg | None] = asyncio.get_running_loop().create_future()
        self.legs: list[Leg] = []
        self.taken: Leg | None = None
        self.ringing = 0

    def settle(self, leg: Leg | None) -> None:
        """Say who is ready to talk; None once nobody is left."""
        if not self.winner.done():
            self.winner.set_result(leg)

    def hang_up(self, but: Leg | None = None) -> None:
        """Let no other phone ring on."""
        for leg in self.legs:
            if leg is not but and not leg.call.ended:
                leg.interrupt(HungUp("product"))


class Dialler:
    """Carries out Dial."""

    def __init__(
        self,
        *,
        telephony: Telephony,
        interpreter: Interpreter,
        hooks: Hooks,
        product: Product,
        pace: Pace,
        now: Callable[[], datetime],
    ) -> None:
        self._telephony = telephony
        self._interpreter = interpreter
        self._hooks = hooks
        self._product = product
        self._pace = pace
        self._now = now
        self._rooms: dict[str, Room] = {}

    async def dial(self, leg: Leg, verb: Dial, document: Document) -> Document | None:
        """Join the call to others; return the action's document, None for the next verb.

        Raises HungUp when the call itself ended meanwhile; the action is told all the same.
        """
        if not verb.answer_on_bridge:
            self._telephony.answer(leg)
        outcome: dict[str, str] = {}
        try:
            if verb.conference is not None:
                await self._confer(leg, verb, verb.conference, outcome)
            else:
                await self._ring(leg, verb, document, outcome)
        except HungUp:
            if verb.action:
                self._tell_action(leg, verb, document, outcome)
            raise
        if not verb.action:
            return None
        target = document.target(verb.action)
        return await self._hooks.fetch(leg, verb.method, target, outcome)

    def _tell_action(
        self, leg: Leg, verb: Dial, document: Document, outcome: Mapping[str, str]
    ) -> None:
        fields = call_fields(leg.call) | {"CallStatus": "completed"} | dict(outcome)
        fields.setdefault("DialCallStatus", "canceled")
        self._hooks.tell(leg.call, document.target(verb.action), fields, verb.method)

    async def _confer(
        self, leg: Leg, verb: Dial, wanted: verbs.Conference, outcome: dict[str, str]
    ) -> None:
        self._telephony.answer(leg)
        room = self._rooms.get(wanted.name)
        if room is None:
            report = reporter(self._hooks, wanted, self._now)
            room = self._rooms[wanted.name] = Room(pace=self._pace, name=wanted.name, report=report)
        seat = Seat(
            leg=leg,
            starts=wanted.start,
            ends=wanted.end,
            muted=wanted.muted,
            hangs_up_on_star=verb.hang_up_on_star,
        )
        outcome["DialCallStatus"] = "answered"
        try:
            await room.converse(seat, verb.time_limit)
        finally:
            if room.empty or wanted.end:
                self._rooms.pop(wanted.name, None)

    async def _ring(
        self, leg: Leg, verb: Dial, document: Document, outcome: dict[str, str]
    ) -> None:
        attempt = _Attempt(Room(pace=self._pace))
        leg.note("dial", ", ".join(each.number for each in verb.numbers))
        for number in verb.numbers:
            self._start(leg, verb, number, attempt, document)
        if not attempt.legs:
            attempt.settle(None)
        began = self._pace.elapsed()
        try:
            child = await leg.race(attempt.winner)
            if child is not None:
                self._telephony.answer(leg)
                began = self._pace.elapsed()
                outcome |= {"DialCallStatus": "completed", "DialCallSid": child.call.sid}
                seat = Seat(leg=leg, hangs_up_on_star=verb.hang_up_on_star)
                await attempt.room.converse(seat, verb.time_limit)
        finally:
            attempt.hang_up()
            self._sum_up(attempt, outcome, self._pace.elapsed() - began)

    def _sum_up(self, attempt: _Attempt, outcome: dict[str, str], seconds: float) -> None:
        if "DialCallSid" in outcome:
            outcome |= {"DialCallDuration": str(round(seconds)), "DialBridged": "true"}
            return
        statuses = [each.call.status for each in attempt.legs]
        if attempt.taken is not None:
            # Taken but never joined: the product's whisper, or whoever heard it, said no.
            statuses = ["no-answer"]
        found = next((s for s in ("busy", "no-answer", "failed") if s in statuses), "failed")
        outcome |= {"DialCallStatus": found, "DialCallDuration": "0", "DialBridged": "false"}
        if attempt.legs:
            outcome["DialCallSid"] = (attempt.taken or attempt.legs[-1]).call.sid

    def _start(
        self, leg: Leg, verb: Dial, number: Number, attempt: _Attempt, document: Document
    ) -> None:
        if not self._telephony.dialable(number.number):
            self._hooks.alert(leg.call, 13224, "this number cannot be dialled", document.url)
            return
        call = leg.call
        order = Order(
            to=number.number,
            from_=verb.caller_id or call.from_,
            url=number.url,
            method=number.method,
            status_callback=number.callback,
            status_callback_method=number.callback_method,
            events=number.callback_events or frozenset({"completed"}),
            timeout=verb.timeout,
            time_limit=verb.time_limit + verb.timeout,
            send_digits=number.send_digits,
            # Two phones that are joined are never held up: it is told beside, or not at all.
            detection=number.detection if number.detection_callback else None,
            detection_callback=number.detection_callback,
            detection_callback_method=number.detection_callback_method,
        )
        child = self._telephony.new(
            order, direction="outbound-dial", rest_url=call.rest_url, parent=call.sid
        )
        attempt.legs.append(child)
        attempt.ringing += 1
        self._product.later(self._child(child, attempt))

    async def _child(self, child: Leg, attempt: _Attempt) -> None:
        try:
            await self._telephony.carry(child, self._talk(child, attempt))
        finally:
            attempt.ringing -= 1
            if attempt.ringing == 0 or attempt.taken is child:
                attempt.settle(None)

    def _talk(self, child: Leg, attempt: _Attempt) -> Callable[[], Awaitable[None]]:
        async def talk() -> None:
            if attempt.taken is not None:
                raise HungUp("product")
            attempt.taken = child
            attempt.hang_up(but=child)
            try:
                if child.order.url:
                    source = Moved(url=child.order.url, method=child.order.method, twiml=None)
                    await self._interpreter.run(child, source)
                attempt.settle(child)
                await attempt.room.converse(Seat(leg=child), child.order.time_limit)
            except Moved as elsewhere:
                await self._interpreter.run(child, elsewhere)

        return talk
