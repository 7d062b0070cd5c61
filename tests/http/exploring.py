"""Tries an application against its own OpenAPI document, with made-up requests by the hundred."""

from collections.abc import Collection, Mapping
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

# Which of our words count as a wrong value is the schemas' business: "1" is a fine query integer,
# an unknown field is left out. The rest of the checks stand.
_LEFT_OUT = [checks.negative_data_rejection, checks.positive_data_acceptance]


def explore(
    document: dict[str, Any],
    base_url: str,
    headers: Mapping[str, str],
    *,
    examples: int = 25,
    leave_out: Collection[str] = (),
) -> dict[str, int]:
    """Send made-up requests to every operation; how many each got. Blocks: call it in a thread.

    Fails where an answer has a status, a content type or a shape that the document does not name,
    where the server breaks (5xx), and where a key is not asked for. `headers` carry the key;
    `leave_out` names operation ids. The same requests are made each time.
    """
    schema = schemathesis.openapi.from_dict(document)
    sent: dict[str, int] = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        name = operation.definition.raw["operationId"]
        if name not in leave_out:
            for mode in GenerationMode:
                sent[name] = sent.get(name, 0) + _try(operation, mode, base_url, headers, examples)
    return sent


def _try(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    base_url: str,
    headers: Mapping[str, str],
    examples: int,
) -> int:
    sent = 0
    if mode is GenerationMode.NEGATIVE and not _takes_anything(operation):
        return sent

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def one(case: Case[Any]) -> None:
        nonlocal sent
        sent += 1
        answer = case.call(base_url=base_url, headers=dict(headers))
        case.validate_response(answer, excluded_checks=_LEFT_OUT, headers=dict(headers))

    try:
        one()
    except Unsatisfiable:
        # Where any value is right, no wrong one can be made up.
        assert mode is GenerationMode.NEGATIVE
    return sent


def _takes_anything(operation: APIOperation[Any, Any, Any, Any]) -> bool:
    return bool(list(operation.iter_parameters())) or bool(operation.body)
