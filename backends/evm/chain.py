"""What this ledger asks of an Ethereum node, typed. Reading raises Unavailable; sending tells cases apart.

web3.py asks and reads, but for two answers that are as long as what was appended. Receipts through
`w3.eth.get_block_receipts` cost 0.19 ms each and events through `get_logs` 0.06 ms, and the contract object
takes 0.14 ms more to decode an event: a third of what an append costs in all, and ten times an audit. As the
provider hands them over, with eth-abi for the entry, both are 0.05 ms.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from eth_typing import ABI
from eth_utils.address import to_canonical_address, to_checksum_address
from eth_utils.hexadecimal import encode_hex
from hexbytes import HexBytes
from web3.exceptions import TransactionIndexingInProgress, TransactionNotFound
from web3.types import BlockData, BlockIdentifier

from backends.evm import contract
from backends.evm.answers import BadAnswer, as_bytes, as_list, as_object, as_quantity
from backends.evm.contract.coding import decode_bytes
from backends.evm.header import encode_header
from backends.evm.rpc import NoAnswer, NotSent, Refused, Rpc, RpcError
from consultation.core.canonical import Json
from consultation.core.errors import Unavailable

_EMPTY_TRIE = b"\x80"
_NOWHERE = bytes(20)


@dataclass(frozen=True, slots=True)
class Block:
    """A block as the node describes it."""

    number: int
    hash: bytes
    parent: bytes
    base_fee: int
    described: Mapping[str, object]

    def header(self) -> bytes:
        """The RLP that `hash` is of. Raises Unavailable on headers of a kind unknown here."""
        try:
            return encode_header(self.described)
        except (BadAnswer, KeyError) as error:
            raise Unavailable(f"the Ethereum node: {error}") from error


@dataclass(frozen=True, slots=True)
class Event:
    """An entry, as an event of the contract carries it."""

    entry: bytes
    block: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a transaction ended."""

    succeeded: bool
    gas: int
    block: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a transaction ended, and what it left."""

    transaction: bytes
    sender: bytes
    succeeded: bool
    gas: int
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class StateProof:
    """The nodes of `eth_getProof`: to the account, and to its slots."""

    account: tuple[bytes, ...]
    storage: tuple[bytes, ...]
    """Each once: those of several slots overlap."""
    values: Mapping[int, int]
    """What the node says that the slots hold."""


@contextmanager
def reading(rpc: Rpc) -> Iterator[None]:
    """Turn a node's failures into Unavailable."""
    try:
        with rpc.failures():
            yield
    except (NotSent, NoAnswer, Refused, BadAnswer) as error:
        raise Unavailable(f"the Ethereum node: {error}") from error


class Chain:
    """One node, and the contract on its chain, where there is one yet. Blocks are given by number."""

    def __init__(self, rpc: Rpc, address: bytes = _NOWHERE) -> None:
        self._rpc = rpc
        self._eth = rpc.web3().eth
        self.address = address
        self._at = to_checksum_address(address)
        self._contract = self._eth.contract(address=self._at, abi=cast(ABI, contract.artifact().abi))
        self._topic = bytes(HexBytes(self._contract.events.Entry().topic))

    # Blocks and events

    def latest(self, timeout_s: float | None = None) -> Block:
        with reading(self._rpc):
            return _block(self._rpc.web3(timeout_s).eth.get_block("latest"))

    def block(self, number: int) -> Block:
        with reading(self._rpc):
            return _block(self._eth.get_block(number))

    def events(self, start: int, stop: int) -> list[Event]:
        """The contract's entries in blocks `start` <= number < `stop`, in order."""
        wanted: Json = {
            "address": self._at,
            "fromBlock": hex(start),
            "toBlock": hex(stop - 1),
            "topics": [encode_hex(self._topic)],
        }
        with reading(self._rpc):
            logs = self._rpc.call("eth_getLogs", wanted)
            return [_event(log) for log in as_list(logs)]

    def receipts(self, start: int, stop: int) -> list[Receipt]:
        """Every transaction's receipt in blocks `start` <= number < `stop`, in order."""
        calls = [("eth_getBlockReceipts", [hex(number)]) for number in range(start, stop)]
        with reading(self._rpc):
            found: list[Receipt] = []
            for answer in self._rpc.batch(calls):
                if isinstance(answer, RpcError):
                    raise Refused(answer.message)
                found.extend(self._receipt(receipt) for receipt in as_list(answer))
            return found

    def outcome(self, transaction: bytes) -> Outcome | None:
        """How one transaction ended, or None while it is not in a block."""
        with reading(self._rpc):
            try:
                found = self._eth.get_transaction_receipt(HexBytes(transaction))
            except (
                TransactionNotFound,
                TransactionIndexingInProgress,
            ):  # geth says the latter before block 1
                return None
            return Outcome(found["status"] == 1, found["gasUsed"], found["blockNumber"])

    # State

    def proof(self, slots: Sequence[int], block: int) -> StateProof:
        """The proof of the contract's account and of these slots in the state after `block`."""
        with reading(self._rpc):
            # As words: web3.py writes a number as a quantity, of which anvil refuses an odd number of digits.
            keys = [encode_hex(slot.to_bytes(32, "big")) for slot in slots]
            # Its annotation has all arguments in one tuple, which is not how it is called.
            found = self._eth.get_proof(self._at, keys, block)  # type: ignore[call-arg, arg-type]
            storage: dict[bytes, None] = {}
            values = {}
            for slot in found["storageProof"]:
                storage.update(dict.fromkeys(map(as_bytes, slot["proof"])))
                key, value = as_bytes(slot["key"]), as_bytes(slot["value"])
                values[int.from_bytes(key, "big")] = int.from_bytes(value, "big")
            storage.pop(_EMPTY_TRIE, None)  # some nodes send it, and the empty root needs no proof
            return StateProof(tuple(map(as_bytes, found["accountProof"])), tuple(storage), values)

    def code(self) -> bytes:
        with reading(self._rpc):
            return self._eth.get_code(self._at)

    def writes(self, account: bytes) -> bool:
        """Whether the contract takes entries from this account, though it is not the owner's."""
        with reading(self._rpc):
            return bool(self._contract.functions.writers(to_checksum_address(account)).call())

    def owner(self) -> bytes:
        """Who deployed the contract."""
        with reading(self._rpc):
            return to_canonical_address(self._contract.functions.owner().call())

    def next_nonce(self, account: bytes, *, pending: bool) -> int:
        """How many transactions of `account` are in blocks, and with `pending` in the node's pool too."""
        tag: BlockIdentifier = "pending" if pending else "latest"
        with reading(self._rpc):
            return self._eth.get_transaction_count(to_checksum_address(account), tag)

    def tip(self) -> int:
        """What the node suggests to pay the block's producer, wei; 0 where it has no opinion."""
        try:
            with self._rpc.failures():
                return self._eth.max_priority_fee
        except (Refused, BadAnswer):
            return 0
        except (NotSent, NoAnswer) as error:
            raise Unavailable(f"the Ethereum node: {error}") from error

    def identity(self) -> tuple[int, bytes]:
        """The chain's id, and its first block's hash."""
        with reading(self._rpc):
            return self._eth.chain_id, self.block(0).hash

    def close(self) -> None:
        """Drop the connections to the node."""
        self._rpc.close()

    # Sending

    def append_call(self, entry: bytes) -> bytes:
        """The call data of `append(entry)`."""
        return HexBytes(self._contract.encode_abi("append", [entry]))

    def send(self, transactions: Sequence[bytes]) -> list[str]:
        """Hand over signed transactions; for each '' where the node has it now, else its objection.

        Raises NotSent, or NoAnswer where the node may have some or all of them.
        """
        calls = [("eth_sendRawTransaction", [encode_hex(raw)]) for raw in transactions]
        try:
            answers = self._rpc.batch(calls)
        except BadAnswer as error:
            raise NoAnswer(str(error)) from error
        return [_objection(answer) for answer in answers]

    def _receipt(self, value: Json) -> Receipt:
        found = as_object(value)
        logs = [as_object(log) for log in as_list(found["logs"])]
        mine = [
            _event(log)
            for log in logs
            if as_bytes(log["address"]) == self.address and as_bytes(as_list(log["topics"])[0]) == self._topic
        ]
        return Receipt(
            as_bytes(found["transactionHash"]),
            as_bytes(found["from"]),
            as_quantity(found["status"]) == 1,
            as_quantity(found["gasUsed"]),
            tuple(mine),
        )


def _block(found: BlockData) -> Block:
    return Block(
        found["number"], found["hash"], found["parentHash"], found.get("baseFeePerGas", 0), dict(found)
    )


def _event(value: Json) -> Event:
    log = as_object(value)
    try:
        return Event(decode_bytes(as_bytes(log["data"])), as_quantity(log["blockNumber"]))
    except ValueError as error:
        raise BadAnswer(f"an event of the contract: {error}") from error


def _objection(answer: Json | RpcError) -> str:
    if not isinstance(answer, RpcError):
        return ""
    said = answer.message.lower()
    known = ("already known", "already imported", "known transaction")
    return "" if any(each in said for each in known) else answer.message
