"""Answers each reply after one indexed update and its commit: no gate, no journal, only speed."""

import asyncio
import os

import asyncpg
import uvloop
from aiohttp import web

_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response><Message>解决了吗?</Message></Response>'


async def serve() -> None:
    """Until somebody stops us."""
    pool = await asyncpg.create_pool(os.environ["BENCH_DATABASE"], min_size=10, max_size=10)

    async def said(request: web.Request) -> web.Response:
        form = await request.post()
        await pool.execute(
            "UPDATE asked SET said = $2 WHERE phone = $1", form["From"], form["Body"]
        )
        return web.Response(text=_ANSWER, content_type="application/xml")

    app = web.Application()
    app.router.add_post("/carriers/twilio/sms", said)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(os.environ["BENCH_PORT"])).start()
    print("huifang serves nothing: this is bare", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve())
