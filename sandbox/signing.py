"""Signs and checks what passes between the sandbox and the product."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)
"""How far a webhook's timestamp may be from the sandbox's clock, to either side."""

_KEY_PREFIX = "whsec_"
_VERSION_PREFIX = "v1,"


def carrier_signature(auth_token: str, url: str, fields: Mapping[str, str]) -> str:
    """Return `X-Twilio-Signature` for a form post: HMAC-SHA1 over the exact URL and the fields."""
    signed = url + "".join(name + fields[name] for name in sorted(fields))
    digest = hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def webhook_headers(secret: str, webhook_id: str, body: bytes, at: datetime) -> dict[str, str]:
    """Return the three headers of a Standard Webhook."""
    timestamp = str(int(at.timestamp()))
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": _VERSION_PREFIX + _webhook_digest(secret, webhook_id, timestamp, body),
    }


def webhook_fault(
    secret: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> str | None:
    """Return why a Standard Webhook is not to be believed, or None when it is."""
    webhook_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    signatures = headers.get("webhook-signature", "").split(" ")
    if not webhook_id:
        return "webhook-id is missing"
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return "webhook-timestamp is missing or no number"
    if abs(int(timestamp) - now.timestamp()) > TOLERANCE.total_seconds():
        return "webhook-timestamp is too far from now"
    wanted = (_VERSION_PREFIX + _webhook_digest(secret, webhook_id, timestamp, body)).encode()
    if not any(hmac.compare_digest(wanted, given.encode()) for given in signatures):
        return "webhook-signature does not match"
    return None


def secret_fault(secret: str) -> str | None:
    """Return what is wrong with a Standard Webhooks secret, or None."""
    try:
        key = _key(secret)
    except (binascii.Error, ValueError):
        return "the secret is not base64"
    return None if key else "the secret is empty"


def _webhook_digest(secret: str, webhook_id: str, timestamp: str, body: bytes) -> str:
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(_KEY_PREFIX), validate=True)
