"""Respells the shorthand and the slips of English messages about being contacted."""

import re

_SHORT = {
    **dict.fromkeys(("txt", "tex", "texst"), "text"),
    **dict.fromkeys(("txts", "textes"), "texts"),
    **dict.fromkeys(("txting", "txtin", "textin", "texing", "txtng", "texitng"), "texting"),
    **dict.fromkeys(("msg", "mesage", "messege", "massage", "mssg", "messsage"), "message"),
    **dict.fromkeys(("msgs", "mesages", "messeges", "massages", "mssgs"), "messages"),
    **dict.fromkeys(("msging", "messagin", "msgin", "mesaging", "messging"), "messaging"),
    **dict.fromkeys(("sendin", "snding", "sendng"), "sending"),
    **dict.fromkeys(("spammin", "spaming"), "spamming"),
    **dict.fromkeys(("contactin", "contating"), "contacting"),
    **dict.fromkeys(("agen", "agn", "agian"), "again"),
    **dict.fromkeys(("stp", "stpo", "sotp", "tsop", "stoop", "stahp", "stopp", "stopt"), "stop"),
    **dict.fromkeys(("unsubscibe", "unsubcribe", "unsuscribe", "unsubscrbe"), "unsubscribe"),
    **dict.fromkeys(("remve", "romove", "remov", "removed my"), "remove"),
    **dict.fromkeys(("nmbr", "numbr", "nmber", "numbe", "num"), "number"),
    **dict.fromkeys(("nomore", "nomor"), "no more"),
    **dict.fromkeys(("dnt", "dun", "dunt", "dnot", "donot"), "dont"),
    **dict.fromkeys(("recieve", "recive", "receve"), "receive"),
    **dict.fromkeys(("recieving", "reciving"), "receiving"),
    **dict.fromkeys(("thx", "tks", "tnx", "thanx", "ty"), "thanks"),
    **dict.fromkeys(("harrass", "haras"), "harass"),
    **dict.fromkeys(("harrassing", "harasing"), "harassing"),
    **dict.fromkeys(("d", "da"), "the"),
    # Particles that plead, in Singapore and in India.
    **dict.fromkeys(("lah", "leh", "lor", "hor", "ah", "la", "sia", "yaar", "ji"), "please"),
    "dis": "this",
    "dese": "these",
    "lve": "leave",
    "alon": "alone",
    "surveis": "surveys",
    "sureys": "surveys",
}
_WORDS = re.compile(r"[a-z]+")
_SPACED = re.compile(r"(?<![a-z0-9])[a-z](?: [a-z]){3,15}(?![a-z0-9])")

_STOPS = ("stop", "unsubscribe", "cancel", "optout", "quit", "unsub")
#: Words and names that one slip parts from those above.
_WORDS_OF_THEIR_OWN = frozenset(
    "shop step slop atop swop stow stops top quite quiet quip suit quid cancels cancer"
    " unsub".split()
)
_SHORTEST = 4
_STRETCHED = re.compile(r"([a-z])\1{2,}")


def respelled(clause: str) -> str:
    """A clause of `clauses.clauses` with its shorthand written out; spaced letters are one word."""
    joined = _SPACED.sub(lambda found: found[0].replace(" ", ""), clause)
    return _WORDS.sub(lambda found: _SHORT.get(found[0], found[0]), joined)


def is_slip_of_stop(word: str) -> bool:
    """Whether a lone word is an opt-out word but for one slip of the finger, or two in a long one.

    FCC 47 CFR 64.1200(a)(10): a misspelt word is heard where a reasonable person would hear it.
    """
    word = _STRETCHED.sub(r"\1", word.replace("0", "o"))
    if word in _STOPS:
        return True
    if not (word.isascii() and word.isalpha()) or len(word) > 14 or word in _WORDS_OF_THEIR_OWN:
        return False
    if word in {"stp", "sotp", "tsop"}:
        return True
    return any(_near(word, meant) for meant in _STOPS if word != meant)


def _near(word: str, meant: str) -> bool:
    if len(word) < _SHORTEST or abs(len(word) - len(meant)) > 2:
        return False
    if sorted(word) == sorted(meant) and len(meant) < 8:
        return _swapped(word, meant)
    if len(meant) < 5:
        # What is left is a letter struck twice, or one too many at the end.
        return len(word) == len(meant) + 1 and any(
            word[:at] + word[at + 1 :] == meant and word[at] in word[:at] + word[at + 1 :]
            for at in range(len(word))
        )
    return word[0] == meant[0] and _slips(word, meant) <= (2 if len(meant) > 8 else 1)


def _swapped(word: str, meant: str) -> bool:
    """Whether two neighbours changed places."""
    apart = [at for at in range(len(meant)) if word[at] != meant[at]]
    return len(apart) == 2 and apart[1] == apart[0] + 1


def _slips(word: str, meant: str) -> int:
    """Letters left out, put in or changed."""
    last = list(range(len(meant) + 1))
    for i, one in enumerate(word):
        row = [i + 1]
        for j, other in enumerate(meant):
            row.append(min(last[j + 1] + 1, row[j] + 1, last[j] + (one != other)))
        last = row
    return last[-1]
