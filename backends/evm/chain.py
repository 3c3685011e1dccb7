"""What this ledger asks of an Ethereum node, typed. Reading raises Unavailable; sending tells cases apart."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from backends.evm import contract
from backends.evm.answers import BadAnswer, as_bytes, as_list, as_object, as_quantity, hexed
from backends.evm.header import encode_header
from backends.evm.rpc import NoAnswer, NotSent, Refused, Rpc, RpcError
from consultation.core.canonical import Json
from consultation.core.errors import Unavailable

_EMPTY_TRIE = b"\x80"


@dataclass(frozen=True, slots=True)
class Block:
    """A block as the node describes it."""

    number: int
    hash: bytes
    parent: bytes
    base_fee: int
    described: Mapping[str, Json]

    def header(self) -> bytes:
        """The RLP that `hash` is of. Raises Unavailable on headers of a kind unknown here."""
        with reading():
            return encode_header(self.described)


@dataclass(frozen=True, slots=True)
class Event:
    """An entry, as an event of the contract carries it."""

    entry: bytes
    block: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a transaction ended."""

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
def reading() -> Iterator[None]:
    """Turn a node's failures into Unavailable."""
    try:
        yield
    except (NotSent, NoAnswer, Refused, BadAnswer, KeyError) as error:
        raise Unavailable(f"the Ethereum node: {error}") from error


class Chain:
    """One node, and the contract on its chain. Blocks are given by number."""

    def __init__(self, rpc: Rpc, address: bytes) -> None:
        self._rpc = rpc
        self.address = address

    # Blocks and events

    def latest(self, timeout_s: float | None = None) -> Block:
        with reading():
            found = self._rpc.call("eth_getBlockByNumber", "latest", False, timeout_s=timeout_s)
            return _block(found)

    def block(self, number: int) -> Block:
        with reading():
            return _block(self._rpc.call("eth_getBlockByNumber", hex(number), False))

    def events(self, start: int, stop: int, timeout_s: float | None = None) -> list[Event]:
        """The contract's entries in blocks `start` <= number < `stop`, in order."""
        wanted: Json = {
            "address": hexed(self.address),
            "fromBlock": hex(start),
            "toBlock": hex(stop - 1),
            "topics": [hexed(contract.ENTRY_TOPIC)],
        }
        with reading():
            logs = self._rpc.call("eth_getLogs", wanted, timeout_s=timeout_s)
            return [_event(log) for log in as_list(logs)]

    def receipts(self, start: int, stop: int, timeout_s: float | None = None) -> list[Receipt]:
        """Every transaction's receipt in blocks `start` <= number < `stop`, in order."""
        calls = [("eth_getBlockReceipts", [hex(number)]) for number in range(start, stop)]
        with reading():
            found: list[Receipt] = []
            for answer in self._rpc.batch(calls, timeout_s):
                if isinstance(answer, RpcError):
                    raise Refused(answer.message)
                found.extend(self._receipt(receipt) for receipt in as_list(answer))
            return found

    def receipt(self, transaction: bytes) -> Receipt | None:
        """One receipt, or None while the transaction is not in a block."""
        with reading():
            found = self._rpc.call("eth_getTransactionReceipt", hexed(transaction))
            return None if found is None else self._receipt(found)

    # State

    def proof(self, slots: Sequence[int], block: int) -> StateProof:
        """The proof of the contract's account and of these slots in the state after `block`."""
        keys = [hexed(slot.to_bytes(32, "big")) for slot in slots]
        with reading():
            found = as_object(self._rpc.call("eth_getProof", hexed(self.address), keys, hex(block)))
            storage: dict[bytes, None] = {}
            values = {}
            for slot in map(as_object, as_list(found["storageProof"])):
                storage.update(dict.fromkeys(map(as_bytes, as_list(slot["proof"]))))
                values[as_quantity(slot["key"])] = as_quantity(slot["value"])
            storage.pop(_EMPTY_TRIE, None)  # some nodes send it, and the empty root needs no proof
            account = tuple(map(as_bytes, as_list(found["accountProof"])))
            return StateProof(account, tuple(storage), values)

    def code(self) -> bytes:
        with reading():
            return as_bytes(self._rpc.call("eth_getCode", hexed(self.address), "latest"))

    def owner(self) -> bytes:
        """Whom the contract takes entries from."""
        call: Json = {"to": hexed(self.address), "data": hexed(contract.OWNER)}
        with reading():
            return as_bytes(self._rpc.call("eth_call", call, "latest"))[-20:]

    def next_nonce(self, account: bytes, *, pending: bool) -> int:
        """How many transactions of `account` are in blocks, and with `pending` in the node's pool too."""
        with reading():
            tag = "pending" if pending else "latest"
            return as_quantity(self._rpc.call("eth_getTransactionCount", hexed(account), tag))

    def tip(self) -> int:
        """What the node suggests to pay the block's producer, wei; 0 where it has no opinion."""
        try:
            return as_quantity(self._rpc.call("eth_maxPriorityFeePerGas"))
        except (Refused, BadAnswer):
            return 0
        except (NotSent, NoAnswer) as error:
            raise Unavailable(f"the Ethereum node: {error}") from error

    def identity(self) -> tuple[int, bytes]:
        """The chain's id, and its first block's hash."""
        with reading():
            return as_quantity(self._rpc.call("eth_chainId")), self.block(0).hash

    def close(self) -> None:
        """Drop the connections to the node."""
        self._rpc.close()

    # Sending

    def send(self, transactions: Sequence[bytes]) -> list[str]:
        """Hand over signed transactions; for each '' where the node has it now, else its objection.

        Raises NotSent, or NoAnswer where the node may have some or all of them.
        """
        calls = [("eth_sendRawTransaction", [hexed(raw)]) for raw in transactions]
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
            if as_bytes(log["address"]) == self.address
            and as_bytes(as_list(log["topics"])[0]) == contract.ENTRY_TOPIC
        ]
        return Receipt(
            as_bytes(found["transactionHash"]),
            as_bytes(found["from"]),
            as_quantity(found["status"]) == 1,
            as_quantity(found["gasUsed"]),
            tuple(mine),
        )


def _block(value: Json) -> Block:
    found = as_object(value)
    base = found.get("baseFeePerGas")
    return Block(
        as_quantity(found["number"]),
        as_bytes(found["hash"]),
        as_bytes(found["parentHash"]),
        0 if base is None else as_quantity(base),
        found,
    )


def _event(value: Json) -> Event:
    log = as_object(value)
    try:
        return Event(contract.decode_bytes(as_bytes(log["data"])), as_quantity(log["blockNumber"]))
    except ValueError as error:
        raise BadAnswer(f"an event of the contract: {error}") from error


def _objection(answer: Json | RpcError) -> str:
    if not isinstance(answer, RpcError):
        return ""
    said = answer.message.lower()
    known = ("already known", "already imported", "known transaction")
    return "" if any(each in said for each in known) else answer.message
