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
_LEAD = 5  # bytes of the subject in a short token; 40 bits are eight letters of an id
_PLAIN = 0  # first byte of a token whose subject is written out
_LETTERS = 26  # of a derived id
_PACKABLE = re.compile(r"([a-z])_([a-z2-7]{25}[aeimquy4])")  # 128 bits end on one of eight letters


def sign(purpose: str, subject: str, expires_at: datetime, keys: Sequence[bytes]) -> str:
    """A URL-safe token for `subject`, of no use for another purpose or from `expires_at` on.

    A derived id (`i_` and 26 characters) takes 51 characters. The first key signs; ValueError
    without one, or when the subject is too long to be read back.
    """
    if not keys:
        raise ValueError("a link cannot be signed without a key")
    body = _ending(expires_at) + _packed(subject)
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


def shorten(purpose: str, subject: str, expires_at: datetime, keys: Sequence[bytes]) -> str:
    """A token of 28 characters, for a text: the lead of a derived id, and a MAC of 128 bits.

    It does not hold its whole subject nor its end, both of which it is bound to: whoever reads it
    looks up the ids `within` and asks of each whether the token `belongs` to it. The first key
    signs; ValueError without one, or for what is no derived id.
    """
    match = _PACKABLE.fullmatch(subject)
    if match is None or not keys:
        raise ValueError("only a derived id has a short link, and a key must sign it")
    return _written(_lead(match[2]) + _short_mac(purpose, subject, expires_at, keys[0]))


def within(token: str, kind: str) -> tuple[str, str] | None:
    """The least and the greatest id of a kind, such as `i`, that a short token may belong to.

    None for what is no short token. Digits come before letters wherever texts are put in order.
    """
    raw = _read(token)
    if raw is None or len(raw) != _LEAD + _MAC:
        return None
    lead = f"{kind}_{base64.b32encode(raw[:_LEAD]).decode('ascii').lower()}"
    left = _LETTERS - len(lead) + len(kind) + 1
    return lead + "2" * left, lead + "z" * left


def belongs(
    token: str,
    purpose: str,
    subject: str,
    expires_at: datetime,
    now: datetime,
    keys: Sequence[bytes],
) -> bool:
    """Whether a short token is that of a subject and its end, for this purpose, and not over."""
    raw, match = _read(token), _PACKABLE.fullmatch(subject)
    if raw is None or match is None or len(raw) != _LEAD + _MAC:
        return False
    macs = [_short_mac(purpose, subject, expires_at, key) for key in keys]
    fits = any(hmac.compare_digest(raw[_LEAD:], mac) for mac in macs)
    return fits and raw[:_LEAD] == _lead(match[2]) and now < expires_at


def _lead(letters: str) -> bytes:
    return base64.b32decode(letters[: _LEAD * 8 // 5].upper())


def _short_mac(purpose: str, subject: str, expires_at: datetime, key: bytes) -> bytes:
    return _mac(f"{purpose} short", _ending(expires_at) + _packed(subject), key)


def _ending(expires_at: datetime) -> bytes:
    seconds: int = min(max(int(expires_at.timestamp()), 0), 2 ** (8 * _EXPIRY) - 1)
    return seconds.to_bytes(_EXPIRY, "big")


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
