"""Joins the packages: who handles which job, who speaks for whom, which doors are open."""

import os
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.inbox import Inbox
from channels.mail import SmtpMail
from channels.model import Channel
from channels.pages import PreferencePages
from channels.ports import Carrier, Conversation
from channels.render import Render
from channels.sms import TwilioSms
from channels.web import TwilioHooks
from huifang.identity import Identity
from huifang.lanes import Core, dispatcher
from huifang.metrics import Metrics
from huifang.paths import templates
from huifang.rules import Rules
from huifang.settings import Settings
from huifang.subscriber import Subscriber, open_redis
from huifang.views import TicketViews
from kernel.barrier import Barrier
from kernel.endpoint import Endpoint
from kernel.engine import Database, open_database
from kernel.vault import Vault, derive, open_vault
from scheduler import store as jobs
from scheduler.cadence import Cadence, Look
from scheduler.ports import Clock
from scheduler.runner import Bell, Duty, Runner
from surveys import store as surveys
from surveys.conversation import SurveyConversation
from surveys.model import Survey
from surveys.service import CONVERSATION, Catalogue, Planning
from surveys.web import SurveyPages
from tickets import store as tickets
from tickets.desks.webhook import WebhookDesk
from tickets.ports import Desk
from tickets.service import Intake
from tickets.web import EventHooks

_JOBS_KEPT = timedelta(days=35)  # ended jobs guard their keys at least as long as event ids


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


@dataclass(slots=True, kw_only=True)
class Service:
    """Everything built and joined; nothing runs until `start`."""

    settings: Settings
    rules: Rules
    clock: Clock
    database: Database
    vault: Vault
    redis: Redis | None
    identity: Identity
    metrics: Metrics
    intake: Intake
    inbox: Inbox
    runner: Runner
    cadence: Cadence
    subscriber: Subscriber | None
    endpoints: Sequence[Endpoint]
    closing: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self) -> None:
        """Start what the roles of this process want."""
        self.cadence.start()
        self.runner.start()
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

    async def step(self) -> int:
        """One step of every loop, for tests and simulation."""
        return await self.runner.step()

    async def refresh_metrics(self) -> None:
        """Bring gauges that count rows up to date."""
        async with self.database.read() as conn:
            waiting = await jobs.counts(conn, self.clock.now())
            dead = await jobs.count_dead(conn)
        self.metrics.show_jobs(waiting, dead)


def build(
    settings: Settings,
    rules: Rules,
    catalogue: Mapping[str, Survey],
    clock: Clock,
    roles: Iterable[ServiceRole] = tuple(ServiceRole),
    outside: Outside | None = None,
) -> Service:
    """Build the service for some roles; call inside a running event loop."""
    world = outside or Outside()
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
        self.closing = AsyncExitStack()
        self.database = open_database(settings.database_url)
        self.vault = open_vault(settings.data_keys, settings.index_keys)
        self.redis = open_redis(settings.redis_url) if settings.redis_url else None
        self.metrics = Metrics()
        self.barrier = outside.barrier or _barrier(settings.barrier)
        self.bell = Bell()
        self.render = Render(templates=templates(), brand=rules.brand)
        self.conversation = SurveyConversation(
            vault=self.vault,
            brand=rules.brand.name,
            public_url=settings.public_url,
            secret_keys=settings.secret_keys,
        )
        self.conversations: dict[str, Conversation] = {CONVERSATION: self.conversation}
        self.carriers = self._carriers() if outside.carriers is None else dict(outside.carriers)
        self.desk_of = outside.desk_of or self._desks()
        planning = Planning(
            vault=self.vault,
            catalogue=Catalogue(
                programs=rules.programs,
                surveys=catalogue,
                useful_until=rules.useful_until,
                secret=derive(settings.data_keys[-1], "huifang sampling"),
            ),
        )
        self.intake = Intake(
            database=self.database, vault=self.vault, follower=planning, barrier=self.barrier
        )
        self.inbox = Inbox(
            database=self.database,
            vault=self.vault,
            conversations=self.conversations,
            render=self.render,
            barrier=self.barrier,
        )

    def build(self) -> Service:
        # Whatever was committed may hold jobs that are due now.
        self.database.listeners.append(self.bell.ring)
        identity = Identity(self.database, self.settings.bootstrap_key)
        works = dispatcher(self._core()) if ServiceRole.DISPATCHER in self.roles else None
        lanes = works.lanes if works else ()
        cadence = Cadence(self.clock, self.bell, self._duties(), Look(every=self.settings.look))
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
            metrics=self.metrics,
            intake=self.intake,
            inbox=self.inbox,
            runner=Runner(lanes=lanes),
            cadence=cadence,
            subscriber=self._subscriber(),
            endpoints=self._endpoints() if ServiceRole.API in self.roles else [],
            closing=self.closing,
        )

    def _carriers(self) -> dict[Channel, Carrier]:
        carriers: dict[Channel, Carrier] = {}
        if self.settings.twilio is not None:
            sms = TwilioSms(self.settings.twilio, self.settings.public_url)
            self.closing.push_async_callback(sms.close)
            carriers[Channel.SMS] = sms
        if self.settings.relay is not None:
            carriers[Channel.EMAIL] = SmtpMail(self.settings.relay)
        return carriers

    def _desks(self) -> Callable[[str], Desk | None]:
        """One desk for each source that the rules name, and one for all others."""
        named = {
            source: self._desk(desk.kind, desk.url, desk.token, desk.secret)
            for source, desk in self.rules.desks.items()
        }
        common = self.settings.ticketing
        other = self._desk(common.kind, common.url, common.token, common.secret)
        return lambda source: named.get(source, other)

    def _desk(
        self, kind: str, url: str | None, token: str | None, secret: str | None
    ) -> Desk | None:
        if kind != "webhook" or url is None:
            return None
        desk = WebhookDesk(url=url, clock=self.clock, token=token, secret=secret)
        self.closing.push_async_callback(desk.close)
        return desk

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

        async def forget(now: datetime) -> None:
            async with self.database.write() as conn:
                await jobs.purge(conn, now - _JOBS_KEPT)
                await tickets.purge_events(conn, now - self.rules.retention.events)

        return {"forget": (timedelta(hours=1), forget)}

    def _endpoints(self) -> list[Endpoint]:
        settings = self.settings
        hooks = EventHooks(
            intake=self.intake,
            secrets=settings.ingest_secrets,
            zammad_secret=settings.ticketing.secret,
            on_taken=self.metrics.count_events,
        )
        views = TicketViews(database=self.database, vault=self.vault)
        survey_pages = SurveyPages(
            database=self.database,
            vault=self.vault,
            conversation=self.conversation,
            keys=settings.secret_keys,
            templates=templates(),
            brand=self.rules.brand.name,
        )
        preference_pages = PreferencePages(
            database=self.database,
            vault=self.vault,
            conversations=self.conversations,
            customer_of=_customer_of,
            keys=settings.secret_keys,
            templates=templates(),
            brand=self.rules.brand.name,
        )
        found = [
            *hooks.endpoints(),
            *views.endpoints(),
            *survey_pages.endpoints(),
            *preference_pages.endpoints(),
        ]
        if settings.twilio is not None:
            carrier = TwilioHooks(
                inbox=self.inbox,
                database=self.database,
                vault=self.vault,
                conversations=self.conversations,
                token=settings.twilio.token,
                public_url=settings.public_url,
            )
            found.extend(carrier.endpoints())
        return found


async def _customer_of(conn: AsyncConnection, invitation: str) -> tuple[str, str] | None:
    """The customer of an invitation, whom a preference link is for."""
    found = (await surveys.load_invitations(conn, [invitation])).get(invitation)
    return (found.source, found.customer) if found else None


def _barrier(setting: tuple[str, Path] | None) -> Barrier:
    if setting is None:
        return Barrier()
    return Barrier(step=setting[0], mark=setting[1])
