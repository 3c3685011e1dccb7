"""Laws about what stands on the ledger: 2 finality, 3 order, 5 growth."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from consultation.core.errors import Rejected
from consultation.core.ledger import Head
from tests.conformance.harness import Harness, accepts, raises, refuses


def law_2_a_settled_entry_is_read_back_at_its_index(harness: Harness) -> None:
    """By the client that appended it and by another, and again after the ledger has grown."""
    entries = harness.entries(5)
    indexes = harness.settle_all(entries)
    other = harness.deployment.connect()
    try:
        for _ in range(2):
            for ledger in (harness.ledger, other):
                for entry, index in zip(entries, indexes, strict=True):
                    found = list(ledger.scan(index, index + 1))
                    assert found == [entry], f"at {index} stands {found!r}, settled was {entry!r}"
            harness.settle_all(harness.entries(3))
    finally:
        other.close()


def law_2_any_bytes_are_read_back_as_they_were(harness: Harness) -> None:
    """Nothing, one byte, every byte value, text in two encodings, and an entry of the largest size."""
    if not harness.free:
        return
    largest = harness.entries(1, harness.traits.max_entry_bytes)[0]
    assert len(largest) == harness.traits.max_entry_bytes
    odd = [b"", b"\x00", bytes(range(256)), "ý kiến".encode(), "ý kiến".encode("utf-16"), b"\n" * 3, largest]
    indexes = harness.settle_all(odd)
    for entry, index in zip(odd, indexes, strict=True):
        found = list(harness.ledger.scan(index, index + 1))
        assert found == [entry], f"{len(entry)} bytes {entry[:20]!r} came back as {found!r:.200}"


def law_3_indexes_are_dense_from_zero(harness: Harness) -> None:
    """New entries take the next indexes, and a scan of everything has one entry for each."""
    before = harness.ledger.head().size
    assert len(list(harness.ledger.scan(0, before))) == before, "the head counts more than a scan finds"
    indexes = harness.settle_all(harness.entries(7))
    assert sorted(indexes) == list(range(before, before + 7)), f"after {before} came {sorted(indexes)}"
    whole = list(harness.ledger.scan(0, before + 7))
    assert len(whole) == before + 7
    middle = before + 3
    parts = list(harness.ledger.scan(0, middle)) + list(harness.ledger.scan(middle, before + 7))
    assert parts == whole, "scanned in two parts the ledger reads otherwise"
    assert list(harness.ledger.scan(middle, middle)) == []


def law_3_nothing_exists_past_the_head(harness: Harness) -> None:
    """A scan that goes past the head ends there."""
    harness.settle_all(harness.entries(4))
    size = harness.ledger.head().size
    assert len(list(harness.ledger.scan(size - 2, size + 100))) == 2, "a scan found something past the head"
    for start, stop in ((size, size), (size, size + 1), (size + 5, size + 9), (size + 700, size + 2_000)):
        assert scan(harness, start, stop) == [], f"of {size} entries, {start} to {stop} has some"


def law_3_an_empty_ledger_has_a_head_and_nothing_else(harness: Harness) -> None:
    """Before the first entry: a head that verifies, empty scans, no proofs. Needs a new ledger."""
    if not harness.free:
        return  # the rules' preparation stands on it already
    head = harness.ledger.head()
    assert head.size == 0, f"this law needs a new ledger, this one has {head.size} entries"
    for start, stop in ((0, 0), (0, 5), (3, 5)):
        assert scan(harness, start, stop) == [], f"an empty ledger has something from {start} to {stop}"
    accepts(partial(harness.verifier.check_head, head), "an empty ledger's head")
    accepts(partial(harness.verifier.check_replay, [], head), "an empty ledger's replay")
    refuses(partial(harness.verifier.check_replay, [b"x"], head), "one entry under a head of none")
    if harness.traits.inclusion:
        raises(Rejected, partial(harness.ledger.prove_inclusion, 0, head), "a proof under a head of none")
    if harness.traits.consistency:
        harness.settle_all(harness.entries(3))
        grown = harness.ledger.head()
        for newer in (head, grown):
            proof = harness.ledger.prove_consistency(head, newer)
            accepts(partial(harness.verifier.check_consistency, head, newer, proof), "growth from nothing")


def law_3_a_bad_range_is_rejected(harness: Harness) -> None:
    """A negative start, a stop before the start: the caller has to change the request."""
    for start, stop in ((-1, 1), (2, 1), (-3, -1)):
        raises(
            Rejected,
            partial(scan, harness, start, stop),
            f"a scan from {start} to {stop}",
        )


def law_5_heads_never_shrink(harness: Harness) -> None:
    """Read by two clients, each for itself, while a third appends; each head covers what had settled."""
    heads: list[Head] = []
    readers = [harness.deployment.connect() for _ in range(2)]

    def append() -> None:
        for _ in range(3):
            indexes = harness.settle_all(harness.entries(4))
            for ledger in (harness.ledger, *readers):
                size = ledger.head().size
                assert size > max(indexes), f"settled at {max(indexes)}, yet a head has {size} entries"

    with ThreadPoolExecutor(1) as pool:
        appending = pool.submit(append)
        sizes = [0] * len(readers)
        while True:
            last = appending.done()
            for at, reader in enumerate(readers):
                head = reader.head()
                assert head.size >= sizes[at], f"a head of {head.size} entries came after one of {sizes[at]}"
                if head.size > sizes[at]:
                    heads.append(head)
                sizes[at] = head.size
            if last:
                break
        appending.result()
    entries = harness.all_entries()
    for head in heads:
        accepts(
            partial(harness.verifier.check_replay, entries[: head.size], head),
            f"the replay of a head of {head.size} entries read during appends",
        )
    for reader in readers:
        reader.close()


def law_5_a_head_commits_to_exactly_the_entries_it_covers(harness: Harness) -> None:
    """Replay holds for the entries, and for one less, one more, one changed, or two swapped it does not."""
    history = harness.history()
    check = harness.verifier.check_replay
    for head in history.heads:
        entries = history.entries[: head.size]
        accepts(partial(harness.verifier.check_head, head), f"the head of {head.size} entries")
        accepts(partial(check, entries, head), f"the replay of {head.size} entries")
        middle = head.size // 2
        wrong = {
            "one less": entries[:-1],
            "the first left out": entries[1:],
            "one more": [*entries, b"another"],
            "the last twice": [*entries, entries[-1]],
            "one changed": [*entries[:middle], entries[middle] + b"!", *entries[middle + 1 :]],
            "the last emptied": [*entries[:-1], b"" if entries[-1] else b"!"],
        }
        if head.size > 1:
            wrong["two swapped"] = [entries[-1], *entries[1:-1], entries[0]]
        for what, others in wrong.items():
            refuses(partial(check, others, head), f"the replay of {head.size} entries with {what}")


def scan(harness: Harness, start: int, stop: int) -> list[bytes]:
    """Read to the end, so that a lazy scan has its say."""
    return list(harness.ledger.scan(start, stop))
