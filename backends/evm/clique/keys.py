"""What one signer keeps secret in its own folder: made by chance, no part of it from the operator's."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from eth_keyfile.keyfile import create_keyfile_json
from eth_keys.datatypes import PrivateKey

from backends.evm.transaction import address_of

_FILE = "keys.json"
_NAMES = ("seal", "node", "writer", "password")


@dataclass(frozen=True, slots=True)
class Keys:
    """Three secp256k1 keys, and the password of the file in which geth is given the first."""

    seal: bytes
    """Seals blocks."""
    node: bytes
    """Names the node to its peers."""
    writer: bytes
    """Of the account that sends entries at this signer's door."""
    password: str

    @classmethod
    def kept(cls, folder: Path) -> "Keys":
        """The folder's, made now where there are none. Raises OSError, ValueError on a file that is none."""
        path = folder / _FILE
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            made = {name: token_hex(32) for name in _NAMES}
            part = path.with_suffix(".new")
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump(made, file)
            part.replace(path)
        found = json.loads(path.read_text(encoding="ascii"))
        seal, node, writer = (bytes.fromhex(found[name]) for name in _NAMES[:3])
        return cls(seal, node, writer, found["password"])

    @property
    def signer(self) -> bytes:
        """The address that seals."""
        return address_of(self.seal)

    @property
    def writer_address(self) -> bytes:
        """The account that entries come from at this signer's door."""
        return address_of(self.writer)

    @property
    def enode(self) -> str:
        """The node's public key, as its peers are told it."""
        return PrivateKey(self.node).public_key.to_bytes().hex()

    def write_keystore(self, folder: Path) -> None:
        """The sealing key where geth looks for it. Nobody guesses 32 random bytes: one round is enough."""
        store = create_keyfile_json(self.seal, self.password.encode(), kdf="pbkdf2", iterations=1)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "seal").write_text(json.dumps(store), encoding="ascii")
