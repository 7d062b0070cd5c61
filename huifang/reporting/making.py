"""Makes a report: its figures, its letter and its workbook."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import structlog

from channels.ports import Attachment
from channels.render import Render, Rendered
from huifang.exporting.making import NotMade, make
from huifang.exporting.model import Format, Grain, Order
from huifang.reporting import figures
from huifang.reporting.figures import Figures, Question
from huifang.reporting.letter import letter
from huifang.rules import Rules
from kernel.engine import Database
from kernel.journal import append
from kernel.sql import hold_still
from kernel.vault import Vault

log = structlog.get_logger("reports")

BIGGEST = 8 << 20
"""Bytes of a workbook that is still mailed; many relays take no mail above ten million."""

_MOST_ROWS = 50_000
_MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Makes reports by some rules; `actor` is told to the audit as who read the comments."""

    database: Database
    vault: Vault
    render: Render
    rules: Rules
    public_url: str
    actor: str

    async def figures(self, about: Question, now: datetime) -> Figures:
        """All figures of a period; that comments were read is noted."""
        async with self.database.read() as conn:
            await hold_still(conn)
            found = await figures.collect(conn, self.database, self.vault, self.rules, about, now)
        entry = figures.read_entry(found, self.actor, now)
        if entry is not None:
            async with self.database.write() as conn:
                await append(conn, [entry])
        return found

    def letter(self, found: Figures, locale: str, title: str) -> Rendered:
        """The mail in one language."""
        return letter(self.render, found, locale, title, self._link(found.about))

    def _link(self, about: Question) -> str:
        place = ZoneInfo(about.tz)
        last = about.period.until.astimezone(place) - figures.INSTANT
        shown = {
            "from": about.period.since.astimezone(place).date().isoformat(),
            "to": last.date().isoformat(),
            "tz": about.tz,
            **about.equal,
        }
        return f"{self.public_url}/?{urlencode(shown, quote_via=quote)}"

    async def workbook(self, found: Figures) -> Attachment | None:
        """The responses behind a report, without words and identities; None: they are too many
        for a mail, or none.
        """
        if not 0 < found.whole["n"] <= _MOST_ROWS:
            return None
        with TemporaryDirectory(prefix="huifang-report-") as folder:
            path = Path(folder) / "report.xlsx"
            try:
                await make(self.database, self.vault, _order(found.about), path, _unheard)
            except NotMade as fault:
                log.warning("report.no_workbook", reason=str(fault))
                return None
            content = await asyncio.to_thread(path.read_bytes)
        if len(content) > BIGGEST:
            return None
        name = f"huifang-{found.about.period.names[0]}.xlsx"
        return Attachment(name=name, media=_MEDIA, content=content)


def _order(about: Question) -> Order:
    chosen = {
        "from": about.period.since.isoformat(),
        "to": about.period.until.isoformat(),
        "by": "counted",
        **about.equal,
    }
    return Order(
        format=Format.XLSX, grain=Grain.RESPONSE, filter=chosen, tz=about.tz, comments=False
    )


async def _unheard(_progress: float) -> None:
    """Nobody waits for the bar of a small file."""
