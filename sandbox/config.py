"""Says who the carrier's account is, where the product answers, and what both sign with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

CARRIER_SMS_PATH = "/carriers/twilio/sms"
CARRIER_VOICE_PATH = "/carriers/twilio/voice/inbound"
ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "sandbox-auth-token"  # noqa: S105 - a made-up account's
FROM_NUMBER = "+8610655500001"
SOURCE = "/tickets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The sandbox's settings; secrets are `whsec_…` strings.

    `call_speed` is how fast calls go beside the clock; None: nobody waits for silence.
    `answer_timeout` is how many seconds the product may take for an answer.
    """

    product_url: str
    templates: Path
    account_sid: str = ACCOUNT_SID
    auth_token: str = AUTH_TOKEN
    from_number: str = FROM_NUMBER
    messaging_service_sid: str | None = None
    sms_webhook_url: str | None = None
    voice_webhook_url: str | None = None
    ingest_secret: str | None = None
    api_key: str | None = None
    desk_secret: str | None = None
    source: str = SOURCE
    brand: Mapping[str, str] = field(
        default_factory=lambda: {"zh-CN": "示例电信", "en": "Example Telecom"}
    )
    carrier_stop: bool = False
    call_speed: float | None = 1.0
    answer_timeout: float = 15.0
    echo_reopen: bool = False
