"""Lists the periodic duties that concern nobody but the service itself."""

from collections.abc import Callable
from datetime import timedelta

from channels.jobs import SEND
from huifang.exporting.jobs import Forgetting
from huifang.exporting.shelf import Shelf
from huifang.replanning import EVERY as PLANS_EVERY
from huifang.replanning import Replanning
from huifang.reporting.schedule import EVERY as REPORTED
from huifang.reporting.schedule import Scheduling
from huifang.retention import Retention
from huifang.rules import Rules
from huifang.settings import Settings
from huifang.watching.duty import EVERY as WATCHED
from huifang.watching.duty import Watching
from kernel.engine import Database
from scheduler.duties import Reclaiming
from scheduler.runner import Duty
from surveys.rollups.duties import Folding
from surveys.service import Planning
from surveys.waiting import Overdue


def own_duties(
    settings: Settings, rules: Callable[[], Rules], database: Database, planning: Planning
) -> dict[str, tuple[timedelta, Duty]]:
    """What is to be done again and again, by name, and how often; `rules` are those in force."""
    retention = Retention(database=database, rules=rules)
    exports = Forgetting(
        database=database,
        shelf=Shelf(folder=settings.exports),
        kept_for=lambda: rules().retention.exports,
    )
    folding = Folding(database=database, timezone=lambda: rules().centre.timezone)
    watching = Watching(database=database, timezone=lambda: rules().centre.timezone)
    return {
        "reclaim": (settings.lease, Reclaiming(database=database, kinds=(SEND.name,))),
        "figures": (timedelta(minutes=10), folding),
        "overdue": (timedelta(days=1), Overdue(database=database)),
        "plans": (PLANS_EVERY, Replanning(database=database, planning=planning)),
        "watch": (WATCHED, watching),
        "reports": (REPORTED, Scheduling(database=database, rules=rules)),
        "forget": (timedelta(hours=1), retention.often),
        "forget_exports": (timedelta(hours=1), exports),
        "forget_more": (timedelta(days=1), retention.daily),
    }
