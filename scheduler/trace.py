"""Says which rule was asked, what it saw, and what it answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One rule of a decision: `verdict` is `pass`, `defer` or `suppress`; facts are JSON values."""

    rule: str
    verdict: str
    facts: Mapping[str, Any]
