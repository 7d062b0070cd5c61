"""Names the sums that are kept: by which names together figures are usually asked for."""

from collections.abc import Collection, Sequence

NAMES = (
    *("team", "agent", "region", "product", "category"),
    *("channel", "program", "survey", "version"),
)
"""All that figures are grouped and chosen by, besides time."""

_PROGRAM = ("program", "survey", "version")

VIEWS: tuple[tuple[str, ...], ...] = (
    (),
    ("channel",),
    _PROGRAM,
    ("product",),
    ("category",),
    ("region",),
    ("team",),
    ("channel", *_PROGRAM),
    ("channel", "product"),
    ("channel", "category"),
    ("channel", "region"),
    ("team", "channel"),
    ("team", *_PROGRAM),
    ("team", "region"),
    ("team", "product"),
    ("team", "category"),
    ("team", "agent"),
)
"""Small ones first. A program has one survey at a time, so its three names cost as much as one.

Each name is there with `team` and with `channel`, by which the dashboard shows whatever it is asked
about; an agent's channels are found among the agent's own facts.
"""


def title(view: tuple[str, ...]) -> str:
    """What a view is called in the database."""
    return ",".join(view)


def covering(
    names: Collection[str], views: Sequence[tuple[str, ...]] = VIEWS
) -> tuple[str, ...] | None:
    """The first view, which is the smallest, that knows all the names; None: no view does."""
    return next((view for view in views if set(names) <= set(view)), None)
