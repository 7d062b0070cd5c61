"""Says what many endpoints take alike: a page of a list, a source, words that are not blank."""

from collections.abc import Callable
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate


class Strict(Schema):
    """A body of which every word is known: one that is misspelt must not pass for one kept."""

    class Meta:
        unknown = RAISE


class PageQuery(Schema):
    """What is asked of any list; one whose rows are large has a smaller `limit`."""

    cursor = fields.String(metadata={"description": "the `next` of the page before"})
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 500))


class SourceQuery(Schema):
    """Whose an id is."""

    source = fields.String(
        metadata={"description": "needed where an id is known in several sources"}
    )


def words(most: int, *, required: bool = True, **metadata: Any) -> fields.String:
    """A text of `most` characters that says something; `metadata` describes it."""
    checks: list[Callable[[Any], Any]] = [validate.Length(1, most), _not_blank]
    return fields.String(required=required, validate=checks, metadata=metadata)


def _not_blank(text: str) -> None:
    if not text.strip():
        raise ValidationError("Must not be blank.")
