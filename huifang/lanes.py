"""Builds what a dispatcher carries out: the handlers of every kind of job, in lanes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from redis.asyncio import Redis

from callbacks.jobs import CLOSED, DEADLINE, PACE
from callbacks.pacing import Pacing as Reopens
from callbacks.service import Complaints
from callbacks.settling import TicketsClosed
from callbacks.waiting import Escalating
from channels.delivery import Delivery
from channels.jobs import KEEP, SEND, SETTLE, WIPE
from channels.model import Channel
from channels.pacing import Pacing
from channels.ports import Carrier, Conversation, Recorder
from channels.privacy import Wiping
from channels.render import Render
from channels.settling import Patience, Settling
from channels.waiting import Recordings
from huifang.dialling import Dials
from huifang.erasing import ERASE, open_erasure
from huifang.exporting.jobs import MAKE, Making
from huifang.exporting.shelf import Shelf
from huifang.metrics import Metrics
from huifang.publisher import Publisher
from huifang.recalls import Recalls, recalls, terms_of
from huifang.reporting.schedule import SEND as SEND_REPORT
from huifang.reporting.sending import Reporting
from huifang.rules import Rules
from huifang.settings import Settings
from huifang.telling import Telling
from kernel.barrier import Barrier
from kernel.engine import Database
from kernel.vault import Vault
from scheduler.limits import Limits
from scheduler.notices import TELL
from scheduler.ports import Clock, Handler
from scheduler.publication import PUBLISH, PUBLISH_ALL
from scheduler.rates import Room
from scheduler.runner import Bell, Lane, Pace
from scheduler.waiting import Lookout
from surveys.jobs import EXPIRE, REMIND, WAIT
from surveys.waiting import Expiring, Reminding
from tickets.fetching import Fetching
from tickets.jobs import COMMENT, CONSIDER, FETCH, NOTE, REOPEN, REOPENED
from tickets.ports import Desk
from tickets.posting import Noting
from tickets.reopening import Reopening

#: What carries something out at a desk stands on the same parts.
_AtDesks = TypeVar("_AtDesks", Noting, Reopening)


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
    fetching: Fetching
    limits: Limits
    dials: Dials
    lookout: Lookout


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatcher:
    """The lanes, and the handlers that go by the operator's rules."""

    delivery: Delivery
    complaints: Complaints
    escalating: Escalating
    reopens: Reopens
    recalls: Recalls
    telling: Telling
    reporting: Reporting
    lanes: tuple[Lane, ...]

    def adopt(self, rules: Rules) -> None:
        """Go by other rules from now on; a batch in hand ends by those it began with."""
        self.delivery.rules, self.delivery.policy = rules.policy, rules.version
        self.delivery.pacing.rates = rules.rates
        for handler in (self.complaints, self.escalating, self.reopens):
            handler.rules = rules.complaints
        self.recalls.adopt(terms_of(rules))
        self.telling.people = rules.people
        self.reporting.rules = rules


def dispatcher(core: Core) -> Dispatcher:
    """Handlers joined to the kinds of their jobs."""
    delivery = _delivery(core)
    complaints = Complaints(
        database=core.database,
        vault=core.vault,
        rules=core.rules.complaints,
        barrier=core.barrier,
    )
    escalating = Escalating(database=core.database, vault=core.vault, rules=core.rules.complaints)
    reopens = Reopens(database=core.database, vault=core.vault, rules=core.rules.complaints)
    calls = recalls(core.database, core.vault, terms_of(core.rules), core.barrier)
    telling, reporting = _telling(core), _reporting(core)
    lanes: tuple[Lane, ...] = (
        _lane(
            core, "contacts", {SEND.name: delivery}, hands=3, room=delivery.room, in_advance=True
        ),
        # To ask what became of a contact takes no carrier's rate, and waits for no backlog.
        _lane(core, "settling", {SETTLE.name: _settling(core, delivery)}, batch=64),
        *_desks(core),
        _lane(
            core,
            "recovery",
            {
                CONSIDER.name: complaints.consider,
                COMMENT.name: complaints.comment,
                REOPENED.name: complaints.reopened,
                DEADLINE.name: escalating,
                PACE.name: reopens,
                CLOSED.name: TicketsClosed(database=core.database, vault=core.vault),
            },
        ),
        _lane(core, "callbacks", calls.handlers),
        # A ring takes the carrier's time: nobody waits for the dials of others.
        _lane(core, "dialling", core.dials.handlers(delivery.pacing), batch=1, hands=4),
        _surveys(core),
        _lane(core, "people", {TELL.name: telling}, batch=16),
        _lane(core, "reports", {SEND_REPORT.name: reporting}, batch=1),
        # One at a time: an export has a core busy, which contacts want too.
        _lane(core, "exports", {MAKE.name: _making(core)}, batch=1),
        _lane(core, "publication", dict.fromkeys(_PUBLISHED, _publisher(core)), batch=100, hands=2),
    )
    lanes += (_privacy(core), *_recordings(core))
    return Dispatcher(
        delivery=delivery,
        complaints=complaints,
        escalating=escalating,
        reopens=reopens,
        recalls=calls,
        telling=telling,
        reporting=reporting,
        lanes=lanes,
    )


def _surveys(core: Core) -> Lane:
    """Reminders, the next channel, and the end of the wait for an answer."""
    handlers: dict[str, Handler] = {EXPIRE.name: Expiring(database=core.database)}
    handlers |= dict.fromkeys((WAIT.name, REMIND.name), Reminding(database=core.database))
    return _lane(core, "surveys", handlers)


def _privacy(core: Core) -> Lane:
    """Erasures, and the copies that carriers are to forget."""
    erasure = open_erasure(core.settings, core.database, core.vault, core.redis)
    wiping = Wiping(database=core.database, carriers=core.carriers)
    return _lane(core, "privacy", {ERASE.name: erasure, WIPE.name: wiping}, batch=8)


def _recordings(core: Core) -> tuple[Lane, ...]:
    """Where we call, what customers leave there is fetched."""
    voice: object = core.carriers.get(Channel.VOICE)
    if not isinstance(voice, Recorder):
        return ()
    keeping = Recordings(database=core.database, vault=core.vault, carrier=voice)
    return (_lane(core, "recordings", {KEEP.name: keeping}, batch=8),)


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


def _making(core: Core) -> Making:
    return Making(
        database=core.database,
        vault=core.vault,
        shelf=Shelf(folder=core.settings.exports),
        now=core.clock.now,
        barrier=core.barrier,
    )


def _telling(core: Core) -> Telling:
    return Telling(
        database=core.database,
        render=core.render,
        people=core.rules.people,
        mail=core.carriers.get(Channel.EMAIL),
        public_url=core.settings.public_url,
        count_unmailed=core.metrics.count_unmailed,
    )


def _reporting(core: Core) -> Reporting:
    return Reporting(
        database=core.database,
        vault=core.vault,
        render=core.render,
        rules=core.rules,
        mail=core.carriers.get(Channel.EMAIL),
        public_url=core.settings.public_url,
    )


def _settling(core: Core, delivery: Delivery) -> Settling:
    return Settling(
        database=core.database,
        vault=core.vault,
        carriers=core.carriers,
        conversations=core.conversations,
        patience=delivery.patience,
        pause=delivery.pacing.pause,
    )


def pacing(core: Core) -> Pacing:
    """Each channel's account, and the rate the operator gave it."""
    settings = core.settings
    accounts: dict[Channel, str] = {}
    if settings.twilio is not None:
        accounts |= {channel: f"{channel}:{settings.twilio.sid}" for channel in _BY_TWILIO}
    if settings.smsc is not None:
        accounts[Channel.SMS] = f"sms:{settings.smsc.system_id}@{settings.smsc.host}"
    if settings.relay is not None:
        accounts[Channel.EMAIL] = f"email:{settings.relay.host}"
    return Pacing(accounts=accounts, rates=core.rules.rates, limits=core.limits)


_PUBLISHED = (PUBLISH.name, PUBLISH_ALL.name)
# Contacts are decided on a moment before they are due, and leave when they are: several at once,
# where they fall due one by one. A batch is over that long after it was taken up, so that three
# hands suffice.
_AHEAD, _NOTICE = timedelta(milliseconds=120), timedelta(milliseconds=50)
_AT_ONCE = timedelta(0)
_BY_TWILIO = (Channel.SMS, Channel.VOICE)


def _desks(core: Core) -> tuple[Lane, ...]:
    return (
        # A desk that hangs keeps one small batch waiting, and not its neighbours.
        _lane(core, "desks", {REOPEN.name: _at_desks(core, Reopening)}, batch=16, hands=4),
        # One note follows the other: where a desk hangs, no reopening waits behind them.
        _lane(core, "notes", {NOTE.name: _at_desks(core, Noting)}, batch=4, hands=2),
        _lane(core, "fetching", {FETCH.name: core.fetching}, batch=16, hands=2),
    )


def _at_desks(core: Core, handler: type[_AtDesks]) -> _AtDesks:
    return handler(
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
    in_advance: bool = False,
    room: Callable[[datetime], Awaitable[Room]] | None = None,
) -> Lane:
    return Lane(
        name=name,
        database=core.database,
        clock=core.clock,
        bell=core.bell,
        handlers=handlers,
        pace=Pace(
            batch=batch,
            lease_for=core.settings.lease,
            hands=hands,
            ahead=_AHEAD if in_advance else _AT_ONCE,
            notice=_NOTICE if in_advance else _AT_ONCE,
        ),
        room=room,
        lookout=core.lookout,
    )
