"""Speaks OpenID Connect: where to sign in, and who came back (Core 1.0, code flow with PKCE)."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from huifang.staff.organisation import Organisation

_TIMEOUT = aiohttp.ClientTimeout(total=10)
_BIGGEST = 1_000_000  # bytes of an answer
_KEPT = timedelta(hours=1)  # how long the provider's description and keys are believed
_AGAIN = timedelta(minutes=1)  # keys we lack are asked for so often at most
_LEEWAY = 60  # seconds that the provider's clock may differ by
#: Signatures by a key that is the provider's alone; what is signed by a secret, or not at all, not.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
_NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


class NotLetIn(Exception):
    """The provider could not be asked, or what it said does not prove who came: in our words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What one way there and back is bound by: it is ours, this browser's, and fresh."""

    state: str
    nonce: str
    verifier: str

    @property
    def challenge(self) -> str:
        """What the provider is shown of the verifier (RFC 7636, S256)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    told: Mapping[str, Any]
    keys: KeySet
    at: datetime


@dataclass(slots=True, kw_only=True)
class Provider:
    """The organisation's provider; `back` is the URL it sends people to."""

    organisation: Organisation
    back: str
    _known: _Known | None = field(default=None, init=False)

    async def way(self, flow: Flow, locale: str, now: datetime) -> str:
        """The URL at which somebody signs in; NotLetIn where the provider cannot be asked."""
        known = await self._provider(now, _KEPT)
        end = known.told["authorization_endpoint"]
        query = {
            "response_type": "code",
            "client_id": self.organisation.client,
            "redirect_uri": self.back,
            "scope": "openid profile email",
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": flow.challenge,
            "code_challenge_method": "S256",
            "ui_locales": locale,
        }
        return f"{end}{'&' if urlsplit(end).query else '?'}{urlencode(query)}"

    async def claims(self, code: str, flow: Flow, now: datetime) -> Mapping[str, Any]:
        """Who came back with a code; NotLetIn unless the provider's signature proves it."""
        known = await self._provider(now, _KEPT)
        said = await self._exchanged(known, code, flow)
        token = said.get("id_token")
        if not isinstance(token, str):
            raise NotLetIn("the provider sent no ID token")
        try:
            claims = self._proven(known, token, now)
        except (JoseError, ValueError):
            # It may have new keys, which it does not announce.
            claims = await self._proven_anew(token, now)
        if claims.get("nonce") != flow.nonce:
            raise NotLetIn("the ID token is for another sign-in")
        if claims.get("azp", self.organisation.client) != self.organisation.client:
            raise NotLetIn("the ID token is for another client")
        return claims

    async def _proven_anew(self, token: str, now: datetime) -> Mapping[str, Any]:
        known = await self._provider(now, _AGAIN)
        try:
            return self._proven(known, token, now)
        except (JoseError, ValueError) as fault:
            raise NotLetIn(f"the ID token does not hold: {type(fault).__name__}") from fault

    def _proven(self, known: _Known, token: str, now: datetime) -> Mapping[str, Any]:
        decoded = jwt.decode(token, known.keys, algorithms=_ALGORITHMS)
        registry = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=_LEEWAY,
            iss={"essential": True, "value": known.told["issuer"]},
            aud={"essential": True, "value": self.organisation.client},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True},
        )
        registry.validate(decoded.claims)
        return decoded.claims

    async def _exchanged(self, known: _Known, code: str, flow: Flow) -> Mapping[str, Any]:
        ours = self.organisation
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.back,
            "code_verifier": flow.verifier,
            "client_id": ours.client,
        }
        headers = {}
        methods = known.told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if ours.secret is not None and "client_secret_basic" in methods:
            pair = f"{quote(ours.client, safe='')}:{quote(ours.secret, safe='')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        elif ours.secret is not None:
            form["client_secret"] = ours.secret
        return await _asked("POST", known.told["token_endpoint"], data=form, headers=headers)

    async def _provider(self, now: datetime, fresh: timedelta) -> _Known:
        """What is known of the provider, asked for again where it is older than `fresh`."""
        if self._known is None or now - self._known.at >= fresh:
            told = await _asked(
                "GET", f"{self.organisation.issuer}/.well-known/openid-configuration"
            )
            if any(not isinstance(told.get(name), str) for name in _NEEDED):
                raise NotLetIn("the provider's description lacks what is needed")
            if told["issuer"].rstrip("/") != self.organisation.issuer:
                raise NotLetIn("the provider calls itself by another name than HUIFANG_OIDC_ISSUER")
            try:
                keys = KeySet.import_key_set(await _asked("GET", told["jwks_uri"]))  # type: ignore[arg-type]
            except (JoseError, ValueError, KeyError, TypeError) as fault:
                raise NotLetIn("the provider's keys cannot be read") from fault
            self._known = _Known(told=told, keys=keys, at=now)
        return self._known


async def _asked(method: str, url: str, **more: Any) -> Mapping[str, Any]:
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.request(method, url, allow_redirects=False, **more) as answer,
        ):
            if answer.status != 200:
                raise NotLetIn(f"the provider answers {answer.status}")
            raw = bytearray()
            async for chunk in answer.content.iter_any():
                raw += chunk
                if len(raw) > _BIGGEST:
                    raise NotLetIn("the provider answers too much")
            told = orjson.loads(raw)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as fault:
        raise NotLetIn(f"the provider cannot be asked: {type(fault).__name__}") from fault
    if not isinstance(told, dict):
        raise NotLetIn("the provider answers no document")
    return told
