"""Sets what is said while a callback is dialled, and whom to join, as the carrier's markup."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from twilio.twiml.voice_response import Gather, VoiceResponse

from callbacks.dialling.model import Dial
from channels.calls import say

_WAIT = 6  # seconds for a key of an agent's
_STAY = 3  # seconds for a key of a customer's, who may as well just wait
_LONGEST_TALK = 7_200  # seconds
_EVENTS = "initiated ringing answered completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup:
    """The carrier's markup; `public_url` is the base of the URLs by which it asks us on."""

    public_url: str

    def url(self, below: str) -> str:
        """One of our voice webhooks."""
        return f"{self.public_url.rstrip('/')}/carriers/twilio/voice{below}"

    def words(self, lines: Sequence[str], locale: str) -> str:
        """Something said, and the end of the call."""
        response = VoiceResponse()
        say(response, lines, locale)
        response.hangup()
        return str(response)

    def go_on(self) -> str:
        """Nothing said: a whisper that is over lets two phones be joined."""
        return str(VoiceResponse())

    def ask(self, dial: Dial, below: str, lines: Sequence[str], locale: str) -> str:
        """A question to an agent, answered by one key, or by silence."""
        return self._key(f"{path(dial.id)}/{below}", _WAIT, lines, locale)

    def greet(self, contact: str, lines: Sequence[str], locale: str) -> str:
        """Who calls, to a customer, who may press a key or stay on the line."""
        return self._key(f"/{quote(contact, safe='')}/key?step=1", _STAY, lines, locale)

    def _key(self, below: str, seconds: int, lines: Sequence[str], locale: str) -> str:
        """Something said, while and after which one key may be pressed."""
        response = VoiceResponse()
        gather = Gather(
            input="dtmf",
            action=self.url(below),
            method="POST",
            timeout=seconds,
            num_digits=1,
            action_on_empty_result=True,
        )
        say(gather, lines, locale)
        response.append(gather)
        return str(response)

    def to_customer(
        self,
        dial: Dial,
        number: str,
        caller: str | None,
        ring: timedelta,
        lines: Sequence[str],
        locale: str,
    ) -> str:
        """The agent joined to the customer, whose phone rings now: see `channels.legs.intend`."""
        response = VoiceResponse()
        say(response, lines, locale)
        # The agent hears it ring until somebody answers.
        joining = response.dial(**self._joining(dial, caller, ring), answer_on_bridge=True)
        joining.number(
            number,
            status_callback=self.url(f"{path(dial.id)}/leg"),
            status_callback_method="POST",
            status_callback_event=_EVENTS,
            machine_detection="Enable",
            amd_status_callback=self.url(f"{path(dial.id)}/machine"),
            amd_status_callback_method="POST",
        )
        return str(response)

    def to_agent(
        self,
        dial: Dial,
        number: str,
        caller: str | None,
        ring: timedelta,
        lines: Sequence[str],
        locale: str,
    ) -> str:
        """The customer joined to the agent, who hears the case first and presses a key."""
        response = VoiceResponse()
        say(response, lines, locale)
        joining = response.dial(**self._joining(dial, caller, ring))
        joining.number(number, url=self.url(f"{path(dial.id)}/whisper"), method="POST")
        return str(response)

    def _joining(self, dial: Dial, caller: str | None, ring: timedelta) -> dict[str, Any]:
        """How any two phones of a dial are joined."""
        return {
            "action": self.url(f"{path(dial.id)}/joined"),
            "method": "POST",
            "caller_id": caller,
            "timeout": int(ring.total_seconds()),
            "time_limit": _LONGEST_TALK,
        }


def path(dial: str) -> str:
    """Where the carrier asks about a dial, below our voice webhooks."""
    return f"/dials/{quote(dial, safe='')}"
