"""A small OpenID Connect provider that lets in whom it is told to, and checks what clients must."""

import base64
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey
from yarl import URL

from tests.fakes.outside import serving

CLIENT, SECRET = "huifang", "client: secret?"


@dataclass(kw_only=True)
class FakeProvider:
    """Keeps what was asked; `says` goes into ID tokens, on top of what is right."""

    url: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, auto_kid=True))
    signs_with: RSAKey | None = None
    algorithm: str = "RS256"
    says: dict[str, Any] = field(default_factory=dict)
    described: dict[str, Any] = field(default_factory=dict)
    now: int = 0
    asked: dict[str, Mapping[str, str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self.description)
        app.router.add_get("/keys", self.keys)
        app.router.add_post("/token", self.token)
        return app

    async def description(self, request: web.Request) -> web.Response:
        told = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }
        return web.json_response(told | self.described)

    async def keys(self, request: web.Request) -> web.Response:
        return web.json_response({"keys": [self.key.as_dict(private=False)]})

    def let_in(self, location: str) -> str:
        """What the browser is sent back with, once somebody has signed in there."""
        url = URL(location)
        assert str(url.with_query(None)) == f"{self.url}/authorize"
        code = f"code-{len(self.asked)}"
        self.asked[code] = dict(url.query)
        return urlencode({"code": code, "state": url.query["state"], "iss": self.url})

    async def token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        asked = self.asked.pop(form["code"], None)
        wrong = "code" if asked is None else self._wrong(request, form, asked)
        if wrong or asked is None:
            self.refused.append(wrong)
            return web.json_response({"error": "invalid_grant"}, status=400)
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": "s-1",
            "nonce": asked["nonce"],
            "iat": self.now,
            "exp": self.now + 300,
            **self.says,
        }
        key = self.signs_with or self.key
        token = jwt.encode({"alg": self.algorithm, "kid": key.kid}, claims, key)
        return web.json_response({"id_token": token, "access_token": "x", "token_type": "Bearer"})

    def _wrong(
        self, request: web.Request, form: Mapping[str, str], asked: Mapping[str, str]
    ) -> str:
        pair = base64.b64encode(b"huifang:client%3A%20secret%3F").decode()
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        wrong = {
            "secret": request.headers.get("Authorization") != f"Basic {pair}",
            "verifier": challenge != asked["code_challenge"],
            "method": asked["code_challenge_method"] != "S256",
            "back": form["redirect_uri"] != asked["redirect_uri"],
        }
        return ", ".join(name for name, is_so in wrong.items() if is_so)


@asynccontextmanager
async def provider() -> AsyncIterator[FakeProvider]:
    """One that serves on a port of its own."""
    found = FakeProvider()
    async with serving(found.application()) as url:
        found.url = url.rstrip("/")
        yield found
