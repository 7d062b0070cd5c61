"""How the environment becomes settings, and how every fault of it is told at once."""

import base64
import hashlib
import ipaddress
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from channels.accounts import Account, Relay, Tls
from huifang import configuration, settings
from huifang.ruleterms import DeskKind, DeskRules
from huifang.settings import Settings, config_folder, config_text, database_url, surveys_files
from kernel.faults import SettingsFault
from kernel.webhooks import secret_bytes

KEY, OLD_KEY = bytes(range(32)), bytes(range(32, 64))
DATA_KEY = base64.b64encode(KEY).decode()
HOOK = "whsec_" + base64.b64encode(b"h" * 32).decode()
NEEDED = {"HUIFANG_SECRET_KEY": "a secret of ours", "HUIFANG_DATA_KEY": DATA_KEY}
TWILIO = {
    "HUIFANG_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "HUIFANG_TWILIO_AUTH_TOKEN": "carrier-token",
    "HUIFANG_TWILIO_FROM": "+8610655500001",
}
MAIL = {"HUIFANG_SMTP_URL": "smtp://mail.test", "HUIFANG_MAIL_FROM": "care@example.test"}


def loaded(extra: Mapping[str, str] | None = None, *, data: Path | None = None) -> Settings:
    return settings.load({**NEEDED, **(extra or {})}, data=data)


def faults(extra: Mapping[str, str], needed: Mapping[str, str] = NEEDED) -> tuple[str, ...]:
    with pytest.raises(SettingsFault) as raised:
        settings.load({**needed, **extra})
    return raised.value.faults


def only_fault(extra: Mapping[str, str]) -> str:
    found = faults(extra)
    assert len(found) == 1, found
    return found[0]


def test_what_is_not_set_has_the_default_of_the_contract() -> None:
    found = loaded()
    assert found.database_url == "sqlite:///data/huifang.sqlite3"
    assert found.redis_url is None
    assert (found.stream, found.stream_group) == ("tickets:events", "huifang")
    assert found.out_stream == "huifang:events"
    assert (found.bind_host, found.bind_port) == ("127.0.0.1", 8080)
    assert found.public_url == "http://127.0.0.1:8080"
    assert found.trusted_proxies == ()
    assert (found.index_keys, found.ingest_secrets, found.bootstrap_key) == ((), (), None)
    assert (found.sms, found.twilio, found.relay, found.config) == ("twilio", None, None, None)
    assert found.ticketing == DeskRules(kind=DeskKind.NONE)
    assert (found.log_format, found.log_level) == ("json", "info")
    assert found.lease == timedelta(seconds=60)
    assert (found.send_within, found.settle_after) == (timedelta(seconds=3), timedelta(seconds=30))
    assert found.look == timedelta(milliseconds=500)
    assert found.barrier is None


def test_a_variable_that_is_blank_is_not_set() -> None:
    blank = {"HUIFANG_BIND": "", "HUIFANG_SMS": " ", "HUIFANG_TWILIO_AUTH_TOKEN": ""}
    assert loaded(blank) == loaded()


def test_dispatchers_that_cannot_know_of_each_other_are_noticed() -> None:
    shared = {"HUIFANG_DATABASE_URL": "postgresql://h:p@db:5432/huifang"}
    assert loaded(shared).scattered
    assert not loaded({**shared, "HUIFANG_REDIS_URL": "redis://localhost:6379"}).scattered
    assert not loaded().scattered  # SQLite is for one machine, and one process does


def test_the_keys_that_a_service_needs_are_asked_for_by_name() -> None:
    first, second = faults({}, needed={})
    assert first.startswith("HUIFANG_SECRET_KEY: is needed")
    assert second.startswith("HUIFANG_DATA_KEY: is needed")


def test_all_faults_are_told_in_one_run() -> None:
    found = faults(
        {
            "HUIFANG_BIND": "8080",
            "HUIFANG_TWILIO_TIMEOUT": "ten",
            "HUIFANG_LOG": "xml",
            "HUIFANG_REDIS_URL": "http://redis",
            "HUIFANG_DATA_KEY": "short",
            "HUIFANG_LOOK": "0s",
        }
    )
    names = {line.partition(":")[0] for line in found}
    assert len(found) == 6
    assert names == {
        "HUIFANG_BIND",
        "HUIFANG_TWILIO_TIMEOUT",
        "HUIFANG_LOG",
        "HUIFANG_REDIS_URL",
        "HUIFANG_DATA_KEY",
        "HUIFANG_LOOK",
    }


def test_a_setting_nobody_knows_is_a_fault_that_names_the_nearest() -> None:
    told = only_fault({"HUIFANG_TWILIO_TIMOUT": "5s"})
    assert told.startswith("HUIFANG_TWILIO_TIMOUT: ")
    assert "HUIFANG_TWILIO_TIMEOUT" in told.partition(": ")[2]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUIFANG_TEST_POSTGRES_URL", "postgresql://x"),
        ("HUIFANG_DATABASE_PASSWORD", "x"),
        ("HUIFANG_PORT", "8080"),
        ("HUIFANG_SERVICE_HOST", "10.0.0.1"),
        ("HUIFANG_API_SERVICE_PORT_HTTP", "8080"),
        ("HUIFANG_PORT_8080_TCP_ADDR", "10.0.0.1"),
        ("HUIFANG_API_PORT", "tcp://10.0.0.1:8080"),
        ("PATH", "/bin"),
    ],
)
def test_what_others_set_is_left_alone(name: str, value: str) -> None:
    assert loaded({name: value}) == loaded()


def test_a_setting_that_resembles_none_of_ours_is_told_and_stops_nothing() -> None:
    given = {**NEEDED, "HUIFANG_FLAVOUR": "mint"}
    found = settings.load(given)
    assert found.strangers == ("HUIFANG_FLAVOUR",)
    assert any("HUIFANG_FLAVOUR" in line for line in configuration.advice(given, found))


@pytest.mark.parametrize("name", ["HUIFANG_DB_URL", "HUIFANG_PUBLIC_URI", "HUIFANG_SECRET_KEYS"])
def test_a_setting_that_was_hardly_meant_as_another_is_a_fault(name: str) -> None:
    assert "did you mean HUIFANG_" in only_fault({name: "x"})


def test_a_port_of_no_service_is_unknown() -> None:
    assert only_fault({"HUIFANG_BIND_PORT": "8080"}).startswith("HUIFANG_BIND_PORT: ")


def test_a_variable_that_the_rules_read_is_known(tmp_path: Path) -> None:
    (tmp_path / "huifang.yaml").write_text('desks: {/a: {token: "env:HUIFANG_DESK_A"}}', "utf-8")
    given = {"HUIFANG_CONFIG": str(tmp_path), "HUIFANG_DESK_A": "x"}
    assert (loaded(given).config, loaded(given).strangers) == (tmp_path, ())
    assert loaded(given | {"HUIFANG_DESK_B": "y"}).strangers == ("HUIFANG_DESK_B",)


@pytest.mark.parametrize(
    ("text", "host", "port", "url"),
    [
        ("0.0.0.0:80", "0.0.0.0", 80, "http://127.0.0.1:80"),
        ("[::1]:8080", "::1", 8080, "http://[::1]:8080"),
        ("[::]:8080", "::", 8080, "http://[::1]:8080"),
        ("localhost:0", "localhost", 0, "http://localhost:0"),
    ],
)
def test_an_address_to_listen_on_is_host_and_port(
    text: str, host: str, port: int, url: str
) -> None:
    found = loaded({"HUIFANG_BIND": text})
    assert (found.bind_host, found.bind_port, found.public_url) == (host, port, url)


@pytest.mark.parametrize(
    "text", ["8080", ":8080", "h:65536", "::1:80", "[::x]:80", "h:80/", "h:-1"]
)
def test_another_address_is_refused(text: str) -> None:
    assert only_fault({"HUIFANG_BIND": text}).startswith("HUIFANG_BIND: ")


def test_the_public_url_loses_its_last_slash() -> None:
    assert (
        loaded({"HUIFANG_PUBLIC_URL": "https://care.test/h/"}).public_url == "https://care.test/h"
    )


@pytest.mark.parametrize(
    "text",
    [
        *("care.test", "ftp://care.test", "https://", "https://a.test/?q=1"),
        *("https://care_1.test", "https://-care.test", "https://a..test", "https://c*re.test"),
    ],
)
def test_another_public_url_is_refused(text: str) -> None:
    assert only_fault({"HUIFANG_PUBLIC_URL": text}).startswith("HUIFANG_PUBLIC_URL: ")


@pytest.mark.parametrize(
    "text",
    [
        "http://[::1]:8080",
        "http://127.0.0.1:8080",
        "https://care-1.test./x",
        "https://回访.example",
    ],
)
def test_a_public_url_may_have_any_host_that_can_be_looked_up(text: str) -> None:
    assert loaded({"HUIFANG_PUBLIC_URL": text}).public_url == text


def test_trusted_proxies_are_networks() -> None:
    found = loaded({"HUIFANG_TRUSTED_PROXIES": "10.0.0.0/8, ::1,192.0.2.7"}).trusted_proxies
    assert found == tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "::1/128", "192.0.2.7/32")))


def test_an_address_with_a_mask_is_refused_with_the_network_it_lies_in() -> None:
    assert "10.0.0.0/8" in only_fault({"HUIFANG_TRUSTED_PROXIES": "10.1.2.3/8"})
    assert "proxy" in only_fault({"HUIFANG_TRUSTED_PROXIES": "::1,proxy"})


def test_the_first_key_of_a_ring_comes_first() -> None:
    old = base64.urlsafe_b64encode(OLD_KEY).decode().rstrip("=")
    found = loaded(
        {
            "HUIFANG_SECRET_KEY": "new, old",
            "HUIFANG_DATA_KEY": f"{DATA_KEY},{old}",
            "HUIFANG_INDEX_KEY": old,
        }
    )
    assert found.secret_keys == (hashlib.sha256(b"new").digest(), hashlib.sha256(b"old").digest())
    assert (found.data_keys, found.index_keys) == ((KEY, OLD_KEY), (OLD_KEY,))


@pytest.mark.parametrize("name", ["HUIFANG_DATA_KEY", "HUIFANG_INDEX_KEY"])
@pytest.mark.parametrize("text", [DATA_KEY[:-4], DATA_KEY + "AAAA", "no base64!", f"{DATA_KEY},x"])
def test_a_key_of_another_length_is_refused(name: str, text: str) -> None:
    assert only_fault({name: text}).startswith(f"{name}: must be 32 bytes in base64")


def test_ingest_secrets_are_a_list() -> None:
    other = "whsec_" + base64.b64encode(b"o" * 24).decode()
    found = loaded({"HUIFANG_INGEST_SECRET": f"{HOOK}, {other}"}).ingest_secrets
    assert [secret_bytes(each) for each in found] == [b"h" * 32, b"o" * 24]


@pytest.mark.parametrize("text", ["plain", f"{HOOK},whsec_!", "whsec_aaaa", ","])
def test_another_ingest_secret_is_refused(text: str) -> None:
    assert only_fault({"HUIFANG_INGEST_SECRET": text}).startswith("HUIFANG_INGEST_SECRET: ")


def test_a_database_is_a_file_or_a_server() -> None:
    for url in ("sqlite:////var/lib/h.db", "postgresql://u:p@db.test:5432/huifang"):
        assert loaded({"HUIFANG_DATABASE_URL": url}).database_url == url
        assert database_url({"HUIFANG_DATABASE_URL": url}) == url


def test_the_embedded_database_is_in_the_data_folder() -> None:
    given = {"HUIFANG_DATA": "/srv/h"}
    assert loaded(given).database_url == "sqlite:////srv/h/huifang.sqlite3"
    assert database_url(given) == "sqlite:////srv/h/huifang.sqlite3"
    assert loaded(given, data=Path("/tmp/d")).database_url == "sqlite:////tmp/d/huifang.sqlite3"


@pytest.mark.parametrize(
    "text", ["sqlite://", "sqlite:///:memory:", "mysql://h/d", "postgresql://h:port/d", "/var/h.db"]
)
def test_another_database_is_refused(text: str) -> None:
    assert only_fault({"HUIFANG_DATABASE_URL": text}).startswith("HUIFANG_DATABASE_URL: ")
    with pytest.raises(SettingsFault):
        database_url({"HUIFANG_DATABASE_URL": text})


def test_a_redis_url_names_a_server() -> None:
    url = "redis://:pa@redis.test:6379/0"
    assert loaded({"HUIFANG_REDIS_URL": url}).redis_url == url
    for text in ("redis://", "redis://h:x", "redis://h/name", "redis.test:6379", "redis://a..b"):
        assert only_fault({"HUIFANG_REDIS_URL": text}).startswith("HUIFANG_REDIS_URL: ")


def test_what_we_publish_may_not_come_back_in() -> None:
    assert loaded({"HUIFANG_STREAM": "a", "HUIFANG_OUT_STREAM": "b"}).out_stream == "b"
    for out in ("a", "a:dead"):
        told = only_fault({"HUIFANG_STREAM": "a", "HUIFANG_OUT_STREAM": out})
        assert told.startswith("HUIFANG_OUT_STREAM: ")


def test_a_carrier_account_is_read_whole() -> None:
    extra = {"HUIFANG_TWILIO_BASE_URL": "http://carrier.test/x/", "HUIFANG_TWILIO_TIMEOUT": "2s"}
    assert loaded(TWILIO | extra).twilio == Account(
        sid=TWILIO["HUIFANG_TWILIO_ACCOUNT_SID"],
        token="carrier-token",
        sender="+8610655500001",
        base_url="http://carrier.test/x",
        timeout=timedelta(seconds=2),
    )


def test_a_messaging_service_may_stand_for_the_sender() -> None:
    given = {k: v for k, v in TWILIO.items() if not k.endswith("FROM")}
    found = loaded(given | {"HUIFANG_TWILIO_MESSAGING_SERVICE_SID": "MG1"}).twilio
    assert found is not None
    assert (found.sender, found.service) == (None, "MG1")


@pytest.mark.parametrize("missing", TWILIO)
def test_half_an_account_is_a_fault(missing: str) -> None:
    given = {name: value for name, value in TWILIO.items() if name != missing}
    assert only_fault(given).startswith(f"{missing}: ")


def test_an_account_that_cannot_be_used_is_refused() -> None:
    assert only_fault(TWILIO | {"HUIFANG_TWILIO_FROM": "13800138000"}).startswith(
        "HUIFANG_TWILIO_FROM: "
    )
    assert only_fault(TWILIO | {"HUIFANG_TWILIO_ACCOUNT_SID": "a/b"}).startswith(
        "HUIFANG_TWILIO_ACCOUNT_SID: "
    )


@pytest.mark.parametrize("kind", ["zendesk", "zammad", "freshdesk", "chatwoot", "jira"])
def test_a_native_desk_is_of_no_use_without_its_url_and_its_token(kind: str) -> None:
    with pytest.raises(SettingsFault) as raised:
        loaded({"HUIFANG_TICKETING": kind})
    assert raised.value.faults == (
        f"HUIFANG_TICKETING_URL: is needed with HUIFANG_TICKETING={kind}",
        f"HUIFANG_TICKETING_TOKEN: is needed with HUIFANG_TICKETING={kind}",
    )
    found = loaded(
        {
            "HUIFANG_TICKETING": kind,
            "HUIFANG_TICKETING_URL": "https://desk.test",
            "HUIFANG_TICKETING_TOKEN": "a@b.test:c",
            "HUIFANG_TICKETING_SECRET": "any secret will do",
        }
    ).ticketing
    assert (found.kind, found.token, found.secret) == (kind, "a@b.test:c", "any secret will do")


def test_an_operators_own_network_may_need_no_token() -> None:
    assert only_fault({"HUIFANG_TICKETING": "tmf621"}).startswith("HUIFANG_TICKETING_URL: ")


def test_a_kind_nobody_knows_is_refused_with_those_that_are_known() -> None:
    assert only_fault({"HUIFANG_TICKETING": "otrs"}).endswith("freshdesk, chatwoot, jira")


def test_an_unknown_send_is_settled_only_when_it_must_be_over() -> None:
    longer = {"HUIFANG_SEND_WITHIN": "10s", "HUIFANG_TWILIO_TIMEOUT": "20s"}
    assert loaded(longer).settle_after == timedelta(seconds=40)
    longer["HUIFANG_SETTLE_AFTER"] = "30s"
    assert only_fault(longer).startswith("HUIFANG_SETTLE_AFTER: ")
    assert loaded(longer | {"HUIFANG_SETTLE_AFTER": "31s"}).settle_after == timedelta(seconds=31)


@pytest.mark.parametrize(
    ("url", "port", "tls"),
    [
        ("smtp://mail.test", 587, Tls.REQUIRED),
        ("smtp://mail.test:25?starttls=optional", 25, Tls.OPTIONAL),
        ("smtp://mail.test:8025/?starttls=never", 8025, Tls.NEVER),
        ("smtps://mail.test", 465, Tls.IMPLICIT),
    ],
)
def test_a_mail_server_is_secured_as_its_url_says(url: str, port: int, tls: Tls) -> None:
    expected = Relay(host="mail.test", port=port, sender="care@example.test", tls=tls)
    assert loaded(MAIL | {"HUIFANG_SMTP_URL": url}).relay == expected


def test_user_and_password_of_a_mail_server_are_decoded() -> None:
    url = "smtp://care%40example.test:p%2Fw%23@mail.test:587"
    found = loaded(MAIL | {"HUIFANG_SMTP_URL": url}).relay
    assert found is not None
    assert (found.user, found.password) == ("care@example.test", "p/w#")


@pytest.mark.parametrize(
    "url",
    [
        "mail.test:587",
        "http://mail.test",
        "smtp://",
        "smtp://mail.test?tls=yes",
        "smtp://mail.test?starttls=maybe",
        "smtps://mail.test?starttls=required",
        "smtp://user@mail.test",
        "smtp://user:p%ff@mail.test",
        "smtp://user:pass/word@mail.test",
        "smtp://mail.test:0",
    ],
)
def test_another_mail_server_is_refused(url: str) -> None:
    assert only_fault(MAIL | {"HUIFANG_SMTP_URL": url}).startswith("HUIFANG_SMTP_URL: ")


def test_what_is_wrong_with_the_end_of_a_mail_server_is_told_as_it_must_be_written() -> None:
    told = only_fault(MAIL | {"HUIFANG_SMTP_URL": "smtp://mail.test:587/x"})
    assert "after the server" in told
    assert "%XX" in told


def test_mail_needs_server_and_sender() -> None:
    for missing in MAIL:
        given = {name: value for name, value in MAIL.items() if name != missing}
        assert only_fault(given).startswith(f"{missing}: is needed")


def test_a_sender_is_one_mailbox_with_a_name_or_without() -> None:
    named = "回访 <care@example.test>"
    found = loaded(MAIL | {"HUIFANG_MAIL_FROM": named}).relay
    assert found is not None
    assert found.sender == named
    for text in ("care", "a@b.test, c@d.test", "Acme, Inc <a@b.test>", "a@b@c"):
        told = only_fault(MAIL | {"HUIFANG_MAIL_FROM": text})
        assert told.startswith("HUIFANG_MAIL_FROM: must be one mailbox")


def test_a_webhook_desk_has_a_url_and_a_secret_that_can_sign() -> None:
    given = {
        "HUIFANG_TICKETING": "webhook",
        "HUIFANG_TICKETING_URL": "https://desk.test/hook?a=b",
        "HUIFANG_TICKETING_TOKEN": "t",
        "HUIFANG_TICKETING_SECRET": HOOK,
    }
    assert loaded(given).ticketing == DeskRules(
        kind=DeskKind.WEBHOOK, url="https://desk.test/hook?a=b", token="t", secret=HOOK
    )
    assert only_fault({"HUIFANG_TICKETING": "webhook"}).startswith("HUIFANG_TICKETING_URL: ")
    told = only_fault(given | {"HUIFANG_TICKETING_SECRET": "plain"})
    assert told.startswith("HUIFANG_TICKETING_SECRET: ")


def test_a_desk_without_a_kind_is_a_fault_but_a_shared_secret_alone_is_none() -> None:
    for name, value in (("URL", "https://desk.test"), ("TOKEN", "t")):
        told = only_fault({f"HUIFANG_TICKETING_{name}": value})
        assert told.startswith(f"HUIFANG_TICKETING: is needed with its {name}; ")
    found = loaded({"HUIFANG_TICKETING_SECRET": "shared with a ticketing system"}).ticketing
    assert (found.kind, found.secret) == (DeskKind.NONE, "shared with a ticketing system")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("console", ("console", "info")),
        ("json:debug", ("json", "debug")),
        ("json:warn", ("json", "warning")),
    ],
)
def test_a_log_has_a_format_and_a_level(text: str, expected: tuple[str, str]) -> None:
    found = loaded({"HUIFANG_LOG": text})
    assert (found.log_format, found.log_level) == expected


def test_a_barrier_is_a_step_and_a_file() -> None:
    found = loaded({"HUIFANG_BARRIER": "delivery.sent:/tmp/a:b"})
    assert found.barrier == ("delivery.sent", Path("/tmp/a:b"))
    assert only_fault({"HUIFANG_BARRIER": "step"}).startswith("HUIFANG_BARRIER: ")


SECRETS = ("sesame-one", "sesame-two", "sesame-three", "sesame-four", "sesame-five")


def test_no_fault_tells_a_secret() -> None:
    one, two, three, four, five = SECRETS
    found = faults(
        {
            "HUIFANG_DATABASE_URL": f"postgres://u:{one}@h:{one}/d",
            "HUIFANG_REDIS_URL": f"redis://:{two}/x@h:port",
            "HUIFANG_DATA_KEY": three,
            "HUIFANG_INDEX_KEY": three,
            "HUIFANG_BOOTSTRAP_KEY": f"{four} {four}",
            "HUIFANG_INGEST_SECRET": f"whsec_{five}",
            "HUIFANG_SMTP_URL": f"smtp://u:{one}/{two}#@h",
            "HUIFANG_TWILIO_AUTH_TOKEN": f"{three}\x07",
            "HUIFANG_TICKETING": "webhook",
            "HUIFANG_TICKETING_URL": f"https://u:{four}@h",
            "HUIFANG_TICKETING_SECRET": five,
        }
    )
    assert len(found) >= 10
    assert [line for line in found if "sesame" in line] == []


def test_no_representation_tells_a_secret() -> None:
    one, two, three, four, five = SECRETS
    found = loaded(
        TWILIO
        | MAIL
        | {
            "HUIFANG_SECRET_KEY": one,
            "HUIFANG_DATABASE_URL": f"postgresql://u:{one}@h/d",
            "HUIFANG_REDIS_URL": f"redis://:{two}@h:6379/0",
            "HUIFANG_BOOTSTRAP_KEY": three,
            "HUIFANG_TWILIO_AUTH_TOKEN": four,
            "HUIFANG_SMTP_URL": f"smtp://u:{five}@h",
            "HUIFANG_INGEST_SECRET": HOOK,
            "HUIFANG_TICKETING": "webhook",
            "HUIFANG_TICKETING_URL": "https://desk.test",
            "HUIFANG_TICKETING_TOKEN": one,
            "HUIFANG_TICKETING_SECRET": HOOK,
        }
    )
    shown = repr(found)
    assert "sesame" not in shown
    assert HOOK not in shown
    assert repr(KEY) not in shown
    assert repr(found.secret_keys[0]) not in shown


def test_without_a_folder_there_is_no_text_of_ours() -> None:
    assert config_folder({}) is None
    assert config_text(None) is None
    assert surveys_files(None) == ({}, [])


def test_a_folder_may_hold_rules_and_surveys(tmp_path: Path) -> None:
    assert config_folder({"HUIFANG_CONFIG": str(tmp_path)}) == tmp_path
    assert config_text(tmp_path) is None
    assert surveys_files(tmp_path) == ({}, [])
    (tmp_path / "huifang.yaml").write_bytes(b"\xef\xbb\xbf" + "brand: {name: 电信}".encode())
    (tmp_path / "surveys").mkdir()
    (tmp_path / "surveys" / "care.yaml").write_text("id: care", "utf-8")
    (tmp_path / "surveys" / ".care.yaml").write_text("an editor's", "utf-8")
    (tmp_path / "surveys" / "README.md").write_text("notes", "utf-8")
    assert config_text(tmp_path) == "brand: {name: 电信}"
    assert surveys_files(tmp_path) == ({"surveys/care.yaml": "id: care"}, [])


def folder_faults(folder: Path) -> list[str]:
    found: list[str] = []
    try:
        config_text(folder)
    except SettingsFault as fault:
        found += fault.faults
    return found + surveys_files(folder)[1]


def test_a_folder_that_is_none_is_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for folder in (tmp_path / "gone", file):
        found = folder_faults(folder)
        assert len(found) == 2
        assert all(line.startswith("HUIFANG_CONFIG: ") for line in found)


def test_files_that_would_never_be_read_and_files_that_cannot_be_are_faults(tmp_path: Path) -> None:
    (tmp_path / "huifang.yml").touch()
    (tmp_path / "surveys").mkdir()
    (tmp_path / "surveys" / "a.yml").touch()
    (tmp_path / "surveys" / "b.yaml").write_bytes(b"title: \xff")
    (tmp_path / "surveys" / "c.yaml").mkdir()
    (tmp_path / "surveys" / "d.yaml").write_bytes(b"#" * (settings.MOST_BYTES + 1))
    found = folder_faults(tmp_path)
    assert [line.partition(":")[0] for line in found] == [
        "huifang.yml",
        "surveys/a.yml",
        "surveys/b.yaml",
        "surveys/c.yaml",
        "surveys/d.yaml",
    ]
