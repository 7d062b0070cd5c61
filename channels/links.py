"""Signs the tokens of links, and reads them back for the one purpose they were made for."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime

MAX_TOKEN = 512
"""Longest token, in characters, that is looked at."""

_MAC, _EXPIRY, _ID = 16, 5, 16
_PLAIN = 0  # first byte of a token whose subject is written out
_PACKABLE = re.compile(r"([a-z])_([a-z2-7]{25}[aeimquy4])")  # 128 bits end on one of eight letters


def sign(purpose: str, subject: str, expires_at: datetime, keys: Sequence[bytes]) -> str:
    """A URL-safe token for `subject`, of no use for another purpose or from `expires_at` on.

    A derived id (`i_` and 26 characters) takes 51 characters. The first key signs; ValueError
    without one, or when the subject is too long to be read back.
    """
    if not keys:
        raise ValueError("a link cannot be signed without a key")
    seconds = min(max(int(expires_at.timestamp()), 0), 2 ** (8 * _EXPIRY) - 1)
    body = seconds.to_bytes(_EXPIRY, "big") + _packed(subject)
    token = _written(body + _mac(purpose, body, keys[0]))
    if len(token) > MAX_TOKEN:
        raise ValueError("the subject of a link is too long")
    return token


def verify(purpose: str, token: str, now: datetime, keys: Sequence[bytes]) -> str | None:
    """The subject of a token; None alike for one unknown, of another purpose, or expired."""
    raw = _read(token)
    if raw is None or len(raw) <= _MAC + _EXPIRY:
        return None
    body, mac = raw[:-_MAC], raw[-_MAC:]
    if not any(hmac.compare_digest(mac, _mac(purpose, body, key)) for key in keys):
        return None
    if now.astimezone(UTC).timestamp() >= int.from_bytes(body[:_EXPIRY], "big"):
        return None
    return _unpacked(body[_EXPIRY:])


def _mac(purpose: str, body: bytes, key: bytes) -> bytes:
    name = purpose.encode("utf-8", "surrogatepass")
    signed = b"huifang link" + len(name).to_bytes(4, "big") + name + body
    return hmac.new(key, signed, hashlib.sha256).digest()[:_MAC]


def _packed(subject: str) -> bytes:
    match = _PACKABLE.fullmatch(subject)
    if match is None:
        return bytes([_PLAIN]) + subject.encode("utf-8", "surrogatepass")
    return match[1].encode("ascii") + base64.b32decode(match[2].upper() + "======")


def _unpacked(packed: bytes) -> str | None:
    if packed[0] == _PLAIN:
        return packed[1:].decode("utf-8", "surrogatepass")
    letters = base64.b32encode(packed[1 : 1 + _ID]).decode("ascii").rstrip("=").lower()
    return f"{chr(packed[0])}_{letters}"


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _read(token: str) -> bytes | None:
    """The bytes of a token, if it is written in the one way that `sign` writes it."""
    if len(token) > MAX_TOKEN or not token.isascii():
        return None
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    return raw if _written(raw) == token else None
