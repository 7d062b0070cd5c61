"""Mails the people of `people:` what stands on the supervisors' board, each matter once."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from channels.errors import SendError, SendErrorKind
from channels.ports import Accepted, Carrier, Message
from channels.render import LOCALES, Render
from huifang.ruleterms import PersonRole
from huifang.story import tell
from kernel.engine import Database
from kernel.journal import Entry, append
from kernel.vault import derived_id
from scheduler import notices
from scheduler import store as jobs
from scheduler.job import Leased
from scheduler.notices import TELL, Item, Mailing
from scheduler.store import Again

log = structlog.get_logger("notices")

MOST_AN_HOUR = 20
"""Mails of one kind; what comes after them stands on the board alone, and the last mail says so."""

_BOARD = "/complaints"
_HOUR = timedelta(hours=1)
_MOST_TRIES = 2  # mails that may have left: a second after an uncertain one, never a third
_SHORTEST, _LONGEST = timedelta(seconds=30), timedelta(minutes=15)  # pauses of what surely did not
_WORTH_TRYING = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Going:
    """A mail about to leave; `roles` by whose mailbox it reaches somebody."""

    leased: Leased
    item: Item
    roles: tuple[str, ...]
    message: Message


@dataclass(slots=True, kw_only=True)
class Telling:
    """Handles `notice.tell` jobs; `mail` is None where no mail server is configured.

    The contact policy is not asked: those mailed are staff. Whether anybody can be mailed or not,
    the item stands on the board; `count_unmailed` hears why nobody was.
    """

    database: Database
    render: Render
    people: Mapping[str, PersonRole]
    mail: Carrier | None
    public_url: str
    count_unmailed: Callable[[str], None] = lambda reason: None

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Commit that a mail may leave, send it, and write down what became of it."""
        going = await self._intend(batch, now)
        said = await asyncio.gather(*(self._send(item.message) for item in going))
        await self._record(list(zip(going, said, strict=True)), now)

    async def _intend(self, batch: Sequence[Leased], now: datetime) -> list[_Going]:
        going: list[_Going] = []
        over: list[Leased] = []
        kept: list[Mailing] = []
        async with self.database.write() as conn:
            held = await jobs.held(conn, batch)
            wanted = [(leased, TELL.read(leased.job)) for leased in batch if leased.job.key in held]
            items = await notices.load(conn, {tell.notice for _, tell in wanted}, lock=True)
            kinds = {item.kind for item in items.values()}
            mailed = await notices.mailed_since(conn, kinds, now - _HOUR)
            for leased, asked in wanted:
                item = items.get(asked.notice)
                if item is None or not _is_news(item, asked.round):
                    over.append(leased)
                    continue
                number = mailed[item.kind] = mailed.get(item.kind, 0) + 1
                boxes = self._mailboxes(item)
                reason = self._in_vain(item, boxes, number)
                if reason is not None:
                    self._say(item, reason)
                    over.append(leased)
                    continue
                message = self._message(item, sorted(set(boxes.values())), number == MOST_AN_HOUR)
                kept.append(_tried(item, item.tries + 1))
                going.append(
                    _Going(leased=leased, item=item, roles=tuple(sorted(boxes)), message=message)
                )
            await notices.note(conn, kept)
            await jobs.finish(conn, over, now)
        return going

    def _mailboxes(self, item: Item) -> dict[str, str]:
        """Mailboxes by role: of the notice's own roles, else of any that has one."""
        boxes = {name: role.email for name, role in self.people.items() if role.email}
        return {name: boxes[name] for name in item.roles if name in boxes} or boxes

    def _in_vain(self, item: Item, boxes: Mapping[str, str], number: int) -> str | None:
        if not boxes:
            return "no_mailbox"
        if self.mail is None:
            return "no_mail_server"
        if item.tries >= _MOST_TRIES:
            return "uncertain"
        return "many" if number > MOST_AN_HOUR else None

    def _say(self, item: Item, reason: str) -> None:
        log.warning("notice.unmailed", notice=item.id, kind=item.kind, reason=reason)
        self.count_unmailed(reason)

    def _message(self, item: Item, boxes: Sequence[str], many: bool) -> Message:
        sides = [self._facts(item, locale, many) for locale in LOCALES]
        letters = [
            self.render.letter("notice", locale, facts)
            for locale, facts in zip(LOCALES, sides, strict=True)
        ]
        facts = {"brand": self.render.brand.name, "sides": sides}
        return Message(
            contact=mail_id(item.id, item.round),
            to=boxes[0],
            also=tuple(boxes[1:]),
            subject=" / ".join(letter.subject or "" for letter in letters),
            text="\n\n".join(letter.text for letter in letters),
            html=self.render.markup("notice", LOCALES[0], facts),
            headers=letters[0].headers,
            intended_at=item.raised_at,
        )

    def _facts(self, item: Item, locale: str, many: bool) -> dict[str, str | None]:
        return {
            "locale": locale,
            "brand": self.render.brand.name,
            "what": sentence(item, locale),
            "source": item.source,
            "ticket": item.ticket,
            "at": item.raised_at.isoformat(timespec="seconds"),
            "many": "many" if many else None,
            "link": f"{self.public_url}{_BOARD}",
        }

    async def _send(self, message: Message) -> Accepted | SendError:
        assert self.mail is not None
        try:
            return await self.mail.send(message)
        except SendError as fault:
            return fault

    async def _record(
        self, results: Sequence[tuple[_Going, Accepted | SendError]], now: datetime
    ) -> None:
        if not results:
            return
        entries: list[Entry] = []
        kept: list[Mailing] = []
        over: list[Leased] = []
        again: list[Again] = []
        async with self.database.write() as conn:
            held = await jobs.held(conn, [going.leased for going, _ in results])
            items = await notices.load(conn, {going.item.id for going, _ in results}, lock=True)
            for going, said in results:
                item = items.get(going.item.id)
                if going.leased.job.key not in held or item is None:
                    continue
                if isinstance(said, Accepted):
                    kept.append(_tried(item, item.tries, going.roles, now))
                    told = notices.entry(item, "notice.told", now, roles=", ".join(going.roles))
                    entries.append(told)
                    over.append(going.leased)
                    continue
                uncertain = said.kind is SendErrorKind.AMBIGUOUS
                kept.append(_tried(item, item.tries - (0 if uncertain else 1)))
                later = _later(going.leased, said, now)
                if later is None:
                    self._say(item, "refused")
                    over.append(going.leased)
                else:
                    again.append(later)
            await notices.note(conn, kept)
            await append(conn, entries)
            await jobs.retry(conn, again)
            await jobs.finish(conn, over, now)


def sentence(item: Item, locale: str) -> str:
    """What the matter is, in a sentence."""
    return tell(
        Entry(at=item.raised_at, kind=item.kind, about=item.subject, detail=item.facts), locale
    )


def mail_id(notice: str, number: int) -> str:
    """The id of the mail about a notice raised for the `number`th time, the same at every try."""
    return derived_id("n_", notice, str(number))


def _is_news(item: Item, number: int) -> bool:
    """Whether people are still to be told of the notice, raised for the `number`th time."""
    return item.round == number and item.told_at is None and item.acknowledged_at is None


def _tried(
    item: Item, tries: int, told: tuple[str, ...] | None = None, at: datetime | None = None
) -> Mailing:
    return Mailing(id=item.id, tries=tries, told=told, told_at=at)


def _later(leased: Leased, error: SendError, now: datetime) -> Again | None:
    """When to try again; None: the mailboxes are refused, or it was tried for days."""
    age = now - leased.job.due_at
    if not error.retryable or age > _WORTH_TRYING:
        return None
    at = now + min(max(age, _SHORTEST), _LONGEST)
    return Again(leased=leased, at=at, error=error.detail, burn=False)
