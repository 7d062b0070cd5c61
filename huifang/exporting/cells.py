"""Makes texts harmless in programs that take a cell for a formula; numbers stay numbers."""

from collections.abc import Sequence

#: What begins a formula for one program or another, in its wide forms too.
_BEGINS = frozenset("=+-@\t\r\n＝＋－＠﹦﹢﹣﹫−")
#: What a program may pass over before it looks.
_PASSED_OVER = " \x00\x0b\x0c\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
_PASSED_OVER += (
    "\u2009\u200a\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)
_LOOKED_AT = _BEGINS | frozenset(_PASSED_OVER)

MARK = "'"
"""Put before a text that would be taken for a formula; spreadsheets know it as «this is text»."""


def neutral(text: str) -> str:
    """A text that no program takes for a formula; all others come back as they are."""
    if text[:1] in _LOOKED_AT and text.lstrip(_PASSED_OVER)[:1] in _BEGINS:
        return MARK + text
    return text


def neutralised(column: Sequence[str | None]) -> Sequence[str | None]:
    """A column of texts, each neutral."""
    if _LOOKED_AT.isdisjoint([text[0] for text in column if text]):
        return column
    return [neutral(text) if text else text for text in column]
