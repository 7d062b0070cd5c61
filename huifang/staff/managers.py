"""Joins figures, responses and tickets to the pages on which managers read them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from huifang.collecting import Collecting
from huifang.decisions import Decisions
from huifang.lanes import Core
from huifang.library import Library
from huifang.numbers import Numbers
from huifang.recovery import Recovery
from huifang.ruleterms import Targets
from huifang.satisfaction import Satisfaction
from huifang.staff.content import ContentPages
from huifang.staff.dashboard import Dashboard
from huifang.staff.frame import StaffPages
from huifang.staff.reasons import ReasonPages
from huifang.staff.responses import ResponsePages
from huifang.staff.tickets import TicketPages
from huifang.staff.topics import TopicPages
from huifang.topics.web import Topics
from huifang.views import TicketViews
from kernel.endpoint import Endpoint
from surveys.conversation import SurveyConversation
from surveys.model import Survey
from surveys.programs import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Managers:
    """What managers read, over the API and on pages; what is called is what is in force."""

    core: Core
    pages: StaffPages
    conversation: SurveyConversation
    surveys: Callable[[], Mapping[str, Survey]]
    programs: Callable[[], Sequence[Program]]
    timezone: Callable[[], str]
    targets: Callable[[], Targets]

    def endpoints(self) -> list[Endpoint]:
        """The routes of both."""
        core, pages, timezone, targets = self.core, self.pages, self.timezone, self.targets
        database, vault = core.database, core.vault
        views = TicketViews(database=database, vault=vault)
        library = Library(database=database, surveys=self.surveys)
        numbers = Numbers(database=database, vault=vault, conversation=self.conversation)
        collecting = Collecting(
            database=database,
            vault=vault,
            conversation=self.conversation,
            conversations=core.conversations,
            numbers=numbers,
        )
        satisfaction = Satisfaction(database=database, timezone=timezone, targets=targets)
        topics = Topics(database=database, vault=vault)
        recovery = Recovery(database=database, timezone=timezone, targets=targets)
        dashboard = Dashboard(
            database=database,
            pages=pages,
            satisfaction=satisfaction,
            recovery=recovery,
            numbers=numbers,
            timezone=timezone,
        )
        content = ContentPages(
            library=library, pages=pages, render=core.render, programs=self.programs
        )
        return [
            *views.endpoints(),
            *library.endpoints(),
            *numbers.endpoints(),
            *collecting.endpoints(),
            *satisfaction.endpoints(),
            *recovery.endpoints(),
            *topics.endpoints(),
            *Decisions(database=database).endpoints(),
            *dashboard.endpoints(),
            *ResponsePages(numbers=numbers, pages=pages, timezone=timezone).endpoints(),
            *TopicPages(topics=topics, pages=pages, timezone=timezone).endpoints(),
            *TicketPages(views=views, pages=pages).endpoints(),
            *ReasonPages(database=database, pages=pages, timezone=timezone).endpoints(),
            *content.endpoints(),
        ]
