"""Joins promised calls to the rest: their terms, and who carries their jobs out."""

from collections.abc import Mapping
from dataclasses import dataclass

from callbacks.promises.jobs import CLOSED, GONE, LOOK, TALKED
from callbacks.promises.service import Promises, Terms
from callbacks.promises.settling import GotThrough, Solved, Vanished
from callbacks.promises.waiting import Looking
from channels.jobs import CALLBACK
from huifang.rules import Rules
from kernel.barrier import Barrier
from kernel.engine import Database
from kernel.vault import Vault
from scheduler.ports import Handler


def terms_of(rules: Rules) -> Terms:
    """What promises go by."""
    return Terms(rules=rules.callbacks, policy=rules.policy, version=rules.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalls:
    """The handlers of promised calls; those that go by the operator's rules adopt them."""

    promises: Promises
    looking: Looking
    vanished: Vanished
    handlers: Mapping[str, Handler]

    def adopt(self, terms: Terms) -> None:
        """Go by other terms from now on; a batch in hand ends by those it began with."""
        self.promises.terms = self.looking.terms = self.vanished.terms = terms


def recalls(database: Database, vault: Vault, terms: Terms, barrier: Barrier) -> Recalls:
    """Handlers joined to the kinds of their jobs."""
    promises = Promises(database=database, vault=vault, terms=terms, barrier=barrier)
    looking = Looking(database=database, vault=vault, terms=terms, barrier=barrier)
    vanished = Vanished(database=database, vault=vault, terms=terms)
    return Recalls(
        promises=promises,
        looking=looking,
        vanished=vanished,
        handlers={
            CALLBACK.name: promises,
            LOOK.name: looking,
            CLOSED.name: Solved(database=database, vault=vault),
            GONE.name: vanished,
            TALKED.name: GotThrough(database=database, vault=vault),
        },
    )
