"""The client that posts messages, over sockets: what it reads, what it keeps, what it gives up."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest

from channels.posting import Answer, Poster, Unreadable, Unwritten, read_answer
from tests.e2e.stack import free_port

OK = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SOON = timedelta(seconds=5)

Say = Callable[[int], bytes | None]  # to the connection's nth request; None: hang up


@asynccontextmanager
async def carrier(say: Say, *, hang_up: bool = False) -> AsyncIterator[tuple[str, list[int]]]:
    """A server that says whatever it is told; the connections by how much was asked on each."""
    lines: list[int] = []
    serving: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        line = len(lines)
        lines.append(0)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                lines[line] += 1
                answer = say(sum(lines))
                if answer is None:
                    break
                writer.write(answer)
                if hang_up:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}/messages", lines
    finally:
        server.close()
        await asyncio.wait_for(asyncio.gather(*filter(None, serving)), 5)


def poster(url: str, *, within: timedelta = SOON, at_most: int = 4) -> Poster:
    return Poster(url, {"Accept": "application/json"}, within=within, at_most=at_most)


@pytest.mark.parametrize(
    ("said", "status", "body", "kept"),
    [
        (OK, 201, b"{}", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True),
        (b"HTTP/1.1 200\r\ncontent-LENGTH:0\r\n\r\n", 200, b"", True),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 201, b"{}", True),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, b"x", False),
        (b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nx", 200, b"x", False),
        (OK + b"more", 201, b"{}", False),
        (CHUNKED + b"3\r\nabc\r\n1;why=not\r\nd\r\n0\r\n\r\n", 200, b"abcd", True),
        (CHUNKED + b"0\r\nX-Late: yes\r\n\r\n", 200, b"", True),
    ],
)
def test_an_answer_is_read_to_its_end(said: bytes, status: int, body: bytes, kept: bool) -> None:
    answer = read_answer(said, ended=False)
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body, answer.kept) == (status, body, kept)
    whole = said.removesuffix(b"more")
    for cut in range(len(whole)):
        assert read_answer(whole[:cut], ended=False) is None, cut


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    said = b"HTTP/1.1 200 OK\r\nRetry-After: 7\r\n\r\nall of it"
    assert read_answer(said, ended=False) is None
    answer = read_answer(said, ended=True)
    assert answer is not None
    assert (answer.body, answer.kept, answer.headers["retry-after"]) == (b"all of it", False, "7")
    assert read_answer(OK[:-1], ended=True) is None


@pytest.mark.parametrize(
    "said",
    [
        b"<h1>Hello</h1>\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: \xc2\xb2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        CHUNKED + b"\r\n",
        CHUNKED + b"xyz\r\nabc\r\n",
    ],
)
def test_what_is_no_answer_is_told_and_never_guessed_at(said: bytes) -> None:
    with pytest.raises(Unreadable):
        read_answer(said, ended=False)


async def test_a_connection_serves_one_request_after_the_other() -> None:
    async with carrier(lambda _: OK) as (url, lines):
        ours = poster(url)
        for _ in range(3):
            assert (await ours.post(b"a=1")).status == 201
        await asyncio.gather(*(ours.post(b"a=1") for _ in range(20)))
        await ours.close()
    assert lines[0] > 3
    assert (len(lines), sum(lines)) == (4, 23)


async def test_a_connection_that_the_carrier_closed_is_not_written_to() -> None:
    async with carrier(lambda _: OK, hang_up=True) as (url, lines):
        ours = poster(url)
        for _ in range(2):
            assert (await ours.post(b"a=1")).body == b"{}"
            await asyncio.wait_for(_gone(ours), 5)
        await ours.close()
    assert lines == [1, 1]


async def _gone(ours: Poster) -> None:
    while any(line.is_ready() for line in ours._idle):
        await asyncio.sleep(0)


async def test_a_request_that_nobody_answered_is_not_repeated() -> None:
    async with carrier(lambda number: OK if number == 1 else None) as (url, lines):
        ours = poster(url)
        await ours.post(b"a=1")
        with pytest.raises(ConnectionError):
            await ours.post(b"a=1")
        await ours.close()
    assert sum(lines) == 2


async def test_time_that_runs_out_after_writing_may_have_sent_it_and_costs_the_connection() -> None:
    async with carrier(lambda number: b"" if number == 1 else OK) as (url, lines):
        ours = poster(url, within=timedelta(milliseconds=50))
        with pytest.raises(TimeoutError):
            await ours.post(b"a=1")
        assert (await ours.post(b"a=1")).status == 201
        await ours.close()
    assert lines == [1, 1]


async def test_time_that_runs_out_while_others_have_all_connections_has_sent_nothing() -> None:
    async with carrier(lambda _: OK) as (url, lines):
        ours = poster(url, within=timedelta(milliseconds=20), at_most=1)
        async with ours._room:
            with pytest.raises(Unwritten):
                await ours.post(b"a=1")
        assert (await ours.post(b"a=1")).status == 201
        await ours.close()
    assert lines == [1]


async def test_where_nobody_listens_nothing_was_written() -> None:
    ours = poster(f"http://127.0.0.1:{free_port()}/messages")
    with pytest.raises(Unwritten):
        await ours.post(b"a=1")
