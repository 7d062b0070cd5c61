"""Serves the sandbox alone: for end-to-end tests, and beside the product in a composition."""

import argparse
import asyncio
import importlib.resources
import importlib.util
import json
import logging
import os
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from sandbox import config, mailbox, seed
from sandbox.server import application
from sandbox.world import World

SHUTDOWN_S = 2.0
_SECRETS = ("auth_token", "ingest_secret", "api_key", "desk_secret")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; return the exit status."""
    options = _options(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        asyncio.run(_serve(options))
    except (OSError, OverflowError, ValueError) as failure:
        sys.stderr.write(f"sandbox: {failure}\n")
        return 1
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="A carrier, a mailbox and a ticketing desk. Prints one line of JSON with its "
        "ports once it is ready. Options may come from the environment: SANDBOX_AUTH_TOKEN etc.",
    )
    add = parser.add_argument
    add("--host", default=_given("host", "127.0.0.1"), help="address to listen on (%(default)s)")
    add("--port", type=int, default=int(_given("port") or 0), help="web port; 0: a free one")
    add(
        "--smtp-port",
        type=int,
        default=int(_given("smtp_port") or 0),
        help="mail port; 0: a free one",
    )
    add(
        "--product-url",
        default=_given("product_url", "http://127.0.0.1:8080"),
        help="where the product answers (%(default)s)",
    )
    add("--sms-webhook-url", default=_given("sms_webhook_url"), help="else by the product's URL")
    add("--voice-webhook-url", default=_given("voice_webhook_url"), help="likewise, for calls")
    add(
        "--call-speed",
        type=_speed,
        default=_speed(_given("call_speed", "1") or "1"),
        help="how fast calls go beside the clock; 0: no waiting at all (%(default)s)",
    )
    add("--account-sid", default=_given("account_sid", config.ACCOUNT_SID))
    add("--from-number", default=_given("from_number", config.FROM_NUMBER))
    for name in _SECRETS:
        add(f"--{name.replace('_', '-')}", default=_given(name), help="better in the environment")
    add("--source", default=_given("source", config.SOURCE), help="events' source (%(default)s)")
    add("--echo-reopen", action="store_true", help="tell each reopening back, as real desks do")
    add("--carrier-stop", action="store_true", help="let the carrier itself obey STOP")
    add("--no-seed", action="store_true", help="begin without customers and tickets")
    add("--templates", type=Path, default=None, help="folder of the page")
    return parser.parse_args(arguments)


async def _serve(options: argparse.Namespace) -> None:
    kept = World()
    if not options.no_seed:
        seed.sow(kept, _now())
    settings = config.Config(
        product_url=options.product_url,
        templates=options.templates or _templates(),
        account_sid=options.account_sid,
        auth_token=options.auth_token or config.AUTH_TOKEN,
        from_number=options.from_number,
        sms_webhook_url=options.sms_webhook_url,
        voice_webhook_url=options.voice_webhook_url,
        call_speed=options.call_speed,
        ingest_secret=options.ingest_secret,
        api_key=options.api_key,
        desk_secret=options.desk_secret,
        source=options.source,
        carrier_stop=options.carrier_stop,
        echo_reopen=options.echo_reopen,
    )
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    runner = web.AppRunner(
        application(kept, settings, now=_now), shutdown_timeout=SHUTDOWN_S, access_log=None
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, options.host, options.port).start()
        mails = await mailbox.start(kept, host=options.host, port=options.smtp_port, now=_now)
        try:
            port = runner.addresses[0][1]
            ready = {"host": options.host, "port": port, "smtp_port": mails.port}
            ready["url"] = f"http://{options.host}:{port}"
            sys.stdout.write(json.dumps(ready) + "\n")
            sys.stdout.flush()
            await ended.wait()
        finally:
            await mails.close()
    finally:
        await runner.cleanup()


def _given(name: str, default: str | None = None) -> str | None:
    return os.environ.get(f"SANDBOX_{name.upper()}") or default


def _speed(given: str) -> float | None:
    return float(given) or None


def _now() -> datetime:
    return datetime.now(UTC)


def _templates() -> Path:
    if importlib.util.find_spec("huifang") is not None:
        inside = Path(str(importlib.resources.files("huifang"))) / "_templates"
        if inside.is_dir():
            return inside
    return Path(__file__).resolve().parents[1] / "templates"


if __name__ == "__main__":
    sys.exit(main())
