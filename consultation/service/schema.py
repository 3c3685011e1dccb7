"""The tables of the service's store, and of the vault's two files apart from it."""

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text, text

METADATA, VAULT, SECRETS = MetaData(), MetaData(), MetaData()
"""The store; who is who and who opened what; keys by handle."""

ACTIVE, SUPERSEDED, WITHDRAWN, REFUSED = "active", "superseded", "withdrawn", "refused"
EXCLUDED = "excluded"
"""What becomes of an opinion; REFUSED is by the ledger, after the receipt, which none with our rules does."""
ERASED = "erased"
"""An opinion that stood when it was erased, before the reconciliation. One erased later keeps its status."""
EMPTIED, TOLD = "emptied", "told"
"""How far an erasure is: the words are destroyed; the tombstone is in the outbox."""
SEALED = ("text", "proposal", "reason", "salt")
"""What rests sealed under the person's key. Provision and stance outlive an erasure, as numbers."""
PENDING, SETTLED = "pending", "settled"
"""What becomes of an entry in the outbox; it too may end REFUSED."""

CONSULTATIONS = Table(
    "consultations",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("stage", String(16), nullable=False),
    Column("opened", String(16), nullable=False, default=""),
    Column("closed", String(16), nullable=False, default=""),
    Column("closes", String(20), nullable=False, default=""),
    Column("summary", Text, nullable=False, default=""),
    Column("responded", Text, nullable=False, default=""),
    Column("basis", Text, nullable=False, default=""),
    Column("instrument", String(64), nullable=False, default=""),
    Column("procedure", String(16), nullable=False, default=""),
    Column("edition", Integer, nullable=False, default=0),
    Column("anchor", Text, nullable=False, default=""),
)

VERSIONS = Table(
    "versions",
    METADATA,
    Column("consultation", String(64), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("draft", Text, nullable=False),
)

INVITATIONS = Table(
    "invitations",
    METADATA,
    Column("consultation", String(64), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("audience", String(32), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("due", String(20), nullable=False),
    Column("unit", String(64), nullable=False),
    Column("name", String(200), nullable=False),
)

# Where an opinion comes from, for those that are not a citizen's over the portal.
ORIGINS = Table(
    "origins",
    METADATA,
    Column("opinion", String(32), primary_key=True),
    Column("consultation", String(64), nullable=False),
    Column("audience", String(32), nullable=False),
    Column("organisation", String(200), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("author", String(16), nullable=False),
    Column("unit", String(64), nullable=False),
    Column("written", Integer, nullable=False),
    Column("reported_by", String(64), nullable=False),
    Column("sheet", String(64), nullable=False),
    Index("origins_by_consultation", "consultation"),
)

MODERATED = Table(
    "moderated",
    METADATA,
    Column("opinion", String(32), primary_key=True),
    Column("consultation", String(64), nullable=False),
    Column("reason", String(32), nullable=False),
)

EXCLUSIONS = Table(
    "exclusions",
    METADATA,
    Column("opinion", String(32), primary_key=True),
    Column("consultation", String(64), nullable=False),
    Column("reason", String(64), nullable=False),
)

OPINIONS = Table(
    "opinions",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("consultation", String(64), nullable=False),
    # Who said it, as the vault knows them; empty once it is erased.
    Column("handle", String(32), nullable=False),
    Column("provision", String(128), nullable=False),
    Column("stance", String(32), nullable=False),
    Column("draft", String(64), nullable=False),
    Column("text", LargeBinary, nullable=False),
    Column("proposal", LargeBinary, nullable=False),
    Column("reason", LargeBinary, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("leaf", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    # The entry that superseded or withdrew it: a tombstone comes after that one.
    Column("ended_by", String(64), nullable=False, default=""),
    Column("erased", String(8), nullable=False, default=""),
    Index("opinions_by_consultation", "consultation", "status"),
    Index("opinions_by_handle", "handle"),
    Index("opinions_by_leaf", "leaf"),
    # What an erasure has still to tell the ledger: nearly always nothing.
    Index("opinions_emptied", "consultation", sqlite_where=text("erased = 'emptied'")),
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
    Index("answers_by_opinion", "opinion"),
)

EDITIONS = Table(
    "editions",
    METADATA,
    Column("consultation", String(64), primary_key=True),
    Column("edition", Integer, primary_key=True),
    Column("checkpoint", LargeBinary, nullable=False),
    Column("status", LargeBinary, nullable=False),
    Column("issued", Integer, nullable=False),
    Column("responded", Text, nullable=False),
    Column("revoked", Integer, nullable=False, default=0),
)

CERTIFICATES = Table(
    "certificates",
    METADATA,
    Column("consultation", String(64), primary_key=True),
    Column("edition", Integer, primary_key=True),
    Column("participant", String(64), primary_key=True),
    Column("credential", LargeBinary, nullable=False),
    Column("proof", LargeBinary, nullable=False),
)

PERSONS = Table(
    "persons",
    VAULT,
    Column("consultation", String(64), primary_key=True),
    Column("participant", String(64), primary_key=True),
    Column("handle", String(32), nullable=False, unique=True),
    Column("erasing", Integer, nullable=False, default=0),
)

OPENINGS = Table(
    "openings",
    VAULT,
    Column("number", Integer, primary_key=True),
    Column("at", String(20), nullable=False),
    Column("who", String(64), nullable=False),
    Column("consultation", String(64), nullable=False),
    Column("leaf", String(64), nullable=False),
    Column("field", String(32), nullable=False),
    Column("why", Text, nullable=False),
)

KEYS = Table(
    "keys",
    SECRETS,
    Column("handle", String(32), primary_key=True),
    Column("key", LargeBinary, nullable=False),
)
