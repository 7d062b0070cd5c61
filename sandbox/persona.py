"""Says how a phone behaves when nobody is there to play it."""

from dataclasses import dataclass

GREETING = "您好，我现在不方便接听，请在提示音后留言。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a customer does when next listened to: speak, then press, then hang up.

    `after` counts seconds from the end of the prompt, or from its start with `barge`.
    """

    after: float = 1.0
    barge: bool = False
    say: str = ""
    confidence: float = 0.9
    keys: str = ""
    hang_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """How one call is met: `ask` rings until a person or the API does something."""

    ring: str = "ask"
    after: float = 1.0
    turns: tuple[Turn, ...] = ()
    greeting: str = GREETING
    beep: bool = True
    detected: str | None = None

    @property
    def machine(self) -> bool:
        """Whether a voicemail box takes the call."""
        return self.ring == "machine"
