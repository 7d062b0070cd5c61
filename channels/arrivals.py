"""Joins the parts of messages that an SMSC delivers, and knows again what it delivers twice."""

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field

from channels.pdu import Deliver
from channels.septets import Place

_WAIT_S = 120.0  # after which a message is read without its missing parts
_MOST_PARTED = 1_000
_DOUBTED, _DOUBTED_S = 100, 60.0  # what may come again after a lost connection, and for how long

Key = tuple[str, str, int]


@dataclass(slots=True)
class Repeats:
    """Keeps ids, for an SMSC tells none; what it repeats for want of our answer has one already.

    Instants are seconds of a clock that is never set.
    """

    _recent: deque[tuple[float, Hashable, str]] = field(
        default_factory=lambda: deque(maxlen=_DOUBTED)
    )
    _doubted: dict[Hashable, tuple[float, str]] = field(default_factory=dict)

    def id_of(self, content: Hashable, fresh: str, now: float) -> str:
        """The id of what came over the connection there is now: the one it had, or `fresh`."""
        until, again = self._doubted.pop(content, (now, ""))
        name = again if again and now < until else fresh
        self._recent.append((now, content, name))
        return name

    def lost(self, now: float) -> None:
        """The connection went, and with it perhaps answers of ours."""
        recent = [(content, name) for at, content, name in self._recent if now - at < _DOUBTED_S]
        self._doubted = {content: (now + _DOUBTED_S, name) for content, name in recent}
        self._recent.clear()


@dataclass(slots=True, kw_only=True)
class Parted:
    """A message of which parts have come."""

    since: float
    total: int
    came: Deliver
    parts: dict[int, bytes] = field(default_factory=dict)

    @property
    def text(self) -> bytes:
        """What there is of it, in order."""
        return b"".join(self.parts[number] for number in sorted(self.parts))


@dataclass(slots=True)
class Parts:
    """Keeps parts until they are a message; a reference is each sender's own."""

    _kept: dict[Key, Parted] = field(default_factory=dict)

    def add(self, came: Deliver, place: Place, text: bytes, now: float) -> bytes | None:
        """The whole message once nothing is missing; it is kept until `forget`."""
        key = _key(came, place)
        parted = self._kept.get(key)
        if parted is None or parted.total != place.total:
            parted = self._kept[key] = Parted(since=now, total=place.total, came=came)
        parted.parts[place.number] = text
        return parted.text if len(parted.parts) == parted.total else None

    def forget(self, came: Deliver, place: Place) -> None:
        """It was read."""
        self._kept.pop(_key(came, place), None)

    def stale(self, now: float) -> list[tuple[Key, Parted]]:
        """What waited too long, or is too much; each is kept until `drop`, as its text is read."""
        late = [key for key, one in self._kept.items() if now - one.since > _WAIT_S]
        late += list(self._kept)[: max(0, len(self._kept) - _MOST_PARTED)]
        return [(key, self._kept[key]) for key in dict.fromkeys(late)]

    def drop(self, key: Key, read: Parted) -> None:
        """It was read as it was, unless another has taken its place since."""
        if self._kept.get(key) is read:
            del self._kept[key]


def _key(came: Deliver, place: Place) -> Key:
    return came.source.value, came.destination.value, place.reference
