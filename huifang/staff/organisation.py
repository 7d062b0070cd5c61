"""Reads how people sign in with their organisation, and what they may do then."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from huifang.staff.model import ROLES
from huifang.values import http_url
from huifang.variables import Variables
from kernel.endpoint import Role

_PREFIX = "HUIFANG_OIDC_"
_HERE = frozenset({"127.0.0.1", "::1", "localhost"})
_NAMES = {role.name.lower(): role for role in ROLES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """An OpenID Connect provider, and our account there; `secret` is None for a public client.

    `claim` names what the groups stand in, `roles` says what a group may do.
    """

    issuer: str
    client: str
    secret: str | None = field(repr=False)
    claim: str
    roles: Mapping[str, Role]

    def role_of(self, groups: Iterable[str]) -> Role | None:
        """The highest role of somebody's groups; None where none of them has one."""
        found = [self.roles[group] for group in groups if group in self.roles]
        return max(found, default=None)


def read(given: Variables) -> Organisation | None:
    """What the variables `HUIFANG_OIDC_…` say; None where none of them is set."""
    issuer = given.read(f"{_PREFIX}ISSUER", _issuer, None)
    client = given.text(f"{_PREFIX}CLIENT_ID")
    secret = given.text(f"{_PREFIX}CLIENT_SECRET")
    claim = given.text(f"{_PREFIX}CLAIM")
    none: Mapping[str, Role] = {}
    roles = given.read(f"{_PREFIX}ROLES", roles_of, none)
    names = [
        f"{_PREFIX}{name}" for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "ROLES", "CLAIM")
    ]
    first = next((name for name in names if given.is_given(name)), None)
    if first is None:
        return None
    for name in (names[0], names[1], names[3]):
        if not given.is_given(name):
            given.wrong(name, f"is needed with {first}")
    if issuer is None or client is None:
        return None
    return Organisation(
        issuer=issuer, client=client, secret=secret, claim=claim or "groups", roles=roles
    )


def roles_of(text: str) -> Mapping[str, Role]:
    """What `agents=agent,leads=manager` says; ValueError for anything else."""
    found: dict[str, Role] = {}
    for part in text.split(","):
        group, _, name = part.strip().rpartition("=")
        if not group.strip() or name.strip() not in _NAMES:
            raise ValueError(f"must be GROUP=ROLE, …; a role is one of {', '.join(_NAMES)}")
        found[group.strip()] = _NAMES[name.strip()]
    return found


def _issuer(text: str) -> str:
    url = http_url(text)
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _HERE:
        raise ValueError("must begin with https://")
    return url
