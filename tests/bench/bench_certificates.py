"""What certificates cost: a publication of 1,000 in either profile, and the check of one from each ledger.

Everything is imported before. The tables are pytest-benchmark's own; bytes of the zip, and of the ledger's
proof and head in it, are in the extra information of its JSON (`--benchmark-json`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest
from nacl.signing import SigningKey

from backends import registry
from consultation import archive
from consultation.core import bundle as bundles
from consultation.core import canonical, publication, records
from consultation.core.bundle import Anchor, Bundle, Pins
from consultation.core.canonical import Json
from consultation.core.issuer import Issuer
from consultation.core.ledger import Verifier
from consultation.core.multikey import Ed25519Method, P256Method, SigningMethod
from consultation.core.records import Certified
from consultation.core.trust import PinnedKey
from tests.bench import driver
from tests.bench.conftest import Pair
from tests.consultation.core.bundles import CREATED, DID, Signers, claims, publish
from tests.consultation.core.samples import NAME, WINDOW

PEOPLE = 1_000
IDS = [f"urn:uuid:{number:032x}" for number in range(PEOPLE)]
ISSUER = Issuer(DID, "Sở Tư pháp")
UNIT = SigningKey(bytes([7]) * 32)
METHODS: Mapping[str, SigningMethod] = {
    "ed25519": Ed25519Method(ISSUER.method, UNIT),
    "p256": P256Method.of_number(ISSUER.p256_method, 7),
}


class Benchmark(Protocol):
    """What is used of pytest-benchmark's fixture, which has no types."""

    group: str
    extra_info: dict[str, object]

    def pedantic(
        self, target: object, *, rounds: int = 1, iterations: int = 1, warmup_rounds: int = 0
    ) -> object: ...


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
    ledger = pair.ours.ledger
    driver.settle_all(ledger, ledger.append(pair.ours.entries(100)))
    made = publication.publish(ISSUER, claims(people=100), IDS[:100], CREATED, UNIT)
    entry = records.sign(NAME, WINDOW, Certified(made.digest, 100), UNIT)
    [index] = driver.settle_all(ledger, ledger.append([entry]))
    head = ledger.head()
    anchor = Anchor(ledger.traits.name, entry, index, ledger.prove_inclusion(index, head), head)
    credential, proof = made.certificates[42]
    bundle = Bundle(credential, proof, canonical.encode(anchor.to_json()), made.status)
    pinned = {ISSUER.method: PinnedKey(METHODS["ed25519"].public)}
    check(benchmark, bundle, Pins(pinned, {anchor.ledger: pair.ours.deployment.pins()}))
    benchmark.extra_info["ledger_proof_bytes"] = len(anchor.proof.data) + len(head.attestation)


def bench_verify_one_p256(benchmark: Benchmark, tmp_path: Path) -> None:
    """The same in the other profile, over the signed database."""
    benchmark.group = "verify one certificate"
    published = publish(tmp_path, Signers(10), people=100, p256=True)
    check(benchmark, published.bundles[42], published.pins)


def check(benchmark: Benchmark, bundle: Bundle, pins: Pins) -> None:
    packed = archive.pack(bundle)
    benchmark.extra_info["zip_bytes"] = len(packed)

    def verified() -> None:
        links = list(bundles.verify(archive.unpack(packed), pins, make_verifier))
        assert all(link.ok for link in links), links

    benchmark.pedantic(verified, rounds=50, warmup_rounds=3)


def make_verifier(name: str, pins: Mapping[str, Json]) -> Verifier:
    return registry.backend(name).verifier(pins)
