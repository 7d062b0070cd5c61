"""Reads the comments that are asked about, and makes topics and examples of them."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import store as customers
from huifang.topics.masking import masked, nameless
from huifang.topics.segmenting import segmenter
from kernel.vault import Vault
from surveys import export, store
from surveys.report import Selection
from surveys.topics import gathering
from surveys.topics.gathering import Commented
from surveys.topics.scoring import Said, Side, Topic, grouped, less, side, topics
from surveys.topics.terms import folded, terms

MOST = 10_000
"""Comments of a time that are read, the newest."""

MOST_GROUPS = 50
"""Groups that are told, the largest."""

_PAGE = 1_000
_LONGEST = 280  # characters of an example


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: at most `most` topics a group; `by` as for `listing.page`."""

    wanted: Selection
    group: str
    min_n: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read of how many comments."""

    said: Sequence[Said]
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The topics of all comments, by how many name them, and of each group against the rest."""

    now: Read
    before: Read | None
    whole: Sequence[Topic]
    groups: Mapping[str | None, tuple[int, Sequence[Topic]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A comment, masked."""

    response: str
    ticket: str
    source: str
    text: str


async def tell(conn: AsyncConnection, vault: Vault, asked: Question) -> Told:
    """The topics of a time, beside those of the time before it where it has a beginning and an end.

    What can be counted counts as in all figures: nothing that is suspect, late or excluded.
    """
    now = await _read(conn, vault, asked.wanted, "counted", asked.group)
    earlier = _earlier(asked.wanted)
    before = None if earlier is None else await _read(conn, vault, earlier, "counted", asked.group)
    return await asyncio.to_thread(_told, asked, now, before)


async def naming(
    conn: AsyncConnection, vault: Vault, wanted: Selection, by: str, term: str
) -> set[str]:
    """The responses whose comments name a term, among those that `tell` reads."""
    read = await _read(conn, vault, wanted, by, "survey")
    sought = folded(term)
    return {each.response for each in read.said if sought in each.terms}


async def examples(
    conn: AsyncConnection, vault: Vault, responses: Collection[str]
) -> dict[str, Example]:
    """Comments by their responses, without what may tell who gave them."""
    placed = await gathering.invitations_of(conn, responses)
    asked = await store.load_invitations(conn, list(placed.values()))
    who = {(each.source, each.customer) for each in asked.values()}
    people = await customers.load_people(conn, vault, who)
    said = await export.words(conn, vault, responses)
    found: dict[str, Example] = {}
    for response, words in said.items():
        of = asked[placed[response]]
        person = people.get((of.source, of.customer))
        known: list[str | None] = [of.ticket, of.customer]
        if person is not None:
            known += [person.name, person.phone, person.email]
        text = _short(masked(" ".join("\n".join(words.values()).split()), known))
        found[response] = Example(response=response, ticket=of.ticket, source=of.source, text=text)
    return found


async def _read(
    conn: AsyncConnection, vault: Vault, wanted: Selection, by: str, group: str
) -> Read:
    rows, found = await gathering.commented(conn, wanted, by, group, MOST)
    said: list[Said] = []
    for start in range(0, len(rows), _PAGE):
        page = rows[start : start + _PAGE]
        words = await export.words(conn, vault, {each.id for each in page})
        said += await asyncio.to_thread(_cut, page, words)
    return Read(said=said, found=found)


def _cut(page: Sequence[Commented], words: Mapping[str, Mapping[str, str]]) -> list[Said]:
    cut = segmenter()
    return [
        Said(
            response=each.id,
            group=each.group,
            score=each.score,
            terms=terms(nameless("\n".join(words[each.id].values())), cut),
        )
        for each in page
        if each.id in words
    ]


def _told(asked: Question, now: Read, before: Read | None) -> Told:
    groups, all_now = grouped(now.said), side(now.said)
    earlier = grouped(before.said) if before is not None else {}
    told: dict[str | None, tuple[int, Sequence[Topic]]] = {}
    for name, said in list(groups.items())[:MOST_GROUPS]:
        was = side(earlier.get(name, ())) if before is not None else None
        rest = less(all_now, side(said))
        told[name] = len(said), topics(said, rest, was, asked.min_n, asked.most)
    all_before = side(before.said) if before is not None else None
    none = Side(n=0, named={})
    whole = topics(now.said, none, all_before, asked.min_n, asked.most)
    return Told(now=now, before=before, whole=whole, groups=told)


def _earlier(wanted: Selection) -> Selection | None:
    """The time just before, as long as the one asked about; None: there is none to name."""
    if wanted.since is None or wanted.until is None or wanted.since >= wanted.until:
        return None
    try:
        since: datetime = wanted.since - (wanted.until - wanted.since)
    except OverflowError:
        return None
    return replace(wanted, since=since, until=wanted.since)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
