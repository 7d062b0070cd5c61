"""Writes what surveys ask, and reads what customers answer."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import ledger, links
from channels import store as people
from channels.jobs import SEND
from channels.model import Channel, MessageClass, Withdrawn, Words
from channels.policy import Reason
from channels.ports import Outcome, Reply, Said, Wanted
from kernel.engine import Database
from kernel.journal import Entry, append
from kernel.vault import Vault, derived_id
from scheduler import store as jobs
from scheduler.job import Job, Leased, Priority
from surveys import decide, store
from surveys.decide import Thread, Turn, Unfit, is_wanted, on_reply, opening, speaking, words
from surveys.jobs import EXPIRE
from surveys.low import Low
from surveys.model import OPEN_STATES, Invitation, InvitationState, Response, Value
from surveys.news import entry, item_of, published
from surveys.outcomes import after
from surveys.pagewording import ask
from surveys.questionnaire import fill
from surveys.service import LATER, STEPS, cancel, lock, send_job, send_key
from tickets.jobs import COMMENT, CONSIDER, Commented, Consider

_STOPPABLE = timedelta(days=400)  # a stop must be heard long after the survey is over
_ASKING = frozenset({MessageClass.INVITATION, MessageClass.REMINDER, MessageClass.RECOVERY})


@dataclass(slots=True, kw_only=True)
class SurveyConversation:
    """The author of invitations; every verb works in the caller's transaction."""

    vault: Vault
    brand: str
    public_url: str
    secret_keys: Sequence[bytes]

    async def compose(
        self, conn: AsyncConnection, wanted: Sequence[Wanted], now: datetime
    ) -> Mapping[str, Words | Withdrawn]:
        """The open question of each thread; locked, so that a reopening comes before or after."""
        threads = await self.threads(conn, [item.thread for item in wanted], lock=True)
        said: dict[str, Words | Withdrawn] = {}
        chosen: list[Invitation] = []
        for item in wanted:
            thread = threads.get(item.thread)
            if thread is not None and (spoken := speaking(thread, item.locale)) is not thread:
                thread = threads[item.thread] = spoken
                chosen.append(thread.invitation)
            if thread is None:
                said[item.contact] = Withdrawn(reason="unknown_invitation")
            elif not is_wanted(thread.invitation, item.message_class):
                said[item.contact] = Withdrawn(reason=thread.invitation.state)
            else:
                said[item.contact] = self._words(thread, item)
        await store.save_invitations(conn, chosen)
        return said

    def _words(self, thread: Thread, item: Wanted) -> Words:
        invitation = thread.invitation
        question = opening(thread.survey, invitation)
        facts = self.facts(invitation, item.name)
        text = words(thread.survey, question, invitation.locale, facts)
        if not item.by_mail:
            return Words(text=text, locale=invitation.locale)
        expires_at = invitation.useful_until + invitation.lasts
        asked = thread.survey.questions[question] if question else None
        letter = fill(ask(asked, invitation.locale), facts) if asked else None
        return Words(
            text=text,
            letter=letter,
            locale=invitation.locale,
            link=self._link("survey", "s", invitation.id, expires_at),
            unsubscribe=self._link("preferences", "p", invitation.id, expires_at + _STOPPABLE),
        )

    def _link(self, purpose: str, path: str, subject: str, expires_at: datetime) -> str:
        token = links.sign(purpose, subject, expires_at, self.secret_keys)
        return f"{self.public_url}/{path}/{token}"

    def facts(self, invitation: Invitation, name: str | None) -> dict[str, str]:
        """The variables that a survey's texts may name."""
        return {
            "brand": self.brand,
            "ticket": invitation.ticket,
            "agent": invitation.attribution.agent or "",
            "product": invitation.attribution.product or "",
            "name": name or "",
        }

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
        wanted: list[Job] = []
        entries: list[Entry] = []
        for item in asked:
            before = found.get(item.thread)
            if before is None:
                continue
            moved, following = after(before, item, now)
            found[item.thread] = moved
            wanted.extend(following)
            if moved.state != before.state:
                entries.append(entry(moved, f"invitation.{moved.state}", now, reason=moved.reason))
        await store.save_invitations(conn, list(found.values()))
        await jobs.enqueue(conn, wanted)
        await append(conn, entries)

    async def on_reply(
        self, conn: AsyncConnection, replies: Sequence[Reply], now: datetime
    ) -> Mapping[str, Said]:
        """Read replies one by one, each seeing what the one before it changed."""
        said: dict[str, Said] = {}
        for reply in replies:
            thread = (await self.threads(conn, [reply.thread], lock=True)).get(reply.thread)
            if thread is None:
                said[reply.id] = Said(matched=False)
                continue
            thread = speaking(thread, reply.locale)
            response_id = derived_id("r_", thread.invitation.id)
            turn = on_reply(thread, response_id, str(reply.channel), reply.text, now)
            if isinstance(turn, Unfit):
                said[reply.id] = Said(matched=False)
            else:
                said[reply.id] = await self.take_turn(conn, thread, turn, now)
        return said

    async def take_turn(
        self, conn: AsyncConnection, thread: Thread, turn: Turn, now: datetime
    ) -> Said:
        """Save what a reply changed, with the jobs and the story that follow from it."""
        invitation = turn.invitation
        entries: list[Entry] = []
        wanted: list[Job] = []
        if turn.answer is not None and turn.response is not None:
            new = await store.add_answers(conn, self.vault, [(turn.response.id, turn.answer)])
            if not new:
                return Said(matched=False, open_question=invitation.question is not None)
            await store.save_responses(conn, [(turn.response, invitation)])
            self._tell_answer(thread, turn, turn.response, now, entries, wanted)
        elif turn.said is not None and invitation.state in OPEN_STATES:
            entries.append(entry(invitation, "question.repeated", now, asked=invitation.asked))
        await store.save_invitations(conn, [invitation])
        if invitation.state not in OPEN_STATES:
            entries.append(
                entry(invitation, f"invitation.{invitation.state}", now, reason=invitation.reason)
            )
            await people.close_questions(conn, [invitation.id])
        await jobs.enqueue(conn, wanted)
        await append(conn, entries)
        return Said(
            texts=(self._said(thread, turn),),
            open_question=invitation.state in OPEN_STATES,
        )

    def _said(self, thread: Thread, turn: Turn) -> str:
        if turn.said is not None:
            return turn.said
        facts = self.facts(turn.invitation, None)
        return words(thread.survey, turn.ask, turn.invitation.locale, facts)

    def _tell_answer(
        self,
        thread: Thread,
        turn: Turn,
        response: Response,
        now: datetime,
        entries: list[Entry],
        wanted: list[Job],
    ) -> None:
        """The story and the jobs that follow from one answer."""
        assert turn.answer is not None
        invitation, answer = turn.invitation, turn.answer
        entries.append(
            entry(
                invitation,
                "answer.recorded",
                now,
                response=response.id,
                question=answer.question,
                value=answer.value,
                score=response.score,
                with_words=answer.comment is not None,
            )
        )
        answers = decide.without_words(thread.survey, response.answers)
        item = item_of(invitation, response, answers)
        key = f"{response.id}:{answer.question}"
        wanted.append(published("survey.answered", key, invitation, item, now))
        if turn.low is not None:
            entries.append(
                entry(
                    invitation,
                    "response.low",
                    now,
                    response=response.id,
                    question=turn.low.question,
                    value=turn.low.value,
                )
            )
            wanted.append(published("response.low", response.id, invitation, item, now))
            consider = self._consider(invitation, response, turn.low, answers)
            wanted.append(CONSIDER.job(response.id, consider, due_at=now))
        elif turn.more:
            commented = Commented(
                invitation=invitation.id,
                response=response.id,
                source=invitation.source,
                ticket=invitation.ticket,
                question=answer.question,
                value=answer.value,
                comment=self._sealed(response, answer.comment),
            )
            wanted.append(COMMENT.job(key, commented, due_at=now))
        if invitation.state is InvitationState.COMPLETED:
            wanted.append(published("survey.completed", response.id, invitation, item, now))

    def _consider(
        self, invitation: Invitation, response: Response, low: Low, answers: Mapping[str, Value]
    ) -> Consider:
        whole = "\n".join(response.comments) or None
        return Consider(
            invitation=invitation.id,
            response=response.id,
            source=invitation.source,
            ticket=invitation.ticket,
            cycle=invitation.cycle,
            customer=invitation.customer,
            survey=response.survey,
            version=response.version,
            question=low.question,
            rating=response.rating,
            score=response.score,
            late=response.late,
            owner=invitation.attribution.agent,
            team=invitation.attribution.team,
            answers=answers,
            comment=self._sealed(response, whole),
        )

    def _sealed(self, response: Response, text: str | None) -> str | None:
        sealed = self.vault.seal(text, f"response.comment|{response.id}")
        return base64.b64encode(sealed).decode() if sealed else None

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
        again: dict[str, datetime | None] = {}
        for item in found.values():
            if not is_wanted(item, MessageClass.REMINDER):
                continue
            again[item.id] = None
            past = await ledger.of_thread(conn, self.vault, item.id)
            made = [one for one in past if one.message_class is not MessageClass.CONVERSATION]
            made = [one for one in made if one.state in ledger.COUNTED]
            over = item.expires_at is not None and until >= item.expires_at
            if len(made) < item.max_contacts and not over:
                again[item.id] = await self._remind(conn, item, until)
            told = again[item.id]
            when = told.isoformat() if told else None
            await append(conn, [entry(item, "question.postponed", now, until=when)])
        return again

    async def on_choice(
        self, conn: AsyncConnection, who: Sequence[tuple[str, str]], now: datetime
    ) -> None:
        """Look again at what was put off: it may be welcome now, or by another channel."""
        found = await store.open_of(conn, who)
        steps = (*STEPS, *(f"after {channel}" for channel in Channel))
        keys = [send_key(item, step) for item in found for step in steps]
        if keys:
            await jobs.bring_forward(
                conn, SEND.name, tuple(Reason), now, limit=len(keys), keys=keys
            )

    async def _remind(
        self, conn: AsyncConnection, item: Invitation, at: datetime
    ) -> datetime | None:
        wanted = [item.channel] if item.channel else list(item.channels)
        job = send_job(item, LATER, wanted, at, Priority.NORMAL, MessageClass.REMINDER)
        if await jobs.enqueue(conn, [job]):
            return at
        return (await jobs.due_times(conn, [job.key])).get(job.key)


@dataclass(slots=True, kw_only=True)
class Expiring:
    """Handles `invitation.expire` jobs."""

    database: Database

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """End invitations that nobody answered to the end in time."""
        async with self.database.write() as conn:
            found = await lock(conn, [EXPIRE.read(item.job).invitation for item in batch])
            over = [
                replace(item, state=InvitationState.EXPIRED, reason="unanswered", question=None)
                for item in found.values()
                if item.state in OPEN_STATES and item.expires_at and item.expires_at <= now
            ]
            await cancel(conn, over, now)
            news = [published("survey.expired", item.id, item, item_of(item), now) for item in over]
            await jobs.enqueue(conn, news)
            await jobs.finish(conn, batch, now)
