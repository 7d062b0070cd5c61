"""Answers the carrier's webhooks about dials: what an agent hears, and what became of each leg."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.dialling import decide, store
from callbacks.dialling.legs import Legs, case_of, spoken_to
from callbacks.dialling.model import Dial, Reason, Stage
from callbacks.dialling.outcomes import End
from callbacks.dialling.wording import case_of as lines_of
from callbacks.dialling.wording import line
from callbacks.promises import store as promises
from callbacks.promises.model import Callback, CallbackState, CallOutcome, DialMode
from channels import conversation, ivr, legs
from channels.hooks import noted, sid_of, signed, spoken, xml
from channels.legs import Ending
from channels.pagewording import language
from channels.ports import Conversation
from kernel.barrier import OPEN, Barrier
from kernel.endpoint import Answer, Call, Endpoint

_AT = "/carriers/twilio/voice/dials/{dial}"
_LONGEST = 64  # of the carrier's ids, as the tables have them
_PASSED = "passed"  # the status of a dial whose agent would not take it
_MOST_REPEATS = 2  # of a question to an agent, after a key that means nothing


@dataclass(slots=True, kw_only=True)
class DialHooks:
    """The endpoints that one Twilio account asks about dials, each signed by it."""

    legs: Legs
    conversations: Mapping[str, Conversation]
    token: str
    barrier: Barrier = OPEN

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        return [
            spoken(_AT, self.taken, "An agent took the call of a callback"),
            spoken(_AT + "/key", self.key, "An agent pressed a key before the customer is called"),
            spoken(_AT + "/whisper", self.whisper, "An agent took the call of a waiting customer"),
            spoken(_AT + "/accept", self.accept, "An agent pressed a key, the customer waiting"),
            spoken(_AT + "/joined", self.joined, "Agent and customer were joined, or could not be"),
            noted(_AT + "/status", self.status, "What became of an agent's call"),
            noted(_AT + "/leg", self.leg, "What became of a customer's leg"),
            noted(
                _AT + "/machine",
                self.machine,
                "Who took a customer's leg, as the carrier heard it",
            ),
        ]

    # --- what an agent hears ---

    async def taken(self, call: Call) -> Answer:
        """Tell the agent the case, and ask for a key."""
        form = signed(call, self.token)
        return await self._ask(call.path["dial"], sid_of(form), call.now, "key", "choose")

    async def whisper(self, call: Call) -> Answer:
        """Tell the agent the case while the customer waits."""
        signed(call, self.token)
        return await self._ask(call.path["dial"], None, call.now, "accept", "take")

    async def _ask(
        self, wanted: str, sid: str | None, now: datetime, below: str, question: str
    ) -> Answer:
        async def work(conn: AsyncConnection) -> str:
            found = await self.legs.ends.lock(conn, wanted)
            if found is None:
                return self._words("gone", self._locale(None))
            item, dial = found
            spoken = self._locale(dial)
            expected = Stage.INTENDED if sid is not None else Stage.OVER
            if item.state is not CallbackState.DIALING or not dial.before(expected):
                if not dial.before(Stage.INTENDED):
                    return self._words("over", spoken)
                end = End(outcome=CallOutcome.DECLINED, reason=Reason.GONE)
                await self.legs.ends.over(conn, item, dial, end, now)
                return self._words("gone", spoken)
            if sid is not None and dial.agent_call != sid:
                # Of two that ring by uncertainty, the one that was taken counts.
                dial = replace(dial, agent_call=sid)
                await store.save(conn, [dial])
            return await self._case(conn, item, dial, f"{below}?step=1", (), question)

        return xml(await self.legs.database.transact(work))

    async def _case(
        self,
        conn: AsyncConnection,
        item: Callback,
        dial: Dial,
        below: str,
        before: tuple[str, ...],
        question: str,
    ) -> str:
        spoken, brand = self._locale(dial), self.legs.setting().brand
        case = await case_of(conn, self.legs.vault, item)
        lines = (*before, *lines_of(case, spoken, brand), line(question, spoken))
        return self.legs.markup.ask(dial, below, lines, spoken)

    async def key(self, call: Call) -> Answer:
        """1 has the customer called; 2, and silence, give the callback back."""
        form = signed(call, self.token)
        wanted, sid, pressed = call.path["dial"], sid_of(form), form.get("Digits", "")
        dial = await self._dial(wanted)
        spoken = self._locale(dial)
        if pressed == "1":
            return xml(await self.legs.connect(wanted, sid, spoken, call.now))
        step = _step(call.url)
        if pressed not in ("", "2") and step <= _MOST_REPEATS:
            return xml(await self._repeat(wanted, "key", "choose", step))
        reason = Reason.DECLINED if pressed == "2" else Reason.SILENT
        await self._before_leg(wanted, sid, reason, call.now)
        return xml(self._words("passed", spoken))

    async def _repeat(self, wanted: str, below: str, question: str, step: int) -> str:
        async with self.legs.database.read() as conn:
            dial = (await store.load(conn, [wanted])).get(wanted)
            found = await promises.load(conn, self.legs.vault, [dial.callback] if dial else [])
            if dial is None or dial.callback not in found:
                return self._words("gone", self._locale(dial))
            wrong = (line("wrong", self._locale(dial)),)
            again = f"{below}?step={step + 1}"
            return await self._case(conn, found[dial.callback], dial, again, wrong, question)

    async def accept(self, call: Call) -> Answer:
        """1 joins the agent to the customer who waits; nothing else does, and no machine."""
        form = signed(call, self.token)
        wanted, pressed, step = call.path["dial"], form.get("Digits", ""), _step(call.url)
        if pressed not in ("", "1", "2") and step <= _MOST_REPEATS:
            return xml(await self._repeat(wanted, "accept", "take", step))
        spoken = self._locale(await self._dial(wanted))
        if pressed != "1":
            await self._passed(wanted, pressed)
            return xml(self._words("passed", spoken))
        await self._joined(wanted, call.now)
        return xml(self.legs.markup.go_on())

    async def _passed(self, wanted: str, pressed: str) -> None:
        """Keep that an agent was there and would not take it; the end of the joining follows."""

        async def work(conn: AsyncConnection) -> None:
            found = await self.legs.ends.lock(conn, wanted)
            if found is not None and found[1].is_open:
                await store.save(conn, [replace(found[1], status=_PASSED)])

        if pressed == "2":
            await self.legs.database.transact(work)

    async def joined(self, call: Call) -> Answer:
        """The joining is over: what came of it, and what whoever is left hears."""
        form = signed(call, self.token)
        wanted = call.path["dial"]
        await self.barrier.reach("callback.outcome_told")

        async def work(conn: AsyncConnection) -> str:
            dial = (await store.load(conn, [wanted])).get(wanted)
            if dial is None:
                return self._words("over", self._locale(None))
            if dial.mode is DialMode.CUSTOMER_FIRST:
                return await self._agent_left(conn, dial, form, call.now)
            return await self._customer_left(conn, dial, form, call.now)

        said = await self.legs.database.transact(work)
        await self.barrier.reach("callback.outcome")
        return xml(said)

    async def _customer_left(
        self, conn: AsyncConnection, dial: Dial, form: Mapping[str, str], now: datetime
    ) -> str:
        """Agent first: the customer's leg is over."""
        ends, status, seconds = self.legs.ends, form.get("DialCallStatus", ""), _seconds(form)
        contact = await conversation.lock_contact(conn, self.legs.vault, dial.contact)
        child = form.get("DialCallSid", "")[:_LONGEST]
        talked = decide.talked(status, seconds, form.get("DialBridged", ""))
        if contact is not None and child and contact.carrier_id in (None, child):
            await conversation.arrived(conn, self.conversations, contact, child, now)
            # A failure has its code in the leg's own news, which tells a number that is none.
            if status in legs.ENDS and status != "failed":
                how = Ending(status=status if talked else _vain(status), rang=True)
                await legs.ended(conn, self.conversations, contact, how, now)
        elif contact is not None and status == "failed" and not child:
            how = Ending(status=status, rang=False, sip=legs.INCOMPLETE)
            await legs.ended(conn, self.conversations, contact, how, now)
        found = await ends.lock(conn, dial.id)
        if found is None:
            return self._words("over", self._locale(dial))
        item, dial = found
        if dial.status is None:
            dial = replace(dial, status=status[:16], customer_call=child or dial.customer_call)
            await store.save(conn, [dial])
        if talked:
            dial = await ends.joined(conn, item, dial, now)
            reached = CallOutcome.MACHINE if dial.machine else CallOutcome.REACHED
            dial = await ends.over(conn, item, dial, End(outcome=reached, seconds=seconds), now)
        told = dial.outcome.value if dial.outcome else "over"
        return self._words(told, self._locale(dial))

    async def _agent_left(
        self, conn: AsyncConnection, dial: Dial, form: Mapping[str, str], now: datetime
    ) -> str:
        """Customer first: the agent's leg is over; should it never have been, we are sorry."""
        ends, seconds = self.legs.ends, _seconds(form)
        found = await ends.lock(conn, dial.id)
        if found is None:
            return self._words("over", self._locale(dial))
        item, dial = found
        status = form.get("DialCallStatus", "")
        talked = decide.talked(status, seconds, form.get("DialBridged", ""))
        spoken = await spoken_to(conn, self.legs.vault, item)
        if talked:
            dial = await ends.joined(conn, item, dial, now)
            await ends.over(
                conn, item, dial, End(outcome=CallOutcome.REACHED, seconds=seconds), now
            )
            return self._words("over", spoken)
        passed = Reason.DECLINED if dial.status == _PASSED else Reason.UNREACHED
        end = End(outcome=CallOutcome.DECLINED, reason=passed)
        if form.get("CallStatus") == "completed":
            # It was the customer who hung up, while the agent's phone rang.
            end = End(outcome=CallOutcome.NO_ANSWER)
        await ends.over(conn, item, dial, end, now)
        return self._words("sorry", spoken)

    # --- what became of legs ---

    async def status(self, call: Call) -> Answer:
        """An agent's call that ended before the customer was called gives the callback back."""
        form = signed(call, self.token)
        status, sid = form.get("CallStatus", ""), sid_of(form)
        if status in legs.ENDS:
            reason = Reason.SILENT if status == "completed" else Reason.UNREACHED
            await self._before_leg(call.path["dial"], sid, reason, call.now)
        return Answer(status=204)

    async def _before_leg(self, wanted: str, sid: str, reason: Reason, now: datetime) -> None:
        async def work(conn: AsyncConnection) -> None:
            found = await self.legs.ends.lock(conn, wanted)
            if found is None or not found[1].before(Stage.INTENDED):
                return
            if found[1].agent_call not in (None, sid):
                return  # another call of the same dial goes on
            end = End(outcome=CallOutcome.DECLINED, reason=reason)
            await self.legs.ends.over(conn, *found, end, now)

        await self.legs.database.transact(work)

    async def leg(self, call: Call) -> Answer:
        """Move the customer's leg forward; the carrier's news come late, twice, out of order."""
        form = signed(call, self.token)
        wanted, sid, status = call.path["dial"], sid_of(form), form.get("CallStatus", "")

        async def work(conn: AsyncConnection) -> None:
            dial = (await store.load(conn, [wanted])).get(wanted)
            contact = None
            if dial is not None:
                contact = await conversation.lock_contact(conn, self.legs.vault, dial.contact)
            if contact is None or contact.carrier_id not in (None, sid):
                return
            await conversation.arrived(conn, self.conversations, contact, sid, call.now)
            if status in legs.ENDS:
                rang, sip = status != "failed", form.get("SipResponseCode")
                how = Ending(status=status, rang=rang, sip=sip)
                await legs.ended(conn, self.conversations, contact, how, call.now)
            elif status == "in-progress":
                await self._note_joined(conn, wanted, call.now)

        await self.legs.database.transact(work)
        if status == "in-progress":
            await self.barrier.reach("callback.joined")
        return Answer(status=204)

    async def machine(self, call: Call) -> Answer:
        """Whoever was taken for a machine was not reached, however long it spoke."""
        form = signed(call, self.token)
        if ivr.is_machine(form.get("AnsweredBy", "")):

            async def work(conn: AsyncConnection) -> None:
                found = await self.legs.ends.lock(conn, call.path["dial"])
                if found is not None and found[1].is_open:
                    await store.save(conn, [replace(found[1], machine=True)])

            await self.legs.database.transact(work)
        return Answer(status=204)

    async def _joined(self, wanted: str, now: datetime) -> None:
        await self.legs.database.transact(lambda conn: self._note_joined(conn, wanted, now))
        await self.barrier.reach("callback.joined")

    async def _note_joined(self, conn: AsyncConnection, wanted: str, now: datetime) -> None:
        found = await self.legs.ends.lock(conn, wanted)
        if found is not None:
            await self.legs.ends.joined(conn, *found, now)

    # --- small things ---

    async def _dial(self, wanted: str) -> Dial | None:
        async with self.legs.database.read() as conn:
            return (await store.load(conn, [wanted])).get(wanted)

    def _locale(self, dial: Dial | None) -> str:
        agent = self.legs.setting().agents.get(dial.agent) if dial is not None else None
        return language(None, agent.locale if agent else None)

    def _words(self, name: str, spoken: str) -> str:
        return self.legs.markup.words((line(name, spoken),), spoken)


def _step(url: str) -> int:
    told = parse_qs(urlsplit(url).query).get("step", ["1"])[0]
    return int(told) if told.isascii() and told.isdigit() and len(told) < 3 else 1


def _seconds(form: Mapping[str, str]) -> int:
    told = form.get("DialCallDuration", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 7 else 0


def _vain(status: str) -> str:
    """Whoever took a call that never was one has not answered."""
    return "no-answer" if status == "completed" else status
