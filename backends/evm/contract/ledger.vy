# pragma version 0.4.3
# pragma evm-version london
"""
@title  An append-only ledger of opaque entries over the RFC 6962 tree
@notice Only the owner and the writers named at the start append. An entry is kept in the event, its place in a mapping, and of the tree only the
        roots of its complete subtrees: they and the size give the tree's root, and eth_getProof proves them.
@dev    The storage layout is part of what verifiers know: slot 0 is the compiler's, 1 the size, 2 the mapping, 3 to 42
        the frontier, level by level; 43 the writers, whom nothing adds to later. A level whose bit in `size` is 0 holds leftovers and means nothing.
"""

MAX_ENTRY_BYTES: constant(uint256) = 8192
LEVELS: constant(uint256) = 40
MAX_WRITERS: constant(uint256) = 32

event Entry:
    index: indexed(uint256)
    leaf: indexed(bytes32)
    data: Bytes[MAX_ENTRY_BYTES]

owner: public(immutable(address))

size: public(uint256)
# Leaf hash to index + 1; 0 means not there.
place: public(HashMap[bytes32, uint256])
# Level to the root of the newest complete subtree of 2^level leaves.
frontier: public(bytes32[LEVELS])
# Who may append beside the owner.
writers: public(HashMap[address, bool])


@deploy
def __init__(others: DynArray[address, MAX_WRITERS]):
    owner = msg.sender
    for writer: address in others:
        self.writers[writer] = True


@external
def append(entry: Bytes[MAX_ENTRY_BYTES]):
    """
    @notice Append an entry. The same bytes again succeed and change nothing.
    @dev    Leaf and node hashes: RFC 9162 2.1.1. Each level whose bit is set in the size is folded in.
    """
    if msg.sender != owner:
        assert self.writers[msg.sender], "only the owner and the writers append"
    leaf: bytes32 = sha256(concat(b"\x00", entry))
    if self.place[leaf] != 0:
        return
    index: uint256 = self.size
    assert index < 2 ** LEVELS - 1, "the tree is full"
    node: bytes32 = leaf
    rest: uint256 = index
    level: uint256 = 0
    for _: uint256 in range(LEVELS):
        if rest & 1 == 0:
            break
        node = sha256(concat(b"\x01", self.frontier[level], node))
        rest >>= 1
        level += 1
    self.frontier[level] = node
    self.place[leaf] = index + 1
    self.size = index + 1
    log Entry(index=index, leaf=leaf, data=entry)
