"""The scenario keys of the Merkle log, checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard
from urllib.parse import urlsplit

from backends.ports import Option, Options
from consultation.core.errors import Rejected

_MOST_WITNESSES = 32


@dataclass(frozen=True, slots=True)
class LogOptions:
    """How many witnesses, how many of them must cosign, how long an entry waits for company, who stamps."""

    witnesses: int = 4
    """0 leaves the log alone: then nobody but the operator vouches for it, and `quorum` is not read."""
    quorum: int = 3
    batch_age_s: float = 0.01
    """Seconds after which the oldest queued entry is published with whatever else has come."""
    mirror: bool = False
    """Whether a mirror must have copied, synced and cosigned everything too: a second failure domain."""

    timestamps: str = ""
    """URL of an RFC 3161 time-stamp authority, http://, whose token each head has to have; empty: none."""
    timestamp_age_s: float = 1.0
    """Seconds from one request to the authority to the next, at least."""
    timestamp_root: str = ""
    """PEM file with the authority's certificate or those above it, which are pinned."""

    def as_options(self) -> Mapping[str, Option]:
        return {
            "witnesses": self.witnesses,
            "quorum": self.quorum,
            "batch_age_s": self.batch_age_s,
            "mirror": self.mirror,
            "timestamps": self.timestamps,
            "timestamp_age_s": self.timestamp_age_s,
            "timestamp_root": self.timestamp_root,
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
        batch_age_s = _seconds("batch_age_s", age_s)
        if not isinstance(mirror, bool):
            raise Rejected(f"mirror is true or false, found {mirror!r}")
        url, root = given["timestamps"], given["timestamp_root"]
        timestamp_age_s = _seconds("timestamp_age_s", given["timestamp_age_s"])
        if not isinstance(url, str) or (url and not _is_http(url)):
            raise Rejected(
                f"timestamps is the http:// address of a time-stamp authority, or empty, found {url!r}: "
                "tokens are signed, so they need no https"
            )
        if not isinstance(root, str) or bool(root) != bool(url):
            raise Rejected(
                f"timestamps and timestamp_root are given together, found {url!r} and {root!r}: the "
                "authority's certificate has to come beforehand, not with its tokens"
            )
        return cls(witnesses, quorum, batch_age_s, mirror, url, timestamp_age_s, root)


def _is_int(value: Option) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _seconds(key: str, value: Option) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 60:
        raise Rejected(f"{key} is a number of seconds from 0 to 60, found {value!r}")
    return float(value)


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and bool(parts.hostname) and parts.port != 0 and _is_plain(url)
    except ValueError:
        return False


def _is_plain(url: str) -> bool:
    return url.isascii() and url.isprintable() and not any(letter in " @" for letter in url)
