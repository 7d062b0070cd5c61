"""Lets calls in: by a key, by a person's session, or by the sender's signature."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from huifang.identity import Identity, Principal
from huifang.request import is_ours
from huifang.staff.cookies import same_form
from huifang.staff.sessions import Sessions
from kernel.endpoint import Call, Endpoint, Role
from kernel.faults import Forbidden, Unauthorized

T = TypeVar("T")

_REALM = 'Bearer realm="huifang"'
_SECONDS = 5.0  # to look a key or a session up; after two tries the database is away
_CSRF = "x-csrf-token"
_READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Says who calls; without `sessions` nobody is let in but by a key."""

    identity: Identity
    sessions: Sessions | None
    public_url: str

    async def visited(self, call: Call) -> Call:
        """The call with who is signed in, if anybody is."""
        if self.sessions is None or "cookie" not in call.headers:
            return call
        sessions, headers = self.sessions, call.headers
        person = await _in_time(lambda: sessions.who(headers, call.now))
        if person is None:
            return call
        return replace(call, actor=person.login, role=person.role, person=person)

    async def admitted(self, endpoint: Endpoint, method: str, call: Call) -> Call:
        """The call with who makes it, before what it sends is read; Unauthorized or Forbidden.

        A key that is sent counts, even a wrong one; a page is for sessions alone.
        """
        if endpoint.role is Role.NONE or _awaits_signature(endpoint, call):
            return call
        if endpoint.page is None and "authorization" in call.headers:
            principal = await self._principal(call)
            call = replace(call, actor=principal.name, role=principal.role)
        else:
            call = await self._by_session(call)
            if endpoint.page is None:  # of a page, the token is in the form
                self._refuse_forged(method, call, "")
        _refuse_low(endpoint.role, call)
        return call

    def proven(self, endpoint: Endpoint, method: str, call: Call) -> Call:
        """The call once what it sends, which is read by now, was looked at for proof."""
        if endpoint.page is not None and endpoint.role > Role.NONE:
            self._refuse_forged(method, call, dict(call.form).get("csrf", ""))
        return _signed(endpoint, call) if _awaits_signature(endpoint, call) else call

    async def _by_session(self, call: Call) -> Call:
        call = call if call.person else await self.visited(call)
        if call.person is None:
            raise Unauthorized(
                "send a key: Authorization: Bearer KEY", headers={"WWW-Authenticate": _REALM}
            )
        return call

    def _refuse_forged(self, method: str, call: Call, field: str) -> None:
        """A browser sends its cookie whoever asks it to: what changes anything must be from us."""
        if method in _READS:
            return
        assert call.person is not None
        brought = call.headers.get(_CSRF) or field
        if not (is_ours(call.headers, self.public_url) and same_form(brought, call.person.csrf)):
            raise Forbidden("send the X-CSRF-Token of a page that is open in this session")

    async def _principal(self, call: Call) -> Principal:
        scheme, _, key = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise Unauthorized(
                "send a key: Authorization: Bearer KEY", headers={"WWW-Authenticate": _REALM}
            )
        principal = await _in_time(lambda: self.identity.who(key.strip(), call.now))
        if principal is None:
            raise Unauthorized(
                "this key is unknown or was revoked",
                headers={"WWW-Authenticate": f'{_REALM}, error="invalid_token"'},
            )
        return principal


async def _in_time(look_up: Callable[[], Awaitable[T]]) -> T:
    """What is looked up; TimeoutError where the database does not answer.

    A process that was held up itself sees its time run out before it sees the answer which came
    meanwhile: it looks once more before it says that the database is away.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(_SECONDS):
            return await look_up()
    async with asyncio.timeout(_SECONDS):
        return await look_up()


def _awaits_signature(endpoint: Endpoint, call: Call) -> bool:
    """A key that was sent counts, even a wrong one; a signature is asked for where none was."""
    return endpoint.or_signed is not None and "authorization" not in call.headers


def _signed(endpoint: Endpoint, call: Call) -> Call:
    assert endpoint.or_signed is not None
    if not endpoint.or_signed(call):
        raise Unauthorized(
            "send a key (Authorization: Bearer KEY) or sign the request",
            headers={"WWW-Authenticate": _REALM},
        )
    return replace(call, role=endpoint.role)


def _refuse_low(needed: Role, call: Call) -> None:
    if call.role < needed:
        need, have = needed.name.lower(), call.role.name.lower()
        whose = "your user" if call.person else "the key"
        raise Forbidden(
            f"this needs the role {need}; {whose} has the role {have}", extra={"role": need}
        )
