"""Joins the parts of messages that an SMSC delivers, and knows again what it delivers twice."""

from collections import deque
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from channels.accounts import Alphabet
from channels.septets import decode

JOINED_FOR = timedelta(minutes=2)
"""How long a message waits for its missing parts, from the first that came."""
_DOUBTED, _DOUBTED_S = 100, 60.0  # what may come again after a lost connection, and for how long


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

    @contextmanager
    def named(self, content: Hashable, fresh: str, now: float) -> Iterator[str]:
        """The id of `id_of` to read it under; what could not be read keeps it and comes again.

        It may be stored all the same, where a connection is lost over the commit.
        """
        name = self.id_of(content, fresh, now)
        try:
            yield name
        except Exception:
            left = {other: kept for other, kept in self._doubted.items() if now < kept[0]}
            self._doubted = left | {content: (now + _DOUBTED_S, name)}
            raise

    def lost(self, now: float) -> None:
        """The connection went, and with it perhaps answers of ours."""
        recent = [(content, name) for at, content, name in self._recent if now - at < _DOUBTED_S]
        self._doubted = {content: (now + _DOUBTED_S, name) for content, name in recent}
        self._recent.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One part of a long text, as it came; a `reference` is each sender's own."""

    sender: str
    destination: str
    reference: int
    total: int
    number: int
    coding: int
    alphabet: Alphabet
    octets: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """A message of which parts have come since an instant, by their numbers, and if it was read."""

    id: str
    since: datetime
    read: bool
    pieces: Mapping[int, Piece]

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return all(len(self.pieces) == piece.total for piece in self.pieces.values())

    @property
    def sender(self) -> str:
        """Who wrote it, E.164."""
        return next(iter(self.pieces.values())).sender

    @property
    def text(self) -> str:
        """What there is of it, in order; joined first, for a character may lie across a border."""
        first = next(iter(self.pieces.values()))
        octets = b"".join(self.pieces[number].octets for number in sorted(self.pieces))
        return decode(first.coding, octets, first.alphabet)


def place_of(piece: Piece, held: Sequence[Parted], now: datetime) -> Parted | None:
    """Which of the messages with its sender's reference, newest first, a part is of.

    One that is there already came again for want of our answer. One that fits into nothing that
    waits begins a message (None): phones use a reference again.
    """
    for parted in held:
        if parted.pieces.get(piece.number) == piece:
            return parted
    for parted in held:
        fits = all(other.total == piece.total for other in parted.pieces.values())
        waits = not parted.read and now - parted.since <= JOINED_FOR
        if fits and waits and piece.number not in parted.pieces:
            return parted
    return None
