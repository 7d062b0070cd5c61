"""Counts the parts in which a text message is carried and billed."""

MAX_BODY = 1600
"""Longest text, in characters, that the carrier takes."""

_GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ!\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = frozenset("^{}\\[~]|€\f")
_GSM_SINGLE, _GSM_PART = 160, 153
_UCS_SINGLE, _UCS_PART = 70, 67


def count(text: str) -> int:
    """Return the number of segments of a text; an empty one still takes one."""
    if all(char in _GSM_BASIC or char in _GSM_EXTENDED for char in text):
        widths = [2 if char in _GSM_EXTENDED else 1 for char in text]
        return _parts(widths, _GSM_SINGLE, _GSM_PART)
    widths = [2 if ord(char) > 0xFFFF else 1 for char in text]
    return _parts(widths, _UCS_SINGLE, _UCS_PART)


def _parts(widths: list[int], single: int, part: int) -> int:
    if sum(widths) <= single:
        return 1
    parts, used = 1, 0
    for width in widths:
        # A character of two units is never cut in two by the border of a part.
        if used + width > part:
            parts, used = parts + 1, 0
        used += width
    return parts
