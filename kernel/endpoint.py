"""Describes an HTTP endpoint as data: method, path, role, schemas, handler."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any

from marshmallow import Schema

from kernel.faults import Fault


class Role(IntEnum):
    """Who may call: each role includes those below it; `NONE` needs no key."""

    NONE = 0
    INGEST = 1
    AGENT = 2
    MANAGER = 3
    ADMIN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is signed in: the `user` by id, the `agent` of the rules they are, if any.

    `locale` is their choice of language, None where they made none. What they change must bring
    `csrf` along, which only pages of this session know; `session` names it, and opens nothing.
    """

    user: str
    login: str
    name: str
    role: Role
    agent: str | None
    locale: str | None
    csrf: str = field(repr=False)
    session: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as a handler sees it; `body` and `query` are already validated."""

    now: datetime
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any
    raw: bytes
    headers: Mapping[str, str]  # names in lower case
    url: str  # as the outside world called it: public base, raw path and query
    remote: str
    form: Sequence[tuple[str, str]]  # a form's fields in the order sent, blank values kept
    actor: str  # the key's name, or the person's login; "" where neither was needed
    role: Role
    person: Person | None = None  # where a session let the call in


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back: `body` is dumped through the endpoint's reply schema unless it is text.

    A `body` that is an async iterator of bytes is sent part by part, as it comes; one that is a
    path is a file, of which a part may be asked for (Range).
    """

    body: Any = None
    status: int = 200
    media: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A route. `media` lists request content types; `signed` routes check their own signature.

    A `role` of NONE with `signed` false is public; `signed` handlers check a signature themselves.
    `or_signed` lets a call without a key in when its signature fits. `statuses` names further
    answers for the OpenAPI document, e.g. {422: "nothing was usable"}. A `page` is for people: a
    session alone lets in, its faults are worded by this function, and no program is told of it.
    """

    method: str
    path: str
    handler: Handler
    role: Role
    summary: str
    tag: str
    query: Schema | None = None
    body: Schema | None = None
    reply: Schema | None = None
    status: int = 200
    media: Sequence[str] = ("application/json",)
    reply_media: str = "application/json"
    statuses: Mapping[int, str] = field(default_factory=dict)
    signed: bool = False
    or_signed: Callable[[Call], bool] | None = None
    page: Callable[[Call, Fault], Answer] | None = None
    limit: int = 65_536  # bytes of body
