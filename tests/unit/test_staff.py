"""Logins, passwords, cookies, places and origins: the parts of sign-in that decide alone."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.request import is_ours
from huifang.staff import terminal
from huifang.staff.cookies import Cookie, csrf_of, new_token, same_form
from huifang.staff.model import login_fault, login_of, tries_of
from huifang.staff.passwords import Weakness, weakness
from huifang.staff.places import here_of, is_local, of_ticket, root_of, sign_in_first
from huifang.staff.sessions import subscriber_of
from kernel.endpoint import Role
from kernel.faults import Conflict, Invalid, NotFound, SettingsFault


def test_a_login_is_the_same_in_every_case_and_width() -> None:
    assert login_of("  Ｌi.Wei＠example.com ") == "li.wei@example.com"
    assert tries_of("LI") == tries_of("li ") != tries_of("lj")


@pytest.mark.parametrize("typed", ["", " ", "a b", "a\tb", "a;b", "<b>", "x" * 65, "Bootstrap"])
def test_what_cannot_be_a_login_is_refused(typed: str) -> None:
    assert login_fault(login_of(typed)) is not None


def test_a_ticket_is_found_whatever_its_id_is_made_of() -> None:
    assert of_ticket("2026/17#a?", "/tickets") == "/tickets/2026%2F17%23a%3F?source=%2Ftickets"


@given(st.text())
def test_every_login_is_kept_as_it_is_compared(typed: str) -> None:
    assert login_of(login_of(typed)) == login_of(typed)
    login_fault(login_of(typed))


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("elevenchars", Weakness.SHORT),
        ("twelve chars", None),
        ("十二个字的密码也算够长了", None),
        ("x" * 300, Weakness.LONG),
        ("Li.Wei@Example.com", Weakness.LOGIN),
        ("moc.elpmaxe@iew.il", Weakness.LOGIN),
        ("abababababab", Weakness.PLAIN),
        ("            ", Weakness.PLAIN),
    ],
)
def test_a_password_is_judged_by_its_length_and_the_login(
    password: str, said: Weakness | None
) -> None:
    assert weakness(password, "li.wei@example.com") == said


@pytest.mark.parametrize(
    "path", ["/", "/complaints?state=told&x=%20", "/a/b-c_d.e~f", "/callbacks/c_1"]
)
def test_a_page_of_ours_is_local(path: str) -> None:
    assert is_local(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "x",
        "//evil",
        "/\\evil",
        "/a\\b",
        "/a\nb",
        "/\tx",
        "https://evil",
        "/é",
        "/" + "a" * 3000,
    ],
)
def test_what_may_lead_elsewhere_is_not_local(path: str) -> None:
    assert not is_local(path)


def test_the_way_back_is_named_without_what_a_proxy_puts_before_it() -> None:
    root = root_of("https://care.example.com/hf/")
    assert root == "/hf"
    assert here_of("https://care.example.com/hf/complaints?a=1", root) == "/complaints?a=1"
    assert here_of("https://care.example.com/hf", root) == "/"
    assert sign_in_first("/complaints?a=1&b=2") == "/login?next=/complaints%3Fa%3D1%26b%3D2"
    assert sign_in_first("/") == sign_in_first("//evil") == "/login"


def test_a_cookie_is_read_among_others_and_only_if_it_is_ours() -> None:
    cookie, token = Cookie(secure=True), new_token()
    assert cookie.read({"cookie": f"a=b; __Host-huifang={token}; c=d"}) == token
    for header in ("", "a", f"huifang={token}", "__Host-huifang=x", f"__Host-huifang={token}x"):
        assert cookie.read({"cookie": header}) == ""
    plain = Cookie(secure=False).give(token, timedelta(hours=1))
    assert plain == f"huifang={token}; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax"


def test_a_form_belongs_to_one_token() -> None:
    one, other = new_token(), new_token()
    assert same_form(csrf_of(one), csrf_of(one))
    assert not same_form(csrf_of(other), csrf_of(one))
    assert not same_form("\ud800", csrf_of(one))


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site", "origin": "https://care.example.com"}, False),
        ({"origin": "https://care.example.com"}, True),
        ({"origin": "http://care.example.com"}, False),
        ({"origin": "http://127.0.0.1:8080", "host": "127.0.0.1:8080"}, True),
        ({"origin": "null", "host": ""}, False),
    ],
)
def test_only_our_own_pages_are_ours(headers: dict[str, str], ours: bool) -> None:
    assert is_ours(headers, "https://care.example.com/hf") == ours


def test_whoever_has_a_network_of_addresses_is_one() -> None:
    assert subscriber_of("2001:db8::1") == subscriber_of("2001:db8::2") == "2001:db8::/64"
    assert subscriber_of("192.0.2.1") == "192.0.2.1"
    assert subscriber_of("") == subscriber_of("nonsense") == ""


# --- the command line ---


def test_a_password_is_read_from_a_pipe() -> None:
    assert terminal.asked(io.StringIO("a b c \r\nrest"), piped=True) == "a b c "
    with pytest.raises(SettingsFault, match="there is none"):
        terminal.asked(io.StringIO("\n"), piped=True)


async def test_users_are_made_listed_and_let_go_from_the_command_line(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUIFANG_DATABASE_URL", sqlite_url)
    await terminal.create("Li", "李伟", Role.AGENT, "A-7", "a fine password")
    told = capsys.readouterr()
    assert told.out == "li may sign in as agent\n"
    assert "`agents:` of huifang.yaml names no A-7 yet" in told.err
    with pytest.raises(Conflict, match="li is in use"):
        await terminal.create("li", "other", Role.ADMIN, None, "a fine password")
    with pytest.raises(Invalid, match=r"login: a word.*password: at least 12"):
        await terminal.create("a b", "x", Role.AGENT, None, "short")
    await terminal.list_users(as_json=False)
    assert capsys.readouterr().out == "li\tagent\tactive\t-\tA-7\t李伟\n"
    await terminal.set_password("li", "another password")
    await terminal.deactivate("li")
    with pytest.raises(NotFound, match="huifang user list"):
        await terminal.deactivate("li")
    capsys.readouterr()
    await terminal.list_users(as_json=True)
    assert '"active": false' in capsys.readouterr().out
    await terminal.activate("li")
    with pytest.raises(Conflict, match="in use"):
        await terminal.activate("li")
    with pytest.raises(NotFound, match="nobody signed in as lu"):
        await terminal.activate("lu")
    capsys.readouterr()
    await terminal.list_users(as_json=False)
    assert capsys.readouterr().out.startswith("li\tagent\tactive")


def test_pages_name_no_script_or_style_of_their_own() -> None:
    folder = Path(__file__).resolve().parents[2] / "templates" / "pages"
    for path in folder.glob("staff*.html"):
        text = path.read_text("utf-8")
        assert " style=" not in text, path.name
        assert "<style" not in text, path.name
