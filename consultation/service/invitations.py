"""Invitations: who is asked for an opinion, how, and by when."""

from dataclasses import dataclass

from consultation.core.people import Audience, Channel
from consultation.service.store import Row


@dataclass(frozen=True, slots=True)
class Invitation:
    """One agency, organisation or group that is asked."""

    audience: Audience
    channel: Channel
    name: str
    """As it stands in the table of opinions, where its answer is looked for."""
    unit: str
    """The unit's id, or empty for a group."""
    due: str
    """The last second of the term, RFC 3339 in UTC."""

    def row(self) -> Row:
        return {
            "audience": self.audience.value,
            "channel": self.channel.value,
            "name": self.name,
            "unit": self.unit,
            "due": self.due,
        }

    @classmethod
    def read(cls, row: Row) -> "Invitation":
        return cls(
            Audience(str(row["audience"])),
            Channel(str(row["channel"])),
            str(row["name"]),
            str(row["unit"]),
            str(row["due"]),
        )
