"""Makes an operator's colour readable: the variables of the pages' style, light and dark."""

Rgb = tuple[int, int, int]

LEAST = 4.5
"""Contrast of text with its ground: WCAG 2.2, success criterion 1.4.3, level AA."""

_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)
_NIGHT = (0x16, 0x1C, 0x26)  # the sheet of palette.css in the dark
_WASHES = ((_WHITE, _BLACK, 0.1), (_NIGHT, _WHITE, 0.14))  # ground, towards where, how much
_STEPS = 20


def style(colour: str) -> str:
    """CSS that puts a colour, `rgb` or `rrggbb` in hexadecimal, in the place of the usual one.

    A button keeps the very colour, with text in whichever of black and white is read better; the
    colour of links and marks is moved towards black, or white in the dark, until it can be read.
    ValueError for what is no colour.
    """
    brand = read(colour)
    day, night = (_themed(brand, *wash) for wash in _WASHES)
    mine = f"--brand:{_hex(brand)};--on-brand:{_hex(_text_on(brand))}"
    return f":root{{{mine};{day}}}\n@media (prefers-color-scheme: dark){{:root{{{night}}}}}\n"


def inks(colour: str) -> dict[str, str]:
    """A colour for a letter, which has no variables: `brand` and the text `on_brand`, and what of
    it can be read by `day` and at `night`. ValueError for what is no colour.
    """
    brand = read(colour)
    day, night = (_readable(brand, *wash) for wash in _WASHES)
    return {
        "brand": _hex(brand),
        "on_brand": _hex(_text_on(brand)),
        "day": _hex(day),
        "night": _hex(night),
    }


def read(colour: str) -> Rgb:
    """The parts of `rgb` or `rrggbb`; ValueError for anything else."""
    digits = "".join(digit * 2 for digit in colour) if len(colour) == 3 else colour
    if len(digits) != 6 or not digits.isascii() or not digits.isalnum():
        raise ValueError("a colour has three or six hexadecimal digits")
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def contrast(one: Rgb, other: Rgb) -> float:
    """How well one colour is told from another, 1 to 21: WCAG 2.2, contrast ratio."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Rgb) -> float:
    shares = [part / 255 for part in colour]
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _themed(brand: Rgb, ground: Rgb, towards: Rgb, much: float) -> str:
    accent = _readable(brand, ground, towards, much)
    return f"--accent:{_hex(accent)};--wash:{_hex(_mixed(ground, brand, much))}"


def _readable(brand: Rgb, ground: Rgb, towards: Rgb, much: float) -> Rgb:
    """The colour, moved until it can be read on a ground and on its own wash there."""
    wash = _mixed(ground, brand, much)
    for step in range(_STEPS):
        accent = _mixed(brand, towards, step / _STEPS)
        if min(contrast(accent, ground), contrast(accent, wash)) >= LEAST:
            return accent
    return towards


def _text_on(ground: Rgb) -> Rgb:
    return max((_WHITE, _BLACK), key=lambda text: contrast(text, ground))


def _mixed(one: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (
        round(mine + (yours - mine) * share) for mine, yours in zip(one, other, strict=True)
    )
    return red, green, blue


def _hex(colour: Rgb) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)
