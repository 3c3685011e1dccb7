"""The rows on the disk are what their definition says, and signatures of one kind pass for no other."""

from hashlib import sha256

import pytest
from nacl.signing import SigningKey

from backends.signed_db import chain
from backends.signed_db.signing import RowSigner
from consultation.core.checkpoint import Checkpoint, sign
from tests.backends.signed_db.conftest import OPERATOR, ORIGIN, Deploy, path_of, rows


def test_every_row_is_what_a_slow_reading_of_the_definition_gives(deploy: Deploy) -> None:
    deployment = deploy()
    entries = [b"", b"a", "ý kiến".encode(), bytes(65_535)] + [f"{n}".encode() for n in range(20)]
    for start in range(0, len(entries), 7):
        deployment.connect().append(entries[start : start + 7])
    last = sha256(b"signed-db chain genesis v1\n" + ORIGIN.encode()).digest()
    found = rows(path_of(deployment))
    assert [row[2] for row in found] == entries
    for number, (index, leaf, entry, linked, signature) in enumerate(found):
        assert index == number
        assert leaf == sha256(b"\0" + entry).digest()
        last = sha256(b"signed-db chain link v1\n" + last + number.to_bytes(8, "big") + leaf).digest()
        assert linked == last
        name = ORIGIN.encode()
        message = (
            b"signed-db row v1\n" + len(name).to_bytes(2, "big") + name + number.to_bytes(8, "big") + last
        )
        OPERATOR.verify_key.verify(message, signature)
    assert deployment.connect().head().root == last


def test_the_same_head_is_signed_to_the_same_bytes() -> None:
    key, root = SigningKey(bytes(32)), bytes(range(32))
    assert chain.sign_head(ORIGIN, 7, root, key) == chain.sign_head(ORIGIN, 7, root, key)
    digest = sha256(chain.sign_head(ORIGIN, 7, root, key)).hexdigest()
    assert digest == "01942b51866561c38d7b8c625996cc02f386c86da8d7fea3e0ac7ed70ccb3596"


def test_a_head_is_no_checkpoint_of_a_tree() -> None:
    """The same key may run both ledgers under one origin: neither's note passes for the other's."""
    root = bytes(32)
    of_a_tree = sign(Checkpoint(ORIGIN, 7, root), OPERATOR).encode()
    assert of_a_tree != chain.sign_head(ORIGIN, 7, root, OPERATOR)
    assert not of_a_tree.startswith(chain.sign_head(ORIGIN, 7, root, OPERATOR)[:10])


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 301])
def test_two_threads_sign_what_one_would(size: int) -> None:
    signer, slow = RowSigner(ORIGIN, OPERATOR), chain.Signer(ORIGIN, OPERATOR)
    chains = [sha256(bytes([at % 256])).digest() for at in range(size)]
    try:
        assert signer.sign(7, chains) == [slow.sign(7 + at, link) for at, link in enumerate(chains)]
    finally:
        signer.close()
