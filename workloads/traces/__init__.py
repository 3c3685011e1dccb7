"""Real consultations, replayed: three kinds of recording, each as a Consultation with times.

- a Polis export: a folder with `comments.csv` and `votes.csv` (`workloads.traces.polis`)
- a CSV of opinions in our own columns (`workloads.traces.own`)
- the bulk comment CSV of regulations.gov (`workloads.traces.regulations`)

Where somebody speaks again on a provision, the later opinion supersedes. Two counts result and both are
shown. *Received* counts every opinion in the file, superseded ones too: that is what a Polis export's own
columns `agrees` and `disagrees` count. *Counted* is after superseding and withdrawing, and smaller.

`cut` takes the last hours before a deadline out of a trace; when each action is due in a replay is left to
`workloads.arrivals`.
"""

from pathlib import Path

from workloads.traces import own, polis, regulations
from workloads.traces.cutting import cut
from workloads.traces.rows import BadRow, TraceError, read_header, shown
from workloads.traces.trace import Count, Kind, Trace

__all__ = ["BadRow", "Count", "Kind", "Trace", "TraceError", "cut", "kind_of", "read"]

KINDS = (
    f"a folder with {polis.COMMENTS} and {polis.VOTES} (Polis), a CSV with the columns "
    f"{', '.join(own.COLUMNS)} (ours), or a CSV with the columns {', '.join(regulations.TELLING)} "
    "(regulations.gov)"
)


def read(path: Path, *, skip_bad: bool = False) -> Trace:
    """The recording at `path`, of whichever kind. Raises TraceError for a broken one, with row and reason.

    With `skip_bad` broken rows are passed over and reported in `bad_rows`; a broken header, a missing or
    empty file and a file without one good row still raise.
    """
    kind = kind_of(path)
    if kind is Kind.POLIS:
        return polis.read(path, skip_bad=skip_bad)
    reader = own.read if kind is Kind.OWN else regulations.read
    return reader(path, skip_bad=skip_bad)


def kind_of(path: Path) -> Kind:
    """What a path holds, by its files or its first line. Raises TraceError saying what is allowed."""
    if path.is_dir():
        if not (path / polis.COMMENTS).exists() and not (path / polis.VOTES).exists():
            raise TraceError(f"the folder {path} has neither of the two; a trace is {KINDS}")
        return Kind.POLIS
    if not path.exists():
        raise TraceError(f"{path} is not there; a trace is {KINDS}")
    header = read_header(path)
    if all(column in header for column in regulations.TELLING):
        return Kind.REGULATIONS
    # One column is enough to tell whose it is meant to be; the reader then names those that are missing.
    if any(column in header for column in own.COLUMNS):
        return Kind.OWN
    raise TraceError(f"{path}: line 1 is {shown(', '.join(header))}, of no known kind; a trace is {KINDS}")
