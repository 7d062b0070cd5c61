"""Works out where the marks of a chart lie, so that a template only has to draw them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 240
"""Of a line's drawing; a bar's is 100 wide, whatever room it gets."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 12, 28
_TICKS = 4
_MOST_LABELS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A period: its value with its interval, None where there were too few; `link` is to its rows.

    `words` say all of it, for who points at it or hears it.
    """

    label: str
    value: float | None
    low: float | None
    high: float | None
    link: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """Where a point lies."""

    x: float
    y: float
    point: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line with its interval; `lines` and `bands` are coordinates of SVG, broken at gaps."""

    lines: Sequence[str]
    bands: Sequence[str]
    dots: Sequence[Dot]
    ticks: Sequence[tuple[float, float]]  # y, and the value there
    labels: Sequence[tuple[float, str]]
    target: float | None


def line(points: Sequence[Point], lowest: float, highest: float, target: float | None) -> Line:
    """A line through points in their order, on a scale from `lowest` to `highest`."""
    span = (highest - lowest) or 1.0
    high = HEIGHT - _TOP - _BOTTOM

    def down(value: float) -> float:
        inside = min(max(value, lowest), highest)
        return round(_TOP + high * (highest - inside) / span, 1)

    places = [_across(number, len(points)) for number in range(len(points))]
    dots = [
        Dot(x=x, y=down(point.value), point=point) if point.value is not None else None
        for x, point in zip(places, points, strict=True)
    ]
    parts = _parts(dots)
    every = max(1, -(-len(points) // _MOST_LABELS))
    return Line(
        lines=[" ".join(f"{dot.x},{dot.y}" for dot in part) for part in parts if len(part) > 1],
        bands=[band for part in parts if len(part) > 1 for band in _band(part, down)],
        dots=[dot for part in parts for dot in part],
        ticks=[
            (down(value), value)
            for value in (lowest + span * step / _TICKS for step in range(_TICKS + 1))
        ],
        labels=[(x, point.label) for x, point in list(zip(places, points, strict=True))[::every]],
        target=None if target is None else down(target),
    )


def spark(values: Sequence[float | None]) -> Sequence[str]:
    """The coordinates of small lines, in 100 by 24, on a scale of their own."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ()
    lowest, span = min(known), (max(known) - min(known)) or 1.0
    parts: list[list[str]] = [[]]
    for number, value in enumerate(values):
        if value is None:
            parts.append([])
            continue
        x = round(2 + 96 * number / (len(values) - 1), 1)
        parts[-1].append(f"{x},{round(21 - 18 * (value - lowest) / span, 1)}")
    return [" ".join(part) for part in parts if len(part) > 1]


def _across(number: int, of: int) -> float:
    width = WIDTH - _LEFT - _RIGHT
    return round(_LEFT + (width / 2 if of < 2 else width * number / (of - 1)), 1)


def _parts(dots: Sequence[Dot | None]) -> list[list[Dot]]:
    """The points that follow each other without a gap."""
    parts: list[list[Dot]] = [[]]
    for dot in dots:
        if dot is None:
            parts.append([])
        else:
            parts[-1].append(dot)
    return [part for part in parts if part]


def _band(part: Sequence[Dot], down: Callable[[float], float]) -> list[str]:
    both = [
        (dot.x, down(dot.point.low), down(dot.point.high))
        for dot in part
        if dot.point.low is not None and dot.point.high is not None
    ]
    if len(both) < 2:
        return []
    upper = [f"{x},{high}" for x, _, high in both]
    lower = [f"{x},{low}" for x, low, _ in reversed(both)]
    return [" ".join([*upper, *lower])]
