"""Running a defender's checks: all of them, each to its own end, with what broke and how long it took."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Generic, TypeVar

from consultation.core.errors import LedgerError, Rejected, VerificationError

Result = TypeVar("Result")
UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Check:
    """One check by its name; `run` raises VerificationError, or LedgerError where nothing is given."""

    name: str
    run: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Broken:
    """A check that did not pass."""

    check: str
    message: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What a defender's checks came to."""

    broken: tuple[Broken, ...]
    checks: int
    seconds: float

    @property
    def telling(self) -> Broken | None:
        """The first check that found something wrong, else the first that got no answer, else None."""
        wrong = [broken for broken in self.broken if broken.check != UNAVAILABLE]
        return next(iter([*wrong, *self.broken]), None)

    def evidence(self) -> str:
        """The telling message, and which other checks broke."""
        first = self.telling
        if first is None:
            return f"all {self.checks} checks passed"
        others = dict.fromkeys(broken.check for broken in self.broken if broken.check != first.check)
        also = f"; also broke: {', '.join(others)}" if others else f"; the only one of {self.checks} checks"
        return f"{first.message}{also}"


def run(checks: Sequence[Check]) -> Findings:
    """Run every check, whatever the others say."""
    started = perf_counter()
    broken = []
    for check in checks:
        try:
            check.run()
        except (VerificationError, Rejected) as error:
            # Rejected: the ledger denies what it once had, such as an index under a head that it gave.
            broken.append(Broken(check.name, str(error)))
        except LedgerError as error:
            broken.append(Broken(UNAVAILABLE, f"{check.name}: {error}"))
    return Findings(tuple(broken), len(checks), perf_counter() - started)


class Once(Generic[Result]):
    """A reading that several checks share: done when first asked for, its error kept like its value."""

    def __init__(self, read: Callable[[], Result]) -> None:
        self._read = read
        self._found: list[Result] = []
        self._error: LedgerError | VerificationError | None = None

    def __call__(self) -> Result:
        if self._error is not None:
            raise self._error
        if not self._found:
            try:
                self._found.append(self._read())
            except (LedgerError, VerificationError) as error:
                self._error = error
                raise
        return self._found[0]


def require(holds: bool, link: str, message: str) -> None:
    """Raises VerificationError unless `holds`."""
    if not holds:
        raise VerificationError(link, message)
