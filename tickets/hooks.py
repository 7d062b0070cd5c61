"""Lists the ticketing systems whose own webhooks we read: how each is told, and known to be it."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tickets.adapters import chatwoot, freshdesk, jira, tmf621, zammad, zendesk
from tickets.model import Event, Ignored, Refused, Unfinished

#: A header for systems that sign nothing but let an administrator add one.
SECRET_HEADER = "x-huifang-secret"  # noqa: S105 - the name of a header

Told = Event | Unfinished | Ignored | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What came in: header names in lower case, the body as it was sent.

    `closed` are the states of an installation's own that mean done, in lower case.
    """

    headers: Mapping[str, str]
    body: bytes
    now: datetime
    closed: frozenset[str] = frozenset()


def has_secret(post: Post, secret: str) -> bool:
    """Whether the header brings our secret; total. Without a secret it never does."""
    given = post.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogatepass")
    return bool(secret) and hmac.compare_digest(secret.encode("utf-8", "surrogatepass"), given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One system's webhook; `read` is given the JSON of the body and the event source.

    `own_states`: administrators name states as they like, and must say which of them mean done.
    """

    name: str
    summary: str
    read: Callable[[object, Post, str], Told]
    signed: Callable[[Post, str], bool] = has_secret
    own_states: bool = False


HOOKS = (
    Hook(
        name="tmf621",
        summary="A TMF621 trouble ticket notification; X-Huifang-Secret or a key",
        read=lambda payload, post, source: tmf621.read(payload, source, post.now),
    ),
    Hook(
        name="zendesk",
        summary="A Zendesk event webhook; X-Zendesk-Webhook-Signature or a key",
        read=lambda payload, post, source: zendesk.read(payload, source, post.now),
        signed=lambda post, secret: zendesk.signed(post.body, post.headers, secret),
    ),
    Hook(
        name="zammad",
        summary="A Zammad webhook; X-Hub-Signature or a key",
        read=lambda payload, post, source: zammad.read(
            payload, post.headers, source, post.now, closed_states=post.closed
        ),
        own_states=True,
        signed=lambda post, secret: zammad.signed(
            post.body, post.headers.get("x-hub-signature"), secret
        ),
    ),
    Hook(
        name="freshdesk",
        summary="A Freshdesk automation rule's webhook; X-Huifang-Secret or a key",
        read=lambda payload, post, source: freshdesk.read(
            payload, source, post.now, closed_states=post.closed
        ),
        own_states=True,
    ),
    Hook(
        name="chatwoot",
        summary="A Chatwoot webhook; X-Chatwoot-Signature or a key",
        read=lambda payload, post, source: chatwoot.read(payload, source, post.now),
        signed=lambda post, secret: chatwoot.signed(post.body, post.headers, secret, post.now),
    ),
    Hook(
        name="jira",
        summary="A Jira webhook; X-Hub-Signature or a key",
        read=lambda payload, post, source: jira.read(payload, post.headers, source, post.now),
        signed=lambda post, secret: jira.signed(
            post.body, post.headers.get("x-hub-signature"), secret
        ),
    ),
)
