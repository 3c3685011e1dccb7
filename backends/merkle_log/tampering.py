"""What an insider with the log's folder can do to it, past our code; with the operator's key, Rewrite."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from nacl.signing import SigningKey

from backends.merkle_log import tiles
from backends.merkle_log.mirror_client import MirrorClient
from backends.merkle_log.mirror_process import MirrorProcess
from backends.merkle_log.quorum import Cosigner
from backends.merkle_log.sequenced import Sequenced
from backends.merkle_log.storage import CHECKPOINT, SEQUENCED, Storage
from backends.merkle_log.tiles import ENTRIES, WIDTH, RightEdge
from backends.merkle_log.witness import WitnessDown, WitnessRefused
from backends.ports import Delete, Edit, Tampered, Tampering
from consultation.core import merkle
from consultation.core.checkpoint import Checkpoint
from consultation.core.note import Signature

_REST = "; tiles and checkpoint left as they were"
_UNASKED = "witnesses hold heads and no entries, and the checkpoint is still the one that they cosigned"


def tamper(
    folder: Path,
    origin: str,
    operator: SigningKey,
    witnesses: Sequence[Cosigner],
    tampering: Tampering,
    mirror: MirrorProcess | None = None,
) -> Tampered:
    """Change the files of a log that is closed. Raises OSError, Unavailable."""
    storage = Storage(folder)
    try:
        match tampering:
            case Edit(index, entry):
                return _seen(_edit(storage, index, entry), storage, index, witnesses, mirror)
            case Delete(index):
                return _seen(_delete(storage, index), storage, index, witnesses, mirror)
            case _:
                cosigners = [*witnesses, *([mirror.client(storage)] if mirror else [])]
                return _rewrite(storage, origin, operator, cosigners, list(tampering.entries))
    finally:
        storage.close()


def _seen(
    done: Tampered,
    storage: Storage,
    index: int,
    witnesses: Sequence[Cosigner],
    mirror: MirrorProcess | None,
) -> Tampered:
    """What the parties hold against it: witnesses nothing, a mirror its copy, as it is served."""
    if mirror is not None and done.done:
        differs = _bundle(mirror.served, index // WIDTH) != _bundle(storage.served, index // WIDTH)
        said = "still serves" if differs else "no longer serves"
        return replace(
            done, seen_by_parties=f"the mirror {said} the entries as they were", parties_object=differs
        )
    return replace(done, seen_by_parties=_UNASKED, parties_object=False) if witnesses else done


def _bundle(served: Path, number: int) -> bytes:
    """The widest file of a bundle; empty where there is none."""
    for file in _bundles(served, number):
        return file.read_bytes()
    return b""


def _edit(storage: Storage, index: int, entry: bytes) -> Tampered:
    changed = []
    for bundle in _bundles(storage.served, index // WIDTH):
        entries = tiles.decode_bundle(bundle.read_bytes())
        if index % WIDTH < len(entries):
            entries[index % WIDTH] = entry
            bundle.write_bytes(tiles.encode_bundle(entries))
            changed.append(str(bundle.relative_to(storage.served)))
    if not changed:
        return Tampered(False, f"no bundle holds entry {index}")
    how = f"entry {index} replaced in {', '.join(changed)}"
    return Tampered(True, how + _REST)


def _delete(storage: Storage, index: int) -> Tampered:
    first, within = divmod(index, WIDTH)
    done = False
    last = first
    while any(_bundles(storage.served, last + 1)):
        last += 1
    for number in range(first, last + 1):
        later = [tiles.decode_bundle(path.read_bytes())[:1] for path in _bundles(storage.served, number + 1)]
        moved_up = later[0] if later else []
        for bundle in _bundles(storage.served, number):
            entries = tiles.decode_bundle(bundle.read_bytes())
            at = within if number == first else 0
            if at < len(entries):
                del entries[at]
                bundle.write_bytes(tiles.encode_bundle([*entries, *moved_up]))
                done = True
    if not done:
        return Tampered(False, f"no bundle holds entry {index}")
    how = f"entry {index} removed from {tiles.path(ENTRIES, first)}, later ones moved up to bundle {last}"
    return Tampered(True, how + _REST)


def _rewrite(
    storage: Storage,
    origin: str,
    operator: SigningKey,
    witnesses: Sequence[Cosigner],
    entries: list[bytes],
) -> Tampered:
    former = storage.read(SEQUENCED)
    counted = Sequenced.parse(former, origin, operator).handed_over_bytes if former else 0
    shutil.rmtree(storage.served / "tile", ignore_errors=True)
    tree = merkle.Tree()
    edge = RightEdge(tree)
    tree.extend(map(merkle.leaf_hash, entries))
    storage.write_tiles(edge.grow(entries))
    forged = Sequenced.make(Checkpoint(origin, tree.size, tree.root()), operator, counted)
    said, cosignatures, objects = _offer(forged, tree, witnesses)
    storage.replace(CHECKPOINT, forged.note.adding(cosignatures).encode())
    storage.replace(SEQUENCED, forged.encode())
    who = "witnesses" + (
        ", the mirror counted," if any(isinstance(each, MirrorClient) for each in witnesses) else ""
    )
    how = (
        f"all tiles and bundles replaced by those of {tree.size} other entries, and a new checkpoint signed "
        f"with the operator's key; {len(cosignatures)} of {len(witnesses)} {who} cosigned it"
    )
    return Tampered(True, how, "; ".join(said), objects)


def _offer(
    forged: Sequenced, tree: merkle.Tree, witnesses: Sequence[Cosigner]
) -> tuple[list[str], list[Signature], bool | None]:
    """Offer the forged checkpoint to each witness, with the best proof that the forged tree has.

    Returns what each said, the cosignatures, and whether any refused; None where there is no witness.
    """
    said: list[str] = []
    objects = False if witnesses else None
    cosignatures: list[Signature] = []
    for witness in witnesses:
        try:
            cosignatures.append(witness.cosign(forged.note, tree.size, tree.prove_consistency))
            said.append(f"{witness.key.name} cosigned")
        except (WitnessDown, WitnessRefused) as error:
            said.append(str(error))
            objects = objects or isinstance(error, WitnessRefused)
        finally:
            witness.close()
    return said, cosignatures, objects


def _bundles(served: Path, number: int) -> Iterator[Path]:
    """The files of a bundle that are there: the full one first, then partial ones, widest first."""
    full = served / tiles.path(ENTRIES, number)
    if full.exists():
        yield full
    partials = served / tiles.folder_of_partials(ENTRIES, number)
    if partials.is_dir():
        yield from sorted(partials.iterdir(), key=lambda partial: -int(partial.name))
