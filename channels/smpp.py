"""Sends SMS to an SMSC over SMPP 3.4, and takes in what it delivers: receipts and messages."""

import asyncio
import random
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import uuid4

import structlog

from channels import pdu, receipts, septets
from channels.accounts import Long, Smsc, sender_for
from channels.arrivals import Piece, Repeats
from channels.errors import (
    SMPP_TOO_FAST,
    TOO_FAST_PAUSE,
    SendError,
    SendErrorKind,
    no_line,
    no_sender,
    nobody_there,
    smpp_refusal,
)
from channels.heard import Inbound
from channels.model import Channel
from channels.pdu import Deliver, Pdu, Submit
from channels.ports import Accepted, Message
from channels.receipts import Receipt
from channels.segments import count

log = structlog.get_logger("smpp")

OnMessage = Callable[[Inbound], Awaitable[None]]
OnPiece = Callable[[Piece], Awaitable[None]]
OnReceipt = Callable[[Receipt], Awaitable[None]]

_PAUSES_S = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)  # between attempts to bind
_STEADY_S = 10.0  # a line that lasted so long is bound again at once
_GOODBYE_S = 1.0  # for which an unbind is waited for
_HANDS, _WAITING = 8, 200  # messages read at one time, and waiting for each; a number has one hand


class _Lost(Exception):
    """The connection is gone."""


class _Link:
    """One connection: requests wait for their answers, and nothing is asked twice."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._waiting: dict[int, asyncio.Future[Pdu]] = {}
        self._number = 0
        self.heard_at = _clock()
        self.reading: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def gone(self) -> bool:
        """Whether nothing can be said any more."""
        return self._writer.is_closing()

    async def ask(self, command: int, body: bytes = b"") -> Pdu:
        """The answer to one request; _Lost where the connection goes first."""
        if self.gone:
            raise _Lost
        self._number = self._number % 0x7FFF_FFFF + 1
        number = self._number
        answer: asyncio.Future[Pdu] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            self._writer.write(Pdu(command=command, number=number, body=body).octets())
            return await answer
        finally:
            del self._waiting[number]

    def say(self, answer: Pdu) -> None:
        """Send an answer, if anybody is there to hear it."""
        if not self.gone:
            self._writer.write(answer.octets())

    async def run(self, take: Callable[["_Link", Pdu], Awaitable[None]]) -> None:
        """Read until the connection ends; requests go to `take`."""
        try:
            while True:
                size, came = pdu.head(await self._reader.readexactly(pdu.HEADER))
                body = await self._reader.readexactly(size)
                self.heard_at = _clock()
                came = Pdu(command=came.command, number=came.number, status=came.status, body=body)
                if came.command & pdu.RESPONSE:
                    self._answered(came)
                else:
                    await take(self, came)
        except (OSError, asyncio.IncompleteReadError, ValueError) as fault:
            log.info("smpp.connection_ended", reason=type(fault).__name__)
        finally:
            self.drop()

    def _answered(self, came: Pdu) -> None:
        waiting = self._waiting.get(came.number)
        if waiting is not None and not waiting.done():
            waiting.set_result(came)

    def drop(self) -> None:
        """Cut the connection; whoever waits for an answer is told."""
        self._writer.transport.abort()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(_Lost())


class SmppSms:
    """An SMS carrier that keeps one connection, and binds it again whenever it is lost.

    `on_message`, `on_piece` (a part of a long text) and `on_receipt` are called for one thing after
    the other of each number; the SMSC is told that we have it when they return, and to try again
    when they raise.
    """

    def __init__(
        self,
        smsc: Smsc,
        *,
        on_message: OnMessage | None = None,
        on_piece: OnPiece | None = None,
        on_receipt: OnReceipt | None = None,
    ) -> None:
        self._smsc = smsc
        self._on_message = on_message
        self._on_piece = on_piece
        self._on_receipt = on_receipt
        self._room = asyncio.Semaphore(smsc.window)
        self._link: _Link | None = None
        self._why = nobody_there("no connection yet")
        self._tried = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._hands = [asyncio.Queue[tuple[_Link, Pdu]](_WAITING) for _ in range(_HANDS)]
        self._repeats = Repeats()
        self._reference = random.randrange(256)

    def start(self) -> None:
        """Bind, now and whenever the connection is lost."""
        if not self._tasks:
            workers = [self._work(queue) for queue in self._hands]
            self._tasks = [asyncio.create_task(each) for each in (self._keep(), *workers)]

    async def close(self) -> None:
        """Unbind, and take nothing more."""
        if self._link is not None:
            with suppress(_Lost, TimeoutError):
                await asyncio.wait_for(self._link.ask(pdu.UNBIND), _GOODBYE_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._link is not None:
            self._link.drop()

    async def probe(self) -> str:
        """`ok` once bound, else what is wrong, for `huifang check`."""
        self.start()
        try:
            async with asyncio.timeout(self._smsc.timeout.total_seconds()):
                await self._linked()
        except SendError as error:
            return error.detail
        except TimeoutError:
            return "does not answer"
        return "ok"

    async def send(self, message: Message) -> Accepted:
        """Submit every part; see `channels.ports.Carrier`."""
        submits = self._submits(message)
        written: list[Submit] = []
        try:
            async with asyncio.timeout(self._smsc.timeout.total_seconds()), self._room:
                link = await self._linked()
                taken = await self._submit(link, submits, written)
        except (_Lost, TimeoutError) as fault:
            if not written:
                raise nobody_there("no room, or no connection") from fault
            detail = "no answer to a submit"
            raise SendError(
                SendErrorKind.AMBIGUOUS, retryable=True, detail=detail, away=True
            ) from fault
        whole = self._smsc.long is Long.PAYLOAD
        segments = count(message.text).segments if whole else len(submits)
        return Accepted(carrier_id=taken, segments=segments)

    async def find(self, message: Message, known: frozenset[str]) -> Accepted | None:
        """Nothing can be proven: an SMSC keeps no list that could be asked."""
        detail = "an SMSC keeps no list"
        raise SendError(SendErrorKind.AMBIGUOUS, retryable=False, detail=detail)

    def _submits(self, message: Message) -> list[Submit]:
        smsc = self._smsc
        sender = sender_for(smsc.senders, message.to)
        if sender is None:
            raise no_sender()
        self._reference += 1
        parts = septets.parts(message.text, self._reference, smsc.alphabet, smsc.long)
        # One receipt stands for the message: that of its last part, whose id the ledger keeps.
        return [
            Submit(
                source=pdu.party(sender),
                destination=pdu.party(message.to),
                coding=part.coding,
                text=part.text,
                esm_class=part.esm_class,
                receipt=number == len(parts),
                valid_for=message.valid_for,
                parameters=part.parameters,
            )
            for number, part in enumerate(parts, 1)
        ]

    async def _submit(self, link: _Link, submits: list[Submit], written: list[Submit]) -> str:
        """The id of the last part; `written` are those that may have reached the SMSC."""
        answer = None
        for submit in submits:
            first = answer is None
            answer = await self._ask(link, submit, written)
            while not first and answer.status in SMPP_TOO_FAST:
                await asyncio.sleep(TOO_FAST_PAUSE.total_seconds())
                answer = await self._ask(link, submit, written)
            if answer.status != pdu.OK:
                raise smpp_refusal(answer.status, some_taken=not first)
        return pdu.message_id(answer.body) if answer else ""

    async def _ask(self, link: _Link, submit: Submit, written: list[Submit]) -> Pdu:
        if link.gone:
            raise _Lost
        written.append(submit)
        return await link.ask(pdu.SUBMIT_SM, pdu.submit(submit))

    async def _linked(self) -> _Link:
        """The connection, once it is known whether there is one."""
        self.start()
        await self._tried.wait()
        if self._link is None:
            raise self._why
        return self._link

    async def _keep(self) -> None:
        attempt = 0
        while True:
            began = _clock()
            try:
                await self._serve(await self._bind())
            except SendError as error:
                self._why = error
                self._tried.set()
                log.warning("smpp.not_bound", reason=error.detail, code=error.code)
            if _clock() - began > _STEADY_S:
                attempt = 0
                continue
            pause = _PAUSES_S[min(attempt, len(_PAUSES_S) - 1)]
            attempt += 1
            await asyncio.sleep(pause * random.uniform(0.7, 1.0))

    async def _bind(self) -> _Link:
        smsc = self._smsc
        context = ssl.create_default_context() if smsc.tls else None
        limit = smsc.timeout.total_seconds()
        body = pdu.bind(smsc.system_id, smsc.password, smsc.system_type)
        try:
            opening = asyncio.open_connection(smsc.host, smsc.port, ssl=context)
            link = _Link(*await asyncio.wait_for(opening, limit))
        except (OSError, TimeoutError) as fault:
            raise no_line(fault, distrusted=isinstance(fault, ssl.SSLError)) from fault
        link.reading = asyncio.create_task(link.run(self._take))
        bound = False
        try:
            answer = await asyncio.wait_for(link.ask(pdu.BIND_TRANSCEIVER, body), limit)
            bound = answer.status == pdu.OK
        except (_Lost, TimeoutError) as fault:
            raise nobody_there("no answer to the bind") from fault
        finally:
            if not bound:
                link.drop()
        if not bound:
            raise smpp_refusal(answer.status)
        return link

    async def _serve(self, link: _Link) -> None:
        """Keep the connection while it lasts."""
        self._link = link
        self._tried.set()
        log.info("smpp.bound", host=self._smsc.host)
        asking = asyncio.create_task(self._enquire(link))
        try:
            await link.reading
        finally:
            asking.cancel()
            self._link, self._why = None, nobody_there("the connection was lost")
            self._repeats.lost(_clock())
            link.drop()

    async def _enquire(self, link: _Link) -> None:
        """See that somebody is there, whenever nothing was heard for a while."""
        every = self._smsc.enquire.total_seconds()
        while True:
            await asyncio.sleep(max(0.01, link.heard_at + every - _clock()))
            if _clock() - link.heard_at < every:
                continue
            try:
                limit = self._smsc.timeout.total_seconds()
                await asyncio.wait_for(link.ask(pdu.ENQUIRE_LINK), limit)
            except (_Lost, TimeoutError):
                link.drop()
                return

    async def _take(self, link: _Link, came: Pdu) -> None:
        """Answer a request, or hand it to whoever reads what its number says."""
        match came.command:
            case pdu.DELIVER_SM:
                await self._hands[_hand(came.body)].put((link, came))
            case pdu.ENQUIRE_LINK:
                link.say(came.answer())
            case pdu.UNBIND:
                link.say(came.answer())
                raise ConnectionResetError
            case _:
                nack = Pdu(command=pdu.GENERIC_NACK, number=came.number, status=pdu.INVALID_COMMAND)
                link.say(nack)

    async def _work(self, queue: asyncio.Queue[tuple[_Link, Pdu]]) -> None:
        while True:
            link, came = await queue.get()
            try:
                status = await self._delivered(came)
            except Exception:
                log.exception("smpp.not_taken")
                status = pdu.TRY_AGAIN
            link.say(came.answer(status))

    async def _delivered(self, request: Pdu) -> int:
        """Take in one delivery; the status to answer."""
        came = pdu.deliver(request.body)
        if came is None:
            log.error("smpp.unreadable", octets=len(request.body))
            return pdu.NEVER
        kind = came.esm_class & pdu.ESM_KIND
        if kind == pdu.ESM_RECEIPT:
            await self._receipt(came)
        elif kind == pdu.ESM_MESSAGE:
            await self._message(came)
        # Acknowledgements by phones and notices of attempts say nothing that a receipt does not.
        return pdu.OK

    async def _receipt(self, came: Deliver) -> None:
        # Receipts are written in the default alphabet, whatever their coding claims.
        text = came.text.decode("latin-1")
        number = pdu.e164(came.source, self._smsc.country)
        found = receipts.read(came, text, number, self._smsc.dead)
        if found is None:
            log.info("smpp.receipt_says_nothing")
        elif self._on_receipt is not None:
            await self._on_receipt(found)

    async def _message(self, came: Deliver) -> None:
        place, text = septets.place(came)
        if place is None:
            await self._said(came, text)
        elif self._on_piece is not None:
            piece = Piece(
                sender=pdu.e164(came.source, self._smsc.country),
                destination=came.destination.value[:64],
                reference=place.reference,
                total=place.total,
                number=place.number,
                coding=came.coding,
                alphabet=self._smsc.alphabet,
                octets=text,
            )
            await self._on_piece(piece)

    async def _said(self, came: Deliver, octets: bytes) -> None:
        if self._on_message is None:
            return
        content = (came.source, came.destination, came.coding, octets)
        sender = pdu.e164(came.source, self._smsc.country)
        text = septets.decode(came.coding, octets, self._smsc.alphabet)
        with self._repeats.named(content, f"smpp-{uuid4().hex}", _clock()) as id_:
            said = Inbound(id=id_, channel=Channel.SMS, sender=sender, text=text, apart=True)
            await self._on_message(said)


def _clock() -> float:
    return asyncio.get_running_loop().time()


def _hand(body: bytes) -> int:
    """Whose turn a delivery is: everything of one number is the same hand's."""
    came = pdu.deliver(body)
    return hash(came.source.value) % _HANDS if came else 0
