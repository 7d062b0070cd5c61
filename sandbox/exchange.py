"""Lets the product and customers place calls, and do things to them while they last."""

from collections.abc import Callable
from datetime import datetime

from sandbox import world
from sandbox.callhooks import Hooks
from sandbox.calls import Call, Order
from sandbox.config import Config
from sandbox.dialling import Dialler
from sandbox.interpreter import Interpreter, recording_fields
from sandbox.leg import HungUp, Keys, Leg, Moved, Off, Picked, Speech
from sandbox.pace import Pace
from sandbox.persona import Persona
from sandbox.product import Product
from sandbox.telephony import Telephony


class NotNow(ValueError):
    """The phone, or the call, is in no state for it; the text says why."""


class Exchange:
    """What may be done to calls and phones."""

    def __init__(
        self,
        *,
        kept: world.World,
        config: Config,
        product: Product,
        pace: Pace,
        now: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._product = product
        self._hooks = Hooks(kept, product, pace, now)
        self._telephony = Telephony(
            kept=kept,
            account_sid=config.account_sid,
            hooks=self._hooks,
            product=product,
            pace=pace,
            now=now,
        )
        self._interpreter = Interpreter(
            kept=kept, hooks=self._hooks, pace=pace, now=now, answer=self._telephony.answer
        )
        self._interpreter.dialling = Dialler(
            telephony=self._telephony,
            interpreter=self._interpreter,
            hooks=self._hooks,
            product=product,
            pace=pace,
            now=now,
        )

    def place(self, order: Order, rest_url: str) -> Call:
        """Take the product's call; it goes on beside the caller."""
        leg = self._telephony.new(order, direction="outbound-api", rest_url=rest_url)
        self._product.later(self._telephony.carry(leg, lambda: self._talk(leg)))
        return leg.call

    def dial_in(self, number: str, to: str, persona: Persona, rest_url: str) -> Call:
        """Let a customer ring the product; raises NotNow when the phone is on the line."""
        if self._telephony.on_the_line(number) is not None:
            raise NotNow("the phone is on the line")
        order = Order(to=to, from_=number, url=self._product.voice_webhook_url)
        leg = self._telephony.new(order, direction="inbound", rest_url=rest_url, persona=persona)
        leg.call.status = "ringing"
        leg.call.started_at = leg.call.created_at
        leg.note("dialled", to, by="customer")
        self._product.later(self._telephony.take(leg, lambda: self._talk(leg)))
        return leg.call

    async def _talk(self, leg: Leg) -> None:
        order = leg.order
        if order.send_digits:
            leg.note("tones", order.send_digits)
            await leg.play(len(order.send_digits) / 2)
        try:
            source = Moved(url=order.url, method=order.method, twiml=order.twiml)
            await self._interpreter.run(leg, source)
        finally:
            if order.record:
                self._keep_whole(leg)

    def _keep_whole(self, leg: Leg) -> None:
        said = [line.text for line in leg.call.lines if line.kind == "speech"]
        seconds = self._telephony.seconds(leg)
        kept = self._interpreter.keep_recording(leg.call, " ".join(said), seconds, "OutboundAPI")
        if leg.order.recording_callback is not None:
            self._hooks.tell(leg.call, leg.order.recording_callback, recording_fields(kept))

    async def hang_up(self, call: Call) -> None:
        """End a live call for the product; raises NotNow when it is over."""
        leg = self._live(call)
        leg.interrupt(HungUp("product"))
        await leg.over.wait()

    def move(self, call: Call, *, url: str | None, method: str, twiml: str | None) -> None:
        """Give a live call another document; raises NotNow unless it is answered."""
        leg = self._live(call)
        if call.status != "in-progress":
            raise NotNow("the call is not in progress")
        leg.interrupt(Moved(url=url, method=method, twiml=twiml))

    def _live(self, call: Call) -> Leg:
        leg = self._telephony.leg(call.sid)
        if leg is None:
            raise NotNow("the call is over")
        return leg

    def pick(self, number: str, how: str) -> Call:
        """Let a ringing phone be answered, left to its machine, or rejected (`busy`)."""
        leg = self._telephony.on_the_line(number, status="ringing")
        if leg is None or leg.call.inbound:
            raise NotNow("the phone does not ring")
        leg.put(Picked(how=how))
        return leg.call

    def press(self, number: str, keys: str) -> Call:
        """Press keys on a phone."""
        leg = self._talking(number)
        leg.put(Keys(keys=keys))
        return leg.call

    def speak(self, number: str, text: str, confidence: float) -> Call:
        """Say something into a phone."""
        leg = self._talking(number)
        leg.put(Speech(text=text, confidence=confidence))
        return leg.call

    def put_down(self, number: str) -> Call:
        """Hang up a phone, or give up dialling; raises NotNow when there is no call."""
        leg = self._telephony.on_the_line(number)
        if leg is None or (leg.call.status != "in-progress" and not leg.call.inbound):
            raise NotNow("the phone is not on the line")
        # What was said before is heard; a phone that nobody listens to goes down at once.
        if leg.call.listening:
            leg.put(Off())
        else:
            leg.interrupt(HungUp("customer"))
        return leg.call

    def _talking(self, number: str) -> Leg:
        leg = self._telephony.on_the_line(number, status="in-progress")
        if leg is None:
            raise NotNow("the phone is not on the line")
        return leg
