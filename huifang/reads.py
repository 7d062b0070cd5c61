"""Notes who read what of customers: one entry of the journal for each request that showed any."""

from collections.abc import Mapping
from dataclasses import dataclass

from kernel.endpoint import Answer, Call, Endpoint
from kernel.engine import Database
from kernel.journal import READ, Entry, append

#: What shows names, numbers, mailboxes or words of customers, by its path; what is not named here
#: shows none, or notes by itself who read which: responses, recordings, files of exports, a
#: customer's data.
SHOWN: Mapping[str, str] = {
    "/v1/tickets/{id}": "ticket",
    "/v1/tickets/{id}/timeline": "timeline",
    "/v1/tickets/{id}/explain": "decisions",
    "/v1/customers/{id}/preferences": "preferences",
    "/v1/unmatched": "unmatched",
    "/v1/complaints": "complaints",
    "/v1/complaints/{id}": "complaint",
    "/v1/callbacks": "callbacks",
    "/v1/callbacks/{id}": "callback",
    "/v1/callbacks/slots": "slots",
    "/callbacks": "callbacks",
    "/complaints": "complaints",
    "/complaints/{id}": "complaint",
    "/tickets/{id}": "ticket",
    "/lows": "comments",
    "/responses": "responses",
    "/": "comments",
}

_LONGEST = 255  # as the journal has it

#: Sentences of the journal: Chinese, English.
SENTENCES: Mapping[str, tuple[str, str]] = {
    READ: ("{actor}查看了客户资料({what})", "{actor} read of customers ({what})"),
    "customer.data_read": ("{actor}调阅了客户的全部资料", "{actor} read all we hold of a customer"),
    "customer.erasure_begun": ("{actor}开始删除客户资料", "{actor} has a customer erased"),
    "customer.erased": ("客户资料已删除", "A customer was erased"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """Called with each answer, before it is sent: what cannot be noted is not shown."""

    database: Database

    async def note(self, endpoint: Endpoint, call: Call, answer: Answer) -> None:
        """Write down who read what, if it was of customers."""
        what = SHOWN.get(endpoint.path)
        if what is None or endpoint.method != "GET" or answer.status != 200 or not call.actor:
            return
        source = call.query.get("source")
        asked = call.query.get("customer") or call.query.get("id")
        about = call.path.get("id") or asked or what
        detail = {"actor": call.actor, "what": what, "page": endpoint.page is not None}
        entry = Entry(
            at=call.now,
            kind=READ,
            about=str(about)[:_LONGEST],
            source=source if isinstance(source, str) else None,
            detail=detail,
        )
        async with self.database.write() as conn:
            await append(conn, [entry])
