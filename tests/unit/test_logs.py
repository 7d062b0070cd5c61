"""The log: one chain for all loggers, and a last line of defence against personal data."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from huifang import logs

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def untouched() -> Iterator[None]:
    """Other tests find logging as they left it."""
    root = logging.getLogger()
    kept, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in logs.NOISY}
    told = structlog.get_config()
    yield
    root.handlers, root.level = kept, level
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    logging.captureWarnings(False)
    structlog.configure(**told)


def configured(format: str, level: str = "info") -> io.StringIO:
    out = io.StringIO()
    logs.configure(format, level, out)
    return out


def read(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_an_event_is_one_json_line_with_time_level_and_logger() -> None:
    out = configured("json")
    structlog.get_logger("delivery").info("contact.sent", contact="k_1", ms=12.5, 工单="T-1001")
    (line,) = read(out)
    stamp = line.pop("timestamp")
    assert stamp.endswith("Z")
    assert stamp[:2] == "20"
    assert line == {
        "event": "contact.sent",
        "level": "info",
        "logger": "delivery",
        "contact": "k_1",
        "ms": 12.5,
        "工单": "T-1001",
    }
    assert "工单" in out.getvalue()


@pytest.mark.parametrize(
    "name", ["aiohttp.server", "sqlalchemy.engine", "apscheduler", "aiosmtplib"]
)
def test_the_loggers_of_libraries_go_through_the_same_chain(name: str) -> None:
    out = configured("json")
    logging.getLogger(name).warning("cannot reach %s", "someone@example.com")
    (line,) = read(out)
    assert (line["logger"], line["level"]) == (name, "warning")
    assert line["event"] == "cannot reach [mailbox]"


def test_a_level_holds_for_both_kinds_of_loggers() -> None:
    out = configured("json", "warning")
    structlog.get_logger("a").info("no")
    logging.getLogger("b").info("no")
    structlog.get_logger("a").warning("yes")
    logging.getLogger("b").warning("yes")
    assert [line["event"] for line in read(out)] == ["yes", "yes"]


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="chatty"):
        logs.configure("json", "chatty")


def test_configuring_again_replaces_what_was() -> None:
    first = configured("json")
    log = structlog.get_logger("a")
    log.info("one")
    second = configured("json")
    log.info("two")
    assert [line["event"] for line in read(first)] == ["one"]
    assert [line["event"] for line in read(second)] == ["two"]


def test_raw_paths_of_requests_are_not_logged() -> None:
    out = configured("json", "debug")
    logging.getLogger("aiohttp.access").info("GET /s/secret-token")
    assert out.getvalue() == ""


def test_debugging_shows_our_lines_and_not_the_values_that_libraries_see() -> None:
    out = configured("json", "debug")
    logging.getLogger("some.driver").debug("execute %s", ("李四",))
    structlog.get_logger("a").debug("looked")
    assert [line["event"] for line in read(out)] == ["looked"]


PERSONAL = [
    "+8613800138000",
    "8613800138000",
    "13800138000",
    "138 0013 8000",
    "138-0013-8000",
    "+86 138 0013 8000",
    "+1 (415) 555-2671",
    "(010) 6552-9988",
    "010-65529988",
    "%2B8613800138000",
    "１３８００１３８０００",
    "tel:13800138000",
    "sms_13800138000",
    "+44 20 7946 0958",
    "li.si@example.com",
    "李四@例子.中国",
    "a+b@mail.example.co.uk",
    "li.si%40example.com",
    "root@localhost",
    "postgresql://huifang:s3cret@db.example/x",
    "hf_0123456789abcdefghijABCDEFGHIJ_-0123456789a",
]


@pytest.mark.parametrize("text", PERSONAL)
@pytest.mark.parametrize("around", ["{}", "客户{}说", "'{}',", "to={}&x=1", "<{}>", "a {} b"])
def test_what_looks_personal_is_masked_wherever_it_stands(text: str, around: str) -> None:
    masked = logs.mask(around.format(text))
    assert any(mark in masked for mark in (logs.PHONE, logs.MAILBOX, logs.KEY))
    digits = [sum(c.isdigit() for c in word) for word in masked.split()]
    assert max(digits, default=0) < 5
    for part in ("li.si", "李四", "s3cret", "root@", "a+b"):
        assert part not in masked


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T08:00:00+08:00",
        "2026-11-21 08:00:00.123456",
        "due 2026-11-21",
        "08:00:00.123456",
        "192.168.100.200",
        "0.123456789",
        "12345.678901",
        "550e8400-e29b-41d4-a716-446655440000",
        "SMaaaabbbbccccdddd0000111122223333",
        "line 1234, in _settle",
        "T-1001",
        "huifang/web.py",
        "contact.sent",
        "/v1/tickets/{id}",
        "@dataclass",
        "30 of 500",
    ],
)
def test_what_an_operator_needs_is_kept(text: str) -> None:
    assert logs.mask(text) == text


def test_a_number_after_a_date_is_masked_all_the_same() -> None:
    assert logs.mask("2026-11-21 13800138000") == "2026-11-21 [phone]"
    assert logs.mask("13800138000,13900139000") == "[phone],[phone]"


class _Customer:
    def __repr__(self) -> str:
        return "Customer(phone='+8613800138000')"


@pytest.mark.parametrize("format", ["json", "console"])
def test_no_value_escapes_however_deep_it_lies(format: str) -> None:
    out = configured(format)
    number, mailbox = "+8613800138000", "li.si@example.com"
    structlog.get_logger("a").info(
        f"called {number}",
        flat=number,
        listed=[number, (mailbox,)],
        deep={"a": {"b": [{"c": number}], number: 1}},
        many={number},
        thing=_Customer(),
        raw=number.encode(),
        fault=ValueError(mailbox),
    )
    shown = out.getvalue()
    assert "13800138000" not in shown
    assert "li.si" not in shown
    assert "[phone]" in shown
    assert "[mailbox]" in shown


@pytest.mark.parametrize("format", ["json", "console"])
def test_a_traceback_is_masked_with_its_causes(format: str) -> None:
    out = configured(format)
    try:
        try:
            raise ValueError("no route to +8613800138000")
        except ValueError as fault:
            raise RuntimeError("cannot tell li.si@example.com") from fault
    except RuntimeError:
        structlog.get_logger("a").exception("failed")
        logging.getLogger("aiohttp.server").exception("failed")
    shown = out.getvalue()
    assert shown.count("RuntimeError: cannot tell [mailbox]") == 2
    assert shown.count("ValueError: no route to [phone]") == 2
    assert "13800138000" not in shown


def test_what_holds_itself_does_not_hang_the_log() -> None:
    out = configured("json")
    circle: list[Any] = []
    circle.append(circle)
    structlog.get_logger("a").info("x", circle=circle)
    assert len(read(out)) == 1


class _Nameless:
    def __repr__(self) -> str:
        raise RuntimeError("no words for it")


def test_a_line_that_cannot_be_written_stops_nobody() -> None:
    out = configured("json")
    log = structlog.get_logger("a")
    log.info("x", thing=_Nameless())
    log.info("y")
    assert [line["event"] for line in read(out)] == ["y"]
    out.close()
    log.warning("z")


def test_a_value_that_is_no_json_is_written_all_the_same() -> None:
    out = configured("json")
    structlog.get_logger("a").info("x", big=2**80, half="\ud800", infinite=float("inf"))
    assert len(read(out)) == 1
