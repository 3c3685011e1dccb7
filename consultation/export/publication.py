"""The publication: everything that somebody needs to count again, and the sixty lines to do it with.

    entries.ndjson  every entry of the ledger that the head covers, one a line, in ledger order, byte for byte
    summary.json    the summary table in canonical JSON, whose digest is on the ledger
    summary.csv     the same rows for a spreadsheet
    recount.py      counts again and compares; imports nothing of ours
    head.json       size and root of the ledger's tree

Each file comes into its place whole, and `head.json` last: a folder without it is no publication.
"""

import os
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path

from consultation.core import canonical, merkle, summary
from consultation.core.summary import Summary
from consultation.export import csv_file, table
from consultation.export.labels import Labels

ENTRIES, HEAD, SCRIPT = "entries.ndjson", "head.json", "recount.py"
SUMMARY_JSON, SUMMARY_CSV = "summary.json", "summary.csv"
_CHUNK_BYTES = 1 << 20


class PublicationError(ValueError):
    """What was to be published does not fit together; no `head.json` stands in the folder."""


def publish(
    folder: Path, entries: Iterable[bytes], size: int, root: bytes, table_: Summary, labels: Labels
) -> None:
    """Write a publication, in place of an earlier one in the same folder.

    `entries` are those of the ledger from index 0; `size` and `root` are of a head that was verified, and
    are checked against them. Memory does not grow with the entries. Raises PublicationError,
    SummaryError where the table is not fit to publish, and OSError.
    """
    summary.check_answered(table_)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / HEAD).unlink(missing_ok=True)
    frontier = merkle.Frontier()
    _write(folder / ENTRIES, _lines(entries, size, frontier))
    if (frontier.size, frontier.root()) != (size, root):
        (folder / ENTRIES).unlink()
        raise PublicationError(
            f"{frontier.size} entries with the root {frontier.root().hex()[:16]}... were given, the head has "
            f"{size} with {root.hex()[:16]}...: take the entries that the head covers, all and in order"
        )
    _write(folder / SUMMARY_JSON, [table_.encode()])
    _write(folder / SUMMARY_CSV, [csv_file.write(table.lay_out(table_, labels), bom=True)])
    _write(folder / SCRIPT, [files("consultation.export").joinpath(SCRIPT).read_bytes()])
    _write(folder / HEAD, [canonical.encode({"size": size, "root": root.hex()})])


def _lines(entries: Iterable[bytes], size: int, frontier: merkle.Frontier) -> Iterator[bytes]:
    for index, entry in enumerate(entries):
        if index == size:
            return
        if not entry or b"\n" in entry:
            raise PublicationError(
                f"entry {index} is no canonical JSON on one line, found {entry[:40]!r}: "
                "what is not admitted by the rules cannot be published this way"
            )
        frontier.append(merkle.leaf_hash(entry))
        yield entry + b"\n"


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    """Whole or not at all: a crash leaves the old file, or a `.part` that nobody reads."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb", buffering=_CHUNK_BYTES) as file:
            file.writelines(chunks)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
