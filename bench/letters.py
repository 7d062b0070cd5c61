"""Plays a mail server that takes every mail at once: what is measured is who sends, never it."""

import asyncio

import uvloop

_SAYS = {
    b"EHLO": b"250-bench\r\n250 8BITMIME\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}


async def _meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 bench\r\n")
    try:
        while line := await reader.readline():
            verb = line[:4].upper()
            writer.write(_SAYS.get(verb, b"250 ok\r\n"))
            if verb == b"DATA":
                await reader.readuntil(b"\r\n.\r\n")
                writer.write(b"250 taken\r\n")
            elif verb == b"QUIT":
                break
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def serve() -> None:
    """Listen until somebody stops us; the port is told on the first line."""
    server = await asyncio.start_server(_meet, "127.0.0.1", 0, limit=2**20)
    print(f"port {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
