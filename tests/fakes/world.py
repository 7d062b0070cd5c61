"""A carrier and a desk that do as they are told, and the service joined to them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from callbacks.conversation import ComplaintConversation
from callbacks.delivery import CONVERSATION as TELLING
from callbacks.jobs import CLOSED, DEADLINE, PACE
from callbacks.model import ComplaintRules
from callbacks.pacing import Pacing as Reopens
from callbacks.promises.conversation import CallbackConversation
from callbacks.promises.delivery import CONVERSATION as CALLING
from callbacks.promises.model import CallbackRules
from callbacks.promises.service import Terms
from callbacks.promises.settling import Solved
from callbacks.service import Complaints
from callbacks.settling import TicketsClosed
from callbacks.store import open_complaints
from callbacks.waiting import Escalating
from channels.answering import Answered
from channels.delivery import Delivery
from channels.errors import SendError, SendErrorKind
from channels.heard import Inbound
from channels.inbox import Inbox
from channels.jobs import SEND, SETTLE
from channels.model import Channel
from channels.pacing import Pacing
from channels.policy import DEFAULT, Rules
from channels.ports import Accepted, Conversation, Message
from channels.render import Brand, Render
from channels.settling import Settling
from huifang import catalogue
from huifang.followers import InTurn
from huifang.paths import templates
from huifang.recalls import recalls
from kernel.barrier import OPEN
from kernel.engine import Database
from kernel.vault import Vault, open_vault
from scheduler.clock import MovableClock
from scheduler.limits import LocalLimits
from scheduler.ports import Handler
from scheduler.runner import Bell, Lane, Runner
from surveys.conversation import SurveyConversation
from surveys.delivery import CONVERSATION
from surveys.jobs import EXPIRE, REMIND, WAIT
from surveys.model import Survey
from surveys.programs import Program
from surveys.service import Catalogue, Planning
from surveys.waiting import Expiring, Reminding
from tickets.intake import read_event
from tickets.jobs import COMMENT, CONSIDER, NOTE, REOPEN, REOPENED
from tickets.model import Event, Refused
from tickets.ports import Declined, DeskError, Done, Order, Remark
from tickets.posting import Noting
from tickets.reopening import Reopening
from tickets.service import Intake, Taken

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai


@dataclass(slots=True, kw_only=True)
class ScriptedCarrier:
    """Takes what is sent; `script` answers next sends with an error, `lost` after taking it."""

    sent: list[Message] = field(default_factory=list)
    script: list[SendError] = field(default_factory=list)
    lost: list[SendError] = field(default_factory=list)
    listable: bool = True

    async def send(self, message: Message) -> Accepted:
        if self.script:
            raise self.script.pop(0)
        self.sent.append(message)
        if self.lost:
            raise self.lost.pop(0)
        return Accepted(carrier_id=f"SM{len(self.sent):032d}")

    async def find(self, message: Message, known: frozenset[str]) -> Accepted | None:
        if not self.listable:
            raise SendError(SendErrorKind.AMBIGUOUS, retryable=False, detail="keeps no list")
        for number, item in enumerate(self.sent, start=1):
            sid = f"SM{number:032d}"
            if (item.to, item.text) == (message.to, message.text) and sid not in known:
                return Accepted(carrier_id=sid)
        return None

    def texts(self, to: str) -> list[str]:
        return [message.text for message in self.sent if message.to == to]


@dataclass(slots=True, kw_only=True)
class ScriptedDesk:
    """Hears orders; `script` answers them in turn, else it does what it is told."""

    orders: list[Order] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    script: list[DeskError | Declined] = field(default_factory=list)

    async def reopen(self, order: Order) -> Done | Declined:
        self.orders.append(order)
        if self.script:
            answer = self.script.pop(0)
            if isinstance(answer, DeskError):
                raise answer
            return answer
        return Done(ticket="T-NEW" if order.follow_up else None)

    async def note(self, remark: Remark) -> Done | Declined:
        self.remarks.append(remark)
        match self.script:
            case [DeskError() as fault, *_]:
                del self.script[0]
                raise fault
            case [Declined() as refused, *_]:
                del self.script[0]
                return refused
            case _:
                pass
        return Done()

    async def hear(self, id: str, type_: str, at: datetime, data: object) -> None:
        return None


# Whoever sets a handler of signals has what a fixture gave written out, and nobody reads it.
@dataclass(slots=True, kw_only=True, repr=False)
class World:
    """The service's core on a real database, with scripted neighbours and a clock to move."""

    database: Database
    vault: Vault
    clock: MovableClock
    carrier: ScriptedCarrier
    desk: ScriptedDesk
    intake: Intake
    inbox: Inbox
    delivery: Delivery
    planning: Planning
    lanes: list[Lane]
    inbound: int = 0

    async def tell(self, *documents: dict[str, Any]) -> Taken:
        events: list[Event] = []
        for document in documents:
            read = read_event(document, self.clock.now())
            assert not isinstance(read, Refused), read
            events.append(read)
        return await self.intake.take(events, self.clock.now())

    async def run(self, most: int = 50) -> None:
        """Step every lane until nothing is due."""
        runner = Runner(lanes=self.lanes)
        for _ in range(most):
            if not await runner.step():
                return
        raise AssertionError("the service never came to rest")

    async def after(self, span: timedelta) -> None:
        self.clock.advance(span)
        await self.run()

    async def says(self, number: str, text: str, sid: str | None = None) -> tuple[str, ...]:
        """What is answered to a text."""
        self.inbound += 1
        message = Inbound(
            id=sid or f"SMin{self.inbound:028d}", channel=Channel.SMS, sender=number, text=text
        )
        answers: tuple[Answered, ...] = await self.inbox.receive(message, self.clock.now())
        return tuple(answer.text for answer in answers)


@cache
def _shipped() -> dict[str, Survey]:
    return catalogue.shipped()


def make_world(
    database: Database,
    *,
    programs: tuple[Program, ...] = (Program(id="default"),),
    rules: Rules = DEFAULT,
    complaints: ComplaintRules | None = None,
    callbacks: CallbackRules | None = None,
    channels: tuple[Channel, ...] = (Channel.SMS,),
    start: datetime = NOON,
    vault: Vault | None = None,
    speed: float = 1.0,
    desk_of: Callable[[str], ScriptedDesk | None] | None = None,
) -> World:
    """Join the core as the product's wiring does, with scripted neighbours."""
    vault = vault or open_vault([bytes(32)])
    clock = MovableClock(start, speed)
    carrier, desk = ScriptedCarrier(), ScriptedDesk()
    render = Render(templates=templates(), brand=Brand())
    surveys = SurveyConversation(
        vault=vault, brand="示例电信", public_url="http://127.0.0.1", secret_keys=[b"k" * 32]
    )
    terms = Terms(rules=callbacks or CallbackRules(), policy=rules)
    calls = CallbackConversation(vault=vault, terms=terms)
    conversations: dict[str, Conversation] = {
        CONVERSATION: surveys,
        TELLING: ComplaintConversation(vault=vault, render=render),
        CALLING: calls,
    }
    planning = Planning(
        vault=vault,
        catalogue=Catalogue(
            programs=programs,
            surveys=dict(_shipped()),
            useful_until=timedelta(days=7),
            secret=b"s" * 32,
            recovery="recovery",
        ),
        complained=open_complaints,
    )
    delivery = Delivery(
        database=database,
        clock=clock,
        vault=vault,
        rules=rules,
        carriers=dict.fromkeys(channels, carrier),
        conversations=conversations,
        render=render,
        pacing=Pacing(limits=LocalLimits(clock.elapsed)),
    )
    complaints = complaints or ComplaintRules()
    settled = TicketsClosed(database=database, vault=vault)
    recovery = Complaints(database=database, vault=vault, rules=complaints)
    reopening = Reopening(
        database=database,
        clock=clock,
        vault=vault,
        desk_of=desk_of or (lambda source: desk),
        public_url="http://127.0.0.1",
    )
    handlers: dict[str, Handler] = {
        SEND.name: delivery,
        SETTLE.name: Settling(
            database=database,
            vault=vault,
            carriers=delivery.carriers,
            conversations=conversations,
            patience=delivery.patience,
            pause=delivery.pacing.pause,
        ),
        CONSIDER.name: recovery.consider,
        COMMENT.name: recovery.comment,
        REOPEN.name: reopening,
        NOTE.name: Noting(
            database=database,
            clock=clock,
            vault=vault,
            desk_of=reopening.desk_of,
            public_url=reopening.public_url,
        ),
        REOPENED.name: recovery.reopened,
        DEADLINE.name: Escalating(database=database, vault=vault, rules=complaints),
        PACE.name: Reopens(database=database, vault=vault, rules=complaints),
        CLOSED.name: settled,
        EXPIRE.name: Expiring(database=database),
        **dict.fromkeys((WAIT.name, REMIND.name), Reminding(database=database)),
        **recalls(database, vault, terms, OPEN).handlers,
    }
    bell = Bell()
    lanes = [
        Lane(name=name, database=database, clock=clock, bell=bell, handlers={name: handler})
        for name, handler in handlers.items()
    ]
    return World(
        database=database,
        vault=vault,
        clock=clock,
        carrier=carrier,
        desk=desk,
        intake=Intake(
            database=database,
            vault=vault,
            follower=InTurn(followers=(planning, settled, Solved(database=database, vault=vault))),
        ),
        inbox=Inbox(
            database=database,
            vault=vault,
            conversations=conversations,
            render=render,
            promises=calls,
        ),
        delivery=delivery,
        planning=planning,
        lanes=lanes,
    )


def closed(
    number: int = 1,
    *,
    event: str | None = None,
    ticket: str = "T-1001",
    cycle: int | None = 1,
    customer: str = "C-1",
    phone: str | None = "+8613800138000",
    email: str | None = None,
    at: datetime = NOON,
    **more: Any,
) -> dict[str, Any]:
    """A `ticket.closed` event, as a ticketing system sends it."""
    facts: dict[str, Any] = {
        "id": ticket,
        "category": "broadband_fault",
        "team": "NOC-2",
        "agent": {"id": "A-7"},
        "closed_at": at.isoformat(),
        "close_reason": "resolved",
        **more,
    }
    if cycle is not None:
        facts["cycle"] = cycle
    person: dict[str, Any] = {"id": customer, "locale": "zh-CN", "timezone": "Asia/Shanghai"}
    if phone:
        person["phone"] = phone
    if email:
        person["email"] = email
    return {
        "specversion": "1.0",
        "id": event or f"evt-{number}",
        "source": "/tickets",
        "type": "ticket.closed",
        "time": at.isoformat(),
        "subject": ticket,
        "data": {"ticket": facts, "customer": person},
    }


def told(kind: str, *, event: str, ticket: str = "T-1001", at: datetime = NOON) -> dict[str, Any]:
    """Another event about a ticket: `reopened`, `deleted`, `merged`."""
    return {
        "specversion": "1.0",
        "id": event,
        "source": "/tickets",
        "type": f"ticket.{kind}",
        "time": at.isoformat(),
        "data": {"ticket": {"id": ticket}},
    }
