"""The draft document and the opinions on it, as the service keeps them: in the open, off the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from consultation.core import canonical
from consultation.core.canonical import Json, nfc

WHOLE = ""
"""The provision id of an opinion on the whole draft."""
MAX_TEXT_CHARACTERS = 20_000


class Stance(StrEnum):
    """Thống nhất, thống nhất có ý kiến, không thống nhất, không có ý kiến."""

    AGREE = "agree"
    AGREE_WITH_COMMENTS = "agree_with_comments"
    DISAGREE = "disagree"
    NO_OPINION = "no_opinion"


class Outcome(StrEnum):
    """How an opinion was answered: tiếp thu, tiếp thu một phần, giải trình, ngoài phạm vi."""

    ACCEPTED = "accepted"
    ACCEPTED_IN_PART = "accepted_in_part"
    EXPLAINED = "explained"
    OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True)
class Provision:
    """A part of the draft: id such as 'dieu-5.khoan-2.diem-a', label such as 'Điều 5 khoản 2 điểm a'."""

    id: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """One version of a draft document."""

    title: str
    issuer: str
    provisions: tuple[Provision, ...]

    def normalised(self) -> "Draft":
        """The same in Unicode form NFC, ids included: an opinion names them in that form."""
        parts = (Provision(nfc(part.id), nfc(part.label), nfc(part.text)) for part in self.provisions)
        return Draft(nfc(self.title), nfc(self.issuer), tuple(parts))

    def to_json(self) -> dict[str, Json]:
        form = self.normalised()
        return {
            "title": form.title,
            "issuer": form.issuer,
            "provisions": [
                {"id": part.id, "label": part.label, "text": part.text} for part in form.provisions
            ],
        }

    def digest(self) -> str:
        """SHA-256 of the draft's canonical JSON, hex."""
        return sha256(canonical.encode(self.to_json())).hexdigest()


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one participant says on one provision of one version of the draft."""

    participant: str
    provision: str
    stance: Stance
    text: str = ""
    proposal: str = ""
    reason: str = ""
    draft: str = ""
    """Digest of the draft version on which it is given, hex; set by whoever takes it."""

    def normalised(self) -> "Opinion":
        """The same in Unicode form NFC."""
        return Opinion(
            nfc(self.participant),
            nfc(self.provision),
            self.stance,
            nfc(self.text),
            nfc(self.proposal),
            nfc(self.reason),
            self.draft,
        )

    def fields(self) -> Mapping[str, str]:
        """The fields that the commitment covers, each to be opened by itself."""
        return {
            "participant": self.participant,
            "provision": self.provision,
            "stance": self.stance.value,
            "text": self.text,
            "proposal": self.proposal,
            "reason": self.reason,
            "draft": self.draft,
        }
