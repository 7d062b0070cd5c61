"""Decides what follows from an answer: its story, the news of it, and a complaint's jobs."""

from collections.abc import Callable
from datetime import datetime

from kernel.journal import Entry
from scheduler.job import Job
from surveys.decide import without_words
from surveys.jobs import EXPIRE, Expire
from surveys.low import Low
from surveys.model import OPEN_STATES, RESUMED, Invitation, InvitationState, Response
from surveys.news import entry, item_of, published
from surveys.turns import Thread, Turn
from tickets.jobs import COMMENT, CONSIDER, Commented, Consider

Seal = Callable[[str, str | None], str | None]
"""Seals a customer's words for a response, by its id."""


COMPLAINED = ("response.low", "complaint.withdrawn")
"""What begins a complaint in the story of an invitation, and what ends it before it began."""


def follows(
    thread: Thread, turn: Turn, seal: Seal, now: datetime, *, heard: bool = True
) -> tuple[list[Entry], list[Job]]:
    """The entries and jobs of a turn; `heard`: whether any other system is told of it."""
    invitation = turn.invitation
    entries, wanted = _of_answer(thread, turn, seal, now)
    if heard:
        wanted += _news(thread, turn, now)
    if turn.answer is None and turn.said and turn.is_open:
        entries.append(entry(invitation, "question.repeated", now, asked=invitation.asked))
    if turn.is_open or invitation.state == thread.invitation.state:
        return entries, wanted
    ended = f"invitation.{invitation.state}"
    entries.append(entry(invitation, ended, now, reason=invitation.reason))
    if heard and invitation.state is InvitationState.EXPIRED:
        item = item_of(invitation)
        wanted.append(published("survey.expired", invitation.id, invitation, item, now))
    return entries, wanted


def _news(thread: Thread, turn: Turn, now: datetime) -> list[Job]:
    """The jobs that tell other systems of an answer."""
    invitation, response, answer = turn.invitation, turn.response, turn.answer
    if response is None or answer is None:
        return []
    item = item_of(invitation, response, without_words(thread.survey, response.told))
    told = [("survey.answered", _key(turn))]
    if turn.low is not None:
        told.append(("response.low", _which(response)))
    if invitation.state is InvitationState.COMPLETED:
        told.append(("survey.completed", response.id))
    return [published(type_, key, invitation, item, now) for type_, key in told]


def _of_answer(
    thread: Thread, turn: Turn, seal: Seal, now: datetime
) -> tuple[list[Entry], list[Job]]:
    """Those of an answer; a correction is news under its own id."""
    invitation, response, answer = turn.invitation, turn.response, turn.answer
    if response is None or answer is None:
        return [], []
    said = entry(
        invitation,
        _kind(thread, turn),
        now,
        response=response.id,
        question=answer.question,
        value=answer.value,
        score=response.score,
        with_words=answer.comment is not None,
        **({"late": True} if turn.late else {}),
    )
    opened = [entry(invitation, "invitation.resumed", now)] if _resumed(thread, turn) else []
    entries = [*opened, said, *_doubt(thread, invitation, response, answer.question, now)]
    wanted: list[Job] = []
    if turn.low is not None:
        low = {"response": response.id, "question": turn.low.question, "value": turn.low.value}
        entries.append(entry(invitation, "response.low", now, **low))
        consider = _consider(thread, turn, response, turn.low, seal)
        wanted.append(CONSIDER.job(_which(response), consider, due_at=now))
    elif turn.more and (response.low or (turn.late and not _mended(thread))):
        wanted.append(added(turn, seal))
    if thread.invitation.expires_at is None and invitation.expires_at is not None:
        due = EXPIRE.job(
            f"{invitation.id}:answered",
            Expire(invitation=invitation.id),
            due_at=invitation.expires_at,
        )
        wanted.append(due)
    return entries, wanted


def _mended(thread: Thread) -> bool:
    """Whether a correction may take back a complaint: it is added by whoever finds one standing."""
    return thread.response is not None and thread.response.low


def _resumed(thread: Thread, turn: Turn) -> bool:
    """Whether what was over goes on, or is over in another way."""
    before, now = thread.invitation, turn.invitation
    moved = (before.state, before.reason) != (now.state, now.reason)
    return before.reason == RESUMED or (moved and before.state not in OPEN_STATES)


def _kind(thread: Thread, turn: Turn) -> str:
    """What an answer is called in the story: one in doubt that is given again was no mistake."""
    before, answer = thread.response, turn.answer
    if turn.replaces is None or before is None or answer is None:
        return "answer.recorded"
    told = answer.comment if answer.value is None else answer.value
    same = before.suspect and before.answers.get(answer.question) == told
    return "answer.confirmed" if same else "answer.corrected"


def _doubt(
    thread: Thread, invitation: Invitation, response: Response, question: str, now: datetime
) -> list[Entry]:
    """That an answer waits to be confirmed, or was: by its own words or those of somebody else."""
    known = {"response": response.id, "question": question}
    if response.suspect:
        reason = response.suspect_reason
        return [entry(invitation, "response.suspect", now, **known, reason=reason)]
    if thread.response is not None and thread.response.suspect:
        return [entry(invitation, "response.confirmed", now, **known)]
    return []


def added(turn: Turn, seal: Seal) -> Job:
    """The job that adds an answer to the complaint of its response."""
    invitation, response, answer = turn.invitation, turn.response, turn.answer
    assert response is not None
    assert answer is not None
    commented = Commented(
        invitation=invitation.id,
        response=response.id,
        source=invitation.source,
        ticket=invitation.ticket,
        question=answer.question,
        value=None if answer.value == "" else answer.value,
        comment=seal(response.id, answer.comment),
    )
    return COMMENT.job(_key(turn), commented, due_at=answer.at)


def remarked(thread: Thread, message: str, question: str, sealed: str | None, now: datetime) -> Job:
    """The job that adds a message, kept beside an answer, to the complaint of the response."""
    invitation, response = thread.invitation, thread.response
    assert response is not None
    commented = Commented(
        invitation=invitation.id,
        response=response.id,
        source=invitation.source,
        ticket=invitation.ticket,
        question=question,
        value=None,
        comment=sealed,
    )
    return COMMENT.job(f"{response.id}:{message}", commented, due_at=now)


def complaint_keys(response: Response) -> tuple[list[str], list[str]]:
    """The keys of all jobs that may have made a complaint of a response, and added to it."""
    made = [_numbered(response.id, number) for number in range(_corrections(response) + 1)]
    told = [
        _numbered(f"{response.id}:{question}", number)
        for question, how in response.given.items()
        for number in range(how.revision + 1)
    ]
    return [f"{CONSIDER.name}:{key}" for key in made], [f"{COMMENT.name}:{key}" for key in told]


def _key(turn: Turn) -> str:
    assert turn.response is not None
    assert turn.answer is not None
    number = 0 if turn.replaces is None else turn.replaces + 1
    return _numbered(f"{turn.response.id}:{turn.answer.question}", number)


def _which(response: Response) -> str:
    """The same once for each time that a response turned low."""
    return _numbered(response.id, _corrections(response))


def _corrections(response: Response) -> int:
    return sum(how.revision for how in response.given.values())


def _numbered(key: str, number: int) -> str:
    return f"{key}:{number}" if number else key


def _consider(thread: Thread, turn: Turn, response: Response, low: Low, seal: Seal) -> Consider:
    invitation = turn.invitation
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
        # A ticket that was opened again meanwhile is not ordered to be: a person looks at it.
        late=response.late or turn.late or thread.invitation.state is InvitationState.CANCELLED,
        owner=invitation.attribution.agent,
        team=invitation.attribution.team,
        answers=without_words(thread.survey, response.told),
        comment=seal(response.id, "\n".join(response.comments) or None),
    )
