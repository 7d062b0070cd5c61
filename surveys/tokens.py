"""Makes the token of an invitation's survey page, and says which invitation one belongs to."""

from collections.abc import Sequence
from datetime import datetime

from channels import links
from surveys.model import Invitation

SURVEY = "survey"
"""The purpose of a link to a survey: it is of no use for any other."""


PAGE = "/s/"
"""Where the pages of surveys stand, before the token."""

LENGTH = 28
"""Characters of a token."""


def ends_at(invitation: Invitation) -> datetime:
    """When its links end: no answer is kept from then on, however late the survey was sent."""
    return invitation.useful_until + invitation.lasts + invitation.terms.accept_late


def sample(public_url: str) -> str:
    """A link to a survey's page, as long as those that are sent."""
    return f"{public_url}{PAGE}{'x' * LENGTH}"


def token(invitation: Invitation, keys: Sequence[bytes]) -> str:
    """28 characters, of which 128 bits cannot be guessed; the first key signs."""
    return links.shorten(SURVEY, invitation.id, ends_at(invitation), keys)


def belongs(wanted: str, invitation: Invitation, now: datetime, keys: Sequence[bytes]) -> bool:
    """Whether a token is an invitation's and not over."""
    return links.belongs(wanted, SURVEY, invitation.id, ends_at(invitation), now, keys)
