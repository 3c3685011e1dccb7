"""What the holder of a receipt may check of their own opinion: that its entry is on the ledger as promised.

The file holds the receipt and the entry with the ledger's proof and head. It opens nothing: the entry carries
a commitment, and its words stay closed. It is not part of a certificate's bundle, which says the same for
everybody.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from consultation.core import canonical, merkle, receipt, records
from consultation.core.bundle import Anchor, MakeVerifier, Pins, ledger_links
from consultation.core.canonical import Json
from consultation.core.errors import VerificationError
from consultation.core.events import OpinionGiven, Withdrawn
from consultation.core.links import Link, until_broken
from consultation.core.receipt import Receipt

NAME = "own-entry.json"


@dataclass(frozen=True, slots=True)
class OwnEntry:
    """A receipt as it was signed, and the entry that it promised."""

    receipt: Json
    anchor: Anchor

    def to_json(self) -> dict[str, Json]:
        return {"receipt": self.receipt, **self.anchor.to_json()}

    @classmethod
    def parse(cls, data: bytes) -> "OwnEntry":
        """Raises VerificationError('form')."""
        try:
            value = canonical.decode(data)
        except ValueError as error:
            raise VerificationError("form", f"{NAME}: {error}") from error
        if not isinstance(value, Mapping) or "receipt" not in value:
            raise VerificationError("form", f"{NAME} holds the receipt beside the entry's proof and head")
        rest = {name: part for name, part in value.items() if name != "receipt"}
        return cls(value["receipt"], Anchor.from_json(rest))


def verify(own: OwnEntry, pins: Pins | None, make_verifier: MakeVerifier) -> Iterator[Link]:
    """Check receipt, entry and ledger, link by link; ends after the first that breaks.

    The service's key is taken from the receipt: that the ledger under the pins holds an entry signed with it
    is what shows that it was the service's.
    """
    return until_broken(_links(own, pins, make_verifier))


def _links(own: OwnEntry, pins: Pins | None, make_verifier: MakeVerifier) -> Iterator[Link]:
    promised, key = _promised(own)
    yield Link("receipt", True, f"an entry was promised on {promised.accepted} within {promised.within_s} s")

    _check_entry(own.anchor.entry, promised, key)
    yield Link("own-entry", True, "the entry is the promised one, by the service that gave the receipt")

    yield from ledger_links(own.anchor, pins, make_verifier)


def _promised(own: OwnEntry) -> tuple[Receipt, str]:
    """The receipt, and the key that signed it."""
    key = own.receipt.get("key") if isinstance(own.receipt, Mapping) else None
    if not isinstance(key, str):
        raise VerificationError("receipt", "the receipt names the key that signed it")
    return receipt.verify(own.receipt, key), key


def _check_entry(entry: bytes, promised: Receipt, key: str) -> None:
    if merkle.leaf_hash(entry).hex() != promised.leaf:
        raise VerificationError("own-entry", "the entry is not the one that the receipt promises")
    try:
        record = records.verify(entry)
    except ValueError as error:
        raise VerificationError("own-entry", f"the ledger's entry: {error}") from error
    if not isinstance(record.event, OpinionGiven | Withdrawn) or record.key != key:
        raise VerificationError("own-entry", "the entry is not an opinion signed by the receipt's key")
    if record.consultation != promised.consultation:
        raise VerificationError("own-entry", f"the entry is of {record.consultation!r}")
