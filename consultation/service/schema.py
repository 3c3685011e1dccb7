"""The tables of the service's store."""

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text, text

METADATA = MetaData()

ACTIVE, SUPERSEDED, WITHDRAWN, REFUSED = "active", "superseded", "withdrawn", "refused"
"""What becomes of an opinion; REFUSED is by the ledger, after the receipt, which none with our rules does."""
PENDING, SETTLED = "pending", "settled"
"""What becomes of an entry in the outbox; it too may end REFUSED."""

CONSULTATIONS = Table(
    "consultations",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("draft", Text, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("opened", String(16), nullable=False, default=""),
    Column("closed", String(16), nullable=False, default=""),
    Column("summary", Text, nullable=False, default=""),
    Column("checkpoint", LargeBinary, nullable=False, default=b""),
    Column("status", LargeBinary, nullable=False, default=b""),  # the certificates' status list, signed
    Column("anchor", Text, nullable=False, default=""),
)

OPINIONS = Table(
    "opinions",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("consultation", String(64), nullable=False),
    Column("participant", String(64), nullable=False),
    Column("provision", String(128), nullable=False),
    Column("stance", String(32), nullable=False),
    Column("text", Text, nullable=False),
    Column("proposal", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("leaf", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Index("opinions_by_consultation", "consultation", "status"),
)

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("leaf", String(64), primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("consultation", String(64), nullable=False),
    Column("request", String(160), nullable=False),
    Column("entry", LargeBinary, nullable=False),
    Column("after", String(64), nullable=False, default=""),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("position", Integer, nullable=False, default=-1),
    Column("final_s", Float),
    Column("provable_s", Float),
    Index("outbox_by_state", "state"),
    # The unit's acts, a handful among a million opinions.
    Index("outbox_acts", "consultation", sqlite_where=text("request = ''")),
)

ANSWERS = Table(
    "answers",
    METADATA,
    Column("request", String(160), primary_key=True),
    Column("body", String(64), nullable=False),
    Column("opinion", String(32), nullable=False),
    Column("receipt", Text, nullable=False),
)

CERTIFICATES = Table(
    "certificates",
    METADATA,
    Column("consultation", String(64), primary_key=True),
    Column("participant", String(64), primary_key=True),
    Column("credential", LargeBinary, nullable=False),
    Column("proof", LargeBinary, nullable=False),
)
