"""Reads the environment, the only module that does, and the texts in the folder it points to."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from channels.accounts import Account, Relay, Senders, Smsc
from huifang import values
from huifang.ruleterms import DESK_NEEDS, DeskKind, DeskRules
from huifang.staff.organisation import Organisation
from huifang.staff.organisation import read as organisation_of
from huifang.values import Network
from huifang.variables import PREFIX, Variables
from kernel.faults import SettingsFault

RULES_FILE = "huifang.yaml"
SURVEYS_FOLDER = "surveys"
DATABASE_FILE = "huifang.sqlite3"
DATA_FOLDER = Path("data")
MOST_BYTES = 1_000_000  # of one file of the configuration

_CONFIG = f"{PREFIX}CONFIG"
_NAMED_BY_RULES = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one process was told, each field from the variable of its name unless said otherwise.

    Keys come newest first: the first signs, encrypts and writes, all verify, decrypt and find.
    `index_keys` may be empty, `twilio` and `relay` are None where there is no such account.
    `ticketing` is the desk of every source that the rules do not name.

    Settings of our own, beside the contract's: `lease` (60s) is for how long a worker holds a job
    unasked, and after which a dead consumer's stream entries are claimed; `send_within` (3s) is
    for how long after its intent a send may still leave; `settle_after` (30s), the time from the
    intent after which an unknown send is settled, exceeds `send_within` and the carrier's timeout
    together; `look` (500ms) is how often work is looked for that nobody rang for; `barrier` stops
    the process at a named step and makes a file there, for tests of crashes only. `HUIFANG_DATA`
    (`data`, in the folder the process starts in) holds the database where no other is named;
    files of exports go to `HUIFANG_EXPORTS`, a folder beside the data where none is named.
    `strangers` are variables named as ours that nothing reads.
    """

    database_url: str = field(repr=False)
    redis_url: str | None = field(repr=False)
    stream: str
    stream_group: str
    out_stream: str
    bind_host: str
    bind_port: int
    public_url: str
    trusted_proxies: tuple[Network, ...]
    secret_keys: tuple[bytes, ...] = field(repr=False)
    data_keys: tuple[bytes, ...] = field(repr=False)
    index_keys: tuple[bytes, ...] = field(repr=False)
    bootstrap_key: str | None = field(repr=False)
    ingest_secrets: tuple[str, ...] = field(repr=False)
    sms: str
    smsc: Smsc | None = field(repr=False)
    twilio: Account | None = field(repr=False)
    relay: Relay | None = field(repr=False)
    ticketing: DeskRules
    organisation: Organisation | None = field(repr=False)
    exports: Path
    config: Path | None
    log_format: str
    log_level: str
    lease: timedelta
    send_within: timedelta
    settle_after: timedelta
    look: timedelta
    barrier: tuple[str, Path] | None
    strangers: tuple[str, ...] = ()

    @property
    def scattered(self) -> bool:
        """Whether several dispatchers may share the work, and none knows what others send."""
        return self.redis_url is None and not self.database_url.startswith("sqlite:")


def environment() -> Mapping[str, str]:
    """The environment of this process, as it is now."""
    return dict(os.environ)


def load(environ: Mapping[str, str], *, data: Path | None = None) -> Settings:
    """The settings of an environment, as `read`; SettingsFault with every fault of it."""
    settings, faults = read(environ, data=data)
    _raise(faults)
    return settings


def read(environ: Mapping[str, str], *, data: Path | None = None) -> tuple[Settings, list[str]]:
    """The settings and every fault, one line each: the variable, and what to do.

    What has a fault is as if it were not set. `data` goes before `HUIFANG_DATA`.
    """
    given = Variables(environ)
    host, port = given.read("HUIFANG_BIND", values.address, ("127.0.0.1", 8080))
    log_format, log_level = given.read("HUIFANG_LOG", values.log, ("json", "info"))
    stream, out_stream = _streams(given)
    timeout = given.read("HUIFANG_TWILIO_TIMEOUT", values.duration, timedelta(seconds=10))
    sms, smsc = _sms(given)
    slowest = max(timeout, smsc.timeout) if smsc else timeout
    send_within, settle_after = _patience(given, slowest)
    url = _database_url(given, data)
    own = url.startswith("sqlite:")
    beside = Path(make_url(url).database or "").parent if own else _folder(given, data)
    settings = Settings(
        database_url=url,
        redis_url=given.read("HUIFANG_REDIS_URL", values.redis_url, None),
        stream=stream,
        stream_group=given.text("HUIFANG_STREAM_GROUP") or "huifang",
        out_stream=out_stream,
        bind_host=host,
        bind_port=port,
        public_url=given.read("HUIFANG_PUBLIC_URL", values.public_url, values.url_of(host, port)),
        trusted_proxies=given.read("HUIFANG_TRUSTED_PROXIES", values.networks, ()),
        secret_keys=given.read("HUIFANG_SECRET_KEY", values.secret_keys, ()),
        data_keys=given.read("HUIFANG_DATA_KEY", values.ring, ()),
        index_keys=given.read("HUIFANG_INDEX_KEY", values.ring, ()),
        bootstrap_key=given.read("HUIFANG_BOOTSTRAP_KEY", values.token, None),
        ingest_secrets=given.read("HUIFANG_INGEST_SECRET", values.webhook_secrets, ()),
        sms=sms,
        smsc=smsc,
        twilio=_twilio(given, timeout),
        relay=_relay(given),
        ticketing=_ticketing(given),
        organisation=organisation_of(given),
        exports=given.read("HUIFANG_EXPORTS", Path, beside / "exports"),
        config=given.read(_CONFIG, Path, None),
        log_format=log_format,
        log_level=log_level,
        lease=given.read("HUIFANG_LEASE", values.duration, timedelta(seconds=60)),
        send_within=send_within,
        settle_after=settle_after,
        look=given.read("HUIFANG_LOOK", values.duration, timedelta(milliseconds=500)),
        barrier=given.read("HUIFANG_BARRIER", values.step_and_mark, None),
    )
    _need_keys(given)
    given.refuse_unknown(also=_named_by_rules(settings.config))
    return replace(settings, strangers=tuple(given.strangers)), given.faults


def database_url(environ: Mapping[str, str], *, data: Path | None = None) -> str:
    """The database alone, for commands that need nothing else; SettingsFault as for `load`."""
    given = Variables(environ)
    url = _database_url(given, data)
    _raise(given.faults)
    return url


def config_folder(environ: Mapping[str, str]) -> Path | None:
    """The folder of the operator's own configuration; None where the defaults serve."""
    given = Variables(environ)
    folder = given.read(_CONFIG, Path, None)
    _raise(given.faults)
    return folder


def public_url(environ: Mapping[str, str]) -> str:
    """How the outside world calls us; the usual where that is set wrongly, which `load` tells."""
    given = Variables(environ)
    host, port = given.read("HUIFANG_BIND", values.address, ("127.0.0.1", 8080))
    return given.read("HUIFANG_PUBLIC_URL", values.public_url, values.url_of(host, port))


def config_text(config: Path | None) -> str | None:
    """The text of the folder's `huifang.yaml`; None where there is none.

    SettingsFault where folder or file cannot be read.
    """
    if config is None:
        return None
    faults: list[str] = []
    path = config / RULES_FILE
    text = None
    if _is_folder(config, faults):
        if _exists(path):
            text = _text(path, RULES_FILE, faults)
        elif _exists(path.with_suffix(".yml")):
            faults.append(f"huifang.yml: is never read; call it {RULES_FILE}")
    _raise(faults)
    return text


def surveys_files(config: Path | None) -> tuple[dict[str, str], list[str]]:
    """The texts of the folder's surveys by name, `surveys/care.yaml`, and what cannot be read."""
    faults: list[str] = []
    texts: dict[str, str] = {}
    if config is not None and _is_folder(config, faults) and _exists(config / SURVEYS_FOLDER):
        for path in _files(config / SURVEYS_FOLDER, faults):
            name = f"{SURVEYS_FOLDER}/{path.name}"
            text = _text(path, name, faults)
            if text is not None:
                texts[name] = text
    return texts, faults


def survey_file(name: str) -> str:
    """The text of one survey's file, wherever it is; SettingsFault where it cannot be read."""
    faults: list[str] = []
    text = _text(Path(name), name, faults)
    _raise(faults)
    return text or ""


def _raise(faults: list[str]) -> None:
    if faults:
        raise SettingsFault(faults)


def _database_url(given: Variables, data: Path | None) -> str:
    own = f"sqlite:///{_folder(given, data) / DATABASE_FILE}"
    return given.read("HUIFANG_DATABASE_URL", _database, own)


def _folder(given: Variables, data: Path | None) -> Path:
    named = given.read("HUIFANG_DATA", Path, DATA_FOLDER)
    return data or named


def _database(text: str) -> str:
    try:
        parsed = make_url(text)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.drivername not in {"sqlite", "postgresql"}:
        raise ValueError("must be sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME")
    if parsed.drivername == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise ValueError("must name a file, since every process of the service opens it")
    if parsed.drivername == "sqlite" and Path(parsed.database or "").is_dir():
        raise ValueError(f"names a folder; name a file in it, such as {DATABASE_FILE}")
    return text


def _streams(given: Variables) -> tuple[str, str]:
    stream = given.text("HUIFANG_STREAM") or "tickets:events"
    out_stream = given.text("HUIFANG_OUT_STREAM") or "huifang:events"
    if out_stream in {stream, f"{stream}:dead"}:
        given.wrong("HUIFANG_OUT_STREAM", f"must be another than {stream} and {stream}:dead")
    return stream, out_stream


def _patience(given: Variables, timeout: timedelta) -> tuple[timedelta, timedelta]:
    send_within = given.read("HUIFANG_SEND_WITHIN", values.duration, timedelta(seconds=3))
    longest = send_within + timeout
    usual = max(timedelta(seconds=30), longest + timedelta(seconds=10))
    settle_after = given.read("HUIFANG_SETTLE_AFTER", values.duration, usual)
    if settle_after <= longest:
        given.wrong(
            "HUIFANG_SETTLE_AFTER",
            "must exceed HUIFANG_SEND_WITHIN and the carrier's timeout together, "
            f"which are {longest.total_seconds():g}s",
        )
    return send_within, settle_after


def _need_keys(given: Variables) -> None:
    if not given.is_given("HUIFANG_SECRET_KEY"):
        given.wrong("HUIFANG_SECRET_KEY", "is needed; `openssl rand -hex 32` makes one")
    if not given.is_given("HUIFANG_DATA_KEY"):
        given.wrong("HUIFANG_DATA_KEY", "is needed; `openssl rand -base64 32` makes one")


def _sms(given: Variables) -> tuple[str, Smsc | None]:
    """Which carrier takes SMS, and the SMSC where that is one."""
    sms = given.read("HUIFANG_SMS", values.one_of(("twilio", "smpp")), "twilio")
    smsc = given.read("HUIFANG_SMPP_URL", values.smsc, None)
    if sms == "smpp" and not given.is_given("HUIFANG_SMPP_URL"):
        given.wrong("HUIFANG_SMPP_URL", "is needed with HUIFANG_SMS=smpp")
    if sms != "smpp" and given.is_given("HUIFANG_SMPP_URL"):
        given.wrong("HUIFANG_SMS", "must be smpp with HUIFANG_SMPP_URL; or leave that out")
    return sms, smsc


def _twilio(given: Variables, timeout: timedelta) -> Account | None:
    sid = given.read("HUIFANG_TWILIO_ACCOUNT_SID", values.account_id, None)
    token = given.read("HUIFANG_TWILIO_AUTH_TOKEN", values.token, None)
    none: Senders = ()
    senders = dict(given.read("HUIFANG_TWILIO_FROM", values.twilio_senders, none))
    service = given.read("HUIFANG_TWILIO_MESSAGING_SERVICE_SID", values.account_id, None)
    base_url = given.read("HUIFANG_TWILIO_BASE_URL", values.http_url, None)
    names = ("ACCOUNT_SID", "AUTH_TOKEN", "FROM", "MESSAGING_SERVICE_SID", "BASE_URL")
    present = {name: given.is_given(f"HUIFANG_TWILIO_{name}") for name in names}
    if not any(present.values()):
        return None
    first = next(name for name, there in present.items() if there)
    for name in ("ACCOUNT_SID", "AUTH_TOKEN"):
        if not present[name]:
            given.wrong(f"HUIFANG_TWILIO_{name}", f"is needed with HUIFANG_TWILIO_{first}")
    if not present["FROM"] and not present["MESSAGING_SERVICE_SID"]:
        given.wrong(
            "HUIFANG_TWILIO_FROM",
            f"this or HUIFANG_TWILIO_MESSAGING_SERVICE_SID is needed with HUIFANG_TWILIO_{first}",
        )
    if sid is None or token is None:
        return None
    return Account(
        sid=sid,
        token=token,
        sender=senders.pop("", None),
        service=service,
        base_url=base_url,
        timeout=timeout,
        senders=tuple(senders.items()),
    )


def _relay(given: Variables) -> Relay | None:
    sender = given.read("HUIFANG_MAIL_FROM", values.mail_sender, None)
    relay = given.read("HUIFANG_SMTP_URL", lambda url: values.relay(url, sender or ""), None)
    for name, other in (
        ("HUIFANG_MAIL_FROM", "HUIFANG_SMTP_URL"),
        ("HUIFANG_SMTP_URL", "HUIFANG_MAIL_FROM"),
    ):
        if given.is_given(other) and not given.is_given(name):
            given.wrong(name, f"is needed with {other}")
    return relay


def _ticketing(given: Variables) -> DeskRules:
    kinds = tuple(DeskKind)
    kind = DeskKind(given.read("HUIFANG_TICKETING", values.one_of(kinds), str(DeskKind.NONE)))
    url = given.read("HUIFANG_TICKETING_URL", values.hook_url, None)
    token = given.read("HUIFANG_TICKETING_TOKEN", values.token, None)
    signs = kind == DeskKind.WEBHOOK
    secret = given.read("HUIFANG_TICKETING_SECRET", values.webhook_secret if signs else str, None)
    for name in DESK_NEEDS[kind]:
        if not given.is_given(f"HUIFANG_TICKETING_{name.upper()}"):
            given.wrong(
                f"HUIFANG_TICKETING_{name.upper()}", f"is needed with HUIFANG_TICKETING={kind}"
            )
    if not given.is_given("HUIFANG_TICKETING") and (url or token):
        named = "URL" if url else "TOKEN"
        given.wrong("HUIFANG_TICKETING", f"is needed with its {named}; use {', '.join(kinds)}")
    return DeskRules(kind=kind, url=url, token=token, secret=secret)


def _named_by_rules(config: Path | None) -> frozenset[str]:
    """Variables that `huifang.yaml` reads; whether it can be read is told by `config_text`."""
    if config is None:
        return frozenset()
    return frozenset(_NAMED_BY_RULES.findall(_text(config / RULES_FILE, RULES_FILE, []) or ""))


def _is_folder(config: Path, faults: list[str]) -> bool:
    try:
        if config.is_dir():
            return True
    except OSError:
        pass
    faults.append(f"{_CONFIG}: {str(config)!r} is no folder that can be read")
    return False


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return True  # behind a door that does not open: reading it tells which


def _files(folder: Path, faults: list[str]) -> list[Path]:
    try:
        found = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as fault:
        faults.append(f"{SURVEYS_FOLDER}: cannot be read: {fault.strerror}")
        return []
    faults.extend(
        f"{SURVEYS_FOLDER}/{path.name}: is never read; its name must end in .yaml"
        for path in found
        if path.suffix == ".yml"
    )
    return [path for path in found if path.suffix == ".yaml"]


def _text(path: Path, name: str, faults: list[str]) -> str | None:
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            faults.append(f"{name}: has more than {MOST_BYTES} bytes")
            return None
        return raw.decode("utf-8-sig")
    except OSError as fault:
        faults.append(f"{name}: cannot be read: {fault.strerror}")
    except UnicodeDecodeError as fault:
        faults.append(f"{name}: is no UTF-8: byte {fault.start + 1}; save it as UTF-8")
    return None
