"""People sign in with their organisation: as whom, and what proves nothing."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import OctKey, RSAKey

from huifang.staff import organisation
from huifang.variables import Variables
from kernel.endpoint import Role
from tests.fakes.provider import CLIENT, SECRET, FakeProvider, provider
from tests.http.real import Real, Reply, real
from tests.http.staff import Browser, people, user

BACK = "/login/organisation/back"


@pytest.fixture
async def outside() -> AsyncIterator[FakeProvider]:
    async with provider() as found:
        yield found


@pytest.fixture
async def app(sqlite_url: str, outside: FakeProvider) -> AsyncIterator[Real]:
    told = {
        "HUIFANG_OIDC_ISSUER": outside.url + "/",
        "HUIFANG_OIDC_CLIENT_ID": CLIENT,
        "HUIFANG_OIDC_CLIENT_SECRET": SECRET,
        "HUIFANG_OIDC_ROLES": "agents=agent, leads=manager",
    }
    async with real(sqlite_url, settings=told) as found:
        outside.now = int(found.clock.now().timestamp())
        outside.says |= {"preferred_username": "Li.Wei", "name": "李伟", "groups": ["agents"]}
        yield found


async def come(browser: Browser, outside: FakeProvider, next_: str = "/complaints") -> Reply:
    """There, signed in, and back again."""
    away = await browser.get(f"/login/organisation?next={next_}")
    assert away.status == 303
    return await browser.get(f"{BACK}?{outside.let_in(away.headers['Location'])}")


async def me(browser: Browser) -> tuple[int, str]:
    page = await browser.get("/account")
    return page.status, page.text


async def test_somebody_of_the_organisation_is_let_in_as_what_their_groups_say(
    app: Real, outside: FakeProvider
) -> None:
    browser = Browser(app=app)
    assert "/hf/login/organisation" in (await browser.get("/login")).text
    before = browser.cookie
    entered = await come(browser, outside, "/complaints?state=told")
    assert (entered.status, entered.headers["Location"]) == (303, "/hf/complaints?state=told")
    assert browser.cookie not in ("", before)
    status, text = await me(browser)
    assert (status, "李伟" in text, "li.wei" in text) == (200, True, True)
    assert 'name="current"' not in text  # there is no password to change
    assert (await browser.api("GET", "/v1/responses")).status == 403
    outside.says["groups"] = "leads agents"
    again = Browser(app=app)
    assert (await come(again, outside)).status == 303
    assert (await again.api("GET", "/v1/responses")).status == 200
    [known] = await people(app).list()
    assert (known.login, known.role, known.by_password) == ("li.wei", Role.MANAGER, False)
    assert outside.refused == []
    kinds = [each["kind"] for each in (await app.get("/v1/audit")).body["items"]]
    assert kinds == ["session.begun", "user.changed", "session.begun", "user.created"]
    assert (await Browser(app=app).sign_in("li.wei", "")).status == 401


async def test_who_has_no_role_or_was_let_go_stays_out(app: Real, outside: FakeProvider) -> None:
    outside.says["groups"] = ["others"]
    out = await come(Browser(app=app), outside)
    assert out.headers["Location"] == "/hf/login?done=organisation"
    assert await people(app).list() == []
    outside.says["groups"] = ["agents"]
    await come(Browser(app=app), outside)
    await people(app).deactivate("li.wei", app.clock.now())
    browser = Browser(app=app)
    assert (await come(browser, outside)).headers["Location"] == "/hf/login?done=organisation"
    assert (await me(browser))[0] == 303
    await people(app).activate("li.wei", app.clock.now())
    assert (await come(Browser(app=app), outside)).headers["Location"] == "/hf/complaints"
    page = await browser.get("/login?done=organisation", headers={"Accept-Language": "en"})
    assert "did not let you in" in page.text


async def test_nobody_becomes_somebody_else_by_their_name(app: Real, outside: FakeProvider) -> None:
    await user(app, "li.wei", Role.ADMIN)
    browser = Browser(app=app)
    await come(browser, outside)
    found = {each.login: each.role for each in await people(app).list()}
    assert found.pop("li.wei") is Role.ADMIN
    assert list(found.values()) == [Role.AGENT]
    assert (await browser.api("GET", "/v1/audit")).status == 403


_STRANGE = RSAKey.generate_key(2048, auto_kid=True)
_LIES: tuple[dict[str, Any], ...] = (
    {"says": {"iss": "https://evil.example"}},
    {"says": {"aud": "another"}},
    {"says": {"aud": ["huifang", "another"], "azp": "another"}},
    {"says": {"nonce": "another"}},
    {"says": {"exp": 1}},
    {"says": {"sub": None}},
    {"signs_with": _STRANGE},
    {"signs_with": OctKey.import_key(SECRET), "algorithm": "HS256"},
)


async def test_a_token_that_proves_nothing_lets_nobody_in(app: Real, outside: FakeProvider) -> None:
    right = dict(outside.says)
    for lie in _LIES:
        outside.says = right | lie.get("says", {})
        outside.signs_with = lie.get("signs_with")
        outside.algorithm = lie.get("algorithm", "RS256")
        browser = Browser(app=app)
        out = await come(browser, outside)
        assert out.headers["Location"] == "/hf/login?done=organisation", lie
        assert (await me(browser))[0] == 303
    assert await people(app).list() == []


async def test_a_way_back_is_of_one_browser_and_of_one_time(
    app: Real, outside: FakeProvider
) -> None:
    one, other = Browser(app=app), Browser(app=app)
    away = await one.get("/login/organisation")
    back = f"{BACK}?{outside.let_in(away.headers['Location'])}"
    await other.get("/login")
    for reply in (await other.get(back), await Browser(app=app).get(back)):
        assert reply.headers["Location"] == "/hf/login?done=organisation"
    forged = back.replace("state=", "state=x")
    assert (await one.get(forged)).headers["Location"] == "/hf/login?done=organisation"
    assert (await one.get(back)).headers["Location"] == "/hf/"
    assert (await one.get(back)).headers["Location"] == "/hf/login?done=organisation"
    assert outside.refused == []


async def test_new_keys_of_the_provider_are_asked_for(app: Real, outside: FakeProvider) -> None:
    assert (await come(Browser(app=app), outside)).headers["Location"] == "/hf/complaints"
    outside.key = RSAKey.generate_key(2048, auto_kid=True)
    app.clock.advance(timedelta(minutes=2))
    outside.now = int(app.clock.now().timestamp())
    assert (await come(Browser(app=app), outside)).headers["Location"] == "/hf/complaints"


async def test_a_provider_that_is_away_or_another_is_told_to_the_person(
    app: Real, outside: FakeProvider
) -> None:
    outside.described["issuer"] = "https://evil.example"
    away = await Browser(app=app).get("/login/organisation")
    assert away.headers["Location"] == "/hf/login?done=organisation"


# --- settings ---


def test_settings_of_the_organisation_are_needed_together() -> None:
    given = Variables({"HUIFANG_OIDC_CLIENT_ID": "x", "HUIFANG_OIDC_ISSUER": "http://a.example"})
    assert organisation.read(given) is None
    assert given.faults == [
        "HUIFANG_OIDC_ISSUER: must begin with https://",
        "HUIFANG_OIDC_ROLES: is needed with HUIFANG_OIDC_ISSUER",
    ]
    assert organisation.read(Variables({})) is None


@pytest.mark.parametrize("text", ["agents", "agents=boss", "=agent", "a=ingest"])
def test_a_group_has_a_role_of_ours(text: str) -> None:
    with pytest.raises(ValueError, match="GROUP=ROLE"):
        organisation.roles_of(text)


def test_the_highest_role_of_the_groups_counts() -> None:
    roles = organisation.roles_of("a=agent, ou=leads=manager,b=admin")
    assert roles == {"a": Role.AGENT, "ou=leads": Role.MANAGER, "b": Role.ADMIN}
    found = organisation.Organisation(
        issuer="https://a.example", client="x", secret=None, claim="groups", roles=roles
    )
    assert found.role_of(["a", "ou=leads", "z"]) is Role.MANAGER
    assert found.role_of(["z"]) is None
    assert "secret" not in repr(found)
