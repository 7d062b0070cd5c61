"""Rings phones: a call's life from its order to its end, with the machine that may answer it."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from sandbox import world
from sandbox.callhooks import Hooks
from sandbox.calls import Call, Order, spoken_seconds
from sandbox.leg import HungUp, Leg, Moved, Picked, RoomOver
from sandbox.pace import Pace
from sandbox.persona import Persona
from sandbox.product import Product

SETUP_S = 0.5
HUMAN_S, MACHINE_S = 2.4, 3.0
MESSAGE_S = 120.0
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_ENDS = {
    "busy": ("busy", 486),
    "rejected": ("no-answer", 603),
    "no-answer": ("no-answer", 480),
    "failed": ("failed", 404),
    "canceled": ("canceled", 487),
}


class Telephony:
    """The phones, and which of them are on the line."""

    def __init__(
        self,
        *,
        kept: world.World,
        account_sid: str,
        hooks: Hooks,
        product: Product,
        pace: Pace,
        now: Callable[[], datetime],
    ) -> None:
        self._world = kept
        self._account_sid = account_sid
        self._hooks = hooks
        self._product = product
        self._pace = pace
        self._now = now
        self._legs: dict[str, Leg] = {}
        self._answered_at: dict[str, float] = {}

    def dialable(self, number: str) -> bool:
        """Whether there may be a phone of that number."""
        return bool(_NUMBER.fullmatch(number))

    def leg(self, sid: str) -> Leg | None:
        """Return the live leg of a call."""
        return self._legs.get(sid)

    def on_the_line(self, number: str, *, status: str | None = None) -> Leg | None:
        """Return the live leg of a phone."""
        return next(
            (
                leg
                for leg in self._legs.values()
                if leg.call.phone == number and status in (None, leg.call.status)
            ),
            None,
        )

    def new(
        self,
        order: Order,
        *,
        direction: str,
        rest_url: str,
        parent: str | None = None,
        persona: Persona | None = None,
    ) -> Leg:
        """Keep a call, queued; nothing rings yet."""
        now = self._now()
        call = Call(
            sid=world.sid("CA"),
            account_sid=self._account_sid,
            to=order.to,
            from_=order.from_,
            direction=direction,
            created_at=now,
            updated_at=now,
            rest_url=rest_url,
            parent=parent,
        )
        busy = self.on_the_line(call.phone) is not None
        leg = Leg(
            call,
            order,
            self._met(call, persona, busy=busy),
            pace=self._pace,
            now=self._now,
            changed=lambda: self._world.changed("call"),
        )
        self._legs[call.sid] = leg
        self._world.add_call(call)
        self._hooks.begin(call)
        return leg

    def _met(self, call: Call, persona: Persona | None, *, busy: bool) -> Persona:
        if call.inbound:
            return persona or Persona()
        found = persona or self._world.next_persona(call.phone)
        faults = self._world.faults
        if faults.take("voice", "voicemail", call.phone):
            found = replace(found, ring="machine", turns=())
        for kind, ring in (("busy", "busy"), ("no_answer", "ignore"), ("fail_call", "fail")):
            if faults.take("voice", kind, call.phone):
                found = replace(found, ring=ring)
        return replace(found, ring="busy") if busy else found

    async def carry(self, leg: Leg, talk: Callable[[], Awaitable[None]]) -> None:
        """Ring the phone and have the talk when it is taken; then the call is over."""

        async def rung() -> None:
            await self._ring(leg)
            await self._greet(leg)
            await talk()

        await self.take(leg, rung)

    async def take(self, leg: Leg, talk: Callable[[], Awaitable[None]]) -> None:
        """Have the talk of a call that came in; then the call is over."""
        try:
            await talk()
            why = "carrier"
        except HungUp as failure:
            why = str(failure)
        except (Moved, RoomOver):
            why = "carrier"
        except Exception:
            # A fault of the sandbox's own must not leave a phone on the line for good.
            self.finish(leg, "carrier")
            raise
        self.finish(leg, why)

    async def _ring(self, leg: Leg) -> None:
        """Raises HungUp with the reason when nobody takes the call."""
        self._hooks.progress(leg.call, leg.order, "initiated")
        persona = leg.persona
        leg.call.started_at = self._now()
        await leg.ring(SETUP_S)
        if persona.ring == "fail":
            raise HungUp("failed")
        if persona.ring == "busy":
            raise HungUp("busy")
        self._move(leg.call, "ringing")
        leg.note("ring", leg.call.from_, by="carrier")
        self._hooks.progress(leg.call, leg.order, "ringing")
        await self._picked(leg)
        self.answer(leg)

    async def _picked(self, leg: Leg) -> None:
        persona, left = leg.persona, leg.order.timeout
        if persona.ring in ("answer", "machine") and persona.after <= left:
            heard = await leg.ring(persona.after)
            how = "machine" if persona.machine else "answer"
        else:
            heard, how = await leg.ring(left), "no-answer"
        if isinstance(heard, Picked):
            how = heard.how
        if how == "machine":
            leg.persona = replace(persona, ring="machine", turns=())
        elif how != "answer":
            raise HungUp(how)

    def answer(self, leg: Leg) -> None:
        """The line is open from here on; once only."""
        if leg.call.status not in ("queued", "ringing"):
            return
        leg.call.answered_at = self._now()
        self._answered_at[leg.call.sid] = self._pace.elapsed()
        leg.ends_at = self._pace.elapsed() + leg.order.time_limit
        self._move(leg.call, "in-progress")
        by = "machine" if leg.persona.machine else "customer"
        leg.note("answered", by=by)
        self._hooks.progress(leg.call, leg.order, "answered")

    async def _greet(self, leg: Leg) -> None:
        """Let a machine say its greeting, and the carrier find out who answered."""
        persona, order = leg.persona, leg.order
        greeting = 0.0
        if persona.machine:
            greeting = spoken_seconds(persona.greeting)
            leg.beep_at = self._pace.elapsed() + greeting
            limit = leg.beep_at + MESSAGE_S
            leg.ends_at = min(leg.ends_at or limit, limit)
            leg.note("greeting", persona.greeting, by="machine")
            if persona.beep:
                self._product.later(self._beep(leg, greeting))
        if order.detection is None:
            return
        found, seconds = _detected(persona, order, greeting)
        if order.detection_callback is not None:
            self._product.later(self._detect_beside(leg, found, seconds))
            return
        await leg.play(seconds)
        leg.call.answered_by = found

    async def _beep(self, leg: Leg, seconds: float) -> None:
        await self._pace.sleep(seconds)
        if not leg.call.ended:
            leg.note("beep", by="machine")

    async def _detect_beside(self, leg: Leg, found: str, seconds: float) -> None:
        await self._pace.sleep(seconds)
        if leg.call.ended or leg.order.detection_callback is None:
            return
        leg.call.answered_by = found
        fields = {
            "CallSid": leg.call.sid,
            "AccountSid": leg.call.account_sid,
            "AnsweredBy": found,
            "MachineDetectionDuration": str(round(seconds * 1000)),
        }
        method = leg.order.detection_callback_method
        self._hooks.tell(leg.call, leg.order.detection_callback, fields, method)

    def seconds(self, leg: Leg) -> float:
        """Return how long a live call has been answered."""
        return self._pace.elapsed() - self._answered_at.get(leg.call.sid, self._pace.elapsed())

    def finish(self, leg: Leg, why: str) -> None:
        """End the call in the state that the reason means."""
        call = leg.call
        self._legs.pop(call.sid, None)
        answered = self._answered_at.pop(call.sid, None)
        if answered is not None:
            status, call.sip_code = "completed", 200
            call.duration = max(1, round(self._pace.elapsed() - answered))
        else:
            status, call.sip_code = _ENDS.get(why, _ENDS["canceled"])
            if call.inbound and status == "canceled":
                status = "no-answer"
            call.duration = 0
        call.ended_at = self._now()
        self._move(call, status)
        leg.note("ended", status, by=why)
        leg.over.set()
        self._hooks.progress(call, leg.order, "completed", last=True)

    def _move(self, call: Call, status: str) -> None:
        call.status = status
        call.updated_at = self._now()
        self._world.changed("call")


def _detected(persona: Persona, order: Order, greeting: float) -> tuple[str, float]:
    """Return who the carrier believes to have answered, and after how long."""
    if persona.detected is not None and not persona.machine:
        return persona.detected, MACHINE_S
    if not persona.machine:
        return "human", HUMAN_S
    if order.detection == "Enable":
        return persona.detected or "machine_start", min(MACHINE_S, order.detection_timeout)
    if greeting > order.detection_timeout:
        return persona.detected or "unknown", order.detection_timeout
    ended = "machine_end_beep" if persona.beep else "machine_end_silence"
    return persona.detected or ended, greeting
