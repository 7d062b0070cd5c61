"""Lets the customer's leg of a dial be dialled: once, and only with the leave of the gate."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks import store as complaints
from callbacks.dialling import store
from callbacks.dialling.jobs import settle_job
from callbacks.dialling.model import Dial, Reason, Setting, Stage
from callbacks.dialling.outcomes import End, Ends
from callbacks.dialling.render import Markup
from callbacks.dialling.wording import Case, line, refusal
from callbacks.promises import store as promises
from callbacks.promises.decide import LEASE
from callbacks.promises.gate import leg_of
from callbacks.promises.model import Callback, CallbackState, CallOutcome
from callbacks.promises.news import entry
from channels import ledger, legs
from channels import store as people
from channels.jobs import Send
from channels.ledger import Contact
from channels.pagewording import language
from channels.policy import Never, WaitUntil
from channels.ports import Switchboard
from kernel.barrier import OPEN, Barrier
from kernel.engine import Database
from kernel.journal import append
from kernel.vault import Vault
from scheduler import store as jobs

#: After that of promises in the alphabet, which is the order in which conversations are asked.
CONVERSATION = "voicing"

VOICEMAIL = "voicemail"
"""The status of a dial that left a message."""


class _Changed(Exception):
    """What was decided on is not so any more: nothing of it may be committed."""


def send_of(vault: Vault, item: Callback, dial: Dial, now: datetime) -> Send:
    """What the gate is asked about the customer's leg of a dial.

    Hours bind unless the customer chose them: the slot, and what is late for it by a claim.
    """
    chosen = item.chosen and now < item.slot.end + LEASE
    return leg_of(vault, item, dial.contact, CONVERSATION, bound=not chosen)


async def case_of(conn: AsyncConnection, vault: Vault, item: Callback) -> Case:
    """What there is to know of a callback before it is dialled."""
    found = None
    if item.ticket is not None:
        which = (item.source, item.ticket)
        of_ticket = (await complaints.of_tickets(conn, vault, {which})).get(which, [])
        found = max(of_ticket, key=lambda each: each.opened_at, default=None)
    before = (await store.of_callbacks(conn, [item.id]))[item.id]
    machines = any(each.outcome is CallOutcome.MACHINE for each in item.attempts)
    return Case(
        topic=item.topic,
        reason=item.reason,
        ticket=item.ticket,
        score=found.score if found else None,
        comment=found.comment if found else None,
        left=machines or any(each.status == VOICEMAIL for each in before),
    )


async def spoken_to(conn: AsyncConnection, vault: Vault, item: Callback) -> str:
    """The language in which a callback's customer is spoken to."""
    person = (await people.load_people(conn, vault, [item.who])).get(item.who)
    return language(person.own_locale if person else None, person.locale if person else None)


@dataclass(slots=True, kw_only=True)
class Legs:
    """Joins an agent who pressed the key to the customer."""

    database: Database
    vault: Vault
    setting: Callable[[], Setting]
    switchboard: Switchboard
    ends: Ends
    markup: Markup
    barrier: Barrier = OPEN

    async def connect(self, dial: str, call: str, spoken: str, now: datetime) -> str:
        """What the agent's call goes on with; the leg's intent is committed before it is said.

        The same call that asks again is answered the same; another call of the agent's is not.
        """
        try:
            said = await self.database.transact(
                lambda conn: self._connect(conn, dial, call, spoken, now)
            )
        except _Changed:
            await self.database.transact(lambda conn: self._gone(conn, dial, now))
            return self.markup.words((line("gone", spoken),), spoken)
        await self.barrier.reach("callback.leg_intent")
        return said

    async def _connect(
        self, conn: AsyncConnection, wanted: str, call: str, spoken: str, now: datetime
    ) -> str:
        known = (await store.load(conn, [wanted])).get(wanted)
        if known is None:
            raise _Changed
        contact = (await ledger.load(conn, self.vault, [known.contact])).get(known.contact)
        if contact is not None:
            return self._again(known, contact, call, spoken)
        item = (await promises.load(conn, self.vault, [known.callback])).get(known.callback)
        if item is None:
            raise _Changed
        setting = self.setting()
        send = send_of(self.vault, item, known, now)
        said = await legs.intend(conn, self.vault, setting.policy, setting.version, send, now)
        locked = await self.ends.lock(conn, wanted)
        if locked is None or not _stands(item, *locked):
            raise _Changed
        item, dial = locked
        if isinstance(said, Never) and said.reason == legs.BEFORE:
            return self.markup.words((line("elsewhere", spoken),), spoken)
        if not isinstance(said, Contact):
            return await self._refused(conn, item, dial, said, spoken, now)
        if said.address.index != dial.phone_ix:
            raise _Changed  # the number it holds is not the customer's any more
        dial = replace(dial, stage=Stage.INTENDED, agent_call=call, leg_at=now)
        await store.save(conn, [dial])
        about = {"agent": dial.agent, "contact": dial.contact}
        await append(conn, [entry(item, "callback.leg_intended", now, **about)])
        over = now + setting.callbacks.ring + setting.grace
        await jobs.enqueue(conn, [settle_job(dial, over)])
        return self._dial(dial, said, spoken)

    def _again(self, dial: Dial, contact: Contact, call: str, spoken: str) -> str:
        if dial.agent_call == call and dial.is_open:
            return self._dial(dial, contact, spoken)
        return self.markup.words((line("elsewhere", spoken),), spoken)

    def _dial(self, dial: Dial, contact: Contact, spoken: str) -> str:
        return self.markup.to_customer(
            dial,
            contact.address.value,
            self.switchboard.caller(contact.address.value),
            self.setting().callbacks.ring,
            (line("calling", spoken),),
            spoken,
        )

    async def _refused(
        self,
        conn: AsyncConnection,
        item: Callback,
        dial: Dial,
        said: WaitUntil | Never,
        spoken: str,
        now: datetime,
    ) -> str:
        until = said.at if isinstance(said, WaitUntil) else None
        end = End(
            outcome=CallOutcome.DECLINED, reason=Reason.GATE, why=str(said.reason), until=until
        )
        await self.ends.over(conn, item, dial, end, now)
        return self.markup.words((line(refusal(said.reason), spoken),), spoken)

    async def _gone(self, conn: AsyncConnection, wanted: str, now: datetime) -> None:
        locked = await self.ends.lock(conn, wanted)
        if locked is not None and locked[1].before(Stage.INTENDED):
            end = End(outcome=CallOutcome.DECLINED, reason=Reason.GONE)
            await self.ends.over(conn, *locked, end, now)


def _stands(before: Callback, item: Callback, dial: Dial) -> bool:
    """Whether what the gate was asked about is still to be dialled."""
    same = (before.phone, before.chosen) == (item.phone, item.chosen)
    return same and item.state is CallbackState.DIALING and dial.before(Stage.INTENDED)
