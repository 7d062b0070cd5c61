"""Holds the counting of segments to the figures carriers bill by."""

import pytest

from channels.segments import Segments, count


@pytest.mark.parametrize(
    ("text", "units", "segments"),
    [
        ("", 0, 1),
        ("a" * 160, 160, 1),
        ("a" * 161, 161, 2),
        ("a" * 306, 306, 2),
        ("a" * 307, 307, 3),
        ("€" * 80, 160, 1),
        ("€" * 81, 162, 2),
        ("^{}\\[~]|€\f", 20, 1),
        ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ", 31, 1),
    ],
)
def test_plain_text_is_counted_in_septets(text: str, units: int, segments: int) -> None:
    assert count(text) == Segments(encoding="GSM-7", units=units, segments=segments)


@pytest.mark.parametrize(
    ("text", "units", "segments"),
    [
        ("满" * 70, 70, 1),
        ("满" * 71, 71, 2),
        ("满" * 134, 134, 2),
        ("满" * 135, 135, 3),
        ("😀" * 35, 70, 1),
        ("😀" * 36, 72, 2),
        ("a" * 160 + "`", 161, 3),
        ("’", 1, 1),
        ("ç", 1, 1),
        ("\ud800", 1, 1),
    ],
)
def test_any_other_text_is_counted_in_utf_16_units(text: str, units: int, segments: int) -> None:
    assert count(text) == Segments(encoding="UCS-2", units=units, segments=segments)


def test_an_extension_character_does_not_straddle_two_segments() -> None:
    assert count("a" * 152 + "€" + "a" * 152).segments == 3
    assert count("a" * 151 + "€" + "a" * 153).segments == 2


def test_a_surrogate_pair_does_not_straddle_two_segments() -> None:
    assert count("满" * 66 + "😀" + "满" * 66).segments == 3
    assert count("满" * 65 + "😀" + "满" * 67).segments == 2
