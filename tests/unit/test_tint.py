"""Holds the pages' colours to a contrast that people can read, whatever colour an operator has."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.tint import LEAST, contrast, read, style

WHITE, NIGHT = (255, 255, 255), (0x16, 0x1C, 0x26)
#: Other texts of palette.css that stand on the wash of a chosen answer.
INK, SOFT = {"day": "16202e", "night": "e7ecf4"}, {"day": "536074", "night": "a3b0c2"}


def variables(text: str) -> dict[str, tuple[int, int, int]]:
    return {name: read(value) for name, value in re.findall(r"--([a-z-]+):#([0-9a-f]{6})", text)}


@given(st.integers(0, 0xFFFFFF))
def test_every_colour_can_be_read_by_day_and_by_night(number: int) -> None:
    day, _, night = style(f"{number:06x}").partition("@media")
    light, dark = variables(day), variables(night)
    assert contrast(light["brand"], light["on-brand"]) >= LEAST
    assert light["brand"] == read(f"{number:06x}")
    for when, found, ground in (("day", light, WHITE), ("night", dark, NIGHT)):
        assert contrast(found["accent"], ground) >= LEAST
        for text in (found["accent"], read(INK[when]), read(SOFT[when])):
            assert contrast(text, found["wash"]) >= LEAST


@pytest.mark.parametrize("text", ["", "red", "12", "1234567", "#12345", "１２３", "0b5ff g"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"digits|invalid literal"):
        style(text)


def test_contrast_is_what_the_guideline_says() -> None:
    assert contrast((0, 0, 0), WHITE) == pytest.approx(21)
    assert contrast(WHITE, WHITE) == 1
