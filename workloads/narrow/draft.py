"""Reads `draft.txt`, a draft decision as it is published, into provisions with stable ids."""

from importlib.resources import files

from consultation.drafting import text as drafting
from workloads.consultations import DraftText


def read() -> DraftText:
    """The draft that the consultation is about."""
    return parse(files(__package__).joinpath("draft.txt").read_text(encoding="utf-8"))


def parse(text: str) -> DraftText:
    """A draft from its text. Raises DraftError, a ValueError that names the line."""
    found = drafting.parse(text)
    return DraftText(found.title, found.issuer, found.number, found.provisions, found.grounds)


def article_of(provision: str) -> str:
    """The article that a provision belongs to: 'dieu-5' for 'dieu-5.khoan-2'; '' for the whole draft."""
    return provision.partition(".")[0]
