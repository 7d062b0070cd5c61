"""Declares customers, their addresses, opt-outs, the ledger of contacts and what came in."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table, and_

from kernel.engine import metadata
from kernel.sql import Json, Serial, UtcDateTime

customers = Table(
    "customers",
    metadata,
    Column("source", String(255), primary_key=True),
    Column("id", String(255), primary_key=True),
    Column("name", LargeBinary),
    Column("phone", LargeBinary),
    Column("email", LargeBinary),
    Column("phone_ix", LargeBinary(16)),
    Column("email_ix", LargeBinary(16)),
    Column("locale", String(35)),
    Column("timezone", String(64)),
    Column("region", String(200)),
    Column("tier", String(200)),
    Column("channels", Json, nullable=False),
    Column("do_not_contact", Boolean, nullable=False),
    Column("paused_until", UtcDateTime),
    Column("window", Json),
    Column("chosen", Json),
    Column("told_at", UtcDateTime, nullable=False),
    Column("channels_at", UtcDateTime, nullable=False),
    Column("blocked_at", UtcDateTime, nullable=False),
    Index("ix_customers_phone_ix", "phone_ix"),
    Index("ix_customers_email_ix", "email_ix"),
)

# One row a number or mailbox, whoever shares it: what is locked before a contact, and where the
# one open question stands, so that two can never be open.
addresses = Table(
    "addresses",
    metadata,
    Column("ix", LargeBinary(16), primary_key=True),
    Column("dead", Boolean, nullable=False),
    Column("dead_channel", String(16)),  # the only one it is dead for: a landline takes calls
    Column("open_conversation", String(32)),
    Column("open_thread", String(64)),
    Column("open_until", UtcDateTime),
    Index("ix_addresses_open_thread", "open_thread"),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("address_ix", LargeBinary(16), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("how", String(64), nullable=False),
    Column("proof", String(255)),
    Column("ended_at", UtcDateTime),
    Column("ended_how", String(255)),
    # The name of the key that hashed the address, once somebody looked: where nobody knows the
    # address any more it cannot be hashed anew, and the stop needs that key for good.
    Column("index_key", String(16)),
)
Index(
    "uq_opt_outs_in_force",
    opt_outs.c.address_ix,
    opt_outs.c.channel,
    unique=True,
    postgresql_where=opt_outs.c.ended_at.is_(None),
    sqlite_where=opt_outs.c.ended_at.is_(None),
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("message_class", String(20), nullable=False),
    Column("conversation", String(32), nullable=False),
    Column("thread", String(64), nullable=False),
    Column("source", String(255), nullable=False),
    Column("customer", String(255), nullable=False),
    Column("ticket", String(255)),
    Column("channel", String(16), nullable=False),
    Column("address_ix", LargeBinary(16), nullable=False),
    Column("address", LargeBinary),
    Column("text", LargeBinary),
    Column("state", String(16), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("intended_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("carrier_id", String(128)),
    Column("segments", Integer),
    Column("error", String(64)),
    Index("ix_contacts_person", "source", "customer", "intended_at"),
    Index("ix_contacts_address", "address_ix", "intended_at"),
    Index("ix_contacts_thread", "thread"),
    Index("ix_contacts_carrier", "carrier_id"),
)
Index(
    "ix_contacts_unknown",
    contacts.c.intended_at,
    postgresql_where=contacts.c.state == "unknown",
    sqlite_where=contacts.c.state == "unknown",
)
Index(
    "ix_contacts_called",
    contacts.c.intended_at,
    postgresql_where=and_(contacts.c.channel == "voice", contacts.c.state == "sent"),
    sqlite_where=and_(contacts.c.channel == "voice", contacts.c.state == "sent"),
)

# Where each call stands, by the carrier's id of it, and all that was said in it so far: the same
# request again is answered the same.
calls = Table(
    "calls",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("contact", String(64), nullable=False),
    Column("thread", String(64), nullable=False),
    Column("inbound", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("place", String(16), nullable=False),
    Column("back", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("asked", String(64)),
    Column("said", LargeBinary),
)

recordings = Table(
    "recordings",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("contact", String(64), nullable=False),
    Column("thread", String(64), nullable=False),
    Column("question", String(64), nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("media", String(64), nullable=False),
    Column("audio", LargeBinary, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_recordings_thread", "thread"),
)

inbound = Table(
    "inbound",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("address_ix", LargeBinary(16), nullable=False),
    Column("address", LargeBinary),
    Column("text", LargeBinary),
    Column("at", UtcDateTime, nullable=False),
    Column("reading", String(20), nullable=False),
    Column("thread", String(64)),
    Column("answer", LargeBinary),
    Column("reason", String(32)),
    Column("attached_to", String(64)),
    Column("attached_at", UtcDateTime),
    Column("attached_by", String(64)),
    Index("ix_inbound_address", "address_ix", "at"),
    Index("ix_inbound_reading", "reading", "at"),
)

# Parts of long texts that an SMSC delivered: acknowledged, so nobody but us has them.
parts = Table(
    "parts",
    metadata,
    Column("message", String(64), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("address_ix", LargeBinary(16), nullable=False),
    Column("destination", String(64), nullable=False),
    Column("reference", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("read", Boolean, nullable=False),
    Column("piece", LargeBinary, nullable=False),
    Index("ix_parts_address", "address_ix", "destination", "reference"),
    Index("ix_parts_at", "at"),
)
