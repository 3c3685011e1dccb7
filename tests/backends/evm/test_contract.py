"""The contract: the committed artifact is what the compiler makes, and its tree is the core's."""

import json
from itertools import count

import pytest
from eth_abi.abi import encode as abi_encode
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.evm import contract
from backends.evm.chain import Chain
from backends.evm.contract import build
from backends.evm.contract.coding import decode_bytes, encode_bytes
from backends.evm.deployment import EvmDeployment
from backends.evm.rpc import Rpc
from consultation.core.merkle import Frontier, leaf_hash
from tests.backends.evm.conftest import indexes

_numbers = count()


def test_the_committed_artifact_is_what_the_compiler_makes_of_the_source() -> None:
    pytest.importorskip("vyper", reason="the extra 'contract' (vyper) is not installed")
    committed = (build.FOLDER / "ledger.json").read_text(encoding="utf-8")
    assert build.compiled() == committed, "run python -m backends.evm.contract.build"


def test_the_encodings_and_slots_are_those_of_the_artifact() -> None:
    layout = json.loads((build.FOLDER / "ledger.json").read_text(encoding="utf-8"))["storage_layout"]
    assert layout == {
        "size": contract.SIZE_SLOT,
        "place": contract.PLACE_SLOT,
        "frontier": contract.FRONTIER_SLOT,
        "writers": contract.WRITERS_SLOT,
    }
    assert contract.artifact().evm_version == "london"
    assert contract.frontier_slots(0b1011) == [contract.FRONTIER_SLOT + level for level in (3, 1, 0)]


@given(st.binary(max_size=100))
def test_a_byte_string_is_encoded_as_the_abi_says(value: bytes) -> None:
    assert encode_bytes(value) == abi_encode(["bytes"], [value])
    assert decode_bytes(encode_bytes(value)) == value


@pytest.mark.parametrize("data", [b"", bytes(64), abi_encode(["bytes"], [b"abc"])[:-1] + b"\x01"])
def test_an_event_that_is_not_abi_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not one ABI-encoded"):
        decode_bytes(data[:-1] if not any(data) else data)


@pytest.mark.node
def test_the_contracts_frontier_is_the_cores_whatever_is_appended(shared_chain: EvmDeployment) -> None:
    """Lists of entries, some of them twice; after each the slots hold size, roots, and each entry's place."""
    ledger = shared_chain.connect()
    known: list[bytes] = list(ledger.scan(0, ledger.head().size))
    chain = Chain(Rpc(shared_chain.url, 10.0), bytes.fromhex(str(shared_chain.pins()["contract"])))

    @settings(max_examples=8)
    @given(st.lists(st.tuples(st.integers(0, 3), st.binary(max_size=300)), min_size=1, max_size=9))
    def run(batch: list[tuple[int, bytes]]) -> None:
        entries = [b"%d " % (next(_numbers) if kind else 0) + data for kind, data in batch]
        entries += entries[:1]
        indexes(ledger, entries)
        known.extend(dict.fromkeys(entry for entry in entries if entry not in known))
        frontier = Frontier()
        for entry in known:
            frontier.append(leaf_hash(entry))
        places = {contract.place_slot(leaf_hash(entry)): known.index(entry) + 1 for entry in entries}
        slots = contract.frontier_slots(len(known))
        proof = chain.proof([contract.SIZE_SLOT, *slots, *places], chain.latest().number)
        assert proof.values[contract.SIZE_SLOT] == len(known) == ledger.head().size
        assert [proof.values[slot].to_bytes(32, "big") for slot in slots] == frontier.roots
        assert {slot: proof.values[slot] for slot in places} == places

    try:
        run()
    finally:
        chain.close()


@pytest.mark.node
@pytest.mark.parametrize("size_bytes", [0, 1, 31, 32, 33, 4096, contract.MAX_ENTRY_BYTES])
def test_no_append_needs_more_gas_than_it_is_given(shared_chain: EvmDeployment, size_bytes: int) -> None:
    ledger = shared_chain.connect()
    before = ledger.usage().gas
    entry = (b"%d " % next(_numbers) + b"\xff" * size_bytes)[:size_bytes]
    if entry not in list(ledger.scan(0, ledger.head().size)):
        indexes(ledger, [entry])
        assert 21_000 < ledger.usage().gas - before < contract.append_gas(size_bytes)
