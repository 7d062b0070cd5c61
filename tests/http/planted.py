"""Plants one customer everywhere, through the doors, and looks for the bytes afterwards."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import LargeBinary, insert, select

from channels.tables import calls, parts, recordings
from kernel.engine import metadata
from kernel.privacy import Sealed, sealed_columns
from tests.fakes.world import closed
from tests.http.real import EVENT, HOURS, Real, Reply

NAME, PHONE, MAILBOX = "赵无极", "+8613912340987", "wuji.zhao@plant.example.test"
OTHER_PHONE = "+8613912340986"
#: What was said, each once, where nothing else says it.
WORDS = {
    "comment": "鹧鸪声里落花迟",
    "corrected": "改口也是这句鹅黄柳",
    "stranger": "窗含西岭千秋雪否",
    "reason": "蓬莱文章建安骨",
    "notes": "中间小谢又清发",
    "how": "换了三根竹节光缆",
    "told": "已请匠人登门补瓦",
    "proof": "卷宗丙寅第七十三号",
    "said": "电话里念过的燕歌行",
    "voice": "胡琴琵琶与羌笛",
    "piece": "半条短信如断藕",
    "unknown": "事件里的杂项玳瑁簪",
}
JSON = {"Content-Type": "application/json"}
BYSTANDER, BYSTANDER_PHONE, KEPT = "C-2", "+8613912349999", "旁人的话要留着"


async def tell(app: Real, document: dict[str, Any]) -> Reply:
    sent = json.dumps(document)
    answer = await app.ask("POST", "/v1/events", data=sent, headers={"Content-Type": EVENT})
    assert answer.status == 202, answer.text
    return answer


def closing(app: Real, number: int, **more: Any) -> dict[str, Any]:
    """The ticket of the customer, closed."""
    ticket = more.pop("ticket", "T-1")
    document = closed(
        number,
        ticket=ticket,
        customer="C-1",
        phone=PHONE,
        email=MAILBOX,
        at=app.clock.now(),
        **more,
    )
    document["data"]["customer"] |= {"name": NAME}
    document["data"]["ticket"] |= {"remark": WORDS["unknown"]}
    return document


async def post(app: Real, path: str, body: dict[str, Any], method: str = "POST") -> Reply:
    answer = await app.ask(method, path, data=json.dumps(body), headers=JSON)
    assert answer.status < 300, answer.text
    return answer


async def text(app: Real, said: str, number: int, sender: str = PHONE) -> None:
    sid = f"SM{number:032x}"
    form = {"MessageSid": sid, "From": sender, "To": "+8610655500001", "Body": said}
    assert (await app.carrier("/carriers/twilio/sms", form)).status == 200
    await app.run()


async def plant(app: Real) -> None:
    """A customer who answers badly, is called back, writes, stops; and a bystander who answers."""
    await tell(app, closing(app, 1))
    other = closed(2, ticket="T-2", customer=BYSTANDER, phone=BYSTANDER_PHONE, at=app.clock.now())
    await tell(app, other)
    await app.after(2 * HOURS)
    await text(app, f"1 {KEPT}", 201, BYSTANDER_PHONE)
    await text(app, "1", 1)
    await text(app, "2", 2)
    await text(app, WORDS["comment"], 3)
    [complaint] = (await app.get("/v1/tickets/T-1")).body["complaints"]
    steps = f"/v1/complaints/{complaint['id']}"
    await post(app, f"{steps}/acknowledge", {"by": "A-9"})
    await post(app, f"{steps}/start", {})
    await post(app, f"{steps}/resolve", {"how": WORDS["how"]})
    await post(app, f"{steps}/tell", {"text": WORDS["told"]})
    await app.run()
    promise = {"customer": "C-1", "source": "/tickets", "ticket": "T-1", "topic": "care"}
    asked = {**promise, "asap": True, "phone": OTHER_PHONE, "reason": WORDS["reason"]}
    made = (await post(app, "/v1/callbacks", asked)).body
    await app.after(3 * HOURS)
    await post(app, f"/v1/callbacks/{made['id']}/claim", {"agent": "A-1"})
    outcome = {"outcome": "reached", "notes": WORDS["notes"]}
    await post(app, f"/v1/callbacks/{made['id']}/outcome", outcome)
    await post(app, "/v1/callbacks", {**promise, "topic": "more", "asap": True})
    await tell(app, closing(app, 3, ticket="T-3"))
    await text(app, WORDS["stranger"], 5)
    proof = {"channel": "sms", "how": "letter", "proof": WORDS["proof"]}
    await post(app, "/v1/customers/C-1/opt-outs", proof)
    await beside_the_doors(app)


async def beside_the_doors(app: Real) -> None:
    """What takes a carrier's whole conversation to come in by its door."""
    vault, now = app.service.vault, app.clock.now()
    thread = (await app.get("/v1/tickets/T-1")).body["invitations"][0]["id"]
    response = (await app.get("/v1/tickets/T-1")).body["responses"][0]["id"]
    answer_versions = metadata.tables["answer_versions"]
    async with app.service.database.write() as conn:
        said = json.dumps([WORDS["said"]], ensure_ascii=False)
        await conn.execute(
            insert(calls).values(
                id="CAplanted",
                contact="c",
                thread=thread,
                inbound=True,
                at=now,
                sequence=0,
                rank=0,
                place="greeting",
                back="greeting",
                tries=0,
                step=0,
                said=vault.seal(said, "calls.said|CAplanted"),
            )
        )
        await conn.execute(
            insert(recordings).values(
                id="REplanted",
                contact="c",
                thread=thread,
                question="comment",
                seconds=3,
                media="audio/mpeg",
                at=now,
                audio=vault.seal(WORDS["voice"], "recordings.audio|REplanted"),
            )
        )
        await conn.execute(
            insert(parts).values(
                message="p",
                number=1,
                address_ix=vault.index(PHONE),
                destination="1",
                reference=1,
                at=now,
                read=True,
                piece=vault.seal(WORDS["piece"], "parts.piece|p|1"),
            )
        )
        here = f"answer_versions.words|{response}|satisfaction|0"
        await conn.execute(
            insert(answer_versions).values(
                response=response,
                question="satisfaction",
                revision=0,
                at=now,
                replaced_at=now,
                reason="corrected",
                words=vault.seal(WORDS["corrected"], here),
            )
        )


async def opened(app: Real) -> list[tuple[str, str]]:
    """Every sealed value of the database with the column it stands in, opened."""
    vault = app.service.vault
    found: list[tuple[str, str]] = []
    async with app.service.database.read() as conn:
        for each in sealed_columns(metadata):
            rows = (await conn.execute(select(each.table))).mappings()
            held = [(row[each.column.name], each.place(dict(row))) for row in rows]
            found += [(each.name, vault.open(value, place) or "") for value, place in held if value]
    return found


async def sealed_of(app: Real, wanted: Sealed) -> set[bytes]:
    """What a column holds, as it stands there."""
    async with app.service.database.read() as conn:
        rows = await conn.execute(select(wanted.column).where(wanted.column.is_not(None)))
        return {row[0] for row in rows}


async def everything(app: Real) -> str:
    """All rows of all tables as text, sealed values opened, those of jobs' payloads too."""
    lines = [value for _, value in await opened(app)]
    async with app.service.database.read() as conn:
        for table in metadata.sorted_tables:
            columns = [each for each in table.columns if not isinstance(each.type, LargeBinary)]
            if not columns:
                continue
            rows = await conn.execute(select(*columns))
            lines += [json.dumps(list(row), ensure_ascii=False, default=str) for row in rows]
    return "\n".join(lines)


def traces(whole: str | bytes, *, also: tuple[str, ...] = ()) -> list[str]:
    """Which of the planted words a text or a file has."""
    words = [NAME, PHONE, PHONE[1:], OTHER_PHONE, MAILBOX, *WORDS.values(), *also]
    if isinstance(whole, str):
        escaped = {word: json.dumps(word)[1:-1] for word in words}
        return [word for word in words if word in whole or escaped[word] in whole]
    return [word for word in words if word.encode() in whole]


_RELATIONS = """
SELECT pg_read_binary_file(pg_relation_filepath(oid)) AS held FROM pg_class
WHERE oid >= 16384 AND relkind IN ('r', 'i', 't')
"""
_LOG = """
SELECT pg_read_binary_file('pg_wal/' || name) AS held FROM pg_ls_waldir()
WHERE name BETWEEN pg_walfile_name('{since}') AND pg_walfile_name(pg_current_wal_lsn())
"""


@dataclass(frozen=True, slots=True)
class Disk:
    """What a database has on its disk; of a server's log what was written from `since` on."""

    url: str
    since: str

    async def files(self, *first: str) -> list[bytes]:
        """The tables and indexes, once a server has done what it is told and written all there."""
        if not self.since:
            path = Path(self.url.removeprefix("sqlite:///"))
            both = [path, path.with_name(path.name + "-wal")]
            return [each.read_bytes() for each in both if each.exists()]
        return await self._read(_RELATIONS, *first, "CHECKPOINT")

    async def log(self) -> list[bytes]:
        """A server's log, which is written over in its own time."""
        if not self.since:
            return []
        return await self._read(_LOG.format(since=self.since), "CHECKPOINT")

    async def _read(self, query: str, *first: str) -> list[bytes]:
        conn = await asyncpg.connect(self.url)
        try:
            for each in first:
                await conn.execute(each)
            return [row["held"] for row in await conn.fetch(query)]
        finally:
            await conn.close()


async def disk_of(url: str) -> Disk:
    """The disk of a database, from now on."""
    if url.startswith("sqlite"):
        return Disk(url, "")
    conn = await asyncpg.connect(url)
    try:
        return Disk(url, await conn.fetchval("SELECT pg_current_wal_lsn()::text"))
    finally:
        await conn.close()
