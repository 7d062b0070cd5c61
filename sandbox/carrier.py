"""The carrier's REST API for texts: messages are created, listed, fetched, redacted and deleted."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from aiohttp import web
from multidict import MultiMapping

from sandbox import segments, world
from sandbox.config import Config
from sandbox.network import API_VERSION, Network
from sandbox.restapi import Form, Handler, checked, create, error, gmt, in_range, page

_NUMBER = re.compile(r"\+[1-9]\d{6,14}")


class Carrier:
    """Answers the carrier's REST API out of the world's messages."""

    def __init__(
        self,
        kept: world.World,
        config: Config,
        network: Network,
        now: Callable[[], datetime],
    ) -> None:
        self._world = kept
        self._config = config
        self._network = network
        self._now = now

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Put the API where the carrier has it."""
        messages = f"/{API_VERSION}/Accounts/{{account}}/Messages"
        router.add_post(f"{messages}.json", self._checked(self._create))
        router.add_get(f"{messages}.json", self._checked(self._list))
        router.add_get(f"{messages}/{{sid}}.json", self._checked(self._fetch))
        router.add_post(f"{messages}/{{sid}}.json", self._checked(self._update))
        router.add_delete(f"{messages}/{{sid}}.json", self._checked(self._delete))

    def _checked(self, handler: Handler) -> Handler:
        return checked(self._config, handler)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        return await create(
            request,
            self._world.faults,
            "carrier",
            str(form.get("To", "")),
            lambda: self._refusal(form),
            lambda: resource(self._accept(form)),
        )

    def _refusal(self, form: Form) -> int | None:
        to, body = str(form.get("To", "")), str(form.get("Body", ""))
        if not to.strip():
            return 21604
        if not _NUMBER.fullmatch(to):
            return 21211
        if not (form.get("From") or form.get("MessagingServiceSid")):
            return 21603
        if not body.strip():
            return 21602
        if len(body) > segments.MAX_BODY:
            return 21617
        return 21610 if to in self._world.blocked else None

    def _accept(self, form: Form) -> world.Message:
        service = str(form.get("MessagingServiceSid", "")) or None
        return self._network.send(
            to=str(form["To"]),
            from_=str(form.get("From", "")) or self._config.from_number,
            body=str(form["Body"]),
            direction="outbound-api",
            status="accepted" if service else "queued",
            status_callback=str(form.get("StatusCallback", "")) or None,
            messaging_service_sid=service,
        )

    async def _list(self, request: web.Request) -> web.StreamResponse:
        def found() -> list[Mapping[str, object]]:
            kept = reversed(self._world.messages.values())
            return [resource(message) for message in kept if _matches(message, request.query)]

        return page(request, "messages", found)

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        message = self._world.messages.get(request.match_info["sid"])
        return error(20404) if message is None else web.json_response(resource(message))

    async def _update(self, request: web.Request) -> web.StreamResponse:
        message = self._world.messages.get(request.match_info["sid"])
        form = await request.post()
        if message is None:
            return error(20404)
        # An empty Body is the only text the carrier takes here: it redacts.
        if form.get("Body") != "":
            return error(30409)
        message.body = ""
        message.updated_at = self._now()
        self._world.changed("message")
        return web.json_response(resource(message))

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        if self._world.messages.pop(request.match_info["sid"], None) is None:
            return error(20404)
        self._world.changed("message")
        return web.Response(status=204)


def resource(message: world.Message) -> dict[str, object]:
    """Return a message as the carrier's REST API shows it."""
    uri = f"/{API_VERSION}/Accounts/{message.account_sid}/Messages/{message.sid}"
    return {
        "account_sid": message.account_sid,
        "api_version": API_VERSION,
        "body": message.body,
        "date_created": gmt(message.created_at),
        "date_sent": gmt(message.sent_at),
        "date_updated": gmt(message.updated_at),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": message.error_message,
        "from": message.from_,
        "messaging_service_sid": message.messaging_service_sid,
        "num_media": "0",
        "num_segments": message.num_segments,
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def _matches(message: world.Message, query: MultiMapping[str]) -> bool:
    sent_at = message.sent_at or message.created_at
    return (
        query.get("To", message.to) == message.to
        and query.get("From", message.from_) == message.from_
        and in_range(sent_at, query, "DateSent")
    )
