"""Plays tickets' events against rules on a clock of its own: what would go out, and why not."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from channels.gate import opens_question
from channels.model import Address, Channel, MessageClass, Person
from channels.policy import Facts, Never, Past, Reach, SendNow, WaitUntil, decide
from channels.preferences import Known, learn
from channels.segments import count as segments
from channels.store import CALL_FOR, Who
from huifang.rules import Rules
from surveys import programs
from surveys.decide import wording
from surveys.model import Survey
from surveys.programs import Closing, NotOwed, Program
from surveys.questionnaire import fill
from surveys.service import locale_of, said_in, told_of
from tickets.cycles import Known as Cycle
from tickets.cycles import assign
from tickets.model import (
    Closure,
    Event,
    PreferencesChanged,
    TicketClosed,
    TicketDeleted,
    TicketMerged,
    TicketReopened,
)

_NEVER = datetime.min.replace(tzinfo=UTC)
_SECRET = b"huifang simulate"  # draws a sample of its own, the same for all rules that are compared


@dataclass(slots=True, kw_only=True)
class Tally:
    """What came of the events; all counts but `people`, and `hours` by their begin.

    `unearned`: closings by why no survey was owed; `unsent`: surveys owed by why they never went;
    `put_off`: contacts by what they first had to wait for.
    """

    closings: int = 0
    owed: int = 0
    collected: int = 0
    again: int = 0
    segments: int = 0
    sent: Counter[str] = field(default_factory=Counter)
    unearned: Counter[str] = field(default_factory=Counter)
    unsent: Counter[str] = field(default_factory=Counter)
    put_off: Counter[str] = field(default_factory=Counter)
    hours: Counter[datetime] = field(default_factory=Counter)
    people: set[Who] = field(default_factory=set)


@dataclass(slots=True, kw_only=True, eq=False)
class _Asking:
    """One survey that is owed; `channels` as they are left, `over` once nothing more goes out."""

    who: Who
    program: Program
    text: str
    channels: tuple[Channel, ...]
    useful_until: datetime
    channel: Channel | None = None
    expires_at: datetime | None = None
    made: int = 0
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A contact that is due: the first, a reminder, or the `next` channel after one."""

    asking: _Asking
    first: bool = False
    next: Channel | None = None
    waited: bool = False


@dataclass(slots=True, kw_only=True)
class Play:
    """One run of events by `rules`; `link` stands for one to a survey's page.

    What is decided is decided by the product's own programs and policy. Every message arrives,
    nobody answers or stops, no complaint or callback comes of it, and carriers take all.
    """

    rules: Rules
    surveys: Mapping[str, Survey]
    link: str
    tally: Tally = field(default_factory=Tally)
    _due: list[tuple[datetime, int, _Step]] = field(default_factory=list)
    _number: "count[int]" = field(default_factory=count)
    _people: dict[Who, Known] = field(default_factory=dict)
    _cycles: dict[Who, list[Cycle]] = field(default_factory=lambda: defaultdict(list))
    _askings: dict[Who, list[_Asking]] = field(default_factory=lambda: defaultdict(list))
    _by_person: dict[Who, list[Past]] = field(default_factory=lambda: defaultdict(list))
    _by_address: dict[str, list[Past]] = field(default_factory=lambda: defaultdict(list))
    _open: dict[str, tuple[_Asking, datetime]] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Move the clock to the event, and do what it asks for; events come in their order."""
        self._run(event.envelope.time)
        match event:
            case TicketClosed():
                self._close(event)
            case PreferencesChanged():
                self._learn(event)
            case TicketReopened() | TicketDeleted() | TicketMerged():
                ticket = event.envelope.source, event.ticket_id
                self._withdraw(ticket, type(event).__name__.removeprefix("Ticket").lower())

    def finish(self) -> Tally:
        """Let the clock run until nothing is due any more."""
        self._run(None)
        return self.tally

    def _run(self, until: datetime | None) -> None:
        while self._due and (until is None or self._due[0][0] <= until):
            at, _, step = heappop(self._due)
            self._do(step, at)

    def _push(self, at: datetime, step: _Step) -> None:
        heappush(self._due, (at, next(self._number), step))

    def _learn(self, event: TicketClosed | PreferencesChanged) -> Person:
        source, at = event.envelope.source, event.envelope.time
        who = (source, event.customer.id)
        new = Known(
            person=Person(source=source, id=who[1]),
            told_at=_NEVER,
            channels_at=_NEVER,
            blocked_at=_NEVER,
        )
        region = event.ticket.region if isinstance(event, TicketClosed) else None
        known = learn(self._people.get(who, new), told_of(event, region), at)
        self._people[who] = known
        return known.person

    def _close(self, event: TicketClosed) -> None:
        person, now = self._learn(event), event.envelope.time
        ticket = event.envelope.source, event.ticket.id
        closed_at = event.ticket.closed_at or now
        cycle = assign(self._cycles[ticket], event.ticket.cycle, closed_at)
        if not cycle.new:
            return
        self._cycles[ticket].append(Cycle(cycle=cycle.cycle, closed_at=closed_at))
        self.tally.closings += 1
        closing = Closing(
            ticket=event.ticket,
            customer=event.customer,
            closure=Closure(source=ticket[0], ticket=ticket[1], cycle=cycle.cycle),
            answered_or_planned_cycles=sum(
                bool(one.made) or not one.over for one in self._askings[ticket]
            ),
            superseded=cycle.superseded,
            told=said_in(event) if programs.asks_more(self.rules.programs) else {},
            closer=self.rules.agent_addresses().get(event.ticket.agent.id or "", ()),
        )
        verdict = programs.decide(closing, self.rules.programs, now, _SECRET)
        if isinstance(verdict, NotOwed):
            self.tally.unearned[verdict.reason] += 1
            return
        self._withdraw(ticket, "closed_again", unsent=True)
        self.tally.owed += 1
        asking = _Asking(
            who=(ticket[0], event.customer.id),
            program=verdict.program,
            text=self._text(self.surveys[verdict.survey], event, person),
            channels=tuple(Channel(name) for name in verdict.program.asks_by),
            useful_until=verdict.due_at + self.rules.useful_until,
        )
        self._askings[ticket].append(asking)
        if verdict.program.collect_only:
            self.tally.collected += 1
        else:
            self._push(verdict.due_at, _Step(asking=asking, first=True))

    def _text(self, survey: Survey, event: TicketClosed, person: Person) -> str:
        agent = event.ticket.agent.id or ""
        facts = {
            "brand": self.rules.brand.name,
            "ticket": event.ticket.id,
            "agent": self.rules.agent_names().get(agent, ""),
            "product": event.ticket.product or "",
            "name": person.name or "",
            "link": self.link,
        }
        return fill(wording(survey, survey.start, locale_of(event.customer, person)), facts)

    def _withdraw(self, ticket: Who, reason: str, *, unsent: bool = False) -> None:
        for one in self._askings[ticket]:
            if one.over or (unsent and one.made):
                continue
            one.over = True
            if not one.made and one.channels:
                self.tally.unsent[reason] += 1

    def _do(self, step: _Step, now: datetime) -> None:
        asking = step.asking
        facts = None if asking.over else self._facts(step, now)
        if facts is None:
            return
        match decide(facts, self.rules.policy, now):
            case SendNow(channel=channel):
                self._send(step, channel, facts, now)
            case WaitUntil(at=at, reason=reason):
                if not step.waited:
                    self.tally.put_off[reason] += 1
                self._push(at, replace(step, waited=True))
            case Never(reason=reason) if step.first:
                asking.over = True
                self.tally.unsent[reason] += 1
            case _:
                pass

    def _facts(self, step: _Step, now: datetime) -> Facts | None:
        """What the policy is told of a step; None where it has no place any more."""
        asking, wanted = step.asking, step.asking.channels
        if not step.first:
            ended = asking.expires_at is None or now >= asking.expires_at
            if ended or asking.channel is None or asking.made >= asking.program.max_contacts:
                return None
            wanted = (asking.channel,)
            if step.next is not None:
                wanted = tuple(each for each in asking.channels if each != asking.channel)
                if step.next != asking.channel or not wanted:
                    return None
        person = self._people[asking.who].person
        return Facts(
            message_class=MessageClass.INVITATION if step.first else MessageClass.REMINDER,
            person=person,
            wanted=wanted,
            fixed=wanted[0] if not step.first and len(wanted) == 1 else None,
            reachable={
                channel: self._reach(asking, channel, value, now)
                for channel in wanted
                if (value := _address(person, channel))
            },
            history=self._recent(self._by_person[asking.who], now),
            useful_until=asking.useful_until if step.first else asking.expires_at,
        )

    def _reach(self, asking: _Asking, channel: Channel, value: str, now: datetime) -> Reach:
        other, until = self._open.get(value, (asking, now))
        waits = other is not asking and not other.over and now < until
        return Reach(
            address=Address(channel=channel, value=value, index=value.encode()),
            history=self._recent(self._by_address[value], now),
            open_question="another" if waits else None,
        )

    def _recent(self, history: list[Past], now: datetime) -> tuple[Past, ...]:
        longest = max((cap.per for cap in self.rules.policy.caps), default=timedelta(0))
        history[:] = [past for past in history if past.at > now - longest]
        return tuple(history)

    def _send(self, step: _Step, channel: Channel, facts: Facts, now: datetime) -> None:
        asking, address = step.asking, facts.reachable[channel].address.value
        past = Past(at=now, message_class=facts.message_class)
        self._by_person[asking.who].append(past)
        self._by_address[address].append(past)
        asking.made += 1
        self._count(asking, channel, address, now)
        if step.first:
            asking.expires_at = now + asking.program.expires_after
            asking.channel = channel
            self._wait(asking, now)
        elif channel != asking.channel:
            self.tally.again += 1
            asking.channels = tuple(each for each in asking.channels if each != asking.channel)
            asking.channel = channel
            at = now + asking.program.fallback_after
            self._push(at, _Step(asking=asking, next=channel))
        else:
            self.tally.again += 1
        if opens_question(channel, facts.message_class):
            until = now + CALL_FOR if channel is Channel.VOICE else asking.expires_at
            self._open[address] = (asking, until or now)

    def _wait(self, asking: _Asking, now: datetime) -> None:
        """What is to follow while nobody answers."""
        for span in asking.program.reminders:
            self._push(now + span, _Step(asking=asking))
        at = now + asking.program.fallback_after
        self._push(at, _Step(asking=asking, next=asking.channel))

    def _count(self, asking: _Asking, channel: Channel, address: str, now: datetime) -> None:
        tally = self.tally
        tally.sent[channel] += 1
        tally.people.add(asking.who)
        tally.hours[now.replace(minute=0, second=0, microsecond=0)] += 1
        if channel is Channel.SMS:
            signed = address.startswith("+86")
            text = self.rules.brand.signature + asking.text if signed else asking.text
            tally.segments += segments(text).segments


def _address(person: Person, channel: Channel) -> str | None:
    return person.email if channel is Channel.EMAIL else person.phone
