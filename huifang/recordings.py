"""Lets managers hear what customers left on the phone; who listened is noted."""

import base64
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields

from channels import archive
from channels.waiting import audio_place
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from kernel.faults import NotFound
from kernel.journal import Entry, append
from kernel.vault import Vault
from surveys import listing, store


class _RecordingSchema(Schema):
    id = fields.String()
    question = fields.String(metadata={"description": "the id of the question it answers"})
    seconds = fields.Integer()
    media = fields.String(metadata={"description": "such as audio/mpeg"})
    at = fields.AwareDateTime(metadata={"description": "when it was kept"})
    url = fields.String(metadata={"description": "where it is heard"})


class _RecordingsSchema(Schema):
    items = fields.List(fields.Nested(_RecordingSchema))


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """The endpoints about recordings, which are sealed where they are kept."""

    database: Database
    vault: Vault

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        return [
            Endpoint(
                method="GET",
                path="/v1/responses/{id}/recordings",
                handler=self.listed,
                role=Role.MANAGER,
                summary="What a customer left on the phone, oldest first",
                tag="responses",
                reply=_RecordingsSchema(),
                statuses={404: "no such response"},
            ),
            Endpoint(
                method="GET",
                path="/v1/recordings/{id}",
                handler=self.heard,
                role=Role.MANAGER,
                summary="One recording, as audio; who listened is noted",
                tag="responses",
                reply_media="audio/mpeg",
                statuses={404: "no such recording, or its time is over"},
            ),
        ]

    async def listed(self, call: Call) -> Answer:
        """Every recording of a response."""
        id_ = call.path["id"]
        async with self.database.read() as conn:
            asked = await listing.one(conn, id_)
            if not asked:
                raise NotFound(f"there is no response {id_}")
            rows = await archive.recordings_of(conn, asked)
        return Answer(body={"items": [_item(row) for row in rows]})

    async def heard(self, call: Call) -> Answer:
        """The sound; kept at nobody's but for the one who asked."""
        id_ = call.path["id"]
        async with self.database.write() as conn:
            row = await archive.recording(conn, id_)
            if row is None:
                raise NotFound(f"there is no recording {id_}")
            invitation = (await store.load_invitations(conn, [row.thread])).get(row.thread)
            heard = Entry(
                at=call.now,
                kind="recording.heard",
                about=id_,
                source=invitation.source if invitation else None,
                ticket=invitation.ticket if invitation else None,
                detail={"actor": call.actor, "question": row.question},
            )
            await append(conn, [heard])
        audio = base64.b64decode(self.vault.open(row.audio, audio_place(id_)) or "")
        media = row.media if row.media.startswith("audio/") else "application/octet-stream"
        return Answer(body=audio, media=media, headers={"Cache-Control": "no-store"})


def _item(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "question": row.question,
        "seconds": row.seconds,
        "media": row.media,
        "at": row.at,
        "url": f"/v1/recordings/{row.id}",
    }
