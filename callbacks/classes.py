"""Decides which class of complaints a complaint belongs to."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, fields

from callbacks.model import Circumstances, ComplaintClass

_LATIN = "[a-z0-9à-ÿ]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The facts: the ticket as it was closed, its customer's tier, and what the customer said."""

    category: str | None = None
    product: str | None = None
    region: str | None = None
    team: str | None = None
    channel: str | None = None
    priority: str | None = None
    tier: str | None = None
    close_reason: str | None = None
    tags: tuple[str, ...] = ()
    comment: str | None = None


def class_of(case: Case, classes: Sequence[ComplaintClass]) -> ComplaintClass:
    """The first class whose circumstances are given; the contract's default if there is none."""
    return next((each for each in classes if _fits(each.when, case)), ComplaintClass())


def named(id_: str, classes: Sequence[ComplaintClass]) -> ComplaintClass | None:
    """The class of an id."""
    return next((each for each in classes if each.id == id_), None)


def _fits(when: Circumstances, case: Case) -> bool:
    for each in fields(when):
        wanted: tuple[str, ...] = getattr(when, each.name)
        if wanted and not _one_of(each.name, wanted, case):
            return False
    return True


def _one_of(name: str, wanted: Sequence[str], case: Case) -> bool:
    if name == "words":
        said = _plain(case.comment or "")
        return any(_says(said, _plain(word)) for word in wanted)
    facts = case.tags if name == "tags" else (getattr(case, name) or "",)
    return not {_plain(each) for each in wanted}.isdisjoint(_plain(each) for each in facts)


def _plain(text: str) -> str:
    """Words as they are compared: no system writes `VIP` as all others do."""
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _says(said: str, word: str) -> bool:
    """Whether a text holds a word: in Latin letters as a word of its own, so that an issue is no
    suit; in Chinese, which has no spaces, anywhere.
    """
    if not word.strip():
        return False
    found = re.escape(word.strip())
    before = f"(?<!{_LATIN})" if re.match(_LATIN, word.strip()) else ""
    after = f"(?!{_LATIN})" if re.search(f"{_LATIN}$", word.strip()) else ""
    return re.search(f"{before}{found}{after}", said) is not None
