"""Tells managers what customers talk about: terms against the rest, their trend, examples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, validate

from huifang.numbers import read_entry
from huifang.scope import ScopeSchema, selection
from huifang.topics import reading
from huifang.topics.reading import Question, Read, Told
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from kernel.journal import append
from kernel.vault import Vault
from surveys.report import GROUPS
from surveys.topics.scoring import Topic

MOST_TOPICS, MOST_EXAMPLES = 20, 3

_TOPICS = 10
_MIN_N = 10


class TopicsSchema(ScopeSchema):
    """What topics are asked by."""

    group_by = fields.String(
        load_default="category",
        validate=validate.OneOf(GROUPS),
        metadata={"description": "whose comments are compared with the rest"},
    )
    low = fields.Boolean(
        metadata={"description": "only comments of low answers, or only of others"}
    )
    min_n = fields.Integer(
        load_default=_MIN_N,
        validate=validate.Range(0, 1_000_000),
        metadata={"description": "groups of fewer comments are told without topics"},
    )
    limit = fields.Integer(
        load_default=_TOPICS,
        validate=validate.Range(1, MOST_TOPICS),
        metadata={"description": "topics of a group"},
    )
    examples = fields.Integer(
        load_default=MOST_EXAMPLES,
        validate=validate.Range(0, MOST_EXAMPLES),
        metadata={"description": "comments shown with each topic; who reads them is noted"},
    )


class ExampleSchema(Schema):
    """What a customer said; numbers, mailboxes, addresses and names are masked."""

    response = fields.String()
    source = fields.String()
    ticket = fields.String()
    text = fields.String()


class TopicSchema(Schema):
    """A word or two that stand together; a figure is null where there are too few comments."""

    term = fields.String()
    count = fields.Integer(metadata={"description": "comments that name it"})
    share = fields.Float(metadata={"description": "of the group's comments"})
    share_rest = fields.Float(allow_none=True, metadata={"description": "of all other groups'"})
    score = fields.Float(
        allow_none=True,
        metadata={"description": "G² (Dunning 1993) against the rest, negative where it is rarer"},
    )
    mean_score = fields.Float(
        allow_none=True, metadata={"description": "of the responses that name it, of 100"}
    )
    share_before = fields.Float(
        allow_none=True, metadata={"description": "just before, in as long a time"}
    )
    changed = fields.String(
        allow_none=True,
        metadata={"description": "`up` or `down` against then, where a test says so at 5 %"},
    )
    examples = fields.List(fields.Nested(ExampleSchema))


class GroupTopicsSchema(Schema):
    """A group's topics, the most telling first."""

    group = fields.Dict()
    n = fields.Integer(metadata={"description": "comments that were read"})
    topics = fields.List(fields.Nested(TopicSchema))


class AmountSchema(Schema):
    """How many comments were read, the newest, of how many there are."""

    read = fields.Integer()
    found = fields.Integer()


class TopicsReplySchema(Schema):
    """What customers talk about: all of them, by how many name it, and each group."""

    comments = fields.Nested(AmountSchema)
    before = fields.Nested(
        AmountSchema, allow_none=True, metadata={"description": "null: `from` or `to` is missing"}
    )
    whole = fields.Nested(GroupTopicsSchema)
    items = fields.List(
        fields.Nested(GroupTopicsSchema),
        metadata={"description": f"the largest first, {reading.MOST_GROUPS} at most"},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """The endpoint of topics."""

    database: Database
    vault: Vault

    def endpoints(self) -> list[Endpoint]:
        """The route."""
        return [
            Endpoint(
                method="GET",
                path="/v1/topics",
                handler=self.topics,
                role=Role.MANAGER,
                summary="What customers talk about in comments, by group against the rest",
                tag="responses",
                query=TopicsSchema(),
                reply=TopicsReplySchema(),
            )
        ]

    async def topics(self, call: Call) -> Answer:
        """The topics asked for by a query of `TopicsSchema`; examples that are shown are noted."""
        query, group = call.query, call.query["group_by"]
        asked = Question(
            wanted=selection(query), group=group, min_n=query["min_n"], most=query["limit"]
        )
        async with self.database.read() as conn:
            told = await reading.tell(conn, self.vault, asked)
            shown = _shown(told, query["examples"])
            said = await reading.examples(conn, self.vault, shown)
        if said:
            async with self.database.write() as conn:
                await append(conn, [read_entry(call, sorted(said))])
        most = query["examples"]
        whole = told.now.said, told.whole
        return Answer(
            body={
                "comments": _amount(told.now),
                "before": told.before and _amount(told.before),
                "whole": _item({}, len(whole[0]), whole[1], said, most),
                "items": [
                    _item({group: name}, n, topics, said, most)
                    for name, (n, topics) in told.groups.items()
                ],
            }
        )


def _shown(told: Told, most: int) -> set[str]:
    """The responses whose comments are examples, the newest of each topic."""
    every = [told.whole, *(topics for _, topics in told.groups.values())]
    return {id_ for topics in every for each in topics for id_ in each.responses[:most]}


def _amount(read: Read) -> dict[str, int]:
    return {"read": len(read.said), "found": read.found}


def _item(
    group: Mapping[str, str | None],
    n: int,
    topics: Sequence[Topic],
    said: Mapping[str, reading.Example],
    most: int,
) -> dict[str, Any]:
    return {"group": group, "n": n, "topics": [_topic(each, said, most) for each in topics]}


def _topic(topic: Topic, said: Mapping[str, reading.Example], most: int) -> dict[str, Any]:
    names = TopicSchema().fields.keys() - {"examples"}
    found = [said[id_] for id_ in topic.responses[:most] if id_ in said]
    return {**{name: getattr(topic, name) for name in names}, "examples": found}
