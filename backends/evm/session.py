"""Opens a session: finds or deploys the contract, and puts follower, sender and herald together."""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

from eth_utils.crypto import keccak

from backends.evm import contract
from backends.evm.chain import Chain
from backends.evm.follower import Follower
from backends.evm.heads import Herald
from backends.evm.ledger import Reader, Session
from backends.evm.meter import Meter
from backends.evm.options import EvmOptions
from backends.evm.rpc import NoAnswer, NotSent, Rpc
from backends.evm.sender import Sender
from backends.evm.transaction import Account, Fees, created_address
from backends.evm.verifier import Pins
from backends.ports import Setting
from consultation.core.errors import Unavailable
from consultation.core.ledger import AdmissionBy, Durability, Traits
from consultation.core.note import KeyType, NoteKey

_CREATION_GAS = 2_000_000
_DEPLOY_TIMEOUT_S = 180.0
_POLL_S = (0.01, 0.25)


def traits(options: EvmOptions) -> Traits:
    """What a deployment promises. Of a chain of strangers only the signed, proven head is relied on."""
    return Traits(
        name="evm",
        durability=Durability.NONE if options.own_chain else Durability.POWER,
        admission=AdmissionBy.SERVICE,
        inclusion=True,
        consistency=True,
        max_entry_bytes=contract.MAX_ENTRY_BYTES,
        voucher=(
            "the operator only: one node, no consensus"
            if options.own_chain
            else "the operator only: the chain's own consensus is not checked"
        ),
        parties=1,
    )


def open_session(
    setting: Setting, options: EvmOptions, rpc: Rpc, secret: bytes, mine: Callable[[int], None] | None
) -> tuple[Session, Pins]:
    """Connect; `mine` makes blocks of our own chain at once. Raises Unavailable, Rejected."""
    setting.folder.mkdir(parents=True, exist_ok=True)
    chain_id, genesis = Chain(rpc).identity()
    account = Account(secret, chain_id)
    meter = Meter(setting.folder / "usage.json")
    chain = Chain(rpc, _contract_address(setting.folder, options, rpc, account, mine, meter))
    pins = Pins(
        chain_id,
        genesis,
        chain.address,
        keccak(chain.code()),
        NoteKey(setting.origin, KeyType.ED25519, bytes(setting.operator.verify_key)),
        options.confirmations,
    )
    follower = Follower(
        chain, account.address, options.confirmations, meter, lambda: _why_reverted(chain, account.address)
    )
    sender = Sender(
        chain,
        account,
        follower,
        meter,
        admission=setting.admission,
        scan=Reader(follower).scan,
        max_in_flight=options.max_in_flight,
        own_chain=options.own_chain,
    )
    session = Session(
        traits(options),
        "anvil, one node" if options.own_chain else f"the chain {chain_id} at {options.url}",
        follower,
        sender,
        Herald(follower, pins, setting.operator, setting.origin),
        meter,
        poll_s=min(max(options.block_time_s / 20, _POLL_S[0]), _POLL_S[1]),
        patience_s=max(2.0, 5 * options.block_time_s * (1 + options.confirmations)),
    )
    follower.follow()
    if (
        follower.index.size < meter.read().chain_entries
    ):  # an own chain that lost its entries, or was tampered with
        meter.new_chain(follower.index.size)
    return session, pins


def _contract_address(
    folder: Path,
    options: EvmOptions,
    rpc: Rpc,
    account: Account,
    mine: Callable[[int], None] | None,
    meter: Meter,
) -> bytes:
    """The contract named by the options, or noted in the folder, or deployed now and noted."""
    if options.contract:
        if not Chain(rpc, options.contract).code():
            raise Unavailable(f"there is no contract at 0x{options.contract.hex()} on the chain at {rpc.url}")
        return options.contract
    note = folder / "contract.txt"
    if note.exists():
        address = bytes.fromhex(note.read_text(encoding="ascii"))
        if Chain(rpc, address).code():
            return address
        if not options.own_chain:
            raise Unavailable(
                f"the contract 0x{address.hex()} that {note} names is not on the chain at {rpc.url}"
            )
    address = _deploy(rpc, account, options, mine, meter)
    note.write_text(address.hex(), encoding="ascii")
    return address


def _deploy(
    rpc: Rpc, account: Account, options: EvmOptions, mine: Callable[[int], None] | None, meter: Meter
) -> bytes:
    """Deploy the contract and wait until that is final. On our own chain it always has the same address."""
    chain = Chain(rpc)
    tip = 0 if mine else chain.tip()
    nonce = chain.next_nonce(account.address, pending=True)
    fees = Fees(2 * chain.latest().base_fee + tip + 1, tip)
    signed = account.sign(nonce, b"", contract.artifact().bytecode, _CREATION_GAS, fees)
    try:
        objection = chain.send([signed.raw])[0]
    except (NotSent, NoAnswer) as error:
        raise Unavailable(f"the contract could not be deployed: {error}") from error
    if objection:
        raise Unavailable(
            f"the contract could not be deployed by 0x{account.address.hex()}: {objection}; "
            "does the account hold funds on this chain?"
        )
    if mine:
        mine(1 + options.confirmations)
    wait, end_s = Event(), time.monotonic() + _DEPLOY_TIMEOUT_S
    while time.monotonic() < end_s:
        outcome = chain.outcome(signed.hash)
        if outcome is not None and not outcome.succeeded:
            raise Unavailable("the contract could not be deployed: the chain ran out of gas or undid it")
        if outcome is not None and chain.latest().number >= options.confirmations:
            meter.settled(0, outcome.gas)
            return created_address(account.address, nonce)
        wait.wait(_POLL_S[0] if mine else 1.0)
    raise Unavailable(f"the contract's transaction is in no block after {_DEPLOY_TIMEOUT_S:.0f} s")


def _why_reverted(chain: Chain, account: bytes) -> str:
    owner = chain.owner()
    if owner != account:
        return (
            f"the contract takes entries from its owner 0x{owner.hex()} only, and this account is "
            f"0x{account.hex()}: give the owner's key by key_env, or leave contract empty to deploy one"
        )
    return "the contract undid the transaction: it ran out of gas, or the tree is full"
