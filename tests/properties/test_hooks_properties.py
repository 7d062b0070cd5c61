"""Proves of any body that no ticketing system's webhook makes us fail."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickets.completing import complete, unfinished
from tickets.hooks import HOOKS, Hook, Post
from tickets.intake import read_event
from tickets.model import Event, Ignored, Refused, Unfinished
from tickets.ports import Facts

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)

#: Names and words by which the systems' own branches are reached.
NAMES = """
    account_id changelog changed_attributes contactMedium contactType current customer detail email
    event eventId eventTime eventType fields field freshdesk_webhook id issue items key labels meta
    phone previous relatedParty reporter requester_id resolutiondate role sender status
    statusCategory statuscategorychangedate tags ticket ticket_id ticket_status time timestamp
    triggered_event troubleTicket type updated_at webhookEvent
""".split()
WORDS = """
    zen:event-type:ticket.status_changed jira:issue_updated jira:issue_deleted done status closed
    conversation_status_changed resolved open SOLVED 2026-11-21T00:00:00Z customer mobile
    TroubleTicketStatusChangeEvent {status:{from:2,to:5}}
""".split()

scalars = (
    st.sampled_from(WORDS) | st.none() | st.booleans() | st.integers() | st.floats() | st.text()
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)
    ),
    max_leaves=20,
)
OUTCOMES = (Unfinished, Ignored, Refused, *Event.__args__)


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.name)
@settings(deadline=None, max_examples=30)
@given(payload=values, stamp=st.text(max_size=12), given_=st.text(max_size=12), body=st.binary())
def test_any_body_is_an_event_or_has_a_reason_why_not(
    hook: Hook, payload: Any, stamp: str, given_: str, body: bytes
) -> None:
    names = (
        "x-zendesk-webhook-signature-timestamp",
        "x-chatwoot-timestamp",
        "x-atlassian-webhook-identifier",
    )
    signatures = ("x-zendesk-webhook-signature", "x-hub-signature", "x-chatwoot-signature")
    headers = dict.fromkeys(names, stamp) | dict.fromkeys(signatures, given_)
    post = Post(headers=headers | {"x-huifang-secret": given_}, body=body, now=NOW)
    assert isinstance(hook.read(payload, post, "/source"), OUTCOMES)
    assert not hook.signed(post, "")
    assert hook.signed(post, "the secret") is False


@settings(deadline=None, max_examples=30)
@given(
    ticket=st.dictionaries(st.sampled_from(NAMES), values, max_size=4),
    customer=st.dictionaries(st.sampled_from(NAMES), values, max_size=4),
    document=values,
)
def test_whatever_a_system_answers_completes_an_event_or_leaves_it_unusable(
    ticket: Any, customer: Any, document: Any
) -> None:
    given_document = document if isinstance(document, dict) else {}
    assert isinstance(unfinished(given_document, NOW), Unfinished | Refused)
    whole = complete(given_document, Facts(ticket=ticket, customer=customer))
    assert isinstance(read_event(whole, NOW), OUTCOMES)
