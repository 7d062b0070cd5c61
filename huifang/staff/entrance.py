"""Lets people in who signed in with their organisation, as the users that it says they are."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from marshmallow import Schema, fields
from sqlalchemy.ext.asyncio import AsyncConnection

from huifang.request import locale_of
from huifang.ruleterms import Agent
from huifang.staff import store
from huifang.staff.cookies import new_token
from huifang.staff.frame import StaffPages
from huifang.staff.model import LONGEST_NAME, User, login_fault, login_of, name_fault
from huifang.staff.oidc import Flow, NotLetIn, Provider
from huifang.staff.places import is_local
from huifang.staff.sessions import DOOR, Sessions, SignedIn
from huifang.staff.users import row_of
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.journal import Entry, append

log = structlog.get_logger("staff")

WAY = "/login/organisation"
BACK = f"{WAY}/back"

_ID_BYTES = 8
_LONGEST_CODE = 4_096


class _WaySchema(Schema):
    next = fields.String()


class _BackSchema(Schema):
    code = fields.String(load_default="")
    state = fields.String(load_default="")
    iss = fields.String()
    error = fields.String()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """The way to the organisation's own sign-in, and back; `agents` are those of the rules."""

    sessions: Sessions
    pages: StaffPages
    provider: Provider
    agents: Callable[[], Sequence[Agent]]

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        route, role = self.pages.route, Role.NONE
        return [
            route("GET", WAY, self.leave, role, "To the organisation", query=_WaySchema()),
            route("GET", BACK, self.come_back, role, "And back", query=_BackSchema()),
        ]

    async def leave(self, call: Call) -> Answer:
        """Off to the organisation's own sign-in page."""
        wanted = call.query.get("next") or ""
        token = self.sessions.cookie.read(call.headers)
        headers = {}
        if not token:
            token = new_token()
            headers["Set-Cookie"] = self.sessions.cookie.give(token, self.sessions.spans.whole)
        flow = self._flow(token, secrets.token_urlsafe(16), wanted if is_local(wanted) else "/")
        try:
            url = await self.provider.way(flow, locale_of(call), call.now)
        except NotLetIn as fault:
            return self._refused(fault)
        answer = self.pages.onward("/", headers)
        return replace(answer, headers={**answer.headers, "Location": url})

    async def come_back(self, call: Call) -> Answer:
        """A session for whom the organisation says we may let in."""
        token, query = self.sessions.cookie.read(call.headers), call.query
        salt, _, rest = query["state"].partition(".")
        next_ = _unpacked(rest.partition(".")[2])
        flow = self._flow(token, salt, next_)
        try:
            if not token or not hmac.compare_digest(flow.state.encode(), query["state"].encode()):
                raise NotLetIn("this is no way back of this browser's")
            if query.get("error") or not 0 < len(query["code"]) <= _LONGEST_CODE:
                raise NotLetIn("the provider did not let them in")
            claims = await self.provider.claims(query["code"], flow, call.now)
            begun = await self._let_in(claims, call.now)
            if call.person is not None:
                await self.sessions.sign_out(call.person, call.now)
        except NotLetIn as fault:
            return self._refused(fault)
        given = self.sessions.cookie.give(begun.token, self.sessions.spans.whole)
        return self.pages.onward(next_ if is_local(next_) else "/", {"Set-Cookie": given})

    def _refused(self, fault: NotLetIn) -> Answer:
        log.warning("staff.not_let_in", reason=str(fault))
        return self.pages.onward("/login?done=organisation")

    def _flow(self, token: str, salt: str, next_: str) -> Flow:
        """What binds a way there and back to this browser; nothing of it need be kept."""

        def made(what: str) -> str:
            text = f"{what}\n{token}\n{salt}\n{next_}".encode("utf-8", "surrogatepass")
            return _text(hmac.digest(self.sessions.secrets[0], text, hashlib.sha256))

        packed = _text(next_.encode("utf-8", "surrogatepass"))
        return Flow(
            state=f"{salt}.{made('state')}.{packed}",
            nonce=made("nonce"),
            verifier=made("verifier"),
        )

    async def _let_in(self, claims: Mapping[str, Any], now: datetime) -> SignedIn:
        """The session of who came back, as what their groups say they are today."""
        subject = hashlib.sha256(f"{claims['iss']}\n{claims['sub']}".encode()).hexdigest()
        ours = self.provider.organisation
        role = ours.role_of(_groups(claims.get(ours.claim)))
        async with self.sessions.database.write() as conn:
            user = await store.of_subject(conn, subject)
            reason = _against(user, role)
            if reason is not None or role is None:
                told = {"actor": DOOR, "reason": reason}
                about = user.id if user else "unknown"
                await append(
                    conn, [Entry(at=now, kind="session.refused", about=about, detail=told)]
                )
            else:
                agent = self._agent(claims)
                if user is None:
                    user = await self._made(conn, claims, subject, role, agent, now)
                elif (user.role, user.agent) != (role, agent):
                    user = await _changed(conn, user, role, agent, now)
                return await self.sessions.begin(conn, user, "organisation", now)
        raise NotLetIn(f"nobody whom we may let in: {reason}")

    async def _made(
        self,
        conn: AsyncConnection,
        claims: Mapping[str, Any],
        subject: str,
        role: Role,
        agent: str | None,
        now: datetime,
    ) -> User:
        # A login stands for its owner where an agent is named: nobody picks another agent's id.
        others = {each.id.casefold() for each in self.agents() if each.id != agent}
        for login in _logins(claims, subject):
            if login in others:
                continue
            user = User(
                id="u_" + secrets.token_hex(_ID_BYTES),
                login=login,
                name=_name(claims, login),
                role=role,
                agent=agent,
                locale=None,
                by_password=False,
                created_at=now,
                signed_in_at=None,
                ended_at=None,
            )
            row = {**row_of(user), "subject": subject}
            if await store.add_user(conn, row):
                detail = {"actor": DOOR, "role": row["role"]}
                entry = Entry(at=now, kind="user.created", about=user.id, detail=detail)
                await append(conn, [entry])
                return user
        raise NotLetIn("they come twice at once")  # the other one made the user

    def _agent(self, claims: Mapping[str, Any]) -> str | None:
        """The agent of the rules who has the mailbox that the provider has verified."""
        mail = claims.get("email")
        # Some providers say it as a text: "false" is no truth.
        verified = str(claims.get("email_verified", True)).lower() == "true"
        if not isinstance(mail, str) or not verified:
            return None
        return next((each.id for each in self.agents() if each.email == mail.casefold()), None)


def _against(user: User | None, role: Role | None) -> str | None:
    if user is not None and user.ended_at is not None:
        return "deactivated"
    return "no_role" if role is None else None


async def _changed(
    conn: AsyncConnection, user: User, role: Role, agent: str | None, now: datetime
) -> User:
    name = role.name.lower()
    await store.change_user(conn, user.id, role=name, agent=agent)
    detail = {"actor": DOOR, "role": name}
    await append(conn, [Entry(at=now, kind="user.changed", about=user.id, detail=detail)])
    return replace(user, role=role, agent=agent)


def _groups(said: object) -> list[str]:
    """The groups of a claim: a list of texts, or one text with several words."""
    if isinstance(said, str):
        return said.replace(",", " ").split()
    return [each for each in said if isinstance(each, str)] if isinstance(said, list) else []


def _logins(claims: Mapping[str, Any], subject: str) -> Iterator[str]:
    """What they might be called here, the best first; a login that is another's is not taken."""
    for claim in ("preferred_username", "email"):
        login = login_of(str(claims.get(claim) or ""))
        if login_fault(login) is None:
            yield login
    yield f"user-{subject[:16]}"


def _name(claims: Mapping[str, Any], login: str) -> str:
    name = str(claims.get("name") or "").strip()[:LONGEST_NAME].strip()
    return login if name_fault(name) else name


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _unpacked(text: str) -> str:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""
