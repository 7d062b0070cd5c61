"""Why somebody was not asked is told to managers in words, never as the program spells it."""

import re

from channels.errors import SendErrorKind
from channels.terms import Reason
from huifang.staff.naming import ADVICE, REASONS, named
from surveys import privacy
from surveys.model import NOT_UNDERSTOOD, OPEN_STATES, InvitationState
from surveys.programs import NotOwed

#: What ends or holds up an invitation: verdicts, carriers, its own states, and why none was owed.
KNOWN = {
    *(reason.value for reason in Reason),
    *(kind.value for kind in SendErrorKind),
    *({state.value for state in InvitationState} - {state.value for state in OPEN_STATES}),
    *re.findall(r"`([a-z_]+)`", NotOwed.__doc__ or ""),
    *(NOT_UNDERSTOOD, privacy.REASON, "unanswered", "max_contacts", "closed_again", "reopened"),
} - {"reason", "completed"}


def test_every_reason_has_its_words_in_both_languages() -> None:
    assert {"cap", "dead_address", "not_sampled", "expired"} <= KNOWN
    assert {each for each in KNOWN if named(REASONS, each, "en") == each} == set()
    assert all(re.search("[一-鿿]", named(REASONS, each, "zh-CN")) for each in KNOWN)
    assert ADVICE.keys() <= REASONS.keys()
