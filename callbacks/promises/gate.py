"""Asks the contact policy whether a customer may be phoned, and at which hours."""

import base64
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, tzinfo
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.promises.delivery import CONVERSATION
from callbacks.promises.model import Callback
from callbacks.promises.promising import Standing
from callbacks.promises.slots import Place
from channels import store as people
from channels.choices import place_of
from channels.gate import load_board
from channels.intents import decision
from channels.jobs import Send, number_place
from channels.model import Address, Channel, MessageClass, Person
from channels.openings import openings
from channels.policy import Facts, Never, Reach, Rules, decide
from kernel.journal import Entry
from kernel.vault import Vault

Who = tuple[str, str]  # (source, customer)


async def ask(
    conn: AsyncConnection,
    vault: Vault,
    wanted: Sequence[Callback],
    rules: Rules,
    policy: str,
    now: datetime,
    default: str | None = None,
) -> dict[str, Standing]:
    """What the gate says of callbacks, by id; those whose customer nobody knows are left out.

    `default`: the zone by which to tell the time to those whose zone nobody knows.

    Locks the people and addresses, as whoever sends does: a stop that comes meanwhile waits.
    """
    sends = {
        item.id: leg_of(vault, item, f"{item.id}:promise", CONVERSATION, bound=not item.chosen)
        for item in wanted
    }
    board = await load_board(conn, vault, list(sends.values()), (Channel.VOICE,), rules, now)
    found: dict[str, Standing] = {}
    for id_, send in sends.items():
        facts = board.facts(send, None)
        if facts is None:
            continue
        verdict = decide(facts, rules, now)
        found[id_] = Standing(
            refusal=verdict.reason if isinstance(verdict, Never) else None,
            place=_place(facts, rules),
            clock=place_of(facts.person, rules.default_timezone or default),
            verdict_at=partial(_verdict, now, send, facts, rules, policy),
            paused_until=facts.person.paused_until,
        )
    return found


def _verdict(
    now: datetime, send: Send, facts: Facts, rules: Rules, policy: str, at: datetime
) -> Entry:
    """What the gate says of the slot, as far as that can be known ahead."""
    return decision(now, send, decide(facts, rules, at), policy)


def leg_of(vault: Vault, item: Callback, contact: str, conversation: str, *, bound: bool) -> Send:
    """The customer's leg of a call as the gate is asked for it; `bound`: hours bind it."""
    sealed = vault.seal(item.phone, number_place(contact))
    return Send(
        contact=contact,
        conversation=conversation,
        thread=item.id,
        message_class=MessageClass.PROMISED_CALLBACK.value,
        source=item.source,
        customer=item.customer,
        ticket=item.ticket,
        wanted=[Channel.VOICE.value],
        fixed=Channel.VOICE.value,
        to=None if sealed is None else base64.b64encode(sealed).decode("ascii"),
        bound=bound,
    )


def _place(facts: Facts, rules: Rules) -> Place:
    """The customer's hours, those of the law among them; none where no zone is plausible."""
    hours = openings(Channel.VOICE, facts, rules)
    return Place(hours=hours.hours.every, zones=hours.zones)


async def places(
    conn: AsyncConnection, vault: Vault, wanted: Collection[Callback], rules: Rules
) -> dict[str, Place]:
    """The hours at which customers may be phoned, by callback; nobody is locked for it."""
    persons = await people.load_people(conn, vault, {item.who for item in wanted})
    return {
        item.id: place_for(vault, persons[item.who], rules, item.phone)
        for item in wanted
        if item.who in persons
    }


def place_for(vault: Vault, person: Person, rules: Rules, phone: str | None = None) -> Place:
    """The hours at which somebody may be phoned, on their own number or on another one."""
    number = phone or person.phone
    reachable: Mapping[Channel, Reach] = {}
    if number is not None:
        address = Address(channel=Channel.VOICE, value=number, index=vault.index(number))
        reachable = {Channel.VOICE: Reach(address=address)}
    facts = Facts(
        message_class=MessageClass.PROMISED_CALLBACK,
        person=person,
        wanted=(Channel.VOICE,),
        reachable=reachable,
        bound=True,
    )
    return _place(facts, rules)


async def clocks(
    conn: AsyncConnection, vault: Vault, wanted: Collection[Callback], default: str | None
) -> dict[Who, tzinfo]:
    """Where the clocks of customers are, to tell them the time by; UTC where nobody knows."""
    persons = await people.load_people(conn, vault, {item.who for item in wanted})
    return {who: place_of(person, default) for who, person in persons.items()}
