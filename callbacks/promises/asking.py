"""Decides what a wish to be phoned says besides: another number, and a word for the agent."""

import re
import unicodedata
from dataclasses import replace

from callbacks.promises.model import Callback
from channels import keywords
from tickets.addresses import read_phone

LONGEST = 200
"""Characters of a wish that an agent is shown."""

_SHORT = 8  # characters that say no more than the wish
#: What is numbered besides telephones.
_OTHER = re.compile(
    r"\b(?:about|regarding|order|ticket|case|account|invoice|bill|ref(?:erence)?)\b"
    r"|单号|工单|订单|[账帐]号|编号",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?<![0-9A-Za-z])\+?[0-9](?:[ ().-]{0,2}[0-9]){6,14}(?![0-9A-Za-z])")


def with_words(draft: Callback, text: str, locale: str | None, own: str | None) -> Callback:
    """A draft with what its customer wrote: the words, for the agent, and another number to ring.

    `own` is the number they have already. A number is taken where it is the only one, and nothing
    is said but that they wish to be phoned: that of an engineer who did not come is none to ring,
    nor is that of an order.
    """
    said = " ".join(unicodedata.normalize("NFKC", text).split())
    reason = said[:LONGEST] if len(said) > _SHORT else None
    return replace(draft, reason=reason, phone=_number(said, locale, own))


def _number(said: str, locale: str | None, own: str | None) -> str | None:
    found = [each[0] for each in _DIGITS.finditer(said)]
    if len(found) != 1 or _OTHER.search(said[: said.index(found[0])]):
        return None
    wish = keywords.read(said.replace(found[0], " "), False)
    sure = isinstance(wish, keywords.CallMeWord) and wish.alone
    number = read_phone(found[0], locale)
    return number if sure and number != own else None
