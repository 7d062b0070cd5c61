"""Reads what a phone is told to do: of itself, call after call, or at once."""

from collections.abc import Mapping

from sandbox.asked import Unusable, text, truth
from sandbox.persona import GREETING, Persona, Turn

RINGS = ("ask", "answer", "machine", "busy", "ignore", "fail")
DETECTED = (
    *("human", "fax", "unknown", "machine_start"),
    *("machine_end_beep", "machine_end_silence", "machine_end_other"),
)
KEYS = frozenset("0123456789*#")
MAX_TURNS = 100
MAX_CALLS = 50
MAX_SECONDS = 86_400.0
_TURN_KEYS = frozenset({"after", "barge", "say", "confidence", "keys", "hang_up", "silent"})
_PERSONA_KEYS = frozenset({"ring", "after", "turns", "greeting", "beep", "detected", "calls"})
_RINGS_BEFORE_MACHINE = 20.0


def personas(given: Mapping[str, object]) -> list[Persona]:
    """Return one persona for each call to come, the last of them for good.

    `{ring, after, turns, greeting, beep, detected}`, or `{calls: [such, …]}`.
    """
    calls = given.get("calls", [given])
    if not isinstance(calls, list) or not 0 < len(calls) <= MAX_CALLS:
        raise Unusable(f"calls is a list of 1 to {MAX_CALLS}")
    return [_persona(each) for each in calls]


def turns(given: object) -> tuple[Turn, ...]:
    """Return what a customer does, listening after listening."""
    if not isinstance(given, list) or len(given) > MAX_TURNS:
        raise Unusable(f"turns is a list of at most {MAX_TURNS}")
    return tuple(_turn(each) for each in given)


def keys(given: Mapping[str, object]) -> str:
    """Return the keys to be pressed."""
    pressed = text(given, "keys", "")
    if not set(pressed) <= KEYS:
        raise Unusable("keys are 0 to 9, * and #")
    return pressed


def confidence(given: Mapping[str, object]) -> float:
    """Return how sure the carrier is of what it heard."""
    return _number(given, "confidence", 0.9, most=1.0)


def _persona(given: object) -> Persona:
    about = _known(given, _PERSONA_KEYS, "a persona")
    ring = text(about, "ring", "answer")
    detected = text(about, "detected", "") or None
    if ring not in RINGS:
        raise Unusable(f"ring is one of {', '.join(RINGS)}")
    if detected not in (None, *DETECTED):
        raise Unusable(f"detected is one of {', '.join(DETECTED)}")
    return Persona(
        ring=ring,
        after=_number(about, "after", _RINGS_BEFORE_MACHINE if ring == "machine" else 1.0),
        turns=turns(about.get("turns", [])),
        greeting=text(about, "greeting", GREETING),
        beep="beep" not in about or truth(about, "beep"),
        detected=detected,
    )


def _turn(given: object) -> Turn:
    about = _known(given, _TURN_KEYS, "a turn")
    truth(about, "silent")  # a turn of nothing: the word only makes it readable
    return Turn(
        after=_number(about, "after", 1.0),
        barge=truth(about, "barge"),
        say=text(about, "say", ""),
        confidence=confidence(about),
        keys=keys(about),
        hang_up=truth(about, "hang_up"),
    )


def _known(given: object, allowed: frozenset[str], what: str) -> dict[str, object]:
    if not isinstance(given, dict):
        raise Unusable(f"{what} is an object")
    if unknown := sorted(set(given) - allowed):
        raise Unusable(f"unknown in {what}: {', '.join(unknown)}")
    return given


def _number(
    given: Mapping[str, object], name: str, default: float, most: float = MAX_SECONDS
) -> float:
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise Unusable(f"{name} is a number from 0 to {most:g}")
    return float(value)
