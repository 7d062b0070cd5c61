"""Signs and checks Standard Webhooks, so that both ends know who wrote and when."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64  # bytes of a secret
_TOLERANCE = 300  # seconds, into the past and into the future
_MOST_SIGNATURES = 16  # a sender in the midst of a rotation names two or three
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)


def secret_bytes(secret: str) -> bytes:
    """The key that `whsec_…` stands for: 24 to 64 bytes, as the Standard Webhooks spec asks.

    ValueError, with a sentence that never quotes the secret, where it cannot be used.
    """
    if not secret.startswith(_PREFIX):
        raise ValueError(f"a webhook secret starts with {_PREFIX}")
    coded = secret.removeprefix(_PREFIX).rstrip("=")
    try:
        key = base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True)
    except (binascii.Error, ValueError) as fault:
        raise ValueError(f"a webhook secret is base64 after {_PREFIX}") from fault
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise ValueError(f"a webhook secret has {_SHORTEST} to {_LONGEST} bytes, not {len(key)}")
    return key


def sign(secret: str, message: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of one attempt; `message` is the webhook's id, alike in all attempts.

    ValueError for an unusable secret, a naive `at`, or a `message` that is empty, cannot stand in
    a header or has a dot (dots part what is signed).
    """
    if not message or "." in message or not (message.isascii() and message.isprintable()):
        raise ValueError("a webhook id is printable ASCII without a dot")
    if at.tzinfo is None:
        raise ValueError("a webhook is signed at an aware instant")
    timestamp = str(int(at.timestamp()))
    return {
        "webhook-id": message,
        "webhook-timestamp": timestamp,
        "webhook-signature": "v1," + _signature(secret_bytes(secret), message, timestamp, body),
    }


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Whether one of `secrets` signed exactly this, at most five minutes from `now`.

    Header names are in lower case. Total: what cannot be read is not signed, and neither is
    anything under a secret that cannot be used.
    """
    message = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not message or "." in message or _TIMESTAMP.fullmatch(timestamp) is None:
        return False
    if abs(now.timestamp() - int(timestamp)) > _TOLERANCE:
        return False
    given = _given(headers.get("webhook-signature", ""))
    # Every pair is compared: how long it takes must not tell which one nearly fitted.
    fits = [
        hmac.compare_digest(_signature(key, message, timestamp, body).encode(), signature)
        for key in _usable(secrets)
        for signature in given
    ]
    return any(fits)


def _given(header: str) -> list[bytes]:
    parts = (part.partition(",") for part in header.split(" ")[:_MOST_SIGNATURES])
    return [_bytes(value) for version, _, value in parts if version == "v1"]


def _usable(secrets: Sequence[str]) -> list[bytes]:
    keys = []
    for secret in secrets:
        try:
            keys.append(secret_bytes(secret))
        except ValueError:
            continue
    return keys


def _signature(key: bytes, message: str, timestamp: str, body: bytes) -> str:
    signed = _bytes(f"{message}.{timestamp}.") + body
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _bytes(text: str) -> bytes:
    # Servers hand over header bytes that are no UTF-8 as lone surrogates; those must not raise.
    return text.encode("utf-8", "surrogatepass")
