"""Laws about evidence: 6 inclusion, 7 consistency, 9 honest scope. All checks run offline."""

from dataclasses import replace
from functools import partial
from itertools import combinations

from consultation.core.errors import Rejected, Unsupported
from consultation.core.ledger import Head, Proof, Root
from tests.conformance.harness import Harness, accepts, raises, refuses


def law_6_a_proof_fits_one_entry(harness: Harness) -> None:
    """Right for its entry at its index under every head; wrong for another entry or another index."""
    if not harness.traits.inclusion:
        return
    history = harness.history()
    check = harness.verifier.check_inclusion
    for head in history.heads:
        for index in sample(head.size):
            proof = harness.ledger.prove_inclusion(index, head)
            entry = history.entries[index]
            place = f"of {index} under {head.size} entries"
            accepts(partial(check, entry, index, head, proof), f"the proof {place}")
            for other in sample(head.size):
                if other != index:
                    refuses(partial(check, entry, other, head, proof), f"the proof {place}, at {other},")
                    refuses(
                        partial(check, history.entries[other], index, head, proof),
                        f"the proof {place}, for the entry {other},",
                    )
            for wrong in (-1, head.size, index + head.size, 2**64 + index):
                refuses(partial(check, entry, wrong, head, proof), f"the proof {place}, at {wrong},")
            for altered in (entry + b"\x00", entry[:-1] if entry else b"!", b"something else"):
                refuses(partial(check, altered, index, head, proof), f"the proof {place}, entry altered,")


def law_6_a_damaged_proof_is_refused(harness: Harness) -> None:
    """Truncated, extended, emptied, or with one bit turned."""
    if not harness.traits.inclusion:
        return
    history = harness.history()
    head = history.newest
    for index in sample(head.size)[:3]:
        proof = harness.ledger.prove_inclusion(index, head)
        for what, damaged in damages(proof):
            refuses(
                partial(harness.verifier.check_inclusion, history.entries[index], index, head, damaged),
                f"the proof of {index} under {head.size} entries, {what},",
            )


def law_6_a_proof_fits_no_forged_head(harness: Harness) -> None:
    """Neither a root nor a size nor an attestation can be changed, nor one be taken from another head."""
    if not harness.traits.inclusion:
        return
    history = harness.history()
    older, head = history.heads[-2:]
    index = older.size - 1
    entry, proof = history.entries[index], harness.ledger.prove_inclusion(index, head)
    for what, forged in forgeries(harness, older, head):
        check = partial(harness.verifier.check_inclusion, entry, index, forged, proof)
        refuses(check, f"a proof under a head with {what}")
    before = next((each for each in history.heads if each.size <= index), None)
    if before is not None:
        check = partial(harness.verifier.check_inclusion, entry, index, before, proof)
        refuses(check, "a proof under too old a head")


def law_6_a_forged_head_is_refused(harness: Harness) -> None:
    """Where somebody vouches for heads, a head that they did not vouch for fails by itself."""
    history = harness.history()
    older, head = history.heads[-2:]
    for what, forged in forgeries(harness, older, head):
        if harness.traits.parties or "attestation" in what:
            refuses(partial(harness.verifier.check_head, forged), f"a head with {what}")
        refuses(
            partial(harness.verifier.check_replay, history.entries[: head.size], forged),
            f"the replay under a head with {what}",
        )


def law_6_an_index_past_the_head_has_no_proof(harness: Harness) -> None:
    """Asking for one is a mistake of the caller, also when the ledger has grown past that head."""
    if not harness.traits.inclusion:
        return
    history = harness.history()
    older = history.heads[0]
    for head, index in ((history.newest, history.newest.size), (older, older.size), (older, -1)):
        raises(
            Rejected,
            partial(harness.ledger.prove_inclusion, index, head),
            f"asking for the proof of {index} under {head.size} entries",
        )


def law_7_any_two_heads_prove_the_older_a_prefix(harness: Harness) -> None:
    """All pairs of a history, a head with itself included; in the wrong order they prove nothing."""
    if not harness.traits.consistency:
        return
    history = harness.history()
    check = harness.verifier.check_consistency
    for older, newer in [*combinations(history.heads, 2), (history.newest, history.newest)]:
        proof = harness.ledger.prove_consistency(older, newer)
        pair = f"from {older.size} to {newer.size} entries"
        accepts(partial(check, older, newer, proof), f"the proof {pair}")
        if older.size < newer.size:
            refuses(partial(check, newer, older, proof), f"the proof {pair} turned round")
            backwards = partial(harness.ledger.prove_consistency, newer, older)
            raises(Rejected, backwards, "asking the wrong way round")


def law_7_a_forked_head_is_refused(harness: Harness) -> None:
    """A head over another past, of the same size or another, is no prefix and has none."""
    if not harness.traits.consistency:
        return
    history = harness.history()
    check = harness.verifier.check_consistency
    for older, newer in combinations(history.heads, 2):
        proof = harness.ledger.prove_consistency(older, newer)
        pair = f"from {older.size} to {newer.size} entries"
        for what, forged in forgeries(harness, older, newer):
            refuses(partial(check, older, forged, proof), f"the proof {pair}, the newer head with {what},")
        fork = replace(older, root=turn(older.root))
        refuses(partial(check, fork, newer, proof), f"the proof {pair}, the older head with another root,")
        refuses(partial(check, fork, older, Proof(b"")), f"two heads of size {older.size} that differ")


def law_7_a_damaged_proof_is_refused(harness: Harness) -> None:
    """Truncated, extended, emptied, or with one bit turned."""
    if not harness.traits.consistency:
        return
    history = harness.history()
    older, newer = history.heads[-2:]
    proof = harness.ledger.prove_consistency(older, newer)
    for what, damaged in damages(proof):
        refuses(
            partial(harness.verifier.check_consistency, older, newer, damaged),
            f"the proof from {older.size} to {newer.size} entries, {what},",
        )


def law_9_unsupported_is_raised_exactly_where_the_traits_omit(harness: Harness) -> None:
    """Of the two proofs, each is given or Unsupported as declared, and no other operation is ever so."""
    history = harness.history()
    older, newer = history.heads[-2:]
    inclusion = partial(harness.ledger.prove_inclusion, 0, newer)
    consistency = partial(harness.ledger.prove_consistency, older, newer)
    for declared, call, what in (
        (harness.traits.inclusion, inclusion, "prove_inclusion"),
        (harness.traits.consistency, consistency, "prove_consistency"),
    ):
        if declared:
            assert isinstance(call(), Proof), f"{what} gave no proof"
        else:
            raises(Unsupported, call, what)


def sample(size: int) -> list[int]:
    """Some indexes below `size`: the ends, the middle, and where a tree's shape changes."""
    chosen = {0, size // 2, size - 2, size - 1, (1 << (size - 1).bit_length() >> 1)}
    return sorted(index for index in chosen if 0 <= index < size)


def turn(root: bytes) -> Root:
    """Another root: one bit turned."""
    return Root(bytes([root[0] ^ 1]) + root[1:])


def damages(proof: Proof) -> list[tuple[str, Proof]]:
    """The proof, spoilt in ways that a reader must notice."""
    data = proof.data
    found = [("with a byte more", data + b"\x00"), ("with a hash more", data + bytes(32))]
    if data:
        found += [("without its last byte", data[:-1]), ("emptied", b""), ("doubled", data + data)]
        if len(data) > 32:
            found += [("without its last hash", data[:-32]), ("without its first hash", data[32:])]
        for at in range(0, len(data), max(1, len(data) // 48)):
            spoilt = data[:at] + bytes([data[at] ^ (1 << at % 8)]) + data[at + 1 :]
            found.append((f"with a bit of byte {at} turned", spoilt))
    return [(what, Proof(spoilt)) for what, spoilt in found]


def forgeries(harness: Harness, older: Head, head: Head) -> list[tuple[str, Head]]:
    """Heads that say something else than `head`, whose attestation does not cover it."""
    found = [
        ("another root", replace(head, root=turn(head.root))),
        ("a zero root", replace(head, root=Root(bytes(32)))),
        ("the older root", replace(head, root=older.root)),
        ("a negative size", replace(head, size=-head.size)),
        ("a short root", replace(head, root=Root(head.root[:-1]))),
        ("a foreign attestation", replace(head, attestation=head.attestation + b"\n\xff")),
    ]
    if harness.traits.parties:
        half = head.attestation[: len(head.attestation) // 2]
        found += [  # a path alone does not fix the size of its tree: whoever vouches for the head does
            ("one entry more", replace(head, size=head.size + 1)),
            ("one entry less", replace(head, size=head.size - 1)),
            ("no attestation", replace(head, attestation=b"")),
            ("half an attestation", replace(head, attestation=half)),
            ("the older attestation", replace(head, attestation=older.attestation)),
        ]
    return found
