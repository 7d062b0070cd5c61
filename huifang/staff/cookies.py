"""Gives a browser its token, and reads it back."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """The one cookie; where the outside world speaks https no other host can set it for ours."""

    secure: bool

    @property
    def name(self) -> str:
        """A browser takes `__Host-` from this host alone, over https alone, for every path."""
        return "__Host-huifang" if self.secure else "huifang"

    def read(self, headers: Mapping[str, str]) -> str:
        """The token that came along; empty where none did, or none of ours."""
        for part in headers.get("cookie", "").split(";"):
            name, _, value = part.strip().partition("=")
            if name == self.name:
                return value if _TOKEN.fullmatch(value) else ""
        return ""

    def give(self, token: str, lasts: timedelta) -> str:
        """The header that has the browser keep a token."""
        parts = [f"{self.name}={token}", "Path=/", f"Max-Age={int(lasts.total_seconds())}"]
        return "; ".join([*parts, "HttpOnly", "SameSite=Lax", *(["Secure"] if self.secure else [])])

    def take_away(self) -> str:
        """The header that has the browser forget it."""
        return self.give("", timedelta(0))


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(_BYTES)


def csrf_of(token: str) -> str:
    """What a form brings along to show that it is from a page of ours: no token, no forms."""
    digest = hmac.digest(token.encode(), b"huifang form", hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def same_form(brought: str, csrf: str) -> bool:
    """Whether what a form brought is what our pages hold."""
    return hmac.compare_digest(brought.encode("utf-8", "surrogatepass"), csrf.encode())
