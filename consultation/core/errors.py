"""The errors that cross the ledger port, classed by what the caller may do next.

A message says what was found, where, what is allowed, and the remedy.
"""


class LedgerError(Exception):
    """An operation on a ledger failed as a whole; no entry of it was appended, except OutcomeUnknown."""


class Rejected(LedgerError):
    """The request itself is wrong: change it or give up."""


class Overloaded(LedgerError):
    """The ledger is full for now and appended nothing: slow down, then retry."""


class OutcomeUnknown(LedgerError):
    """The request may or may not have taken effect: retry with the same bytes, which is safe by law 1."""


class Unavailable(LedgerError):
    """The ledger cannot be reached or has stopped: try later, or elsewhere."""


class Unsupported(LedgerError):
    """This ledger does not offer the operation, as its traits say: never retry."""


class VerificationError(Exception):
    """Evidence does not hold. Never retry, always report.

    `link` names the link of the chain that broke, in kebab case (`head-signature`, `inclusion`).
    """

    def __init__(self, link: str, message: str) -> None:
        super().__init__(f"{link}: {message}")
        self.link = link
        self.message = message
