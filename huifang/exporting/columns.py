"""Lays out the columns of exports: their names, their kinds, their places in a document."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from surveys.export import Asked
from surveys.model import QuestionKind


class ColumnKind(StrEnum):
    """What is in a column; None may be anywhere.

    `key`: words of our own, which need no care; `text`: what others wrote. `instant`: aware UTC;
    `local`: the same instant in the zone of the export.
    """

    KEY = "key"
    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    INSTANT = "instant"
    LOCAL = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column; `path`: where its value stands in a document, nowhere if empty.

    `sparse`: a document goes without it where there is no value. `words`: what is said in answer
    to this question is sealed.
    """

    name: str
    kind: ColumnKind
    path: tuple[str, ...] = ()
    sparse: bool = False
    words: bool = False


_K = ColumnKind
_RESPONSE = (
    ("id", _K.KEY),
    ("source", _K.TEXT),
    ("ticket", _K.TEXT),
    ("closure", _K.INTEGER),
    ("program", _K.TEXT),
    ("survey", _K.KEY),
    ("version", _K.KEY),
    ("channel", _K.KEY),
    ("score", _K.NUMBER),
    ("rating", _K.INTEGER),
    ("low", _K.FLAG),
    ("suspect", _K.FLAG),
    ("suspect_reason", _K.KEY),
    ("late", _K.FLAG),
    ("excluded", _K.FLAG),
)
_ATTRIBUTION = ("agent", "team", "region", "product", "category")
_RESPONSE_TIMES = ("started_at", "completed_at")
_TICKET = (
    ("source", _K.TEXT),
    ("ticket", _K.TEXT),
    ("status", _K.KEY),
    ("closure", _K.INTEGER),
    ("reopens", _K.INTEGER),
    ("closed_at", _K.INSTANT),
    ("closed_at_local", _K.LOCAL),
    *((name, _K.TEXT) for name in _ATTRIBUTION),
    ("ticket_channel", _K.TEXT),
    ("priority", _K.TEXT),
    ("close_reason", _K.TEXT),
    ("decision", _K.KEY),
    ("decision_reason", _K.KEY),
    ("decided_at", _K.INSTANT),
    ("program", _K.TEXT),
    ("invitation", _K.KEY),
    ("invitation_state", _K.KEY),
    ("invitation_reason", _K.KEY),
    ("invitation_channel", _K.KEY),
    ("survey", _K.KEY),
    ("version", _K.KEY),
    ("response", _K.KEY),
    ("channel", _K.KEY),
    ("score", _K.NUMBER),
    ("rating", _K.INTEGER),
    ("low", _K.FLAG),
    ("suspect", _K.FLAG),
    ("late", _K.FLAG),
    ("excluded", _K.FLAG),
    ("started_at", _K.INSTANT),
    ("started_at_local", _K.LOCAL),
    ("complaints", _K.INTEGER),
    ("complaint", _K.KEY),
    ("complaint_state", _K.KEY),
    ("complaint_class", _K.TEXT),
    ("complaint_opened_at", _K.INSTANT),
    ("callbacks", _K.INTEGER),
    ("callback", _K.KEY),
    ("callback_state", _K.KEY),
    ("callback_outcome", _K.KEY),
    ("callback_attempts", _K.INTEGER),
)
_IDENTITY = ("id", "name", "phone", "email")
_KINDS = {
    QuestionKind.RESOLVED: _K.FLAG,
    QuestionKind.CHOICE: _K.TEXT,
    QuestionKind.COMMENT: _K.TEXT,
    None: _K.TEXT,
}


def of_responses(asked: Sequence[Asked], *, comments: bool, identities: bool) -> list[Column]:
    """The columns of responses; as documents they are the items of `/v1/responses`."""
    return list(_of_responses(asked, comments, identities))


def _of_responses(asked: Sequence[Asked], comments: bool, identities: bool) -> Iterator[Column]:
    yield from _plain(_RESPONSE)
    for name in _ATTRIBUTION:
        yield Column(name=name, kind=_K.TEXT, path=("attribution", name))
    for name in _RESPONSE_TIMES:
        yield Column(name=name, kind=_K.INSTANT, path=(name,))
        yield Column(name=f"{name}_local", kind=_K.LOCAL)
    for each in asked:
        words = each.kind is QuestionKind.COMMENT
        if comments or not words:
            kind = _KINDS.get(each.kind, _K.INTEGER)
            path = ("answers", each.question)
            yield Column(name=each.column, kind=kind, path=path, sparse=True, words=words)
    yield from _personal(comments, identities)


def of_tickets(*, comments: bool, identities: bool) -> list[Column]:
    """The columns of closed tickets."""
    return [*_plain(_TICKET), *_personal(comments, identities)]


def _plain(named: Sequence[tuple[str, ColumnKind]]) -> Iterator[Column]:
    for name, kind in named:
        yield Column(name=name, kind=kind, path=() if kind is _K.LOCAL else (name,))


def _personal(comments: bool, identities: bool) -> Iterator[Column]:
    if comments:
        yield Column(name="comment", kind=_K.TEXT, path=("comment",))
    if identities:
        for name in _IDENTITY:
            yield Column(name=f"customer_{name}", kind=_K.TEXT, path=("customer", name))
