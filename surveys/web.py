"""Takes what customers send from the survey page behind a link; only a POST changes anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from marshmallow import fields
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import keywords, ledger, links, outcomes
from channels import store as people
from channels.limits import Guesses
from channels.model import MessageClass
from channels.pagewording import LANGUAGES
from channels.ports import Conversation, Offer, Outcome, OutcomeKind, Promiser
from channels.render import Brand
from channels.sheets import LookSchema, Sheets, form_of, routes
from kernel.endpoint import Answer, Call, Endpoint
from kernel.engine import Database
from kernel.journal import append
from kernel.vault import Vault, derived_id
from surveys import gate, store, suspicion, tokens
from surveys.afterwards import late_question, late_turn, late_until, on_revision, resumed
from surveys.conversation import SurveyConversation
from surveys.decide import opening
from surveys.delivery import CONVERSATION
from surveys.form import ANSWER, Refused, clean, read
from surveys.model import OPEN_STATES, Invitation, InvitationState, Question, QuestionKind, Value
from surveys.news import entry
from surveys.pages import Shown, SurveySheets
from surveys.pagewording import WEB
from surveys.recall import slot_in
from surveys.turns import Thread, Turn, on_answer
from surveys.wishes import Wishes


class _SurveyLookSchema(LookSchema):
    rating = fields.String(metadata={"description": "the answer that the form begins with"})
    kept = fields.String(metadata={"description": "says that an earlier answer was not changed"})


@dataclass(slots=True, kw_only=True)
class SurveyPages:
    """The survey behind a link, a question at a time."""

    database: Database
    vault: Vault
    conversation: SurveyConversation
    keys: Sequence[bytes]
    templates: Path
    brand: Brand
    conversations: Mapping[str, Conversation]  # told of a stop
    promises: Promiser | None = None  # offers the times at which we can phone
    guesses: Guesses = field(default_factory=Guesses)
    sheets: Sheets = field(init=False)
    pages: SurveySheets = field(init=False)

    def __post_init__(self) -> None:
        self.sheets = Sheets(templates=self.templates, brand=self.brand)
        self.pages = SurveySheets(
            sheets=self.sheets, conversation=self.conversation, keys=self.keys
        )

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        return routes(
            "/s/{token}",
            self.sheets,
            (self.show, "The open question of a survey as a form; changes nothing"),
            (self.answer, "The answer to the open question; 303 to what comes next"),
            _SurveyLookSchema(),
        )

    async def show(self, call: Call) -> Answer:
        """The open question, or thanks; a rating in the link is only chosen beforehand."""
        async with self.database.read() as conn:
            page = await self._show(conn, call)
        return page or await self.sheets.unknown(call, self.guesses)

    async def _show(self, conn: AsyncConnection, call: Call) -> Answer | None:
        subject = await self._subject(conn, call)
        thread = await self._thread(conn, subject, call.now) if subject else None
        if thread is None:
            return None
        invitation = thread.invitation
        question = _open(thread, call.now)
        if question is not None:
            beforehand = call.query.get("rating") if question.headline else None
            shown = Shown(entered=beforehand or "", kept=_told_kept(call))
            return self.pages.form(call, thread, question, shown)
        if invitation.state is InvitationState.COMPLETED or _answered(thread):
            return await self._thanks(conn, call, thread)
        ended = _ended(invitation)
        return self.sheets.notice(ended, self.pages.spoken(call, invitation)) if ended else None

    async def answer(self, call: Call) -> Answer:
        """Record an answer to the open question; any other POST changes nothing."""
        async with self.database.read() as conn:
            subject = await self._subject(conn, call)
        page: Answer | None = None
        if subject is not None:  # who guesses keeps nobody from writing
            page = await self.database.transact(lambda conn: self._answer(conn, subject, call))
        return page or await self.sheets.unknown(call, self.guesses)

    async def _answer(self, conn: AsyncConnection, subject: str, call: Call) -> Answer | None:
        thread = await self._locked(conn, subject, call.now)
        if thread is None:
            return None
        form = form_of(call)
        if form.get("wish") == "call":
            slot = slot_in(form.get("slot", ""))
            await self._wishes().call(conn, thread.invitation, slot, WEB, call.now)
            return self.sheets.onward(call)
        asked = form.get("question", "")
        question = _open(thread, call.now) or _reopened(thread, asked, call.now)
        if question is None or asked != question.id:
            return await self._again(conn, thread, form, call)
        return await self._first(conn, thread, question, form, call)

    async def _subject(self, conn: AsyncConnection, call: Call) -> str | None:
        """The id of the invitation that a token belongs to."""
        token = call.path["token"]
        ends = links.within(token, "i")
        if ends is None:  # sent by an earlier version, whose tokens hold all they say
            return links.verify(tokens.SURVEY, token, call.now, self.keys)
        fitting = [
            item.id
            for item in await store.within(conn, ends)
            if tokens.belongs(token, item, call.now, self.keys)
        ]
        return fitting[0] if fitting else None

    async def _thread(
        self, conn: AsyncConnection, subject: str, now: datetime, *, lock: bool = False
    ) -> Thread | None:
        thread = (await self.conversation.threads(conn, [subject], lock=lock)).get(subject)
        return thread and (resumed(thread, now) or thread)

    async def _locked(self, conn: AsyncConnection, subject: str, now: datetime) -> Thread | None:
        thread = await self._thread(conn, subject, now)
        if thread is None:
            return None
        # A comment may say stop, and that is for all of the customer's addresses.
        await self._wishes().hold(conn, thread.invitation)
        return await self._thread(conn, subject, now, lock=True)

    async def _first(
        self,
        conn: AsyncConnection,
        thread: Thread,
        question: Question,
        form: Mapping[str, str],
        call: Call,
    ) -> Answer:
        """The answer to the open question, the one that confirms another included."""
        typed = clean(form.get(ANSWER, ""))
        if form.get("lang") in LANGUAGES:
            return self.pages.form(call, thread, question, Shown(entered=typed))
        given = read(question, form)
        served_at = self._served_at(thread, question.id, form, call.now)
        if served_at is None:
            given = Refused(reason="stale")
        if isinstance(given, Refused) or served_at is None:
            fault = given.reason if isinstance(given, Refused) else "stale"
            return self.pages.form(call, thread, question, Shown(entered=typed, fault=fault))
        # Who passes a question over says nothing that could be false.
        hasty = suspicion.hasty(served_at, call.now) and given.value != ""
        if suspicion.disputed(thread) == question.id and (
            hasty or not self._sure(thread, form, call)
        ):
            return self.sheets.onward(call)
        reason = suspicion.HASTE if hasty else None
        await self._take(conn, thread, question, given.value, call, reason)
        return self.sheets.onward(call)

    async def _again(
        self, conn: AsyncConnection, thread: Thread, form: Mapping[str, str], call: Call
    ) -> Answer:
        """A form of a question answered before: sent twice, changed, or from another tab."""
        response, question = thread.response, thread.survey.questions.get(form.get("question", ""))
        if response is None or question is None or question.id not in response.given:
            return self.sheets.onward(call)
        given = read(question, form)
        known = self._served_at(thread, question.id, form, call.now) is not None
        if isinstance(given, Refused) or not known or given.value in ("", _value(thread, question)):
            return self.sheets.onward(call)
        if suspicion.is_another_rating(response, question, given.value, call.now):
            turn = suspicion.disputing(thread, response, question.id)
            await gate.dispute(conn, thread, turn, question.id, given.value, call.now)
            chosen = {"rating": clean(form[ANSWER])} if question.headline else {}
            return self.sheets.onward(call, **chosen)
        if response.suspect:  # what is in doubt comes first
            return self.sheets.onward(call)
        changed = on_revision(thread, question.id, given.value, None, call.now)
        if not isinstance(changed, Turn):
            return self.sheets.onward(call, kept="yes")
        await self._take(conn, thread, question, given.value, call, None)
        return self.sheets.onward(call)

    def _sure(self, thread: Thread, form: Mapping[str, str], call: Call) -> bool:
        assert thread.response is not None
        asked = form.get("confirm") == "yes"
        question = form.get("question", "")
        return suspicion.may_confirm(thread.response, question, call.now, asked=asked)

    def _served_at(
        self, thread: Thread, question: str, form: Mapping[str, str], now: datetime
    ) -> datetime | None:
        return self.pages.served_at(form.get("view", ""), thread.invitation, question, now)

    async def _take(
        self,
        conn: AsyncConnection,
        thread: Thread,
        question: Question,
        value: Value,
        call: Call,
        doubt: str | None,
    ) -> None:
        invitation = thread.invitation
        heard = {"channel": WEB, "message": _message(invitation, question)}
        await append(conn, [entry(invitation, "reply.received", call.now, **heard)])
        said = str(value) if question.kind is QuestionKind.COMMENT else ""
        wish = keywords.read(said, opted_out=False)
        thread = await self._invited(conn, thread, call)
        if not (isinstance(wish, keywords.OptOutWord) and wish.certain):
            turn = _turn(thread, question, value, call.now)
            if doubt is not None and not (turn.late and turn.response and not turn.response.late):
                turn = suspicion.doubted(thread, turn, doubt)
            await self.conversation.take_turn(conn, thread, turn, call.now)
        await self._wishes().heed(conn, thread.invitation, wish, heard, call.now)

    async def _thanks(self, conn: AsyncConnection, call: Call, thread: Thread) -> Answer:
        who = (thread.invitation.source, thread.invitation.customer)
        person = (await people.load_people(conn, self.vault, [who])).get(who)
        wished = await self._wishes().called_for(conn, thread.invitation)
        callable_ = person is not None and person.phone is not None
        offers: Sequence[Offer] = ()
        if self.promises is not None and callable_ and not wished:
            spoken = self.pages.spoken(call, thread.invitation)
            offers = await self.promises.offers(conn, who, spoken, call.now)
        return self.pages.thanks(
            call,
            thread,
            callable_=callable_,
            offers=offers,
            wished=wished,
            kept=_told_kept(call),
        )

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

    def _wishes(self) -> Wishes:
        told = {**self.conversations, CONVERSATION: self.conversation}
        return Wishes(vault=self.vault, conversations=told)


def _open(thread: Thread, now: datetime) -> Question | None:
    """The question that the page asks, if any: an answer is kept some time after the end, too."""
    questions, invitation = thread.survey.questions, thread.invitation
    in_time = invitation.state in OPEN_STATES
    if not in_time and (invitation.state is not InvitationState.EXPIRED or _over(invitation, now)):
        return None
    doubted = suspicion.disputed(thread)
    if doubted is not None:
        return questions.get(doubted)
    asked = opening(thread.survey, invitation) if in_time else late_question(thread)
    return questions.get(asked or "")


def _reopened(thread: Thread, asked: str, now: datetime) -> Question | None:
    """The question of a form whose ticket was reopened before it came back: kept, as late."""
    invitation = thread.invitation
    reopened = (invitation.state, invitation.reason) == (InvitationState.CANCELLED, "reopened")
    if not reopened or _over(invitation, now) or late_question(thread) != asked:
        return None
    return thread.survey.questions.get(asked)


def _ended(invitation: Invitation) -> str | None:
    """The notice that says why nothing is asked any more; None: as if there was no such link."""
    if invitation.reason == "opt_out":
        return "stopped"
    if invitation.state is not InvitationState.CANCELLED:
        return None
    return "reopened" if invitation.reason == "reopened" else "cancelled"


def _over(invitation: Invitation, now: datetime) -> bool:
    return now >= late_until(invitation)


def _answered(thread: Thread) -> bool:
    """Whether an invitation that is over was answered all the same: to the end, or after it."""
    response = thread.response
    if response is None or response.suspect:
        return False
    late = response.late or any(how.late for how in response.given.values())
    return late or response.completed_at is not None


def _turn(thread: Thread, question: Question, value: Value, now: datetime) -> Turn:
    """What an answer changes: the first to a question, one that takes its place, or a late one."""
    response_id = derived_id("r_", thread.invitation.id)
    response, doubted = thread.response, suspicion.disputed(thread)
    if response is not None and question.id in response.given and doubted != question.id:
        changed = on_revision(thread, question.id, value, None, now)
        if isinstance(changed, Turn):
            return changed
    take = on_answer if thread.invitation.state in OPEN_STATES else late_turn
    return take(thread, response_id, WEB, question.id, value, None, now)


def _value(thread: Thread, question: Question) -> Value | None:
    return thread.response.answers.get(question.id) if thread.response else None


def _told_kept(call: Call) -> bool:
    return call.query.get("kept") == "yes"


def _message(invitation: Invitation, question: Question) -> str:
    return derived_id("w_", invitation.id, question.id)
