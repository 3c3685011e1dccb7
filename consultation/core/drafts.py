"""The draft document and the opinions on it, as the service keeps them: in the open, off the ledger.

How provisions stand in one another, and what is allowed, is left to `provisions`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from consultation.core import canonical
from consultation.core.canonical import Json, nfc

WHOLE = ""
"""The provision id of an opinion on the whole draft."""
MAX_TEXT_CHARACTERS = 20_000
MAX_PARTICIPANT_CHARACTERS = 64
MAX_PROVISION_CHARACTERS = 128
"""Of a provision's id."""


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


class ProvisionKind(StrEnum):
    """Phần, chương, mục, tiểu mục, điều, khoản, điểm, phụ lục; ids are written with these words."""

    PART = "phan"
    CHAPTER = "chuong"
    SECTION = "muc"
    SUBSECTION = "tieu-muc"
    ARTICLE = "dieu"
    CLAUSE = "khoan"
    POINT = "diem"
    ANNEX = "phu-luc"


_OWN = re.compile(rf"({'|'.join(ProvisionKind)})-[0-9a-z]+")
"""The last part of an id such as 'dieu-5.khoan-2'."""


@dataclass(frozen=True, slots=True)
class Provision:
    """A part of the draft: id such as 'dieu-5.khoan-2.diem-a', label such as 'Điểm a khoản 2 Điều 5'.

    `parent` is the id of the provision that it stands in, '' at the top. `kind` is None for what the law has
    no word for, such as a statement of a replayed poll. Where they are not given they are read off the id, as
    far as it tells: an article's does not name its chapter.
    """

    id: str
    label: str
    text: str
    kind: ProvisionKind | None = None
    parent: str = ""

    def __post_init__(self) -> None:
        above, _, own = self.id.rpartition(".")
        found = _OWN.fullmatch(own)
        if self.kind is None and found:
            object.__setattr__(self, "kind", ProvisionKind(found[1]))
        if not self.parent and self.kind is not None:
            object.__setattr__(self, "parent", above)

    def normalised(self) -> "Provision":
        """The same in Unicode form NFC."""
        return Provision(nfc(self.id), nfc(self.label), nfc(self.text), self.kind, nfc(self.parent))

    def to_json(self) -> dict[str, Json]:
        kind = None if self.kind is None else self.kind.value
        return {"id": self.id, "label": self.label, "text": self.text, "kind": kind, "parent": self.parent}


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft document as it stands at one time; its provisions in document order."""

    title: str
    issuer: str
    provisions: tuple[Provision, ...]

    def normalised(self) -> "Draft":
        """The same in Unicode form NFC, ids included: an opinion names them in that form."""
        parts = tuple(part.normalised() for part in self.provisions)
        return Draft(nfc(self.title), nfc(self.issuer), parts)

    def to_json(self) -> dict[str, Json]:
        form = self.normalised()
        parts = [part.to_json() for part in form.provisions]
        return {"title": form.title, "issuer": form.issuer, "provisions": parts}

    def digest(self) -> str:
        """SHA-256 of the draft's canonical JSON, hex."""
        return canonical.digest(self.to_json())


@dataclass(frozen=True, slots=True)
class DraftVersion:
    """A draft under its number, from 1. An opinion stays bound to the version that it was given on."""

    number: int
    draft: Draft

    def __post_init__(self) -> None:
        if self.number < 1:
            raise ValueError(f"the versions of a draft are numbered from 1, found {self.number}")

    def to_json(self) -> dict[str, Json]:
        return {"number": self.number, "draft": self.draft.to_json()}

    def digest(self) -> str:
        """SHA-256 of the version's canonical JSON, hex.

        The number is in it: who goes back to an earlier wording makes a version of its own.
        """
        return canonical.digest(self.to_json())


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
