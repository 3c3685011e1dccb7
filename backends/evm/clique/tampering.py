"""What the operator of one signer's node can do: change what that node stores, or seal another history alone.

A node checks receipts against the header when it takes a block in, and never again: an insider stops it,
edits the receipt in its database with geth's own tools, and it serves what he wrote. The other signers' nodes
do not notice and need not: they have their own.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import rmtree
from time import time
from typing import TYPE_CHECKING

import rlp
from eth_utils.hexadecimal import encode_hex
from hexbytes import HexBytes

from backends.evm import contract
from backends.evm.answers import BadAnswer, as_bytes, as_list, as_object, as_quantity
from backends.evm.clique.seals import majority
from backends.evm.clique.signer import Signer
from backends.evm.contract.coding import encode_bytes
from backends.evm.rpc import NoAnswer, NotSent, Refused, Rpc
from backends.nodes.errors import NodeFailed
from backends.nodes.ports import free_ports
from backends.nodes.process import NodeProcess, await_ready
from backends.ports import Delete, Edit, Tampered, Tampering

if TYPE_CHECKING:
    from backends.evm.clique.network import Clique

_TIMEOUT_S = 10.0
_START_TIMEOUT_S = 30.0
_WIGGLE_S = 2.0
"""More than a signer out of turn waits, by chance, to let the turn's owner go first."""
_RECEIPTS = b"r"
_LOGS = 2
_DATA = 2
_FAILURES = (NotSent, NoAnswer, Refused, BadAnswer)


def tamper(clique: "Clique", address: bytes, tampering: Tampering) -> Tampered | None:
    """None where the operator is the only signer, and so may seal any history."""
    if isinstance(tampering, Edit | Delete):
        return _change_event(clique, address, tampering)
    return _seal_alone(clique) if len(clique.members) > 1 else None


# One event in one node's database


@dataclass(frozen=True, slots=True)
class _Event:
    """Where an entry's event is."""

    block: int
    block_hash: bytes
    position: int
    """Among all events of the block."""
    data: bytes


def _change_event(clique: "Clique", address: bytes, tampering: Edit | Delete) -> Tampered:
    member, *others = clique.members
    try:
        event = _find(member, address, tampering.index)
        seen = [_find(other, address, tampering.index) for other in others]
        clique.process(member.name).terminate(_TIMEOUT_S)
        _write(clique.binary, member, event, tampering)
    except (*_FAILURES, NodeFailed, OSError, ValueError, LookupError) as error:
        return Tampered(False, f"the event could not be changed in {member.name}'s database: {error!r:.300}")
    what = "replaced" if isinstance(tampering, Edit) else "removed"
    how = (
        f"{member.name} was stopped, the event of entry {tampering.index} {what} in its receipt in that "
        "node's database with `geth db import`, and the node started again; transactions and headers stayed"
    )
    if not others:
        return Tampered(True, how)
    agree = sum(each == event for each in seen)
    said = f"{agree} of {len(others)} other signers' nodes still give the event as it was"
    return Tampered(True, how, said, agree > 0)


def _find(member: Signer, address: bytes, index: int) -> _Event:
    """Raises LookupError where there is no such entry."""
    with _asking(member) as rpc:
        topics = [encode_hex(contract.entry_topic()), encode_hex(index.to_bytes(32, "big"))]
        wanted = {"address": encode_hex(address), "fromBlock": "0x0", "toBlock": "latest", "topics": topics}
        found = as_list(rpc.call("eth_getLogs", wanted))
        if not found:
            raise LookupError(f"{member.name} has no event of an entry {index}")
        log = as_object(found[0])
        block_hash = as_bytes(log["blockHash"])
        everything = as_list(rpc.call("eth_getLogs", {"blockHash": encode_hex(block_hash)}))
        places = [as_quantity(as_object(each)["logIndex"]) for each in everything]
    position = places.index(as_quantity(log["logIndex"]))
    return _Event(as_quantity(log["blockNumber"]), block_hash, position, as_bytes(log["data"]))


def _write(binary: Path, member: Signer, event: _Event, tampering: Edit | Delete) -> None:
    """Change the block's receipts where geth keeps them; the node is down."""
    key = _RECEIPTS + event.block.to_bytes(8, "big") + event.block_hash
    stored = member.command(binary, "db", "get", encode_hex(key)).rsplit("0x", 1)[1]
    receipts = rlp.decode(HexBytes(stored.strip()))
    left = event.position
    for receipt in receipts:
        if left < len(receipt[_LOGS]):
            _edit(receipt[_LOGS], left, tampering)
            break
        left -= len(receipt[_LOGS])
    dump = member.folder / "tampered.rlp"
    header = ["gethdbdump", 0, "tampering", int(time())]
    operations = (header, 0, key, rlp.encode(receipts))
    dump.write_bytes(b"".join(map(rlp.encode, operations)))
    member.command(binary, "db", "import", str(dump))
    dump.unlink()


def _edit(logs: list[list[bytes]], place: int, tampering: Edit | Delete) -> None:
    if isinstance(tampering, Edit):
        logs[place][_DATA] = encode_bytes(tampering.entry)
    else:
        del logs[place]


# Another history


def _seal_alone(clique: "Clique") -> Tampered:
    """Start over from the same genesis with one signer's key, apart from the others, and see how far it gets.

    The others go on meanwhile, and nothing of theirs is touched.
    """
    member, *others = clique.members
    ports = free_ports(3)
    forger = replace(
        member,
        name="forger",
        folder=member.folder / "forgery",
        rpc_port=ports[0],
        peer_port=ports[1],
        metrics_port=ports[2],
    )
    process = NodeProcess(
        forger.name, forger.argv(clique.binary), cwd=forger.folder, log=forger.log, env=forger.environment
    )
    needed = majority(len(clique.members))
    try:
        forger.lay_out(clique.binary, clique.genesis, [])
        process.start()
        height = _highest(forger, process, needed, clique.period_s)
        forged, theirs = _block(forger, height), [_block(other, height) for other in others]
    except (*_FAILURES, NodeFailed, OSError, ValueError, LookupError) as error:
        return Tampered(False, f"another history could not be tried: {error!r:.300}")
    finally:
        process.kill()
        rmtree(forger.folder, ignore_errors=True)
    how = (
        f"the operator's signer began at the same genesis alone and came to block {height}; a head needs the "
        f"seals of {needed} signers, and Clique lets none of them seal a second of {needed} blocks in a row"
    )
    differ = sum(each != forged for each in theirs)
    said = (
        f"{differ} of {len(others)} other signers' nodes hold another block {height}, and go on with theirs"
    )
    return Tampered(height >= needed, how, said, differ > 0)


def _highest(forger: Signer, process: NodeProcess, needed: int, period_s: int) -> int:
    """The height at which it stops, or `needed` where it does not. Raises NodeFailed if it never begins."""

    def reached(height: int) -> Callable[[], bool]:
        return lambda: _height(forger) >= height

    await_ready([process], reached(1), timeout_s=_START_TIMEOUT_S)
    with suppress(NodeFailed):  # it waits for the others, as it must
        await_ready([process], reached(needed), timeout_s=2.0 * needed * period_s + _WIGGLE_S)
    return _height(forger)


def _height(member: Signer) -> int:
    """-1 where it does not answer yet."""
    with _asking(member) as rpc, suppress(NotSent, NoAnswer, Refused):
        return as_quantity(rpc.call("eth_blockNumber"))
    return -1


def _block(member: Signer, number: int) -> bytes:
    with _asking(member) as rpc:
        return as_bytes(as_object(rpc.call("eth_getBlockByNumber", hex(number), False))["hash"])


@contextmanager
def _asking(member: Signer) -> Iterator[Rpc]:
    rpc = Rpc(member.url, _TIMEOUT_S)
    try:
        yield rpc
    finally:
        rpc.close()
