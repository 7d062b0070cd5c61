"""People sign in: who is let in and for how long, what is refused, what is never said."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from huifang.staff.passwords import Passwords
from huifang.staff.sessions import LOCKED, MOST_OF_LOGIN, MOST_OF_REMOTE, Refused
from huifang.staff.tables import sessions, sign_in_tries, users
from kernel import journal
from kernel.endpoint import Role
from tests.http.real import Real, real
from tests.http.staff import CHEAP, PASSWORD, Browser, people, signed_in, user


@pytest.fixture
async def app(sqlite_url: str) -> AsyncIterator[Real]:
    async with real(sqlite_url) as found:
        found.service.sessions.passwords = Passwords(CHEAP)
        yield found


@pytest.fixture
async def either(database_url: str) -> AsyncIterator[Real]:
    """The service on both databases, for what they might do differently."""
    async with real(database_url) as found:
        yield found


async def kinds(app: Real) -> list[str]:
    """What the audit tells, oldest first."""
    found = (await app.get("/v1/audit")).body["items"]
    return [each["kind"] for each in reversed(found)]


# --- in and out ---


async def test_a_person_signs_in_works_and_signs_out(either: Real) -> None:
    await user(either, "li.wei", Role.MANAGER, "A-7")
    browser = Browser(app=either)
    away = await browser.get("/complaints?state=registered")
    assert (away.status, away.text) == (303, "")
    assert away.headers["Location"] == "/hf/login?next=/complaints%3Fstate%3Dregistered"
    asked = await browser.get(away.headers["Location"].removeprefix("/hf"))
    assert (asked.status, asked.media) == (200, "text/html")
    before = browser.cookie
    entered = await browser.send("/login", {"login": " Li.Wei ", "password": PASSWORD})
    assert (entered.status, entered.headers["Location"]) == (303, "/hf/complaints?state=registered")
    assert browser.cookie.startswith("__Host-huifang=")
    assert browser.cookie != before  # another token than who was not signed in had
    page = await browser.get("/complaints?state=registered")
    assert (page.status, page.media) == (200, "text/html")
    assert "li.wei 的名字" in page.text
    again = await browser.get("/login?next=/account")
    assert (again.status, again.headers["Location"]) == (303, "/hf/account")
    await browser.get("/account")
    kept = browser.cookie
    left = await browser.send("/logout", {})
    assert (left.status, left.headers["Location"]) == (303, "/hf/login?done=out")
    assert browser.cookie == ""
    browser.cookie = kept  # whoever copied it
    assert (await browser.get("/account")).status == 303
    assert await kinds(either) == [
        *("user.created", "session.begun", "personal.read", "session.ended")
    ]
    acts = (await either.get("/v1/audit?actor=li.wei")).body["items"]
    assert [each["kind"] for each in acts] == ["session.ended", "personal.read", "session.begun"]


async def test_the_cookie_is_for_this_host_over_https_and_no_script(app: Real) -> None:
    reply = await Browser(app=app).get("/login")
    name, *rest = reply.headers["Set-Cookie"].split("; ")
    assert re.fullmatch(r"__Host-huifang=[\w-]{43}", name)
    assert set(rest) == {"Path=/", "Max-Age=43200", "HttpOnly", "SameSite=Lax", "Secure"}


async def test_neither_token_nor_password_is_kept_in_the_open(app: Real) -> None:
    browser = await signed_in(app, "li")
    token = browser.cookie.partition("=")[2]
    async with app.service.database.read() as conn:
        [kept] = (await conn.execute(select(sessions))).all()
        [known] = (await conn.execute(select(users))).all()
    assert token not in str(kept)
    assert PASSWORD not in str(known)
    assert known.password.startswith("$argon2id$")


async def test_unknown_and_wrong_are_told_alike_and_cost_alike(app: Real) -> None:
    await user(app, "li")
    wrong = await Browser(app=app).sign_in("li", "not the password")
    unknown = await Browser(app=app).sign_in("nobody", "not the password")
    assert (wrong.status, unknown.status) == (401, 401)
    assert "登录名或密码不正确" in wrong.text

    def same(page: str, login: str) -> str:
        return re.sub(r'value="[\w-]{43}"', "", page).replace(f'value="{login}"', "")

    assert same(wrong.text, "li") == same(unknown.text, "nobody")
    assert await kinds(app) == ["user.created", "session.refused", "session.refused"]
    told = (await app.get("/v1/audit")).text
    assert "nobody" not in told  # many a password was typed where a login belongs


async def test_signing_in_leads_nowhere_but_to_pages_of_ours(app: Real) -> None:
    await user(app, "li")
    wishes = [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
    ]
    for wanted in wishes:
        browser = Browser(app=app)
        await browser.get("/login")
        form = {"login": "li", "password": PASSWORD, "next": wanted}
        entered = await browser.send("/login", form)
        assert (entered.status, entered.headers["Location"]) == (303, "/hf/"), wanted


# --- for how long ---


async def test_a_session_ends_when_it_is_not_used_and_at_the_end_of_a_shift(app: Real) -> None:
    browser = await signed_in(app, "li")
    for _ in range(6):
        app.clock.advance(timedelta(minutes=119))
        assert (await browser.get("/account")).status == 200
    app.clock.advance(timedelta(minutes=7))
    assert (await browser.get("/account")).status == 303
    await browser.sign_in("li")
    app.clock.advance(timedelta(hours=2))
    assert (await browser.get("/account")).status == 303


async def test_a_user_who_is_let_go_is_out_at_once_and_cannot_come_back(either: Real) -> None:
    browser = await signed_in(either, "li")
    await people(either).deactivate("li", either.clock.now())
    assert (await browser.get("/account")).status == 303
    assert (await browser.sign_in("li")).status == 401
    await user(either, "li", Role.MANAGER)  # the login is free for another
    assert (await browser.sign_in("li")).status == 303


async def test_a_secret_that_is_taken_out_of_the_settings_ends_what_it_signed(app: Real) -> None:
    browser = await signed_in(app, "li")
    old = app.service.sessions.secrets
    app.service.sessions.secrets = [b"new", *old]
    assert (await browser.get("/account")).status == 200
    app.service.sessions.secrets = [b"new"]
    assert (await browser.get("/account")).status == 303


async def test_a_user_has_so_many_sessions_and_no_more(app: Real) -> None:
    await user(app, "li")
    [known] = await people(app).list()
    for _ in range(22):
        app.clock.advance(timedelta(seconds=1))
        async with app.service.database.write() as conn:
            await app.service.sessions.begin(conn, known, "password", app.clock.now())
    async with app.service.database.read() as conn:
        assert (await conn.execute(select(func.count()).select_from(sessions))).scalar() == 20


async def test_a_hash_of_weaker_days_is_made_anew_at_the_next_sign_in(app: Real) -> None:
    await user(app, "li")
    app.service.sessions.passwords = Passwords()
    for _ in range(2):
        assert (await Browser(app=app).sign_in("li")).status == 303
    async with app.service.database.read() as conn:
        kept = (await conn.execute(select(users.c.password))).scalar_one()
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


# --- too many tries ---


async def test_after_some_wrong_tries_not_even_the_right_password_is_looked_at(
    either: Real,
) -> None:
    await user(either, "li")
    browser = Browser(app=either)
    for _ in range(MOST_OF_LOGIN):
        assert (await browser.sign_in("li", "wrong")).status == 401
    locked = await browser.sign_in("li")
    assert locked.status == 429
    assert 890 < int(locked.headers["Retry-After"]) <= 900
    assert "请在15分钟后再试" in locked.text
    assert (await browser.sign_in("li")).status == 429
    assert (await kinds(either)).count("session.locked") == 1
    replica = replace(either.service.sessions)
    said = await replica.sign_in("li", PASSWORD, "192.0.2.9", either.clock.now())
    assert isinstance(said, Refused)
    assert said.until is not None
    either.clock.advance(LOCKED)
    assert (await browser.sign_in("li")).status == 303
    async with either.service.database.read() as conn:
        assert (await conn.execute(select(sign_in_tries.c.tries))).scalars().all() == [0]


async def test_a_login_nobody_has_is_locked_alike(app: Real) -> None:
    browser = Browser(app=app)
    said = [(await browser.sign_in("nobody", "wrong")).status for _ in range(MOST_OF_LOGIN + 1)]
    assert said == [401] * MOST_OF_LOGIN + [429]


async def test_tries_at_once_are_counted_before_any_is_looked_at(either: Real) -> None:
    await user(either, "li")
    tries = [
        either.service.sessions.sign_in("li", "wrong", f"192.0.2.{number}", either.clock.now())
        for number in range(12)
    ]
    said = await asyncio.gather(*tries)
    looked_at = [each for each in said if getattr(each, "until", 0) is None]
    assert len(looked_at) == MOST_OF_LOGIN


async def test_an_address_that_tries_many_logins_is_locked_and_others_are_not(app: Real) -> None:
    sessions_, now = app.service.sessions, app.clock.now()
    await user(app, "li")
    sessions_.passwords = _Quick()  # type: ignore[assignment]
    for number in range(MOST_OF_REMOTE):
        await sessions_.sign_in(f"u{number}", "x", "2001:db8::1", now)
    locked = await sessions_.sign_in("li", "x", "2001:db8::ffff:2", now)
    other = await sessions_.sign_in("li", "x", "2001:db8:0:1::1", now)
    assert getattr(locked, "until", None) == now + LOCKED
    assert getattr(other, "until", 0) is None


class _Quick:
    """No password fits."""

    async def fits(self, password: str, hashed: str | None) -> bool:
        return False


async def test_a_new_password_from_the_command_line_ends_a_lock(app: Real) -> None:
    await user(app, "li")
    browser = Browser(app=app)
    for _ in range(MOST_OF_LOGIN + 1):
        await browser.sign_in("li", "wrong")
    await people(app).set_password("li", "another fine one", app.clock.now())
    assert (await browser.sign_in("li", "another fine one")).status == 303


# --- forged requests ---


async def test_a_form_that_is_not_from_our_page_does_nothing(app: Real) -> None:
    browser = await signed_in(app, "li")
    for csrf in ("", "x" * 43):
        refused = await browser.send("/account/language", {"csrf": csrf, "lang": "en"})
        assert (refused.status, refused.media) == (403, "text/html")
    assert '<html lang="zh-CN"' in (await browser.get("/account")).text


async def test_a_form_from_another_site_does_nothing_even_with_the_token(app: Real) -> None:
    browser, other = await signed_in(app, "li"), Browser(app=app)
    elsewhere, form = "https://evil.example", {"login": "li", "password": PASSWORD}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": elsewhere}, {"Origin": "null"}):
        await browser.get("/account")
        assert (await browser.send("/logout", {}, headers)).status == 403
        assert (await browser.get("/account")).status == 200
        await other.get("/login")
        assert (await other.send("/login", form, headers)).status == 403
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "https://care.example.com"}):
        await other.get("/login")
        assert (await other.send("/login", form, headers)).status == 303
        other.cookie = ""


async def test_nobody_is_signed_in_by_a_form_of_another_browser(app: Real) -> None:
    await user(app, "li")
    one, other = Browser(app=app), Browser(app=app)
    await one.get("/login")
    await other.get("/login")
    other.forms = one.forms
    assert (await other.send("/login", {"login": "li", "password": PASSWORD})).status == 403
    other.cookie = ""
    assert (await other.send("/login", {"login": "li", "password": PASSWORD})).status == 403


# --- the API ---


async def test_a_session_calls_the_api_with_the_token_of_its_page(app: Real) -> None:
    browser = await signed_in(app, "li", Role.AGENT)
    assert (await browser.api("GET", "/v1/complaints", csrf="")).status == 200
    path, told = "/v1/customers/C-1/opt-outs?source=/tickets", json.dumps({"channel": "sms"})
    forged = await browser.api("POST", path, data=told, csrf="")
    assert (forged.status, forged.media) == (403, "application/problem+json")
    missing = await browser.api("POST", path, data=told)
    assert missing.status in {404, 422}  # let in, and told that there is no such customer
    low = await browser.api("GET", "/v1/responses")
    assert (low.status, low.body["role"]) == (403, "manager")
    browser.cookie = "__Host-huifang=" + "x" * 43
    assert (await browser.api("GET", "/v1/complaints")).status == 401
    wrong = await app.get("/v1/complaints", key="wrong", headers={"Cookie": browser.cookie})
    assert wrong.status == 401


async def test_a_key_opens_no_page(app: Real) -> None:
    reply = await app.get("/")
    assert (reply.status, reply.headers["Location"]) == (303, "/hf/login")


async def test_programs_are_told_of_no_page(app: Real) -> None:
    paths = (await app.get("/openapi.json", key=None)).body["paths"]
    assert not {"/", "/login", "/complaints", "/account"} & set(paths)


# --- the account ---


async def test_a_changed_password_signs_out_every_other_browser(either: Real) -> None:
    browser = await signed_in(either, "li")
    other = Browser(app=either)
    await other.sign_in("li")
    await browser.get("/account")
    before = browser.cookie
    done = await browser.send("/account/password", _FORM)
    assert (done.status, done.headers["Location"]) == (303, "/hf/account?done=password")
    assert browser.cookie != before
    assert (await browser.get("/account?done=password")).status == 200
    assert (await other.get("/account")).status == 303
    assert (await other.sign_in("li")).status == 401
    assert (await other.sign_in("li", "a new one 12345")).status == 303


_FORM = {"current": PASSWORD, "password": "a new one 12345", "again": "a new one 12345"}
_UNFIT = (
    ({"password": "short", "again": "short"}, "密码至少12个字符"),
    ({"password": "a" * 14, "again": "a" * 14}, "过于简单"),
    ({"password": "wang.xiaoming", "again": "wang.xiaoming"}, "不能与登录名相同"),
    ({"again": "something else"}, "两次输入的新密码不一致"),
    ({"current": "wrong"}, "当前密码不正确"),
)


async def test_a_password_that_will_not_do_is_refused_with_the_reason(app: Real) -> None:
    browser = await signed_in(app, "wang.xiaoming")
    await browser.get("/account")
    for changes, said in _UNFIT:
        refused = await browser.send("/account/password", {**_FORM, **changes})
        assert refused.status == 422
        assert said in refused.text
    assert (await Browser(app=app).sign_in("wang.xiaoming")).status == 303


async def test_a_copied_session_cannot_guess_the_password(app: Real) -> None:
    browser = await signed_in(app, "li")
    await browser.get("/account")
    form = {**_FORM, "current": "wrong"}
    said = [
        (await browser.send("/account/password", form)).status for _ in range(MOST_OF_LOGIN + 1)
    ]
    assert said == [422] * MOST_OF_LOGIN + [429]


async def test_signing_out_everywhere_ends_every_session(app: Real) -> None:
    browser = await signed_in(app, "li")
    other = Browser(app=app)
    await other.sign_in("li")
    await browser.get("/account")
    await browser.send("/account/sign-out", {})
    assert browser.cookie == ""
    assert (await other.get("/account")).status == 303


async def test_the_language_one_chose_is_kept_wherever_one_signs_in(app: Real) -> None:
    browser = await signed_in(app, "li")
    chosen = await browser.send("/account/language", {"lang": "en"})
    assert (chosen.status, chosen.headers["Location"]) == (303, "/hf/account")
    page = await Browser(app=app).get("/login?lang=en")
    assert "Sign in" in page.text
    other = Browser(app=app)
    await other.sign_in("li")
    home = await other.get("/account", headers={"Accept-Language": "zh"})
    assert (home.headers["Content-Language"], "Callbacks" in home.text) == ("en", True)
    audit = await other.api("GET", "/v1/notices")
    assert audit.status == 200


# --- the frame ---


async def test_pages_let_in_no_script_but_ours_and_are_not_kept(app: Real) -> None:
    browser = await signed_in(app, "li", Role.MANAGER)
    for path in ("/", "/complaints", "/account"):
        page = await browser.get(path)
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'; style-src 'self'; script-src 'self'; connect-src" in policy
        assert "unsafe" not in policy
        assert page.headers["Cache-Control"] == "no-store"
        assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|style=", page.text)
        assert page.text.count("<h1>") == 1


async def test_a_fault_is_a_page_in_the_readers_language(app: Real) -> None:
    browser = await signed_in(app, "li")
    english = {"Accept-Language": "en"}
    wrong = await browser.get("/complaints?state=none", headers=english)
    assert (wrong.status, wrong.media) == (422, "text/html")
    assert "Please check what was entered" in wrong.text


async def test_what_somebody_typed_stands_on_the_page_as_text(app: Real) -> None:
    await user(app, "li")
    page = await Browser(app=app).sign_in('"><script>alert(1)</script>', "wrong")
    assert page.status == 401
    assert "<script>alert" not in page.text


async def test_the_journal_tells_of_sign_ins_without_what_was_typed(app: Real) -> None:
    browser = await signed_in(app, "li")
    await browser.sign_in("li", "my secret typed")
    async with app.service.database.read() as conn:
        rows = (await conn.execute(select(journal.journal))).all()
    assert "my secret" not in str(rows)
    assert [row.kind for row in rows][-1] == "session.begun"
