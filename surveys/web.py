"""Shows a customer the open question of an invitation as a plain form, and takes the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from marshmallow import fields
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import keywords, ledger, links, outcomes
from channels import store as people
from channels.model import MessageClass, OptOutState
from channels.pages import LookSchema, Sheets, form_of, onward, routes
from channels.pagewording import language
from channels.ports import Conversation, Outcome, OutcomeKind
from channels.service import Stop, Stops
from channels.strangers import Strangers
from kernel.endpoint import Answer, Call, Endpoint
from kernel.engine import Database
from kernel.journal import Entry, append
from kernel.vault import Vault, derived_id
from surveys.conversation import SurveyConversation
from surveys.decide import Thread, on_answer, opening, words
from surveys.form import ANSWER, LONGEST, Given, Refused, clean, keys, read
from surveys.model import OPEN_STATES, Invitation, InvitationState, Question, QuestionKind
from surveys.pagewording import TEXTS, ask, labels
from surveys.questionnaire import fill
from surveys.service import CONVERSATION

CHANNEL = "web"
_LISTS = (QuestionKind.CSAT5, QuestionKind.RESOLVED, QuestionKind.CHOICE)  # a label each


class _SurveyLookSchema(LookSchema):
    rating = fields.String(metadata={"description": "the answer that the form begins with"})


@dataclass(slots=True, kw_only=True)
class SurveyPages:
    """The survey behind a link, a question at a time; only a POST changes anything."""

    database: Database
    vault: Vault
    conversation: SurveyConversation
    keys: Sequence[bytes]
    templates: Path
    brand: str
    conversations: Mapping[str, Conversation] = field(default_factory=dict)  # told of a stop
    strangers: Strangers = field(default_factory=Strangers)
    sheets: Sheets = field(init=False)

    def __post_init__(self) -> None:
        self.sheets = Sheets(templates=self.templates, brand=self.brand)

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        return routes(
            "/s/{token}",
            "pages",
            (self.show, "The open question of a survey as a form; changes nothing"),
            (self.answer, "The answer to the open question; 303 to what comes next"),
            _SurveyLookSchema(),
        )

    async def show(self, call: Call) -> Answer:
        """The open question, or thanks; a rating in the link is only chosen beforehand."""
        subject = links.verify("survey", call.path["token"], call.now, self.keys)
        if subject is None:
            return self.sheets.unknown(call, self.strangers)
        async with self.database.read() as conn:
            thread = (await self.conversation.threads(conn, [subject])).get(subject)
        if thread is None:
            return self.sheets.unknown(call, self.strangers)
        invitation = thread.invitation
        spoken = language(call.query.get("lang"), invitation.locale)
        if invitation.state is InvitationState.COMPLETED:
            return self._thanks(thread, spoken)
        if invitation.reason == "opt_out":
            return self.sheets.notice("stopped", spoken)
        question = _open(thread)
        if question is None:
            return self.sheets.notice("unknown", None, status=404)
        beforehand = call.query.get("rating") if question.headline else None
        return self._form(call, thread, question, spoken, beforehand or "")

    async def answer(self, call: Call) -> Answer:
        """Record an answer to the open question; any other POST changes nothing."""
        subject = links.verify("survey", call.path["token"], call.now, self.keys)
        if subject is None:
            return self.sheets.unknown(call, self.strangers)
        return await self.database.transact(lambda conn: self._answer(conn, subject, call))

    async def _answer(self, conn: AsyncConnection, subject: str, call: Call) -> Answer:
        form = form_of(call)
        thread = await self._locked(conn, subject)
        if thread is None:
            return self.sheets.unknown(call, self.strangers)
        question = _open(thread)
        if question is None or form.get("question") != question.id:
            return onward(call)
        spoken = language(call.query.get("lang"), thread.invitation.locale)
        given = read(question, form)
        if not _shown(form.get("view", ""), thread.invitation, question, call, self.keys):
            given = Refused(reason="stale")
        if isinstance(given, Refused):
            typed = clean(form.get(ANSWER, ""))
            return self._form(call, thread, question, spoken, typed, given.reason)
        await self._take(conn, thread, question, given, call)
        return onward(call)

    async def _locked(self, conn: AsyncConnection, subject: str) -> Thread | None:
        thread = (await self.conversation.threads(conn, [subject])).get(subject)
        if thread is None:
            return None
        # People, addresses, contacts, invitations: a comment may say stop, and that is for all of
        # the customer's addresses; two at once never wait in a ring.
        who = (thread.invitation.source, thread.invitation.customer)
        await self._stops().hold(conn, who, subject)
        await ledger.of_thread(conn, self.vault, subject, lock=True)
        return (await self.conversation.threads(conn, [subject], lock=True)).get(subject)

    async def _take(
        self, conn: AsyncConnection, thread: Thread, question: Question, given: Given, call: Call
    ) -> None:
        invitation = thread.invitation
        heard = {"channel": CHANNEL, "message": _message(invitation, question)}
        await append(conn, [_entry(call, invitation, "reply.received", heard)])
        said = str(given.value) if question.kind is QuestionKind.COMMENT else ""
        wish = keywords.read(said, opted_out=False)
        thread = await self._invited(conn, thread, call)
        if not (isinstance(wish, keywords.OptOutWord) and wish.certain):
            turn = on_answer(
                thread,
                derived_id("r_", invitation.id),
                CHANNEL,
                question.id,
                given.value,
                None,
                call.now,
            )
            await self.conversation.take_turn(conn, thread, turn, call.now)
        match wish:
            case keywords.OptOutWord():
                await self._stop(conn, thread.invitation, wish, heard["message"], call)
            case keywords.CallMeWord():
                aside = {**heard, "reading": "call_me"}
                await append(conn, [_entry(call, invitation, "reply.set_aside", aside)])
            case _:
                pass

    async def _invited(self, conn: AsyncConnection, thread: Thread, call: Call) -> Thread:
        """The thread once it is sure that we asked, which whoever has the link proves."""
        invitation = thread.invitation
        told = {CONVERSATION: self.conversation}
        past = await ledger.of_thread(conn, self.vault, invitation.id)
        unsettled = [(item, None) for item in past if item.state in ledger.UNSETTLED]
        news = bool(await outcomes.settled(conn, told, unsettled, "page", call.now))
        if invitation.state is InvitationState.PLANNED and not news:
            outcome = Outcome(
                kind=OutcomeKind.SENT,
                contact=past[0].id if past else "",
                thread=invitation.id,
                message_class=MessageClass.INVITATION,
                channel=past[0].channel if past else None,
            )
            await self.conversation.on_outcome(conn, [outcome], call.now)
            news = True
        if not news:
            return thread
        return (await self.conversation.threads(conn, [invitation.id], lock=True))[invitation.id]

    async def _stop(
        self,
        conn: AsyncConnection,
        invitation: Invitation,
        wish: keywords.OptOutWord,
        proof: str,
        call: Call,
    ) -> None:
        """A comment that says stop binds as a reply that says it: contract section 8."""
        here = None if wish.all_channels else invitation.channel
        stop = Stop(
            source=invitation.source,
            customer=invitation.customer,
            thread=invitation.id,
            channel=here or people.ALL_CHANNELS,
            how="comment",
            proof=proof,
            state=OptOutState.FINAL if wish.certain else OptOutState.PROVISIONAL,
        )
        await self._stops().record(conn, stop, call.now)

    def _stops(self) -> Stops:
        told = {**self.conversations, CONVERSATION: self.conversation}
        return Stops(vault=self.vault, conversations=told)

    def _form(
        self,
        call: Call,
        thread: Thread,
        question: Question,
        spoken: str,
        chosen: str,
        fault: str | None = None,
    ) -> Answer:
        invitation, survey, text = thread.invitation, thread.survey, TEXTS[spoken]
        facts = self.conversation.facts(invitation, None)
        expires_at = invitation.useful_until + invitation.lasts
        return self.sheets.sheet(
            "survey",
            spoken,
            status=422 if fault else 200,
            switch=True,
            text=text,
            title=survey.title.get(spoken) or next(iter(survey.title.values())),
            ticket=invitation.ticket,
            ask=fill(ask(question, spoken), facts),
            question=question,
            keys=keys(question),
            labels=labels(question, spoken),
            as_list=question.kind in _LISTS,
            chosen=chosen,
            fault=text[fault].format(most=LONGEST) if fault else None,
            most=LONGEST,
            view=links.sign("view", _view(invitation, question, call), expires_at, self.keys),
            preferences=links.sign("preferences", invitation.id, expires_at, self.keys),
        )

    def _thanks(self, thread: Thread, spoken: str) -> Answer:
        facts = self.conversation.facts(thread.invitation, None)
        said = [(spoken, TEXTS[spoken]["thanks"], words(thread.survey, None, spoken, facts))]
        return self.sheets.sheet("notice", spoken, said=said, switch=True)


def _shown(
    view: str, invitation: Invitation, question: Question, call: Call, keys: Sequence[bytes]
) -> bool:
    """Whether a form comes from a page that we showed for this very question."""
    shown = links.verify("view", view, call.now, keys) or ""
    return shown.rpartition("|")[0] == f"{invitation.id}|{question.id}"


def _view(invitation: Invitation, question: Question, call: Call) -> str:
    return f"{invitation.id}|{question.id}|{int(call.now.timestamp() * 1000)}"


def _open(thread: Thread) -> Question | None:
    """The question that is open, if one is."""
    if thread.invitation.state not in OPEN_STATES:
        return None
    return thread.survey.questions.get(opening(thread.survey, thread.invitation) or "")


def _message(invitation: Invitation, question: Question) -> str:
    return derived_id("w_", invitation.id, question.id)


def _entry(call: Call, invitation: Invitation, kind: str, detail: Mapping[str, str]) -> Entry:
    return Entry(
        at=call.now,
        kind=kind,
        about=invitation.id,
        source=invitation.source,
        ticket=invitation.ticket,
        detail=dict(detail),
    )
