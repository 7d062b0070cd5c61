"""Leads a callback's call to its customer, and hears what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.dialling import decide, store
from callbacks.dialling.legs import VOICEMAIL, Legs, case_of, spoken_to
from callbacks.dialling.model import Dial, Reason
from callbacks.dialling.outcomes import End, Ends
from callbacks.dialling.wording import greeting, line
from callbacks.oneway import OneWay
from callbacks.promises import store as promises
from callbacks.promises.model import Callback, CallbackState, CallOutcome, DialMode
from channels import conversation, ivr, ledger, outcomes
from channels.errors import SendErrorKind
from channels.heard import Inbound
from channels.inbox import Inbox
from channels.model import Channel, Withdrawn, Words
from channels.pagewording import language
from channels.policy import Reason as Against
from channels.ports import Conversation, OnPhone, Outcome, OutcomeKind, Wanted
from kernel.vault import Vault


@dataclass(slots=True, kw_only=True)
class CallbackCalls(OneWay):
    """The author of callbacks' calls; every verb works in the caller's transaction."""

    vault: Vault
    ends: Ends

    async def compose(
        self, conn: AsyncConnection, wanted: Sequence[Wanted], now: datetime
    ) -> Mapping[str, Words | Withdrawn]:
        """How the call begins, where the customer is called first; a dial that ended wants none."""
        items = await promises.load(conn, self.vault, {each.thread for each in wanted}, lock=True)
        dials = await store.of_contacts(conn, {each.contact for each in wanted})
        await store.load(conn, {dial.id for dial in dials.values()}, lock=True)
        said: dict[str, Words | Withdrawn] = {}
        for each in wanted:
            item, dial = items.get(each.thread), dials.get(each.contact)
            if item is None or dial is None or not _stands(item, dial):
                said[each.contact] = Withdrawn(reason="not_wanted")
                continue
            case = await case_of(conn, self.vault, item)
            locale = await spoken_to(conn, self.vault, item)
            spoken = "".join(greeting(self.ends.setting().brand, item.ticket, locale))
            said[each.contact] = Words(
                text=spoken, locale=locale, spoken=spoken, voicemail=not case.left, joins=True
            )
        return said

    async def on_outcome(
        self, conn: AsyncConnection, outcomes: Sequence[Outcome], now: datetime
    ) -> None:
        """What rang in vain ends its dial; what was answered goes on until the talk is over."""
        dials = await store.of_contacts(conn, {item.contact for item in outcomes})
        locked = await self.ends.lock_all(conn, {dial.id for dial in dials.values()})
        for outcome in outcomes:
            known = dials.get(outcome.contact)
            if known is None or known.id not in locked:
                continue
            item, dial = locked[known.id]
            end = _end_of(outcome, dial)
            if end is not None:
                if outcome.reason == VOICEMAIL:
                    dial = replace(dial, status=VOICEMAIL)
                await self.ends.over(conn, item, dial, end, now)
                del locked[known.id]  # it ends once, whatever else is said of it

    async def on_phone(
        self, conn: AsyncConnection, thread: str, locale: str | None
    ) -> OnPhone | None:
        """What a customer hears who calls back: who tried to reach them, and nothing asked."""
        item = (await promises.load(conn, self.vault, [thread])).get(thread)
        if item is None:
            return None
        spoken = locale or await spoken_to(conn, self.vault, item)
        return OnPhone(
            locale=language(None, spoken), ticket=item.ticket or "", question=None, ending=""
        )

    async def on_opt_out(
        self, conn: AsyncConnection, threads: Sequence[str], now: datetime
    ) -> None:
        """A customer who wants no more calls is not joined to anybody either."""
        found = await store.of_callbacks(conn, threads)
        open_ = {dial.id for all_ in found.values() for dial in all_ if dial.is_open}
        for item, dial in (await self.ends.lock_all(conn, open_)).values():
            if dial.joined_at is None and _is_first(dial):
                end = End(
                    outcome=CallOutcome.DECLINED, reason=Reason.GATE, why=Against.OPT_OUT.value
                )
                await self.ends.over(conn, item, dial, end, now)


def _is_first(dial: Dial) -> bool:
    return dial.mode is DialMode.CUSTOMER_FIRST


def _stands(item: Callback, dial: Dial) -> bool:
    return dial.is_open and item.state is CallbackState.DIALING


def _end_of(outcome: Outcome, dial: Dial) -> End | None:
    """How a dial ends by what became of the customer's leg; None: it goes on."""
    match outcome.kind:
        case OutcomeKind.UNREACHED if outcome.reason == "absent":
            return End(outcome=CallOutcome.DECLINED, reason=Reason.NEVER_RANG)
        case OutcomeKind.UNREACHED:
            return End(outcome=decide.unreached(outcome.reason or ""))
        case OutcomeKind.DELIVERED if outcome.reason == VOICEMAIL:
            return End(outcome=CallOutcome.MACHINE)
        case OutcomeKind.DELIVERED if _is_first(dial) and dial.called_at is None:
            # Took the call, and hung up before an agent was called.
            return End(outcome=CallOutcome.NO_ANSWER)
        case OutcomeKind.FAILED if outcome.reason == SendErrorKind.DEAD_ADDRESS:
            return End(outcome=CallOutcome.INVALID)
        case OutcomeKind.FAILED if outcome.reason == SendErrorKind.OPT_OUT:
            why = Against.OPT_OUT.value
            return End(outcome=CallOutcome.DECLINED, reason=Reason.GATE, why=why)
        case OutcomeKind.FAILED:
            return End(outcome=CallOutcome.DECLINED, reason=Reason.CARRIER)
        case OutcomeKind.SUPPRESSED if outcome.reason == Against.STALE:
            # Our call came to nothing in its time; what was promised stands.
            return End(outcome=CallOutcome.DECLINED, reason=Reason.CARRIER)
        case OutcomeKind.SUPPRESSED:
            return _gated(outcome)
        case OutcomeKind.DEFERRED if outcome.reason != Against.RATE:
            return _gated(outcome)
        case OutcomeKind.UNKNOWN:
            # It may have rung, and is not rung again for that.
            return End(outcome=CallOutcome.NO_ANSWER, reason=Reason.UNKNOWN)
        case _:
            return None


def _gated(outcome: Outcome) -> End:
    return End(
        outcome=CallOutcome.DECLINED,
        reason=Reason.GATE,
        why=outcome.reason or "refused",
        until=outcome.until,
    )


@dataclass(slots=True, kw_only=True)
class CustomerCalls:
    """Has customers who were called first joined to their agent; see `channels.ports.Operator`."""

    legs: Legs
    conversations: Mapping[str, Conversation]
    inbox: Inbox

    async def answered(self, call: str, contact: str, answered_by: str, now: datetime) -> str:
        """Who calls, to a person; a machine is joined to nobody, and gets one message at most."""

        async def work(conn: AsyncConnection) -> str:
            vault, ends, markup = self.legs.vault, self.legs.ends, self.legs.markup
            known = await conversation.lock_contact(conn, vault, contact)
            found = await self._dial_of(conn, contact)
            if known is None or found is None:
                return markup.words((), "zh-CN")
            await conversation.arrived(conn, self.conversations, known, call, now)
            item, dial = found
            spoken, brand = await spoken_to(conn, vault, item), ends.setting().brand
            if dial.customer_call is None:
                dial = replace(dial, customer_call=call)
                await store.save(conn, [dial])
            if ivr.is_machine(answered_by):
                case = await case_of(conn, vault, item)
                again = dial.status == VOICEMAIL and dial.customer_call == call
                if again or (ivr.after_beep(answered_by) and not case.left and dial.is_open):
                    await outcomes.over(conn, self.conversations, known, None, VOICEMAIL, now)
                    return markup.words((line("voicemail", spoken, brand=brand),), spoken)
                await conversation.unreached(conn, self.conversations, known, "machine", now)
                return markup.words((), spoken)
            if not _stands(item, dial):
                return markup.words((line("over", spoken),), spoken)
            return markup.greet(contact, greeting(brand, item.ticket, spoken), spoken)

        return await self.legs.database.transact(work)

    async def pressed(self, call: str, contact: str, keys: str, now: datetime) -> str:
        """9 ends all calls; whatever else, and silence, joins the agent."""
        if keys.startswith("9"):
            return await self._stop(call, contact, now)

        async def work(conn: AsyncConnection) -> str:
            markup, setting = self.legs.markup, self.legs.setting()
            found = await self._dial_of(conn, contact)
            if found is None:
                return markup.words((), "zh-CN")
            item, dial = found
            spoken = await spoken_to(conn, self.legs.vault, item)
            agent = setting.agents.get(dial.agent)
            if not _stands(item, dial) or dial.customer_call != call:
                return markup.words((line("over", spoken),), spoken)
            if agent is None or agent.phone is None:
                end = End(outcome=CallOutcome.DECLINED, reason=Reason.UNREACHED)
                await self.legs.ends.over(conn, item, dial, end, now)
                return markup.words((line("sorry", spoken),), spoken)
            if dial.called_at is None:
                dial = replace(dial, called_at=now, rings=dial.rings + 1)
                await store.save(conn, [dial])
            caller = self.legs.switchboard.caller(agent.phone)
            ring, moment = setting.callbacks.ring, (line("moment", spoken),)
            return markup.to_agent(dial, agent.phone, caller, ring, moment, spoken)

        return await self.legs.database.transact(work)

    async def _stop(self, call: str, contact: str, now: datetime) -> str:
        async with self.legs.database.read() as conn:
            found = await self._peek(conn, contact)
            spoken = "zh-CN" if found is None else await spoken_to(conn, self.legs.vault, found[0])
            known = (await ledger.load(conn, self.legs.vault, [contact])).get(contact)
        if known is not None:
            message = Inbound(
                id=f"{call}-stop",
                channel=Channel.VOICE,
                sender=known.address.value,
                text="STOP",
                about=contact,
            )
            await self.inbox.receive(message, now)
        return self.legs.markup.words((line("stopped", spoken),), spoken)

    async def _peek(self, conn: AsyncConnection, contact: str) -> tuple[Callback, Dial] | None:
        dial = (await store.of_contacts(conn, [contact])).get(contact)
        items = await promises.load(conn, self.legs.vault, [dial.callback] if dial else [])
        return (items[dial.callback], dial) if dial and dial.callback in items else None

    async def _dial_of(self, conn: AsyncConnection, contact: str) -> tuple[Callback, Dial] | None:
        dial = (await store.of_contacts(conn, [contact])).get(contact)
        return await self.legs.ends.lock(conn, dial.id) if dial is not None else None
