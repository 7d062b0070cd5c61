"""Builds what a dispatcher carries out: the handlers of every kind of job, in lanes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from redis.asyncio import Redis

from callbacks.service import Complaints
from channels.delivery import Delivery
from channels.jobs import SEND
from channels.model import Channel
from channels.pacing import Pacing
from channels.ports import Carrier, Conversation
from channels.render import Render
from channels.settling import Patience
from huifang.metrics import Metrics
from huifang.publisher import Publisher
from huifang.rules import Rules
from huifang.settings import Settings
from kernel.barrier import Barrier
from kernel.engine import Database
from kernel.vault import Vault
from scheduler.limits import Limits
from scheduler.ports import Clock, Handler
from scheduler.publication import PUBLISH
from scheduler.rates import Room
from scheduler.runner import Bell, Lane, Pace
from surveys.conversation import Expiring
from surveys.jobs import EXPIRE
from tickets.jobs import COMMENT, CONSIDER, REOPEN, REOPENED
from tickets.ports import Desk
from tickets.service import Reopening


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """What all parts of a process stand on."""

    settings: Settings
    rules: Rules
    clock: Clock
    database: Database
    vault: Vault
    redis: Redis | None
    metrics: Metrics
    barrier: Barrier
    bell: Bell
    render: Render
    conversations: Mapping[str, Conversation]
    carriers: Mapping[Channel, Carrier]
    desk_of: Callable[[str], Desk | None]
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatcher:
    """The lanes, and the handlers that go by the operator's rules."""

    delivery: Delivery
    complaints: Complaints
    lanes: tuple[Lane, ...]

    def adopt(self, rules: Rules) -> None:
        """Go by other rules from now on; a batch in hand ends by those it began with."""
        self.delivery.rules, self.delivery.policy = rules.policy, rules.version
        self.delivery.pacing.rates = rules.rates
        self.complaints.rules = rules.complaints


def dispatcher(core: Core) -> Dispatcher:
    """Handlers joined to the kinds of their jobs."""
    delivery = _delivery(core)
    complaints = Complaints(
        database=core.database,
        vault=core.vault,
        rules=core.rules.complaints,
        barrier=core.barrier,
    )
    lanes = (
        _lane(core, "contacts", {SEND.name: delivery}, hands=2, room=delivery.room),
        # A desk that hangs keeps one small batch waiting, and not its neighbours.
        _lane(core, "desks", {REOPEN.name: _reopening(core)}, batch=16, hands=4),
        _lane(
            core,
            "recovery",
            {
                CONSIDER.name: complaints.consider,
                COMMENT.name: complaints.comment,
                REOPENED.name: complaints.reopened,
            },
        ),
        _lane(core, "surveys", {EXPIRE.name: Expiring(database=core.database)}),
        _lane(core, "publication", {PUBLISH.name: _publisher(core)}, batch=100, hands=2),
    )
    return Dispatcher(delivery=delivery, complaints=complaints, lanes=lanes)


def _delivery(core: Core) -> Delivery:
    return Delivery(
        database=core.database,
        clock=core.clock,
        vault=core.vault,
        rules=core.rules.policy,
        policy=core.rules.version,
        carriers=core.carriers,
        conversations=core.conversations,
        render=core.render,
        pacing=pacing(core),
        patience=Patience(
            send_within=core.settings.send_within, settle_after=core.settings.settle_after
        ),
        barrier=core.barrier,
        count_decision=core.metrics.count_decisions,
        count_contact=core.metrics.count_contacts,
    )


def pacing(core: Core) -> Pacing:
    """Each channel's account, and the rate the operator gave it."""
    settings = core.settings
    accounts: dict[Channel, str] = {}
    if settings.twilio is not None:
        accounts |= {channel: f"{channel}:{settings.twilio.sid}" for channel in _BY_TWILIO}
    if settings.relay is not None:
        accounts[Channel.EMAIL] = f"email:{settings.relay.host}"
    return Pacing(accounts=accounts, rates=core.rules.rates, limits=core.limits)


_BY_TWILIO = (Channel.SMS, Channel.VOICE)


def _reopening(core: Core) -> Reopening:
    return Reopening(
        database=core.database,
        clock=core.clock,
        vault=core.vault,
        desk_of=core.desk_of,
        public_url=core.settings.public_url,
        barrier=core.barrier,
    )


def _publisher(core: Core) -> Publisher:
    return Publisher(
        database=core.database,
        redis=core.redis,
        out_stream=core.settings.out_stream,
        desk_of=core.desk_of,
        barrier=core.barrier,
    )


def _lane(
    core: Core,
    name: str,
    handlers: Mapping[str, Handler],
    *,
    batch: int = 500,
    hands: int = 1,
    room: Callable[[datetime], Awaitable[Room]] | None = None,
) -> Lane:
    return Lane(
        name=name,
        database=core.database,
        clock=core.clock,
        bell=core.bell,
        handlers=handlers,
        pace=Pace(batch=batch, lease_for=core.settings.lease, hands=hands),
        room=room,
    )
