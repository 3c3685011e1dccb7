"""The state machine that the validators replicate: the tree of entries and the admission rules.

`finalize_block` works in memory and `commit` persists, so that a crash between them leaves the block before,
and the node replays the block. Everything here is a function of the blocks alone: no clock, no chance, no
order of a set. A transaction's result says in `code` and `data`, which the validators hash into the next
header, which entries got which index; the reasons of refusals are kept beside it, for the clients that
follow.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum
from hashlib import sha256
from pathlib import Path

from backends.cometbft import framing, storage
from backends.cometbft.abci import types_pb2 as abci
from consultation.core import canonical, merkle
from consultation.core.admission import rule

REFUSED_INDEX = 2**64 - 1
_REFUSALS_REMEMBERED = 20_000


class Code(IntEnum):
    """What became of a transaction."""

    OK = 0
    KNOWN = 1
    """At the check only: every entry of it is in a block already, so that it takes no room in another."""
    REFUSED = 2
    """At the check: at least one entry is refused, so the whole stays out. In a block: those are, the
    others are in.
    """
    MALFORMED = 3


@dataclass(frozen=True, slots=True)
class LateRefusal:
    """An entry that passed the check and was refused in a block."""

    height: int
    transaction: bytes
    """SHA-256 of the transaction: the same entry in another may fare otherwise."""
    leaf: bytes
    reason: str


@dataclass(slots=True)
class _Staged:
    block: bytes
    committed: storage.Committed
    entries: list[bytes]
    refusals: list[LateRefusal]
    response: abci.ResponseFinalizeBlock


class Application:
    """One validator's application over its own folder."""

    def __init__(self, folder: Path, admission: str) -> None:
        """Load and rehash what is there. Raises ValueError where the log is not what the state says."""
        self._folder = folder
        self._admission_name = admission
        self.refusals: deque[LateRefusal] = deque(maxlen=_REFUSALS_REMEMBERED)
        self._load()

    def _load(self) -> None:
        self.committed, self.log = storage.load(self._folder)
        self._admission = rule(self._admission_name)
        self._staged: _Staged | None = None
        leaves: list[bytes] = []
        for entry in framing.split(self.log.read(0, self.committed.size)):
            refused = self._admission.admit(entry)
            if refused is not None:
                raise ValueError(f"entry {len(leaves)} of the log is refused by the rules: {refused}")
            leaves.append(merkle.leaf_hash(entry))
        self.tree = merkle.Tree(leaves)
        self.index = {leaf: at for at, leaf in enumerate(leaves)}
        found = framing.app_hash(self.tree.size, self.tree.root())
        if found != self.committed.app_hash:
            raise ValueError(
                f"the {self.tree.size} entries of the log hash to {found.hex()[:16]}..., "
                f"the state says {self.committed.app_hash.hex()[:16]}..."
            )

    # Before a block

    def check_tx(self, request: abci.RequestCheckTx) -> abci.ResponseCheckTx:
        """May the transaction wait for a block?

        The data of a refusal is JSON, position and reason of each entry refused; otherwise it is empty
        exactly when no entry of it is in a block yet.
        """
        try:
            entries = framing.split(request.tx)
        except ValueError as error:
            return abci.ResponseCheckTx(code=Code.MALFORMED, log=str(error))
        unknown = known = False
        refused: list[list[canonical.Json]] = []
        for position, entry in enumerate(entries):
            if merkle.leaf_hash(entry) in self.index:
                known = True
                continue
            unknown = True
            reason = self._oversized(entry) or self._admission.check(entry)
            if reason is not None:
                refused.append([position, reason])
        if refused:
            return abci.ResponseCheckTx(
                code=Code.REFUSED, data=canonical.encode(refused), log=str(refused[0][1])
            )
        return abci.ResponseCheckTx(code=Code.OK if unknown else Code.KNOWN, data=b"known" if known else b"")

    def _oversized(self, entry: bytes) -> str | None:
        if len(entry) <= framing.MAX_ENTRY_BYTES:
            return None
        return f"the entry has {len(entry)} bytes; at most {framing.MAX_ENTRY_BYTES} are allowed"

    # A block

    def finalize_block(self, request: abci.RequestFinalizeBlock) -> abci.ResponseFinalizeBlock:
        """Decide every entry of the block, in order. Raises ValueError on a block out of turn."""
        staged = self._staged
        if staged is not None:
            # The node died between this call and its commit, and came back to this same process.
            if (staged.committed.height, staged.block) == (request.height, request.hash):
                return staged.response
            self.log.close()
            self._load()
        if request.height != self.committed.height + 1:
            raise ValueError(f"block {request.height} cannot follow block {self.committed.height}")
        self._staged = staged = self._stage(request)
        return staged.response

    def _stage(self, request: abci.RequestFinalizeBlock) -> _Staged:
        entries: list[bytes] = []
        leaves: list[bytes] = []
        refusals: list[LateRefusal] = []
        results: list[abci.ExecTxResult] = []
        handed_over_bytes = self.committed.handed_over_bytes
        for transaction in request.txs:
            try:
                parts = framing.split(transaction)
            except ValueError as error:
                results.append(abci.ExecTxResult(code=Code.MALFORMED, log=str(error)))
                continue
            refused_before = len(refusals)
            data = bytearray()
            for entry in parts:
                handed_over_bytes += len(entry)
                leaf = merkle.leaf_hash(entry)
                at = self.index.get(leaf)
                if at is None:
                    reason = self._oversized(entry) or self._admission.admit(entry)
                    if reason is None:
                        self.index[leaf] = at = self.tree.size + len(entries)
                        entries.append(entry)
                        leaves.append(leaf)
                    else:
                        at = REFUSED_INDEX
                        refusals.append(
                            LateRefusal(request.height, sha256(transaction).digest(), leaf, reason)
                        )
                data += at.to_bytes(8, "big")
            # On a nonzero code the node forgets the transaction: handed over again, it is checked again.
            code = Code.REFUSED if len(refusals) > refused_before else Code.OK
            results.append(abci.ExecTxResult(code=code, data=bytes(data)))
        self.tree.extend(leaves)
        size = self.tree.size
        hashed = framing.app_hash(size, self.tree.root())
        committed = replace(
            self.committed,
            height=request.height,
            grown=request.height if entries else self.committed.grown,
            size=size,
            handed_over_bytes=handed_over_bytes,
            app_hash=hashed,
        )
        response = abci.ResponseFinalizeBlock(tx_results=results, app_hash=hashed)
        return _Staged(request.hash, committed, entries, refusals, response)

    def commit(self) -> None:
        """Persist the block; the crash states are told in `storage`."""
        staged = self._staged
        if staged is None:
            raise ValueError("there is no block to commit")
        log_bytes = self.log.append(staged.entries)
        self.committed = replace(staged.committed, log_bytes=log_bytes)
        storage.save(self._folder, self.committed)
        self.refusals.extend(staged.refusals)
        self._staged = None


Query = Callable[[abci.RequestQuery], abci.ResponseQuery]


def handler(
    application: Application, query: Query, grown: Callable[[int], None]
) -> Callable[[abci.Request], abci.Response]:
    """Answers for every ABCI request; an unknown one raises ValueError.

    `grown` hears the tree's size after each commit that made it larger.
    """

    def handle(request: abci.Request) -> abci.Response:
        match request.WhichOneof("value"):
            case "check_tx":
                return abci.Response(check_tx=application.check_tx(request.check_tx))
            case "flush":
                return abci.Response(flush=abci.ResponseFlush())
            case "query":
                return abci.Response(query=query(request.query))
            case "prepare_proposal":
                return abci.Response(
                    prepare_proposal=abci.ResponsePrepareProposal(txs=request.prepare_proposal.txs)
                )
            case "process_proposal":
                # An entry that the rules refuse is no reason to stall: it is refused in the block.
                accept = abci.ResponseProcessProposal.ACCEPT
                return abci.Response(process_proposal=abci.ResponseProcessProposal(status=accept))
            case "finalize_block":
                return abci.Response(finalize_block=application.finalize_block(request.finalize_block))
            case "commit":
                size = application.committed.size
                application.commit()
                if application.committed.size > size:
                    grown(application.committed.size)
                return abci.Response(commit=abci.ResponseCommit())
            case "info":
                height, hashed = application.committed.height, application.committed.app_hash
                info = abci.ResponseInfo(
                    last_block_height=height, last_block_app_hash=hashed if height else b""
                )
                return abci.Response(info=info)
            case "init_chain":
                return abci.Response(
                    init_chain=abci.ResponseInitChain(app_hash=application.committed.app_hash)
                )
            case "echo":
                return abci.Response(echo=abci.ResponseEcho(message=request.echo.message))
            case "list_snapshots":
                return abci.Response(list_snapshots=abci.ResponseListSnapshots())
            case other:
                raise ValueError(f"the node asks for {other!r}, which this application does not offer")

    return handle
