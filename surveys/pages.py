"""Shows the open question of an invitation as a page, or thanks where nothing is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from channels import links
from channels.pagewording import language
from channels.ports import Offer
from channels.sheets import Sheets
from kernel.endpoint import Answer, Call
from surveys.conversation import SurveyConversation
from surveys.decide import words
from surveys.form import LONGEST, keys
from surveys.model import Invitation, Question, QuestionKind
from surveys.pagewording import TEXTS, WEB, ask
from surveys.progress import place
from surveys.questionnaire import fill
from surveys.recall import value_of
from surveys.suspicion import disputed
from surveys.tokens import ends_at
from surveys.turns import Thread
from surveys.wording import labels

_LISTS = (QuestionKind.CSAT5, QuestionKind.RESOLVED, QuestionKind.CHOICE)  # a label each
_VIEW = "view"  # the purpose of what says which question a form was shown for, and when


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a page is shown with: what was entered, and what is said of it by name of a text."""

    entered: str = ""
    fault: str | None = None
    kept: bool = False


@dataclass(slots=True, kw_only=True)
class SurveySheets:
    """Sets the survey's pages; all that they need to know comes back with their form."""

    sheets: Sheets
    conversation: SurveyConversation
    keys: Sequence[bytes]

    def form(self, call: Call, thread: Thread, question: Question, shown: Shown) -> Answer:
        """A question with what was entered; 422 where that is at fault."""
        invitation, response = thread.invitation, thread.response
        spoken = self.spoken(call, invitation)
        text = TEXTS[spoken]
        doubt = response.suspect_reason if response and disputed(thread) == question.id else None
        number, total = place(thread.survey, question.id, response.answers if response else ())
        facts = self.conversation.facts(invitation, None)
        return self.sheets.sheet(
            "survey",
            spoken,
            status=422 if shown.fault else 200,
            switch="form",
            text=text,
            title=thread.survey.title.get(spoken) or next(iter(thread.survey.title.values())),
            ticket=invitation.ticket,
            ask=fill(ask(question, spoken), facts),
            question=question,
            keys=keys(question),
            labels=labels(question, spoken),
            as_list=question.kind in _LISTS,
            chosen=shown.entered or (_given(thread, question) if doubt else ""),
            doubt=text[doubt] if doubt else None,
            kept=text["kept"] if shown.kept else None,
            fault=text[shown.fault].format(most=LONGEST) if shown.fault else None,
            number=number,
            total=total,
            most=LONGEST,
            view=self._view(invitation, question, call.now),
            preferences=self._preferences(invitation),
        )

    def thanks(
        self,
        call: Call,
        thread: Thread,
        *,
        callable_: bool,
        offers: Sequence[Offer],
        wished: bool,
        kept: bool,
    ) -> Answer:
        """The last page; `callable_` offers to phone, at one of `offers`; `wished` says that this
        was asked for.
        """
        spoken = self.spoken(call, thread.invitation)
        facts = self.conversation.facts(thread.invitation, None)
        return self.sheets.sheet(
            "thanks",
            spoken,
            switch="link",
            text=TEXTS[spoken],
            said=words(thread.survey, None, spoken, facts, WEB),
            callable=callable_,
            offers=[(value_of(each.begin, each.end), each.label) for each in offers],
            wished=wished,
            kept=TEXTS[spoken]["kept"] if kept else None,
            preferences=self._preferences(thread.invitation),
        )

    def spoken(self, call: Call, invitation: Invitation) -> str:
        """The language of a page: the one asked for, else the customer's."""
        return language(call.query.get("lang"), invitation.locale)

    def served_at(
        self, view: str, invitation: Invitation, question: str, now: datetime
    ) -> datetime | None:
        """When the page of a form was shown for this very question; None if it never was."""
        seen = links.verify(_VIEW, view, now, self.keys) or ""
        what, _, at = seen.rpartition("|")
        if what != f"{invitation.id}|{question}" or not at.isdecimal():
            return None
        return datetime.fromtimestamp(int(at) / 1000, tz=now.tzinfo)

    def _view(self, invitation: Invitation, question: Question, now: datetime) -> str:
        seen = f"{invitation.id}|{question.id}|{int(now.timestamp() * 1000)}"
        return links.sign(_VIEW, seen, ends_at(invitation), self.keys)

    def _preferences(self, invitation: Invitation) -> str:
        return links.sign("preferences", invitation.id, ends_at(invitation), self.keys)


def _given(thread: Thread, question: Question) -> str:
    """The answer in doubt as a form writes it."""
    value = thread.response.answers.get(question.id) if thread.response else None
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
