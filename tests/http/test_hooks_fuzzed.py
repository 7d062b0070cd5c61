"""Anything at all, posted to every webhook: never a fault of ours, and nothing is believed."""

import json
import re
from collections.abc import Iterable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.endpoint import Role
from tests.fakes.visitor import everything
from tests.fakes.world import closed
from tests.http.real import EVENT, FORM, HOURS, real

VOICE = "/carriers/twilio/voice"
DIAL = f"{VOICE}/dials/d_1"
SIGNED = (
    "/carriers/twilio/sms",
    "/carriers/twilio/status",
    "/carriers/twilio/status?contact=c_1",
    f"{VOICE}/inbound",
    f"{VOICE}/c_1",
    f"{VOICE}/c_1/key?step=1",
    f"{VOICE}/c_1/status",
    f"{VOICE}/c_1/recording",
    DIAL,
    *(f"{DIAL}/{name}" for name in ("key?step=1", "whisper", "accept?step=x", "joined")),
    *(f"{DIAL}/{name}" for name in ("status", "leg", "machine")),
)
PATHS = (
    *SIGNED,
    "/carriers/email/inbound",
    "/v1/events",
    *(f"/v1/hooks/{name}" for name in ("tmf621", "zendesk", "zammad", "freshdesk", "jira")),
    "/v1/hooks/chatwoot",
)
MEDIA = (FORM, EVENT, "application/json", "message/rfc822", "multipart/form-data", "x/y")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
BODIES = st.one_of(
    st.binary(max_size=200),
    VALUES.map(lambda value: json.dumps(value).encode()),
    st.sampled_from([b"MessageSid=SM1&From=%2B1&Body=STOP", b"CallSid=CA1&CallStatus=completed"]),
)
POSTS = st.tuples(st.sampled_from(PATHS), st.sampled_from(MEDIA), BODIES)
NAMES = """
    MessageSid MessageStatus ErrorCode Body From To OptOutType CallSid CallStatus SequenceNumber
    Digits SpeechResult Confidence AnsweredBy Direction RecordingSid RecordingDuration
    DialCallStatus DialCallSid DialCallDuration ParentCallSid SipResponseCode X
""".split()
WORDS = ("completed", "delivered", "failed", "machine_start", "inbound", "1", "*", "-1", "9" * 30)
FIELDS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(WORDS) | st.text(), max_size=8)
FORMS = st.tuples(st.sampled_from(SIGNED), FIELDS)


def unnamed(documented: Iterable[str]) -> list[str]:
    """The webhooks of the document that are none of `PATHS`."""
    ours = ("/carriers/", "/v1/hooks/", "/v1/events")
    named = [re.sub("[cd]_1", "{}", path.partition("?")[0]) for path in PATHS]
    wanted = [path for path in documented if path.startswith(ours)]
    return [path for path in wanted if re.sub("{.*?}", "{}", path) not in named]


async def test_what_nobody_signed_changes_nothing_and_what_is_odd_is_refused(
    sqlite_url: str,
) -> None:
    drawn: list[tuple[str, str, bytes]] = []
    forms: list[tuple[str, dict[str, str]]] = []

    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(post=POSTS, form=FORMS)
    def draw(post: tuple[str, str, bytes], form: tuple[str, dict[str, str]]) -> None:
        drawn.append(post)
        forms.append(form)

    draw()
    drawn += [(path, FORM, b"CallSid=CA1&CallStatus=completed&Digits=1") for path in PATHS]
    async with real(sqlite_url) as app:
        assert unnamed((await app.get("/openapi.json")).body["paths"]) == []
        body: Any = json.dumps(closed())
        await app.ask("POST", "/v1/events", data=body, headers={"Content-Type": EVENT})
        await app.after(2 * HOURS)
        before = await everything(app.service.database)
        for path, media, raw in drawn:
            headers = {"Content-Type": media, "X-Twilio-Signature": "bm8="}
            answer = await app.ask("POST", path, data=raw, headers=headers, key=None)
            assert 400 <= answer.status < 500, (path, media, raw, answer.text)
        assert await everything(app.service.database) == before
        key = await app.key(Role.INGEST)
        for path, media, raw in drawn:
            answer = await app.ask("POST", path, data=raw, headers={"Content-Type": media}, key=key)
            assert answer.status < 500, (path, media, raw, answer.text)
        for path, form in [*((path, {}) for path in SIGNED), *forms]:
            answer = await app.carrier(path, form)
            assert answer.status in (200, 204, 400), (path, form, answer.text)
        after = await everything(app.service.database)
        for name in ("contacts", "invitations", "responses", "opt_outs", "closures", "calls"):
            assert after[name] == before[name], name
