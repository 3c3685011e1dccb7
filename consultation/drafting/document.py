"""What is read from an official's file, line by line and as a whole, and the one error of reading it."""

from dataclasses import dataclass

from consultation.core.drafts import Draft, Provision

MAX_CHARACTERS = 2_000_000
"""Of a draft's text: some four times the Civil Code."""
MAX_LINES = 100_000
MAX_PROVISIONS = 20_000
_SHOWN_CHARACTERS = 60


class DraftError(ValueError):
    """A file is no draft: the place ('draft line 12'), what was found there, and what is allowed."""

    def __init__(self, place: str, found: str, allowed: str) -> None:
        super().__init__(f"{place} is {found}; {allowed}")
        self.place, self.found, self.allowed = place, found, allowed


def shown(text: str) -> str:
    """The beginning of a line, quoted for a message."""
    return repr(text[:_SHOWN_CHARACTERS] + ("…" if len(text) > _SHOWN_CHARACTERS else ""))


@dataclass(frozen=True, slots=True)
class Line:
    """A line or paragraph without blanks at its ends; a tab in it parts columns, as in a letterhead."""

    place: str
    text: str

    def plain(self) -> str:
        """The text in one column."""
        return self.text.replace("\t", " ")


@dataclass(frozen=True, slots=True)
class DraftDocument:
    """A draft as it is published.

    `grounds` are the legal bases named before the first provision, `opening` what else stands there and
    `closing` the signature block with its list of recipients: nothing of the file is dropped unseen.
    """

    title: str
    issuer: str
    number: str
    provisions: tuple[Provision, ...]
    grounds: tuple[str, ...] = ()
    opening: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()

    def draft(self) -> Draft:
        """The part of it that opinions are given on."""
        return Draft(self.title, self.issuer, self.provisions)
