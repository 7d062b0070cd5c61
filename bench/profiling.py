"""Profiles dispatch and ingestion inside one process: where a contact's time goes."""

import cProfile
import io
import json
import pstats
from datetime import UTC, datetime

from bench import product
from bench.machine import Ground
from bench.report import progress
from huifang.wiring import ServiceRole
from tickets.intake import read_entry
from tickets.model import Refused

_SHOWN = 25
_BATCH = 500


async def dispatch(stage: Ground, size: int) -> str:
    """The dispatcher's steps over `size` due contacts on PostgreSQL, carrier and all."""
    with stage.database() as url:
        progress(f"profile: planning {size:,} contacts")
        await product.stock(stage, url, size)
        profile = cProfile.Profile()
        async with product.service(
            product.environment(stage, url), ServiceRole.DISPATCHER
        ) as built:
            progress("profile: dispatching")
            profile.enable()
            while await built.step():
                pass
            profile.disable()
        return _told(profile, "dispatch", size)


async def ingest(stage: Ground, size: int) -> str:
    """The intake of `size` closings in batches on PostgreSQL, from their JSON on."""
    with stage.database() as url:
        await product.migrate(url)
        profile = cProfile.Profile()
        async with product.service(product.environment(stage, url)) as built:
            now = datetime.now(UTC)
            texts = [json.dumps(product.document(number, now)) for number in range(size)]
            progress("profile: taking in")
            profile.enable()
            for start in range(0, size, _BATCH):
                part = texts[start : start + _BATCH]
                read = [read_entry({"event": text}, now) for text in part]
                await built.intake.take([it for it in read if not isinstance(it, Refused)], now)
            profile.disable()
        return _told(profile, "ingest", size)


def _told(profile: cProfile.Profile, name: str, size: int) -> str:
    """The functions that cost most, by themselves and with what they call."""
    out = io.StringIO()
    stats = pstats.Stats(profile, stream=out).strip_dirs()
    total = sum(row[2] for row in stats.stats.values())  # type: ignore[attr-defined]
    out.write(f"{name}: {size:,} of them, {total / size * 1e6:.0f} us each under the profiler\n")
    stats.sort_stats("tottime").print_stats(_SHOWN)
    stats.sort_stats("cumulative").print_stats(_SHOWN)
    return out.getvalue()
