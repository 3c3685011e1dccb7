"""The scenario keys of the Merkle log, checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard

from backends.ports import Option, Options
from consultation.core.errors import Rejected

_MOST_WITNESSES = 32


@dataclass(frozen=True, slots=True)
class LogOptions:
    """How many witnesses, how many of them must cosign, and how long an entry waits for company."""

    witnesses: int = 4
    """0 leaves the log alone: then nobody but the operator vouches for it, and `quorum` is not read."""
    quorum: int = 3
    batch_age_s: float = 0.01
    """Seconds after which the oldest queued entry is published with whatever else has come."""
    mirror: bool = False
    """Whether a mirror must have copied, synced and cosigned everything too: a second failure domain."""

    def as_options(self) -> Mapping[str, Option]:
        return {
            "witnesses": self.witnesses,
            "quorum": self.quorum,
            "batch_age_s": self.batch_age_s,
            "mirror": self.mirror,
        }

    @classmethod
    def parse(cls, options: Options) -> "LogOptions":
        """Raises Rejected on a value out of bounds; unknown keys are the scenario's to refuse."""
        given = {**cls().as_options(), **options}
        witnesses, quorum, age_s = given["witnesses"], given["quorum"], given["batch_age_s"]
        mirror = given["mirror"]
        if not _is_int(witnesses) or not 0 <= witnesses <= _MOST_WITNESSES:
            raise Rejected(f"witnesses is a number from 0 to {_MOST_WITNESSES}, found {witnesses!r}")
        if not _is_int(quorum) or (witnesses and not 1 <= quorum <= witnesses):
            raise Rejected(f"quorum is a number from 1 to the {witnesses} witnesses, found {quorum!r}")
        if isinstance(age_s, bool) or not isinstance(age_s, int | float) or not 0 <= age_s <= 60:
            raise Rejected(f"batch_age_s is a number of seconds from 0 to 60, found {age_s!r}")
        if not isinstance(mirror, bool):
            raise Rejected(f"mirror is true or false, found {mirror!r}")
        return cls(witnesses, quorum, float(age_s), mirror)


def _is_int(value: Option) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
