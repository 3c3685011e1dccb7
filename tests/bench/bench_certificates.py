"""What certificates cost: a publication of 1,000 in either profile, and the check of one from each ledger.

Everything is imported before. Bytes of the zip are in the extra information of pytest-benchmark's JSON.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import pytest
from nacl.signing import SigningKey

from consultation import archive
from consultation.core import bundle as bundles
from consultation.core import canonical, publication, records
from consultation.core.bundle import Anchor, Bundle, Pins
from consultation.core.events import Certified
from consultation.core.issuer import Issuer
from consultation.core.multikey import Ed25519Method, P256Method, SigningMethod
from consultation.core.trust import PinnedKey
from pilot.host import make_verifier
from tests.bench import driver
from tests.bench.bench_ledgers import Benchmark
from tests.bench.conftest import Measured, Pair
from tests.bench.rows import compare
from tests.consultation.core.bundles import CREATED, DID, Signers, claims, publish
from tests.consultation.core.samples import NAME, WINDOW

PEOPLE = 1_000
REPEATS, EACH = 5, 20
GOAL_MS = 10.0
IDS = [f"urn:uuid:{number:032x}" for number in range(PEOPLE)]
ISSUER = Issuer(DID, "Sở Tư pháp")
UNIT = SigningKey(bytes([7]) * 32)
METHODS: Mapping[str, SigningMethod] = {
    "ed25519": Ed25519Method(ISSUER.method, UNIT),
    "p256": P256Method.of_number(ISSUER.p256_method, 7),
}


@pytest.mark.parametrize("profile", METHODS)
def bench_publish_1000(benchmark: Benchmark, profile: str) -> None:
    """Build and sign 1,000 credentials, their tree, checkpoint, proofs and status list."""
    benchmark.group = "publish 1,000 certificates"
    said = claims(people=PEOPLE)

    def made() -> None:
        done = publication.publish(ISSUER, said, IDS, CREATED, UNIT, METHODS[profile])
        assert len(done.certificates) == PEOPLE

    benchmark.pedantic(made, rounds=5, warmup_rounds=1)


def bench_verify_one(benchmark: Benchmark, pair: Pair) -> None:
    """Unpack a zip and check every link; the ledger holds 100 other entries or more."""
    benchmark.group = "verify one certificate"
    ours, peer = certified(pair.ours), certified(pair.peer)
    check(benchmark, ours)
    pairs = [(ours.verify_ms(), peer.verify_ms()) for _ in range(REPEATS)]
    mine, its = [one for one, _ in pairs], [other for _, other in pairs]
    pair.add(compare(f"{pair.name}: verify a certificate's zip", "ms", mine, its, bound=GOAL_MS))
    sizes = [float(ours.proof_bytes)], [float(peer.proof_bytes)]
    pair.add(compare(f"{pair.name}: the ledger's proof and head in the zip", "B", *sizes))


def bench_verify_one_p256(benchmark: Benchmark, tmp_path: Path) -> None:
    """The same in the other profile, over the signed database."""
    benchmark.group = "verify one certificate"
    published = publish(tmp_path, Signers(10), people=100, p256=True)
    check(benchmark, Packed(archive.pack(published.bundles[42]), published.pins, 0))


@dataclass(frozen=True, slots=True)
class Packed:
    """A certificate as its holder has it, and what a verifier pins."""

    data: bytes
    pins: Pins
    proof_bytes: int

    def verify(self) -> None:
        links = list(bundles.verify(archive.unpack(self.data), self.pins, make_verifier))
        assert all(link.ok for link in links), links

    def verify_ms(self) -> float:
        start = perf_counter()
        for _ in range(EACH):
            self.verify()
        return (perf_counter() - start) * 1000 / EACH


def certified(measured: Measured) -> Packed:
    """One of 100 certificates that an entry of the ledger anchors."""
    ledger = measured.ledger
    driver.settle_all(ledger, ledger.append(measured.entries(100)))
    made = publication.publish(ISSUER, claims(people=100), IDS[:100], CREATED, UNIT)
    entry = records.sign(NAME, WINDOW, Certified(made.digest, 100), UNIT)
    [index] = driver.settle_all(ledger, ledger.append([entry]))
    head = ledger.head()
    anchor = Anchor(ledger.traits.name, entry, index, ledger.prove_inclusion(index, head), head)
    credential, proof = made.certificates[42]
    bundle = Bundle(credential, proof, canonical.encode(anchor.to_json()), made.status)
    pinned = {ISSUER.method: PinnedKey(METHODS["ed25519"].public)}
    pins = Pins(pinned, {anchor.ledger: measured.deployment.pins()})
    return Packed(archive.pack(bundle), pins, len(anchor.proof.data) + len(head.attestation))


def check(benchmark: Benchmark, packed: Packed) -> None:
    benchmark.extra_info["zip_bytes"] = len(packed.data)
    benchmark.pedantic(packed.verify, rounds=50, warmup_rounds=3)
