"""Who is let in, where the database is slow to say."""

from datetime import UTC, datetime

import pytest

from huifang.entry import Entry
from huifang.identity import Principal
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.faults import Unauthorized

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
CALL = Call(
    now=NOW,
    path={},
    query={},
    body=None,
    raw=b"",
    headers={"authorization": "Bearer somebody"},
    url="/",
    remote="",
    form=(),
    actor="",
    role=Role.NONE,
)


class Slow:
    """Keys of a database that has no answer in time for the first so many who ask."""

    def __init__(self, late, found=None):
        self.late, self.found = late, found

    async def who(self, key, now):
        if self.late:
            self.late -= 1
            raise TimeoutError
        return self.found


def entry(late, found=None):
    return Entry(identity=Slow(late, found), sessions=None, public_url="")


async def handler(call):
    return Answer()


PLACE = Endpoint(method="GET", path="/v1/x", handler=handler, role=Role.AGENT, summary="x", tag="x")


async def test_a_key_is_looked_up_again_before_the_database_is_said_to_be_away():
    # So a process that was held up for seconds still tells a wrong key from a database's absence.
    with pytest.raises(Unauthorized):
        await entry(late=1).admitted(PLACE, "GET", CALL)
    known = Principal(name="desk", role=Role.AGENT)
    assert (await entry(late=1, found=known).admitted(PLACE, "GET", CALL)).actor == "desk"
    with pytest.raises(TimeoutError):
        await entry(late=2).admitted(PLACE, "GET", CALL)
