"""Every provider passes the same cases and its own, over sockets."""

import pytest

from tests.providers import harness, smpp_sms, smtp_mail, twilio_sms, twilio_voice
from tests.providers.harness import Came, Case, Provider

PROVIDERS: dict[str, Provider] = {
    "twilio": twilio_sms,
    "twilio-voice": twilio_voice,
    "smpp": smpp_sms,
    "smtp": smtp_mail,
}
CASES = [
    pytest.param(provider, case, id=f"{provider.name}-{title}")
    for provider in PROVIDERS.values()
    for title, case in {**provider.generic, **provider.own}.items()
    if isinstance(case, Case)
]
CAME = [
    pytest.param(provider, came, id=f"{provider.name}-{title}")
    for provider in PROVIDERS.values()
    for title, came in provider.came.items()
]


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_tells_every_generic_case_or_why_there_is_none(name: str) -> None:
    assert harness.faults_of(PROVIDERS[name]) == []


@pytest.mark.parametrize(("provider", "case"), CASES)
async def test_a_send_comes_to_what_the_provider_s_answer_means(
    provider: Provider, case: Case
) -> None:
    await harness.run(provider, case)


@pytest.mark.parametrize(("provider", "came"), CAME)
def test_what_comes_in_is_read_as_it_is_meant(provider: Provider, came: Came) -> None:
    found = provider.read(came.what)
    if came.expected is None or found is None:
        assert found is came.expected
        return
    assert {name: found[name] for name in came.expected} == came.expected
