"""Opens a session: finds or deploys the contract, and puts follower, sender and herald together."""

import time
from collections.abc import Sequence
from pathlib import Path
from threading import Event

from eth_utils.crypto import keccak

from backends.evm import contract
from backends.evm.chain import Chain
from backends.evm.clique.seals import majority
from backends.evm.contract.coding import encode_addresses
from backends.evm.follower import Follower
from backends.evm.heads import Herald
from backends.evm.ledger import Reader, Session
from backends.evm.meter import Meter
from backends.evm.options import EvmOptions
from backends.evm.own import TIP_WEI, Door, OwnChain
from backends.evm.rpc import NoAnswer, NotSent, Rpc
from backends.evm.sender import Sender
from backends.evm.transaction import Account, Fees, address_of, created_address
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
    if options.several:
        voucher = (
            f"{majority(options.signers)} of {options.signers} signers by proof of authority, without "
            "finality, and the operator"
        )
    elif options.own_chain:
        voucher = "the operator only: one node, no consensus"
    else:
        voucher = "the operator only: the chain's own consensus is not checked"
    return Traits(
        name="evm",
        durability=Durability.NONE if options.own_chain and not options.clique else Durability.POWER,
        admission=AdmissionBy.SERVICE,
        inclusion=True,
        consistency=True,
        max_entry_bytes=contract.MAX_ENTRY_BYTES,
        voucher=voucher,
        parties=options.signers if options.several else 1,
    )


def open_session(
    setting: Setting,
    options: EvmOptions,
    rpc: Rpc,
    door: Door,
    doors: Sequence[Door],
    meter: Meter,
    own: OwnChain | None,
) -> tuple[Session, Pins]:
    """Connect to the door's node with its account; the first door's owns the contract, and deploys it.

    Raises Unavailable, Rejected.
    """
    setting.folder.mkdir(parents=True, exist_ok=True)
    chain_id, genesis = Chain(rpc).identity()
    account = Account(door.secret, chain_id)
    writers = [address_of(each.secret) for each in doors[1:]]
    chain = Chain(rpc, _contract_address(setting.folder, options, rpc, account, writers, meter, own))
    pins = Pins(
        chain_id,
        genesis,
        chain.address,
        keccak(chain.code()),
        NoteKey(setting.origin, KeyType.ED25519, bytes(setting.operator.verify_key)),
        options.depth,
        tuple(own.signers) if own is not None else (),
    )
    follower = Follower(
        chain, account.address, options.depth, meter, lambda: _why_reverted(chain, account.address)
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
        f"the chain {chain_id} at {options.url}" if own is None else f"{own.label}, at {door.name}",
        follower,
        sender,
        Herald(follower, pins, setting.operator, setting.origin),
        meter,
        poll_s=min(max(options.interval_s / 20, _POLL_S[0]), _POLL_S[1]),
        patience_s=max(2.0, 5 * options.interval_s * (1 + options.depth)),
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
    writers: Sequence[bytes],
    meter: Meter,
    own: OwnChain | None,
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
    if account.address in writers:
        raise Unavailable(
            f"the node at {rpc.url} does not have the operator's contract yet: connect again later"
        )
    address = _deploy(rpc, account, writers, options, meter, own)
    note.write_text(address.hex(), encoding="ascii")
    return address


def _deploy(
    rpc: Rpc,
    account: Account,
    writers: Sequence[bytes],
    options: EvmOptions,
    meter: Meter,
    own: OwnChain | None,
) -> bytes:
    """Deploy the contract and wait until that is final. On our own chain it always has the same address."""
    chain = Chain(rpc)
    tip = chain.tip() if own is None else TIP_WEI
    nonce = chain.next_nonce(account.address, pending=True)
    fees = Fees(2 * chain.latest().base_fee + tip + 1, tip)
    creation = contract.artifact().bytecode + encode_addresses(writers)
    signed = account.sign(nonce, b"", creation, _CREATION_GAS, fees)
    try:
        objection = chain.send([signed.raw])[0]
    except (NotSent, NoAnswer) as error:
        raise Unavailable(f"the contract could not be deployed: {error}") from error
    if objection:
        raise Unavailable(
            f"the contract could not be deployed by 0x{account.address.hex()}: {objection}; "
            "does the account hold funds on this chain?"
        )
    at_once = own is not None and own.mine(1 + options.depth)
    wait, end_s = Event(), time.monotonic() + _DEPLOY_TIMEOUT_S
    while time.monotonic() < end_s:
        outcome = chain.outcome(signed.hash)
        if outcome is not None and not outcome.succeeded:
            raise Unavailable("the contract could not be deployed: the chain ran out of gas or undid it")
        if outcome is not None and chain.latest().number >= outcome.block + options.depth:
            meter.settled(0, outcome.gas)
            return created_address(account.address, nonce)
        wait.wait(_POLL_S[0] if at_once else _POLL_S[1])
    raise Unavailable(f"the contract's transaction is in no block after {_DEPLOY_TIMEOUT_S:.0f} s")


def _why_reverted(chain: Chain, account: bytes) -> str:
    owner = chain.owner()
    if owner != account and not chain.writes(account):
        return (
            f"the contract takes entries from its owner 0x{owner.hex()} only, and writers it was deployed "
            f"with; this account is 0x{account.hex()}: give the owner's key by key_env, or leave contract "
            "empty to deploy one"
        )
    return "the contract undid the transaction: it ran out of gas, or the tree is full"
