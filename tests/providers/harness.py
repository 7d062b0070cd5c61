"""Holds every provider to the same cases: a case is data, and one test runs them all."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from channels.errors import SendError, SendErrorKind
from channels.ports import Accepted, Carrier, Message

PHONE = "+8613800138001"


class Proof(StrEnum):
    """What `find` says of a message afterwards."""

    THERE = "there"
    ABSENT = "absent"
    NONE = "none"  # the provider keeps no list
    LATER = "later"  # it could not be asked


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A SendError; what is None is not looked at."""

    kind: SendErrorKind
    retryable: bool | None = None
    away: bool | None = None
    retry_after: timedelta | None = None
    code: str | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """One send: what huifang wants, what the provider answers in its own terms, what it must have
    seen, request by request and field by field, and what comes of it.
    """

    expected: Accepted | Failure
    answers: Sequence[Any] = ()
    message: Mapping[str, Any] = field(default_factory=dict)
    account: Mapping[str, Any] = field(default_factory=dict)
    seen: Sequence[Mapping[str, Any]] | None = None
    proof: Proof | None = None


@dataclass(frozen=True, kw_only=True)
class Lacks:
    """The provider's protocol has no such thing, and why."""

    why: str


@dataclass(frozen=True, kw_only=True)
class Came:
    """Something that came in, as the provider sends it, and what huifang makes of it."""

    what: Any
    expected: Mapping[str, Any] | None


class Stage(Protocol):
    """A carrier of ours, and the provider it speaks to."""

    carrier: Carrier

    def seen(self) -> Sequence[Mapping[str, Any]]:
        """The requests so far."""
        ...


class Provider(Protocol):
    """What a provider's file of cases defines; `generic` has each name of `GENERIC`."""

    name: str
    generic: Mapping[str, Case | Lacks]
    own: Mapping[str, Case]
    came: Mapping[str, Came]

    def play(self, case: Case) -> AbstractAsyncContextManager[Stage]:
        """Both, on real sockets."""
        ...

    def read(self, what: Any) -> Mapping[str, Any] | None:
        """What huifang reads in something that came."""
        ...


#: What every provider is asked, and what must come of it whatever its protocol says it with.
GENERIC: Mapping[str, SendErrorKind | None] = {
    "accepted": None,
    "opt_out": SendErrorKind.OPT_OUT,
    "dead_number": SendErrorKind.DEAD_ADDRESS,
    "configuration": SendErrorKind.CONFIGURATION,
    "later": SendErrorKind.LATER,
    "later_with_a_pause": SendErrorKind.LATER,
    "nobody_there": SendErrorKind.LATER,
    "silent": SendErrorKind.AMBIGUOUS,
    "dropped_after_acceptance": SendErrorKind.AMBIGUOUS,
    "dropped_before_acceptance": SendErrorKind.AMBIGUOUS,
    "server_error": SendErrorKind.AMBIGUOUS,
    "long_text": None,
    "ucs2": None,
    "validity": None,
}
_RETRYABLE = (SendErrorKind.LATER, SendErrorKind.AMBIGUOUS)
_PAUSES = ("later_with_a_pause",)


def faults_of(provider: Provider) -> list[str]:
    """What a provider's cases lack, or promise otherwise than all others."""
    faults = [f"{name}: is not told" for name in GENERIC if name not in provider.generic]
    faults += [f"{name}: is not generic" for name in provider.generic if name not in GENERIC]
    for name, kind in GENERIC.items():
        case = provider.generic.get(name)
        if not isinstance(case, Case):
            continue
        found = case.expected.kind if isinstance(case.expected, Failure) else None
        if found is not kind:
            faults.append(f"{name}: comes to {found}, not to {kind}")
        if name in _PAUSES and isinstance(case.expected, Failure) and not case.expected.retry_after:
            faults.append(f"{name}: names no pause")
        if kind is SendErrorKind.AMBIGUOUS and case.proof is None:
            faults.append(f"{name}: does not say what can be proven")
    return faults


async def run(provider: Provider, case: Case) -> None:
    """Send once and compare everything that the case tells."""
    message = Message(
        **{
            "contact": "c_1",
            "to": PHONE,
            "text": "请评价",
            "intended_at": datetime.now(UTC),
            **case.message,
        }
    )
    async with provider.play(case) as stage:
        said = await _send(stage.carrier, message)
        _compare(case.expected, said)
        if isinstance(said, SendError):
            assert message.to.lstrip("+") not in f"{said} {said.detail}"
        if case.seen is not None:
            _compare_seen(case.seen, stage.seen())
        if case.proof is not None:
            assert await _proof(stage.carrier, message) is case.proof


async def _send(carrier: Carrier, message: Message) -> Accepted | SendError:
    try:
        return await carrier.send(message)
    except SendError as error:
        return error


async def _proof(carrier: Carrier, message: Message) -> Proof:
    try:
        found = await carrier.find(message, frozenset())
    except SendError as error:
        nothing = error.kind is SendErrorKind.AMBIGUOUS and not error.retryable
        return Proof.NONE if nothing else Proof.LATER
    return Proof.ABSENT if found is None else Proof.THERE


def _compare(expected: Accepted | Failure, said: Accepted | SendError) -> None:
    if isinstance(expected, Accepted):
        assert said == expected
        return
    assert isinstance(said, SendError), said
    assert said.kind is expected.kind, (said, said.detail)
    wanted = said.kind in _RETRYABLE if expected.retryable is None else expected.retryable
    assert said.retryable is wanted
    assert said.retry_after == expected.retry_after
    if expected.away is not None:
        assert said.away is expected.away
    if expected.code is not None:
        assert said.code == expected.code


def _compare_seen(expected: Sequence[Mapping[str, Any]], seen: Sequence[Mapping[str, Any]]) -> None:
    assert len(seen) == len(expected), seen
    for wanted, request in zip(expected, seen, strict=True):
        assert {name: request.get(name) for name in wanted} == wanted
