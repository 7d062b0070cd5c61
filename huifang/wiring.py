"""Joins the packages: who handles which job, who speaks for whom, which doors are open."""

import os
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from redis.asyncio import Redis

from callbacks import store as complaints
from callbacks.conversation import ComplaintConversation
from callbacks.delivery import CONVERSATION as TELLING
from callbacks.dialling.legs import CONVERSATION as DIALLING
from callbacks.dialling.waiting import EVERY as ASSIGNED
from callbacks.promises.conversation import CallbackConversation
from callbacks.promises.delivery import CONVERSATION as CALLING
from callbacks.promises.settling import Solved
from callbacks.settling import TicketsClosed
from callbacks.web import PATIENCE
from channels.inbox import Inbox
from channels.model import Channel
from channels.ports import Carrier, Conversation
from channels.render import Render
from channels.smpp import SmppSms
from channels.web import Receipts
from huifang import gauges
from huifang.dialling import Dials
from huifang.doors import Doors, Inside, open_doors
from huifang.followers import InTurn
from huifang.hearing import Hearing
from huifang.identity import Identity
from huifang.lanes import Core, Dispatcher, dispatcher
from huifang.metrics import Metrics
from huifang.outside import duties_of, open_carriers, open_desks
from huifang.paths import templates
from huifang.periodic import own_duties
from huifang.recalls import terms_of
from huifang.rotation import EVERY as KEYS_EVERY
from huifang.rotation import Rotation
from huifang.rules import Rules
from huifang.settings import Settings
from huifang.staff.cookies import Cookie
from huifang.staff.sessions import Sessions
from huifang.subscriber import Subscriber, open_redis
from kernel.barrier import Barrier
from kernel.endpoint import Endpoint
from kernel.engine import Database, open_database
from kernel.vault import Vault, derive, open_vault
from scheduler.cadence import Cadence, Look
from scheduler.duties import Rota
from scheduler.limits import Limits, LocalLimits, RedisLimits
from scheduler.ports import Clock
from scheduler.runner import Bell, Duty, Runner
from scheduler.waiting import Lookout
from surveys.conversation import SurveyConversation
from surveys.delivery import CONVERSATION
from surveys.model import Survey
from surveys.service import Catalogue, Planning
from tickets.fetching import Fetching
from tickets.gathering import Gathering
from tickets.ports import Desk
from tickets.service import Intake


class ServiceRole(StrEnum):
    """A part of the service that may run in a process of its own."""

    API = "api"
    SUBSCRIBER = "subscriber"
    DISPATCHER = "dispatcher"
    PERIODIC = "periodic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """A world to join the service to, in the place of what the settings name; None: theirs."""

    carriers: Mapping[Channel, Carrier] | None = None
    desk_of: Callable[[str], Desk | None] | None = None
    barrier: Barrier | None = None
    patience: timedelta = timedelta(0)
    database: Database | None = None  # the simulation's, which outlives a process


@dataclass(slots=True, kw_only=True, repr=False)
class Service:
    """Everything built and joined; nothing runs until `start`."""

    settings: Settings
    rules: Rules
    clock: Clock
    database: Database
    vault: Vault
    redis: Redis | None
    identity: Identity
    sessions: Sessions
    metrics: Metrics
    intake: Intake
    inbox: Inbox
    runner: Runner
    cadence: Cadence
    subscriber: Subscriber | None
    endpoints: Sequence[Endpoint]
    adopter: Callable[[Rules, Mapping[str, Survey]], None]
    smpp: SmppSms | None = None
    closing: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self) -> None:
        """Start what the roles of this process want."""
        self.cadence.start()
        self.runner.start()
        if self.smpp is not None and self.runner.lanes:
            self.smpp.start()
        if self.subscriber is not None:
            self.subscriber.start()

    async def stop(self) -> None:
        """Take nothing new, end what is in hand, close every connection."""
        if self.subscriber is not None:
            await self.subscriber.stop()
        await self.cadence.stop()
        await self.runner.drain()
        await self.closing.aclose()
        if self.redis is not None:
            await self.redis.aclose()
        await self.database.close()

    def adopt(self, rules: Rules, surveys: Mapping[str, Survey]) -> None:
        """Go by other rules and surveys from now on, all parts of this process at once."""
        self.rules = rules
        self.adopter(rules, surveys)

    async def step(self) -> int:
        """One step of every loop, for tests and simulation."""
        return await self.runner.step()

    async def refresh_metrics(self) -> None:
        """Bring gauges that count rows up to date."""
        await gauges.show(self.metrics, self.database, self.settings.settle_after, self.clock.now())


def build(
    settings: Settings,
    rules: Rules,
    catalogue: Mapping[str, Survey],
    clock: Clock,
    roles: Iterable[ServiceRole] = tuple(ServiceRole),
    outside: Outside | None = None,
) -> Service:
    """Build the service for some roles; call inside a running event loop."""
    world = outside or Outside(patience=PATIENCE)
    return _Builder(settings, rules, catalogue, clock, frozenset(roles), world).build()


class _Builder:
    def __init__(
        self,
        settings: Settings,
        rules: Rules,
        catalogue: Mapping[str, Survey],
        clock: Clock,
        roles: frozenset[ServiceRole],
        outside: Outside,
    ) -> None:
        self.settings = settings
        self.rules = rules
        self.clock = clock
        self.roles = roles
        self.patience = outside.patience
        self.closing = AsyncExitStack()
        self.database = outside.database or open_database(settings.database_url)
        self.vault = open_vault(settings.data_keys, settings.index_keys)
        self.redis = open_redis(settings.redis_url) if settings.redis_url else None
        self.sessions = _sessions(settings, self.database)
        self.metrics = Metrics()
        self.barrier = outside.barrier or _barrier(settings.barrier)
        self.limits: Limits = RedisLimits(self.redis) if self.redis else LocalLimits(clock.elapsed)
        self.bell = Bell()
        self.works: Dispatcher | None = None
        self.doors: Doors | None = None
        self.render = Render(templates=templates(), brand=rules.brand)
        self.conversation = SurveyConversation(
            vault=self.vault,
            brand=rules.brand.name,
            public_url=settings.public_url,
            secret_keys=settings.secret_keys,
            agents=rules.agent_names(),
            heard=lambda source: self.redis is not None or self.desk_of(source) is not None,
        )
        self.calls = CallbackConversation(vault=self.vault, terms=terms_of(rules))
        self.conversations: dict[str, Conversation] = {
            CONVERSATION: self.conversation,
            TELLING: ComplaintConversation(vault=self.vault, render=self.render),
            CALLING: self.calls,
        }
        self.desk_of = outside.desk_of or open_desks(settings, rules, clock, self.closing)
        self.planning = Planning(
            vault=self.vault,
            catalogue=self._catalogue(rules, catalogue),
            complained=complaints.open_complaints,
            count_decision=self.metrics.count_decisions,
        )
        self.intake = self._intake()
        self.inbox = self._inbox()
        self.closing.push_async_callback(self.inbox.close)
        self.carriers = dict(outside.carriers) if outside.carriers is not None else self._carriers()
        self.dials = self._dials()
        self.conversations[DIALLING] = self.dials.conversation()

    def build(self) -> Service:
        # Whatever was committed may hold jobs that are due now.
        self.database.listeners.append(self.bell.ring)
        identity = Identity(self.database, self.settings.bootstrap_key)
        core = self._core()
        self.works = dispatcher(core) if ServiceRole.DISPATCHER in self.roles else None
        self.doors = open_doors(core, self._inside()) if ServiceRole.API in self.roles else None
        lanes = self.works.lanes if self.works else ()
        rota = Rota(database=self.database, clock=self.clock, lease_for=self.settings.lease)
        look = Look(every=self.settings.look)
        cadence = Cadence(self.clock, self.bell, self._duties(), look, rota)
        for lane in lanes:
            lane.wake_at = cadence.wake_at
        return Service(
            settings=self.settings,
            rules=self.rules,
            clock=self.clock,
            database=self.database,
            vault=self.vault,
            redis=self.redis,
            identity=identity,
            sessions=self.sessions,
            metrics=self.metrics,
            intake=self.intake,
            inbox=self.inbox,
            runner=Runner(lanes=lanes),
            cadence=cadence,
            subscriber=self._subscriber(),
            endpoints=self.doors.endpoints if self.doors else (),
            adopter=self._adopt,
            smpp=sms if isinstance(sms := self.carriers.get(Channel.SMS), SmppSms) else None,
            closing=self.closing,
        )

    def _adopt(self, rules: Rules, surveys: Mapping[str, Survey]) -> None:
        self.rules = rules
        self.planning.catalogue = self._catalogue(rules, surveys)
        self.render.brand = rules.brand
        self.calls.terms = terms_of(rules)
        self.dials.adopt(rules)
        self.conversation.brand = rules.brand.name
        self.conversation.agents = rules.agent_names()
        for sheets in self.doors.sheets if self.doors else ():
            sheets.brand = rules.brand
        if self.works is not None:
            self.works.adopt(rules)

    def _catalogue(self, rules: Rules, surveys: Mapping[str, Survey]) -> Catalogue:
        return Catalogue(
            programs=rules.programs,
            surveys=surveys,
            useful_until=rules.useful_until,
            policy=rules.version,
            agents=rules.agent_addresses(),
            recovery=rules.complaint_extras.recovery_survey,
            secret=derive(self.settings.data_keys[-1], "huifang sampling"),
        )

    def _carriers(self) -> dict[Channel, Carrier]:
        return open_carriers(self.settings, lambda: self.rules, self._hearing(), self.closing)

    def _hearing(self) -> Hearing:
        return Hearing(inbox=self.inbox, receipts=self._receipts(), clock=self.clock)

    def _intake(self) -> Intake:
        closed = TicketsClosed(database=self.database, vault=self.vault)
        solved = Solved(database=self.database, vault=self.vault)
        return Intake(
            database=self.database,
            vault=self.vault,
            follower=InTurn(followers=(self.planning, closed, solved)),
            barrier=self.barrier,
        )

    def _dials(self) -> Dials:
        return Dials(
            database=self.database,
            vault=self.vault,
            clock=self.clock,
            rules=self.rules,
            conversations=self.conversations,
            carrier=self.carriers.get(Channel.VOICE),
            public_url=self.settings.public_url,
            barrier=self.barrier,
            # A phone that rings to its end takes longer to be told of than a text.
            grace=2 * self.settings.settle_after,
        )

    def _inbox(self) -> Inbox:
        return Inbox(
            database=self.database,
            vault=self.vault,
            conversations=self.conversations,
            render=self.render,
            promises=self.calls,
            default_timezone=lambda: self.rules.policy.default_timezone,
            barrier=self.barrier,
        )

    def _receipts(self) -> Receipts:
        return Receipts(database=self.database, vault=self.vault, conversations=self.conversations)

    def _core(self) -> Core:
        return Core(
            settings=self.settings,
            rules=self.rules,
            clock=self.clock,
            database=self.database,
            vault=self.vault,
            redis=self.redis,
            metrics=self.metrics,
            barrier=self.barrier,
            bell=self.bell,
            render=self.render,
            conversations=self.conversations,
            carriers=self.carriers,
            desk_of=self.desk_of,
            fetching=Fetching(
                database=self.database,
                clock=self.clock,
                vault=self.vault,
                desk_of=self.desk_of,
                intake=self.intake,
                barrier=self.barrier,
            ),
            limits=self.limits,
            dials=self.dials,
            lookout=Lookout(database=self.database),
        )

    def _inside(self) -> Inside:
        gathering = Gathering(intake=self.intake)
        self.closing.push_async_callback(gathering.close)
        return Inside(
            gathering=gathering,
            inbox=self.inbox,
            conversation=self.conversation,
            sessions=self.sessions,
            agents=lambda: self.rules.agents,
            policy=lambda: self.rules.policy,
            surveys=lambda: self.planning.catalogue.surveys,
            complaints=lambda: self.rules.complaints,
            calls=lambda: terms_of(self.rules),
            promises=self.calls,
            timezone=lambda: self.rules.centre.timezone,
            targets=lambda: self.rules.targets,
            programs=lambda: self.rules.programs,
            exports_kept=lambda: self.rules.retention.exports,
            patience=self.patience,
        )

    def _subscriber(self) -> Subscriber | None:
        if self.redis is None or ServiceRole.SUBSCRIBER not in self.roles:
            return None
        return Subscriber(
            redis=self.redis,
            intake=self.intake,
            clock=self.clock,
            stream=self.settings.stream,
            group=self.settings.stream_group,
            consumer=f"{socket.gethostname()}-{os.getpid()}",
            idle=self.settings.lease,
            barrier=self.barrier,
            on_taken=self.metrics.count_events,
        )

    def _duties(self) -> dict[str, tuple[timedelta, Duty]]:
        if ServiceRole.PERIODIC not in self.roles:
            return {}
        return {
            **duties_of(self.carriers, self._hearing(), lambda: self.rules.policy, (DIALLING,)),
            **own_duties(self.settings, lambda: self.rules, self.database, self.planning),
            "assign": (ASSIGNED, self.dials.assigning()),
            "rotate": (KEYS_EVERY, self._rotation()),
        }

    def _rotation(self) -> Rotation:
        return Rotation(database=self.database, vault=self.vault, show=self.metrics.show_keys)


def _sessions(settings: Settings, database: Database) -> Sessions:
    secure = settings.public_url.startswith("https:")
    return Sessions(database=database, secrets=settings.secret_keys, cookie=Cookie(secure=secure))


def _barrier(setting: tuple[str, Path] | None) -> Barrier:
    return Barrier(step=setting[0], mark=setting[1]) if setting else Barrier()
