"""Forty ways to tamper with a bundle, over every part of it, each with the link that must be named."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import pytest

from consultation.core import bundle as bundles
from consultation.core import canonical, integrity, status_list
from consultation.core.bundle import Bundle, Link, Pins
from consultation.core.canonical import Json
from consultation.core.certificate import Kind
from consultation.core.events import Certified, Summarised
from consultation.core.moments import Period
from consultation.core.multikey import Ed25519Key, Ed25519Method, P256Method, SigningMethod
from consultation.core.status_list import StatusEntry, StatusList
from consultation.core.trust import PinnedKey
from pilot.host import make_verifier
from tests.consultation.core import samples
from tests.consultation.core.bundles import (
    CREATED,
    DID,
    LATER,
    Published,
    Signers,
    changed,
    edited,
    leaf_at,
    publish,
    snapshot,
)
from tests.consultation.core.samples import NAME, STRANGER, digest

ED25519, P256 = "ed25519", "p256"
URL = "https://don-vi.example/status"


@dataclass(frozen=True, slots=True)
class Stage:
    """What a forger has at hand."""

    mine: Published
    other: Published
    """Another consultation of the same unit."""

    @property
    def bundle(self) -> Bundle:
        return self.mine.bundles[1]

    @property
    def p256(self) -> bool:
        return isinstance(self.mine.method, P256Method)


Tamper = Callable[[Stage], Bundle]


def check(bundle: Bundle, pins: Pins | None) -> list[Link]:
    return list(bundles.verify(bundle, pins, make_verifier))


@pytest.fixture(scope="module")
def p256_stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return set_up(tmp_path_factory.mktemp(P256), p256=True)


@pytest.fixture(scope="module", params=[ED25519, P256])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    if request.param == P256:
        there: Stage = request.getfixturevalue("p256_stage")
        return there
    return set_up(tmp_path_factory.mktemp(ED25519), p256=False)


def set_up(folder: Path, *, p256: bool) -> Stage:
    mine = publish(folder / "mine", Signers(10), p256=p256)
    return Stage(mine, publish(folder / "other", Signers(10), name="viec-khac", p256=p256))


# How a part is changed


def claim(*path: str | int, to: Json) -> Tamper:
    return lambda stage: replace(stage.bundle, credential=edited(stage.bundle.credential, (path, to)))


def said(name: str, to: Json) -> Tamper:
    return claim("credentialSubject", "consultation", name, to=to)


def listed(*path: str | int, to: Json) -> Tamper:
    return lambda stage: replace(stage.bundle, status=edited(stage.bundle.status, (path, to)))


def anchored(*path: str | int, to: Json) -> Tamper:
    return lambda stage: replace(stage.bundle, anchor=edited(stage.bundle.anchor, (path, to)))


def proof(old: bytes, new: bytes) -> Tamper:
    def tamper(stage: Stage) -> Bundle:
        assert old in stage.bundle.proof
        return replace(stage.bundle, proof=stage.bundle.proof.replace(old, new, 1))

    return tamper


def signed_status(
    edit: Callable[[dict[str, Json]], Json], as_of: str = LATER, by: SigningMethod | None = None
) -> Tamper:
    """A list that is signed again after the edit, by the unit or by somebody else."""

    def tamper(stage: Stage) -> Bundle:
        value = canonical.decode(snapshot(stage.mine, as_of=as_of))
        assert isinstance(value, dict)
        value.pop("proof")
        document = edit(value)
        assert isinstance(document, dict)
        again = integrity.sign(document, by or stage.mine.method, as_of)
        return replace(stage.bundle, status=canonical.encode(again))

    return tamper


def unchanged(value: dict[str, Json]) -> Json:
    return value


def set_to(*path: str | int, to: Json) -> Callable[[dict[str, Json]], Json]:
    return lambda value: changed(value, path, to)


def revoked(stage: Stage) -> Bundle:
    return replace(stage.bundle, status=snapshot(stage.mine, [1]))


def resigned(edit: Callable[[dict[str, Json]], Json]) -> Tamper:
    """The credential signed again by the unit's own key: right in itself, and not in the tree."""

    def tamper(stage: Stage) -> Bundle:
        value = canonical.decode(stage.bundle.credential)
        assert isinstance(value, dict)
        value.pop("proof")
        document = edit(value)
        assert isinstance(document, dict)
        return replace(
            stage.bundle,
            credential=canonical.encode(integrity.sign(document, stage.mine.method, CREATED)),
        )

    return tamper


def entry(event: Certified | Summarised, name: str = NAME, signers: Signers | None = None) -> Tamper:
    """Another entry of the unit, or of somebody else, in the anchor."""

    def tamper(stage: Stage) -> Bundle:
        other = samples.entry(event, (signers or Signers(10)).unit, name)
        return replace(
            stage.bundle, anchor=edited(stage.bundle.anchor, (("entry",), b64encode(other).decode()))
        )

    return tamper


def right_entry_elsewhere(stage: Stage) -> Bundle:
    """An entry that names this very checkpoint, but for another consultation."""
    text = stage.bundle.proof.split(b"\n\n", 1)[1]
    return entry(Certified(sha256(text).hexdigest(), 3), "viec-khac")(stage)


def uncertain_suite(stage: Stage) -> Bundle:
    suites = ["eddsa-jcs-2022", "ecdsa-jcs-2019"]
    suites.remove(str(leaf_at(canonical.decode(stage.bundle.credential), ("proof", "cryptosuite"))))
    return claim("proof", "cryptosuite", to=suites[0])(stage)


TAMPERED: list[tuple[str, Tamper, str]] = [
    # certificate.vc.json
    ("cut", lambda s: replace(s.bundle, credential=s.bundle.credential[:-1]), "form"),
    ("not an object", lambda s: replace(s.bundle, credential=b"[]"), "form"),
    ("a float", claim("credentialSubject", "result", "counted", to="0.5"), "credential-signature"),
    ("of the other kind", claim("type", 1, to="UnitOpinionCertificate"), "credential-signature"),
    ("of no kind", claim("type", 1, to="Diploma"), "form"),
    ("another issuer", claim("issuer", "id", to="did:web:gia-mao.example"), "issuer"),
    ("another key", claim("proof", "verificationMethod", to=f"{DID}#key-9"), "issuer"),
    ("another suite", uncertain_suite, "credential-proof"),
    ("another purpose", claim("proof", "proofPurpose", to="authentication"), "credential-proof"),
    ("another context", claim("@context", 1, to="https://gia-mao.example/v1"), "credential-proof"),
    ("more counted", claim("credentialSubject", "result", "counted", to=4), "credential-signature"),
    ("another stance",
     claim("credentialSubject", "result", "stances", "disagree", to=9),
     "credential-signature"),
    ("another unit", said("unit", to="Sở Y tế"), "credential-signature"),
    ("another draft", said("draft", to=digest(9)), "credential-signature"),
    ("another version", said("version", to=3), "credential-signature"),
    ("another law", said("legalBasis", to="?"), "credential-signature"),
    ("another window", said("closed", to="x"), "credential-signature"),
    ("an earlier date", claim("validFrom", to="2020-01-01T00:00:00Z"), "credential-signature"),
    ("another bit", claim("credentialStatus", "statusListIndex", to="2"), "credential-signature"),
    ("no signature", claim("proof", "proofValue", to="z"), "credential-signature"),
    ("signed again, another claim", resigned(set_to("id", to="urn:uuid:0")), "certificate-proof"),
    ("signed again, no status", resigned(set_to("credentialStatus", to=None)), "status"),
    ("signed again, a bit past the list",
     resigned(set_to("credentialStatus", to=StatusEntry(f"{URL}/{NAME}", 131_072).to_json())),
     "status"),
    # status.vc.json
    ("no list", lambda s: replace(s.bundle, status=b"{}"), "status-signature"),
    ("a cut list", lambda s: replace(s.bundle, status=s.bundle.status[:-1]), "form"),
    ("a list of one's own",
     listed("credentialSubject", "encodedList", to=StatusList.of(9).encode()[:-1]),
     "status-signature"),
    ("a list made younger", listed("validFrom", to=LATER), "status-signature"),
    ("a list under another key",
     listed("proof", "verificationMethod", to=f"{DID}#key-9"),
     "status-signature"),
    ("a list of another issuer", listed("issuer", "id", to="did:web:gia-mao.example"), "status-signature"),
    ("a stranger's list",
     signed_status(
         set_to("issuer", to={"id": "did:web:gia-mao.example", "name": "Sở"}),
         by=Ed25519Method("did:web:gia-mao.example#key-1", STRANGER),
     ), "status-signature"),
    ("a list signed by a stranger in the unit's name",
     signed_status(unchanged, by=Ed25519Method(f"{DID}#key-1", STRANGER)), "status-signature"),
    ("the list of another consultation",
     lambda s: replace(s.bundle, status=s.other.bundles[0].status),
     "status"),
    ("a certificate for a list", lambda s: replace(s.bundle, status=s.bundle.credential), "status"),
    ("a list for another purpose",
     signed_status(set_to("credentialSubject", "statusPurpose", to="suspension")), "status"),
    ("a list that is no list",
     signed_status(set_to("credentialSubject", "encodedList", to="uAAAA")),
     "status"),
    ("a list from before", signed_status(unchanged, as_of="2026-11-23T10:11:11Z"), "status"),
    ("a list of no time", signed_status(set_to("validFrom", to="today")), "status"),
    ("revoked", revoked, "status"),
    # certificate.tlog-proof
    ("no proof", lambda s: replace(s.bundle, proof=b""), "certificate-proof"),
    ("another format", proof(b"@v1", b"@v2"), "certificate-proof"),
    ("another place", proof(b"index 1", b"index 0"), "certificate-proof"),
    ("somebody else's proof",
     lambda s: replace(s.bundle, proof=s.mine.bundles[0].proof),
     "certificate-proof"),
    ("a larger tree", proof(b"\n3\n", b"\n4\n"), "certificate-checkpoint"),
    ("another tree's name", proof(b"don-vi.example/", b"gia-mao.example/"), "certificate-checkpoint"),
    ("the other publication's proof", lambda s: replace(s.bundle, proof=s.other.bundles[1].proof),
     "certificate-proof"),
    # anchor.json
    ("no anchor", lambda s: replace(s.bundle, anchor=b"{}"), "form"),
    ("an index that is none", anchored("index", to=-1), "form"),
    ("another ledger", anchored("ledger", to="evm"), "ledger-pins"),
    ("another entry of the unit", entry(Certified(digest(1), 3)), "anchor"),
    ("an entry of another kind", entry(Summarised(digest(1))), "anchor"),
    ("an entry of another consultation", right_entry_elsewhere, "anchor"),
    ("a stranger's entry", entry(Certified(digest(1), 3), signers=Signers(99)), "unit-key"),
    ("the other publication's anchor",
     lambda s: replace(s.bundle, anchor=s.other.bundles[1].anchor),
     "anchor"),
    ("another index", anchored("index", to=0), "ledger-inclusion"),
    ("no proof of inclusion", anchored("proof", to=""), "ledger-inclusion"),
    ("a larger head", anchored("head", "size", to=1_000), "ledger-head"),
    ("another root", anchored("head", "root", to=digest(9)), "ledger-head"),
    ("no attestation", anchored("head", "attestation", to=""), "ledger-head"),
]  # fmt: skip


@pytest.mark.parametrize(("tamper", "link"), [row[1:] for row in TAMPERED], ids=[row[0] for row in TAMPERED])
def test_a_tampered_bundle_is_refused_and_the_broken_link_named(
    stage: Stage, tamper: Tamper, link: str
) -> None:
    bundle = tamper(stage)
    assert bundle != stage.bundle
    links = check(bundle, stage.mine.pins)
    assert [found.ok for found in links[:-1]] == [True] * (len(links) - 1), links
    assert (links[-1].name, links[-1].ok) == (link, False), links[-1]
    assert links[-1].detail
    unpinned = check(bundle, None)
    assert not all(found.ok for found in unpinned), "whatever is shown, without pins nothing is valid"


def test_the_table_has_at_least_thirty_rows_and_names_every_link() -> None:
    assert len({name for name, _, _ in TAMPERED}) == len(TAMPERED) >= 30
    every = {"form", "issuer", "credential-proof", "credential-signature", "status-signature", "status"}
    every |= {"unit-key", "certificate-checkpoint", "certificate-proof", "anchor", "ledger-pins"}
    every |= {"ledger-head", "ledger-inclusion"}
    assert {link for _, _, link in TAMPERED} == every, "key-period has tests of its own below"


# Whole bundles


def test_a_bundle_forged_whole_under_fresh_keys_is_refused_and_never_valid_without_pins(
    stage: Stage, tmp_path: Path
) -> None:
    pins, p256 = stage.mine.pins, stage.p256
    same_name = publish(tmp_path / "same", Signers(20), p256=p256).bundles[0]
    other_name = publish(tmp_path / "other", Signers(20), did="did:web:gia-mao.example", p256=p256).bundles[0]
    assert check(other_name, pins)[-1].name == "issuer"
    assert check(same_name, pins)[-1].name == "credential-signature"
    for forged in (same_name, other_name):
        found = {link.name: link.ok for link in check(forged, None)}
        assert False not in found.values()
        unknown = {name for name, ok in found.items() if ok is None}
        expected = {"issuer", "key-period", "unit-key", "ledger-head"}
        signatures = {"credential-signature", "status-signature", "status"}
        assert unknown == (expected | signatures if p256 else expected)


def test_a_later_list_in_place_of_the_snapshot_tells_the_later_state(stage: Stage) -> None:
    good = replace(stage.bundle, status=snapshot(stage.mine, [0, 2]))
    links = check(good, stage.mine.pins)
    assert all(link.ok for link in links)
    assert good.as_of() == LATER
    assert f"as of {LATER}" in next(link.detail for link in links if link.name == "status")


# Keys over time


def pinned(stage: Stage, period: Period, method: str | None = None) -> Pins:
    """The stage's pins with a period for one of the keys, by default the one that signs credentials."""
    name = method or stage.mine.method.id
    key = stage.mine.pins.issuers[name].key
    return replace(stage.mine.pins, issuers={**stage.mine.pins.issuers, name: PinnedKey(key, period)})


def test_a_certificate_of_a_retired_key_is_good_for_its_time(stage: Stage) -> None:
    pins = Pins.parse(canonical.encode(pinned(stage, Period("2026-01-01T00:00:00Z", LATER)).to_json()))
    assert all(link.ok for link in check(stage.bundle, pins))


@pytest.mark.parametrize("period", [Period(since=LATER), Period(until=CREATED)], ids=["before", "after"])
def test_a_certificate_from_outside_the_keys_period_is_refused(stage: Stage, period: Period) -> None:
    links = check(stage.bundle, pinned(stage, period))
    assert (links[-1].name, links[-1].ok) == ("key-period", False)
    assert f"is pinned {period}; this was signed at {CREATED}" in links[-1].detail
    assert [link.ok for link in links[:-1]] == [True] * 3


def test_the_units_key_on_checkpoint_and_entry_has_a_period_too(p256_stage: Stage) -> None:
    method = p256_stage.mine.issuer.method
    links = check(p256_stage.bundle, pinned(p256_stage, Period(until=CREATED), method))
    assert (links[-1].name, links[-1].ok) == ("unit-key", False)


def test_the_units_ed25519_key_must_be_pinned_beside_the_p256_one(p256_stage: Stage) -> None:
    mine = p256_stage.mine
    unit = mine.pins.issuers[mine.issuer.method]
    rest = {name: key for name, key in mine.pins.issuers.items() if key != unit}
    for issuers in (rest, {**rest, "did:web:gia-mao.example#key-1": unit}):
        links = check(p256_stage.bundle, replace(mine.pins, issuers=issuers))
        assert (links[-1].name, links[-1].ok) == ("unit-key", False)
        assert "is not pinned under" in links[-1].detail


def test_a_list_may_be_signed_by_the_key_that_came_after_and_not_by_one_that_had_ended(stage: Stage) -> None:
    issuer = stage.mine.issuer
    new = Ed25519Method(f"{DID}#key-2", STRANGER)
    url = issuer.status_url(NAME)
    signed = status_list.issue(url, issuer.to_json(), StatusList.of(3), LATER, new)
    bundle = replace(stage.bundle, status=canonical.encode(signed))
    for period, link in ((Period(since=LATER), None), (Period(until=LATER), "status-signature")):
        issuers = {**stage.mine.pins.issuers, new.id: PinnedKey(new.public, period)}
        links = check(bundle, replace(stage.mine.pins, issuers=issuers))
        assert next((found.name for found in links if found.ok is False), None) == link
    unpinned = {link.name: link.ok for link in check(bundle, None)}
    assert unpinned["status-signature"] is unpinned["status"] is None


def test_a_key_of_the_wrong_kind_under_the_right_name_is_refused(stage: Stage) -> None:
    other = Ed25519Key(bytes(STRANGER.verify_key))
    issuers = {**stage.mine.pins.issuers, stage.mine.method.id: PinnedKey(other)}
    links = check(stage.bundle, replace(stage.mine.pins, issuers=issuers))
    kind = type(stage.mine.method.public)
    assert links[-1].name == ("credential-signature" if kind is Ed25519Key else "credential-proof")


def test_pins_with_periods_and_roots_are_read_back(stage: Stage) -> None:
    pins = replace(pinned(stage, Period(since=CREATED)), roots=(b"a root", b"another"))
    assert Pins.parse(canonical.encode(pins.to_json())) == pins


# The other kind


@pytest.mark.parametrize("p256", [False, True], ids=[ED25519, P256])
def test_a_units_opinion_goes_through_the_same_chain(tmp_path: Path, *, p256: bool) -> None:
    published = publish(tmp_path, Signers(10), p256=p256, kind=Kind.UNIT_OPINION)
    for bundle in published.bundles:
        links = check(bundle, published.pins)
        assert all(link.ok for link in links), links
        assert "UnitOpinionCertificate" in links[0].detail
    bundle = published.bundles[0]
    words = ("credentialSubject", "opinion", "provisions", 0, "text")
    forged = replace(bundle, credential=edited(bundle.credential, (words, "Thống nhất.")))
    assert check(forged, published.pins)[-1].name == "credential-signature"


def test_a_units_opinion_has_a_status_list_of_its_own(stage: Stage, tmp_path: Path) -> None:
    opinions = publish(tmp_path, Signers(10), kind=Kind.UNIT_OPINION)
    swapped = replace(stage.bundle, status=opinions.bundles[0].status)
    issuers = {**stage.mine.pins.issuers, **opinions.pins.issuers}
    assert check(swapped, replace(stage.mine.pins, issuers=issuers))[-1].name == "status"
