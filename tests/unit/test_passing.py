"""What another try may mend, and what it never will."""

import sqlite3

import asyncpg
import pytest
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kernel.faults import described
from kernel.sql import passing


def told(state: str) -> Exception:
    fault = Exception("told by the server")
    fault.sqlstate = state
    return fault


@pytest.mark.parametrize(
    "fault",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        PoolTimeout(),
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.ConnectionDoesNotExistError("closed in the middle of operation"),
        asyncpg.InterfaceError("connection is closed"),
        DBAPIError("", {}, told("57P01")),
        DBAPIError("", {}, told("53100")),
        OperationalError("", {}, Exception("database is locked")),
        InterfaceError("", {}, Exception("connection is closed")),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_a_database_that_is_away_busy_or_full_may_be_asked_again(fault):
    assert passing(fault)


@pytest.mark.parametrize(
    "fault",
    [
        DataError("", {}, told("22001")),
        IntegrityError("", {}, told("23505")),
        DBAPIError("", {}, told("22P05")),
        StatementError("a naive datetime", "", {}, ValueError()),
        ValueError("ours"),
        KeyError("ours"),
        FileNotFoundError(2, "no such file", "/var/exports/x"),
        PermissionError(13, "denied", "/var/exports/x"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_what_the_data_or_we_are_at_fault_for_stays_so(fault):
    assert not passing(fault)


def test_a_fault_is_told_to_the_log_by_its_kind_and_code_and_never_by_its_words():
    # Two faults of one name, a pool without room and a database that does not answer.
    assert described(PoolTimeout("13800138000"))["reason"] == "sqlalchemy.exc.TimeoutError"
    assert described(TimeoutError("13800138000"))["reason"] == "builtins.TimeoutError"
    assert described(OSError(24, "13800138000"))["code"] == "EMFILE"
    assert described(DBAPIError("13800138000", {}, told("57P01"))) == {
        "reason": "sqlalchemy.exc.DBAPIError",
        "code": "57P01",
    }
    busy = sqlite3.OperationalError("13800138000")
    busy.sqlite_errorname = "SQLITE_BUSY"
    assert described(OperationalError("", {}, busy))["code"] == "SQLITE_BUSY"
