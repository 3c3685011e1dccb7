"""Admission: which entries a consultation's rules let onto the ledger. Placeholder interface until records land."""

from typing import Protocol


class Admission(Protocol):
    """A rule and the state that it has built from what it admitted; deterministic, in ledger order."""

    def check(self, entry: bytes) -> str | None:
        """Why the entry would be refused now, or None; changes nothing."""
        ...

    def admit(self, entry: bytes) -> str | None:
        """Like `check`, and where it returns None the entry counts as appended from now on."""
        ...


class AdmitAll:
    """Every entry is welcome."""

    def check(self, entry: bytes) -> str | None:
        return None

    def admit(self, entry: bytes) -> str | None:
        return None


def rule(name: str) -> Admission:
    """A fresh admission by name: `all`, or `rules`."""
    return AdmitAll()
