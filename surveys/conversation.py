"""Writes what surveys ask, and reads what customers answer."""

import base64
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import callwording, ledger, links
from channels import store as people
from channels.jobs import SEND
from channels.model import MessageClass, Withdrawn, Words
from channels.policy import Reason
from channels.ports import OnPhone, Outcome, OutcomeKind, Reply, Said, Wanted
from kernel.journal import Entry, append
from kernel.vault import Vault, derived_id
from scheduler import store as jobs
from scheduler import waiting
from scheduler.job import Job
from scheduler.publication import bundled
from surveys import store
from surveys.afterwards import CONFIRMED, CORRECTION, answers_open, correction
from surveys.corrections import corrected
from surveys.decide import is_wanted, on_reply, opening, speaking, wording
from surveys.delivery import LATER, contact_id, send_job, send_keys
from surveys.following import added, complaint_keys, follows
from surveys.ledger import correct_answer
from surveys.model import NOT_UNDERSTOOD, OPEN_STATES, Invitation, InvitationState
from surveys.news import entry
from surveys.outcomes import after
from surveys.pagewording import EMAIL, ask, offered
from surveys.phone import VOICE, on_phone
from surveys.questionnaire import fill
from surveys.settling import cancel, give_way, outlived
from surveys.suspicion import HASTE
from surveys.tokens import PAGE, ends_at, token
from surveys.turns import Thread, Turn, Unfit

_STOPPABLE = timedelta(days=400)  # a stop must be heard long after the survey is over
_ASKING = frozenset({MessageClass.INVITATION, MessageClass.REMINDER, MessageClass.RECOVERY})
_FAILURES = (OutcomeKind.FAILED, OutcomeKind.UNREACHED)


@dataclass(slots=True, kw_only=True)
class SurveyConversation:
    """The author of invitations; every verb works in the caller's transaction."""

    vault: Vault
    brand: str
    public_url: str
    secret_keys: Sequence[bytes]
    agents: Mapping[str, str] = field(default_factory=dict)  # their names, by id
    heard: Callable[[str], bool] = lambda source: True  # whether others are told of its tickets

    async def compose(
        self, conn: AsyncConnection, wanted: Sequence[Wanted], now: datetime
    ) -> Mapping[str, Words | Withdrawn]:
        """The open question of each thread; locked, so that a reopening comes before or after."""
        threads = await self.threads(conn, [item.thread for item in wanted], lock=True)
        reminds = [item.thread for item in wanted if item.message_class is MessageClass.REMINDER]
        made = await ledger.made(conn, reminds)
        said: dict[str, Words | Withdrawn] = {}
        chosen: list[Invitation] = []
        for item in wanted:
            thread = threads.get(item.thread)
            if thread is not None and (spoken := speaking(thread, item.locale)) is not thread:
                thread = threads[item.thread] = spoken
                chosen.append(thread.invitation)
            if thread is None:
                said[item.contact] = Withdrawn(reason="unknown_invitation")
            elif (reason := _unwanted(thread.invitation, item, made[item.thread])) is not None:
                said[item.contact] = Withdrawn(reason=reason)
            else:
                made[item.thread].add(item.contact)
                said[item.contact] = self._words(thread, item)
        await store.save_invitations(conn, chosen)
        return said

    def _words(self, thread: Thread, item: Wanted) -> Words:
        invitation = thread.invitation
        question = opening(thread.survey, invitation)
        text = wording(thread.survey, question, invitation.locale)
        linked = item.by_mail or "{link" in text  # to sign one takes longer than to write the text
        text = fill(text, facts := self.facts(invitation, item.name, linked=linked))
        call = self._call(invitation, text)
        if not item.by_mail:
            return call
        asked = thread.survey.questions[question] if question else None
        letter = fill(ask(asked, invitation.locale, EMAIL), facts) if asked else None
        return replace(
            call,
            letter=letter,
            link=self._link(invitation),
            unsubscribe=self._unsubscribe(invitation),
            scale=offered(asked, invitation.locale) if asked and asked.headline else (),
        )

    def _call(self, invitation: Invitation, text: str) -> Words:
        """The text, and what a call says first, where there may be one."""
        at = invitation.locale
        if VOICE not in invitation.channels:
            return Words(text=text, locale=at)
        said = callwording.greeting(self.brand, invitation.ticket, at)
        return Words(text=text, locale=at, spoken=said, voicemail=invitation.terms.voicemail)

    def _link(self, invitation: Invitation) -> str:
        return f"{self.public_url}{PAGE}{token(invitation, self.secret_keys)}"

    def _unsubscribe(self, invitation: Invitation) -> str:
        until = ends_at(invitation) + _STOPPABLE
        signed = links.sign("preferences", invitation.id, until, self.secret_keys)
        return f"{self.public_url}/p/{signed}"

    def facts(
        self, invitation: Invitation, name: str | None, *, linked: bool = True
    ) -> dict[str, str]:
        """The variables that a survey's texts may name; "" where one is not known, or not asked."""
        return {
            "brand": self.brand,
            "ticket": invitation.ticket,
            "agent": self.agents.get(invitation.attribution.agent or "", ""),
            "product": invitation.attribution.product or "",
            "name": name or "",
            "link": self._link(invitation) if linked else "",
        }

    async def on_phone(
        self, conn: AsyncConnection, thread: str, locale: str | None
    ) -> OnPhone | None:
        """What the thread asks on the phone now; None: there is no such thread."""
        found = (await self.threads(conn, [thread])).get(thread)
        facts = self.facts(found.invitation, None) if found else {}
        return on_phone(speaking(found, locale), facts) if found else None

    async def threads(
        self, conn: AsyncConnection, ids: Sequence[str], *, lock: bool = False
    ) -> dict[str, Thread]:
        """Invitations by id, each with its survey and response; locked when `lock`."""
        found = await store.load_invitations(conn, ids, lock=lock)
        surveys = await store.versions(
            conn, {(item.survey, item.version) for item in found.values()}
        )
        given = await store.load_responses(conn, self.vault, list(found))
        return {
            item.id: Thread(
                invitation=item,
                survey=surveys[item.survey, item.version],
                response=given.get(item.id),
            )
            for item in found.values()
        }

    async def on_outcome(
        self, conn: AsyncConnection, outcomes: Sequence[Outcome], now: datetime
    ) -> None:
        """Bring invitations forward by what became of their contacts."""
        asked = [item for item in outcomes if item.message_class in _ASKING]
        found = await store.load_invitations(conn, {item.thread for item in asked}, lock=True)
        made = await ledger.made(conn, [item.thread for item in asked if item.kind in _FAILURES])
        wanted: list[Job] = []
        entries: list[Entry] = []
        for item in asked:
            before = found.get(item.thread)
            if before is None:
                continue
            heard = self.heard(before.source)
            moved, following = after(before, item, now, len(made[item.thread]), heard=heard)
            found[item.thread] = moved
            wanted.extend(following)
            if moved.state != before.state:
                entries.append(entry(moved, f"invitation.{moved.state}", now, reason=moved.reason))
        wanted += await outlived(conn, found.values(), now)
        await store.save_invitations(conn, list(found.values()))
        await jobs.enqueue(conn, bundled(wanted))
        await append(conn, entries)

    async def on_reply(
        self, conn: AsyncConnection, replies: Sequence[Reply], now: datetime
    ) -> Mapping[str, Said]:
        """Read replies together, none of which touches a thread of another."""
        # Whoever corrects an answer may have been asked about something else since.
        looked = {reply.id: _looked_at(reply) for reply in replies}
        names = {name for some in looked.values() for name in some}
        threads = await self.threads(conn, sorted(names), lock=True)
        said: dict[str, Said] = {}
        turns: list[tuple[Reply, Thread, Turn]] = []
        for reply in replies:
            found = {name: threads[name] for name in looked[reply.id] if name in threads}
            read = _read(reply, found, now)
            if isinstance(read, Said):
                said[reply.id] = read
            else:
                turns.append((reply, *read))
        taken = await self.take_turns(conn, [(thread, turn) for _, thread, turn in turns], now)
        for (reply, thread, _), told in zip(turns, taken, strict=True):
            elsewhere = thread.invitation.id != reply.thread
            stays = elsewhere and _is_open(threads.get(reply.thread))
            said[reply.id] = replace(told, open_question=told.open_question or stays)
        return said

    async def take_turn(
        self, conn: AsyncConnection, thread: Thread, turn: Turn, now: datetime
    ) -> Said:
        """What `take_turns` says of one."""
        return (await self.take_turns(conn, [(thread, turn)], now))[0]

    async def take_turns(
        self, conn: AsyncConnection, turns: Sequence[tuple[Thread, Turn]], now: datetime
    ) -> list[Said]:
        """Save what replies to different threads changed, with all that follows; what to answer."""
        kept = await self._keep_answers(conn, turns)
        taken = [pair for pair, stays in zip(turns, kept, strict=True) if stays]
        given = [(turn.response, turn.invitation) for _, turn in taken if turn.answer is not None]
        await store.save_responses(conn, [(each, of) for each, of in given if each is not None])
        await store.save_invitations(conn, [turn.invitation for _, turn in taken])
        ended = [turn.invitation.id for _, turn in taken if not turn.is_open]
        freed = await people.close_questions(conn, ended)
        entries: list[Entry] = []
        wanted: list[Job] = []
        for thread, turn in taken:
            heard = self.heard(turn.invitation.source)
            told, following = follows(thread, turn, self.sealed, now, heard=heard)
            entries += told
            wanted += following
            wanted += await self._withdraw(conn, thread, turn, entries, now)
        await jobs.enqueue(conn, wanted)
        await append(conn, entries)
        await give_way(conn, freed, now)
        return [
            self._answer(thread, turn)
            if stays
            else Said(matched=False, reason="answered", open_question=turn.is_open)
            for (thread, turn), stays in zip(turns, kept, strict=True)
        ]

    def _answer(self, thread: Thread, turn: Turn) -> Said:
        text = self._said(thread, turn)
        unread = turn.answer is None and bool(turn.said)
        return Said(
            texts=(text,) if text else (),
            open_question=turn.is_open,
            matched=turn.is_open or not unread,
            reason=NOT_UNDERSTOOD if unread else None,
            answered=len(turn.response.given) if turn.response else 0,
        )

    async def _keep_answers(
        self, conn: AsyncConnection, turns: Sequence[tuple[Thread, Turn]]
    ) -> list[bool]:
        """Which could be: the database refuses a second answer, and a second correction."""
        new = [
            (turn.response.id, turn.answer)
            for _, turn in turns
            if turn.answer is not None and turn.response is not None and turn.replaces is None
        ]
        written = await store.add_answers(conn, self.vault, new)
        return [await self._is_kept(conn, thread, turn, written) for thread, turn in turns]

    async def _is_kept(
        self,
        conn: AsyncConnection,
        thread: Thread,
        turn: Turn,
        written: Collection[tuple[str, str]],
    ) -> bool:
        before, answer, response = thread.response, turn.answer, turn.response
        if answer is None or response is None:
            return True
        if turn.replaces is None:
            return (response.id, answer.question) in written
        confirms = before is not None and before.suspect and not response.suspect
        reason = CONFIRMED if confirms else CORRECTION
        return await correct_answer(conn, self.vault, response.id, answer, turn.replaces, reason)

    async def _withdraw(
        self,
        conn: AsyncConnection,
        thread: Thread,
        turn: Turn,
        entries: list[Entry],
        now: datetime,
    ) -> list[Job]:
        """Who was low by mistake does not complain, unless the complaint was taken up already."""
        before, response = thread.response, turn.response
        if before is None or response is None or not before.low or response.low:
            return []
        if before.suspect_reason == HASTE:  # nobody complained yet
            return []
        considered, comments = complaint_keys(before)
        if await jobs.cancel(conn, considered, now):
            await jobs.cancel(conn, comments, now)
            entries.append(entry(turn.invitation, "complaint.withdrawn", now, response=response.id))
            return []
        return [added(turn, self.sealed)]

    def sealed(self, response: str, text: str | None) -> str | None:
        """A customer's words about a response as a job may hold them."""
        sealed = self.vault.seal(text, f"response.comment|{response}")
        return base64.b64encode(sealed).decode() if sealed else None

    def _said(self, thread: Thread, turn: Turn) -> str:
        if turn.said is not None:
            return turn.said
        text = wording(thread.survey, turn.ask, turn.invitation.locale)
        # To sign a link takes longer than to write the text.
        return fill(text, self.facts(turn.invitation, None, linked="{link" in text))

    async def on_opt_out(
        self, conn: AsyncConnection, threads: Sequence[str], now: datetime
    ) -> None:
        """End open invitations on every channel."""
        found = await store.load_invitations(conn, threads, lock=True)
        over = [
            replace(item, state=InvitationState.CANCELLED, reason="opt_out", question=None)
            for item in found.values()
            if item.state in OPEN_STATES
        ]
        await cancel(conn, over, now)

    async def on_later(
        self, conn: AsyncConnection, threads: Sequence[str], until: datetime, now: datetime
    ) -> Mapping[str, datetime | None]:
        """Remind, once, where a question is open and the invitation has a contact left for it."""
        found = await store.load_invitations(conn, threads, lock=True)
        made = await ledger.made(conn, list(found))
        again: dict[str, datetime | None] = {}
        for item in found.values():
            if not is_wanted(item, MessageClass.REMINDER, asked=True):
                continue
            again[item.id] = None
            over = item.expires_at is not None and until >= item.expires_at
            if len(made[item.id]) < item.max_contacts and not over:
                again[item.id] = await self._remind(conn, item, until)
            told = again[item.id]
            when = told.isoformat() if told else None
            await append(conn, [entry(item, "question.postponed", now, until=when)])
        return again

    async def on_choice(
        self, conn: AsyncConnection, who: Sequence[tuple[str, str]], now: datetime
    ) -> None:
        """Look again at what was put off: it may be welcome now, or by another channel."""
        keys = [key for item in await store.open_of(conn, who) for key in send_keys(item)]
        if keys:
            await jobs.bring_forward(
                conn, SEND.name, tuple(Reason), now, limit=len(keys), keys=keys
            )

    async def _remind(
        self, conn: AsyncConnection, item: Invitation, at: datetime
    ) -> datetime | None:
        wanted = [item.channel] if item.channel else list(item.channels)
        job = send_job(item, LATER, wanted, at, message_class=MessageClass.REMINDER)
        if await jobs.enqueue(conn, [job]):
            return at
        return (await waiting.due_times(conn, [job.key])).get(job.key)


def _unwanted(invitation: Invitation, item: Wanted, made: Collection[str]) -> str | None:
    """Why a message has no place any more; None where it has. `made`: the thread's contacts."""
    reminds = item.message_class is MessageClass.REMINDER
    asked = reminds and item.contact == contact_id(invitation, LATER)
    if not is_wanted(invitation, item.message_class, asked=asked):
        return invitation.state
    others = len(set(made) - {item.contact}) if reminds else 0
    return "max_contacts" if reminds and others >= invitation.max_contacts else None


def _looked_at(reply: Reply) -> tuple[str, ...]:
    """The threads that a reply may change, its own first."""
    before = reply.before if corrected(reply.text) is not None else ()
    return (reply.thread, *before)


def _read(reply: Reply, threads: Mapping[str, Thread], now: datetime) -> tuple[Thread, Turn] | Said:
    """What a reply changes in which of the threads that it may, its own first; or why nothing."""
    own = threads.get(reply.thread)
    if corrected(reply.text) is not None and reply.before:
        answers = own is not None and answers_open(own, reply.text)
        for thread in () if answers else threads.values():
            turn = correction(thread, reply.text, now)
            if turn is not None:
                return speaking(thread, reply.locale), turn
    if own is None:
        return Said(matched=False, reason="unknown_invitation")
    thread = speaking(own, reply.locale)
    answered = on_reply(thread, response_id(thread), str(reply.channel), reply.text, now)
    if isinstance(answered, Unfit):
        return Said(matched=False, reason=answered.reason, open_question=_is_open(thread))
    return thread, answered


def _is_open(thread: Thread | None) -> bool:
    return thread is not None and thread.invitation.state in OPEN_STATES


def response_id(thread: Thread) -> str:
    """The id of a thread's response, whether there is one yet or not."""
    return derived_id("r_", thread.invitation.id)
