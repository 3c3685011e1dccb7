"""What an operator with root on one validator of four can do to the ledger's own storage, done for real.

Edit and Delete, in this order:

1. The entry is changed in the log of the operator's application, and size, length and hash in its state to
   match. The node compares the application's hash with its own blocks at the handshake, and does not start.
   (Under the rules the application refuses first, where the changed entry is none that they admit.)
2. So the operator puts the true log back, takes part in consensus with it, and answers scans from the changed
   one.

Rewrite: the operator's node forgets the chain, and makes one of the same name with the operator's key as the
only validator, cut off from the others, whose keys the operator does not hold. Nothing here touches another
validator.
"""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from backends.cometbft import app, framing, network, storage
from backends.cometbft.arguments import write_arguments
from backends.cometbft.ledger import CometLedger
from backends.cometbft.light import ValidatorSet
from backends.cometbft.verifier import CometHeads, Pins
from backends.nodes.errors import NodeFailed
from backends.nodes.ports import free_ports
from backends.nodes.process import log_tail
from backends.ports import Delete, Edit, Rewrite, Tampered, Tampering
from consultation.core import merkle
from consultation.core.errors import LedgerError, Unavailable, VerificationError
from consultation.core.ledger import Refusal, Settled, Ticket

if TYPE_CHECKING:
    from backends.cometbft.deployment import CometDeployment

_ANSWERED = "answered.log"
_TRUE = "app.true"
_SETTLE_S = 30.0


def tamper(deployment: "CometDeployment", tampering: Tampering) -> Tampered:
    """Do it in the operator's own node, and say what each part did about it. Raises Unavailable."""
    if isinstance(tampering, Rewrite):
        return _rewrite(deployment, tampering.entries)
    return _change(deployment, tampering)


def _change(deployment: "CometDeployment", tampering: Edit | Delete) -> Tampered:
    node = deployment.nodes[0]
    folder = node.home / app.FOLDER
    size = storage.load(folder)[0].size
    if not 0 <= tampering.index < size:
        return Tampered(False, f"there is no entry {tampering.index} in a log of {size}")
    deployment.stop_validator(node)
    committed, log = storage.load(folder)
    entries = framing.split(log.read(0, committed.size))
    log.close()
    true = entries[tampering.index]
    if isinstance(tampering, Edit):
        entries[tampering.index] = tampering.entry
    else:
        del entries[tampering.index]

    shutil.copytree(folder, node.home / _TRUE)
    (folder / storage.LOG).write_bytes(framing.join(entries))
    hashed = framing.app_hash(len(entries), merkle.root_of(map(merkle.leaf_hash, entries)))
    log_bytes = (folder / storage.LOG).stat().st_size
    storage.save(folder, replace(committed, size=len(entries), log_bytes=log_bytes, app_hash=hashed))
    refused = _refused_start(deployment)

    shutil.rmtree(folder)
    (node.home / _TRUE).rename(folder)
    (node.home / _ANSWERED).write_bytes(framing.join(entries))
    write_arguments(node.home, deployment.admission, node.home / _ANSWERED)
    _start(deployment)
    verb = "edited" if isinstance(tampering, Edit) else "deleted"
    how = (
        f"entry {tampering.index} was {verb} in node 0's {app.FOLDER}/{storage.LOG}, "
        f"with the state's hash to match: {refused}; "
        "then node 0 took part with the true log and answered scans from the changed one"
    )
    return _told(deployment, how, tampering.index, true)


def _refused_start(deployment: "CometDeployment") -> str:
    """What the operator's node does over the changed storage; afterwards it is down."""
    node = deployment.nodes[0]
    try:
        deployment.start_validators([node])
    except NodeFailed as failed:
        log = deployment.process(failed.name).log if failed.name in (node.name, node.app) else node.home
        return f"{failed.name} did not start ({_telling(log)})"
    finally:
        deployment.stop_validator(node)
    return "node 0 started over it"


def _telling(log: Path) -> str:
    """The line of a log that says why; a panic's is above its stack."""
    lines = [line.strip() for line in log_tail(log, lines=200).splitlines()]
    telling = [line for line in lines if line.startswith(("panic:", "the application ends:"))]
    return (telling or lines or ["no log"])[-1].removesuffix(" Got")[:200]


def _rewrite(deployment: "CometDeployment", entries: Sequence[bytes]) -> Tampered:
    node = deployment.nodes[0]
    deployment.stop_validator(node)
    for name in (app.FOLDER, "data"):
        shutil.rmtree(node.home / name)
    alone = replace(node, p2p_port=free_ports(1)[0])
    forged = Pins(deployment.pinned.chain_id, ValidatorSet.of([node.validator]))
    network.write_node(alone, [alone], forged, deployment.timeout_commit_ms)
    write_arguments(node.home, "all")
    deployment.isolated.add(node.name)
    _start(deployment)
    client = CometLedger(deployment.client(0), forged)
    try:
        _append(client, entries)
        head = client.head()
    finally:
        client.close()
    power, whole = forged.validators.power, deployment.pinned.validators.power
    how = (
        f"node 0 forgot its chain and made one of the same name with {head.size} entries, "
        f"signed by the operator's key alone: power {power} of {whole}"
    )
    index, true = _first_difference(deployment, entries)
    return _told(deployment, how, index, true)


def _append(client: CometLedger, entries: Sequence[bytes]) -> None:
    for start in range(0, len(entries), framing.MAX_TRANSACTION_ENTRIES):
        some = entries[start : start + framing.MAX_TRANSACTION_ENTRIES]
        tickets = [answer for answer in client.append(some) if isinstance(answer, Ticket)]
        while tickets:
            decided = client.settle(tickets, timeout_s=_SETTLE_S)
            if not any(isinstance(found, Settled | Refusal) for found in decided):
                raise Unavailable(f"the rewritten chain settled nothing in {_SETTLE_S:g} s")
            tickets = [
                ticket
                for ticket, found in zip(tickets, decided, strict=True)
                if not isinstance(found, Settled | Refusal)
            ]


def _start(deployment: "CometDeployment") -> None:
    try:
        deployment.start_validators([deployment.nodes[0]])
    except NodeFailed as error:
        raise Unavailable(str(error)) from error


def _first_difference(deployment: "CometDeployment", entries: Sequence[bytes]) -> tuple[int, bytes]:
    """Where validator 1's history and the rewritten one part, and what it has there."""
    if len(deployment.nodes) == 1:
        return 0, b""
    client = deployment.connect_to(1)
    try:
        held = list(client.scan(0, client.head().size))
    finally:
        client.close()
    for index, entry in enumerate(held):
        if index >= len(entries) or entries[index] != entry:
            return index, entry
    return len(held), b""


def _told(deployment: "CometDeployment", how: str, index: int, true: bytes) -> Tampered:
    """Done, and whether validator 1 holds the true entry under a signed head, by its own node."""
    if len(deployment.nodes) == 1:
        return Tampered(True, how)
    client = deployment.connect_to(1)
    try:
        head = client.head()
        CometHeads(deployment.pinned).check_head(head)
        holds = next(client.scan(index, index + 1), None) == true
    except (LedgerError, VerificationError) as error:
        return Tampered(True, how, f"validator 1 gives no signed head: {error}", False)
    finally:
        client.close()
    seen = (
        f"validator 1 shows a head of {head.size} entries that more than two thirds of them signed, "
        f"and {'still holds' if holds else 'no longer holds'} the original entry {index}"
    )
    return Tampered(True, how, seen, holds)
