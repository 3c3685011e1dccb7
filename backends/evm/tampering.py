"""What the operator of anvil can do to it, past our code: change what it stores, or replace it.

Events cannot be changed through the node. But the node's memory goes to a file at every orderly stop and
comes from it at every start, and nothing checks that file against the headers in it: an insider edits it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eth_utils.hexadecimal import encode_hex

from backends.evm.answers import BadAnswer, as_bytes, as_list, as_object
from backends.evm.contract.coding import encode_bytes
from backends.evm.rpc import NoAnswer, NotSent, Refused
from backends.ports import Delete, Edit, Tampered
from consultation.core.canonical import Json
from consultation.core.errors import LedgerError
from consultation.core.ledger import Ledger, Pending, Ticket

if TYPE_CHECKING:
    from backends.evm.anvil import Anvil

_BATCH_ENTRIES = 1_000
_TIMEOUT_S = 60.0


def change_event(anvil: "Anvil", address: bytes, tampering: Edit | Delete) -> Tampered:
    """Edit one entry's event in its receipt in the chain's file. The node is down afterwards."""
    try:
        state = dict(anvil.dump())
        transactions = [dict(as_object(each)) for each in as_list(state["transactions"])]
        place, position = _find(transactions, address, tampering.index)
        receipt = dict(as_object(transactions[place]["receipt"]))
        logs: list[Json] = list(as_list(receipt["logs"]))
        if isinstance(tampering, Edit):
            log = dict(as_object(logs[position]))
            log["data"] = encode_hex(encode_bytes(tampering.entry))
            logs[position] = log
        else:
            del logs[position]
        receipt["logs"] = logs
        transactions[place]["receipt"] = receipt
        state["transactions"] = transactions
        anvil.save(state)
        anvil.kill()
    except (NotSent, NoAnswer, Refused, BadAnswer, KeyError, IndexError) as error:
        anvil.stop()
        return Tampered(False, f"the chain's file could not be changed: {error!r}")
    what = "replaced" if isinstance(tampering, Edit) else "removed"
    return Tampered(
        True,
        f"the event of entry {tampering.index} was {what} in its receipt in the chain's file, which anvil "
        "then loaded; the transaction, the headers and the contract's storage were left as they were",
    )


def forge(ledger: Ledger, entries: Sequence[bytes]) -> None:
    """Append another history in order, without asking whether the rules allow it. Raises LedgerError."""
    for start in range(0, len(entries), _BATCH_ENTRIES):
        answers = ledger.append(entries[start : start + _BATCH_ENTRIES])
        waiting = [answer for answer in answers if isinstance(answer, Ticket)]
        while waiting:
            found = ledger.settle(waiting, timeout_s=_TIMEOUT_S)
            still = [
                ticket for ticket, answer in zip(waiting, found, strict=True) if isinstance(answer, Pending)
            ]
            if len(still) == len(waiting):
                raise LedgerError(f"{len(still)} forged entries are in no block after {_TIMEOUT_S:.0f} s")
            waiting = still


def _find(transactions: Sequence[dict[str, Json]], address: bytes, index: int) -> tuple[int, int]:
    """Which transaction, and which of its logs, is the contract's event number `index`."""
    found = []
    for place, transaction in enumerate(transactions):
        info = as_object(transaction["info"])
        order = _count(transaction["block_number"]), _count(info["transaction_index"])
        for position, log in enumerate(as_list(as_object(transaction["receipt"])["logs"])):
            if as_bytes(as_object(log)["address"]) == address:
                found.append((order, position, place))
    _, position, place = sorted(found)[index]
    return place, position


def _count(value: Json) -> int:
    if not isinstance(value, int):
        raise BadAnswer(f"a number was expected in the chain's file, found {value!r:.80}")
    return value
