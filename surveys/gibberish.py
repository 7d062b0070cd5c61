"""Tells fingers on a keyboard from words, where a number stands among them."""

import re

from surveys.lexicon import NEUTRAL

#: A number between signs, or behind marks that open a text, says nothing by itself.
_BETWEEN_SIGNS = re.compile(
    r"[%&$@^=|\\]{2,}[0-9]|[%&$@^|\\][0-9]{1,2}[%&$@^|\\]"
    r"|(?![.。…\s]{0,40}[0-9][.。…\s]{0,40}\Z)[,.;:、。?!/]{2,}\s?[0-9]{1,2}\s?[,.;:、。?!/]{2,}"
    r"|([\u4e00-\u9fff])\1{1,12}[0-9]{1,2}\1{2}"
)
_OPENED_BY_MARKS = re.compile(r"\s*[,.;:、。?!/]{2,}\s*[0-9]")
_ROW = re.compile(r"(?:asd|sdf|dfg|fgh|ghj|hjk|jkl|qwe|wer|zxc|xcv|cvb|vbn|bnm)[a-z]{0,12}")
_NO_VOWEL = re.compile(r"[b-df-hj-np-tv-xz]{1,5}")
#: Written without vowels, and words all the same.
_SHORT = frozenset(
    """
    tq xlnt xllnt h gd vgd vg bt tv hd ty tyvm tnx thnx thks thx tks plz pls pmsl brb tbh bf gf dr
    mr mrs ms nvm
    wtf ffs smh nps nbn sms vpn pc hr hrs min mins wk wks mth mths yr yrs gr g grt gr8 spt rspns
    cmplt cmpltly nthg nthng vry wrst bst kk k mm hm hmm hmmm x xx xxx s t td
    """.split()
)
_MARKS = re.compile(r"[\s,.;:!?、。~…—–()\"*_+#%&$@^=|\\/-]+")
_SMILE = re.compile(r"[:;=x]-?[dp](?![a-z])")
_LEAST_STRAY = 3
"""Letters from which on what follows the marks may be a word nobody listed."""


def is_noise(masked: str, text: str) -> bool:
    """Whether a bare number stands among signs and letters that are no words.

    `masked`: the text with `#` for its numbers. Whoever means a number is asked once more; txt
    speak is listed.
    """
    if _BETWEEN_SIGNS.search(text):
        return True
    pieces = [
        piece for piece in _MARKS.split(_SMILE.sub(" ", masked)) if piece and piece not in NEUTRAL
    ]
    if not pieces or len(pieces) > _MOST_PIECES:
        return False
    if all(map(_is_stray, pieces)):
        return True
    opened = _OPENED_BY_MARKS.match(text) is not None
    return opened and all(len(piece) < _LEAST_STRAY for piece in pieces)


_MOST_PIECES = 4


def _is_stray(piece: str) -> bool:
    if piece in _SHORT:
        return False
    return _ROW.fullmatch(piece) is not None or _NO_VOWEL.fullmatch(piece) is not None
