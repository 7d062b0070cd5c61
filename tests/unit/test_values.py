"""Values made anew with some fields changed."""

from dataclasses import FrozenInstanceError, dataclass, replace

import pytest

from kernel.values import changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A value as ours are."""

    x: int
    y: int = 0
    names: tuple[str, ...] = ()


def test_the_changed_fields_are_new_and_all_others_as_before() -> None:
    before = Spot(x=1, y=2, names=("a",))
    after = changed(before, y=3)
    assert after == replace(before, y=3) == Spot(x=1, y=3, names=("a",))
    assert before == Spot(x=1, y=2, names=("a",))


def test_the_new_value_is_frozen_too() -> None:
    with pytest.raises(FrozenInstanceError):
        changed(Spot(x=1), x=2).x = 3  # type: ignore[misc]


def test_a_field_that_there_is_not_is_refused() -> None:
    with pytest.raises(TypeError, match="Spot has no field z"):
        changed(Spot(x=1), z=2)
