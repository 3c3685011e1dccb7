"""Bundles: whatever is changed, the link that breaks is named; a forgery under fresh keys is refused."""

import base64
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation import archive
from consultation.core import bundle as bundles
from consultation.core import canonical
from consultation.core.bundle import Bundle, Link, Pins
from consultation.core.canonical import Json
from consultation.core.errors import Unavailable, VerificationError
from consultation.core.ledger import Verifier
from consultation.core.trust import PinnedKey
from pilot.host import make_verifier
from tests.consultation.core.bundles import (
    CREATED,
    DID,
    LATER,
    Published,
    Signers,
    changed,
    leaf_at,
    leaves,
    publish,
)
from tests.consultation.core.samples import any_json

ALL = [
    "form",
    "issuer",
    "credential-signature",
    "key-period",
    "status-signature",
    "status",
    "unit-key",
    "certificate-proof",
    "anchor",
    "ledger-head",
    "ledger-inclusion",
]
KEY = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    return publish(tmp_path_factory.mktemp("honest"), Signers(10))


def check(bundle: Bundle, pins: Pins | None) -> list[Link]:
    return list(bundles.verify(bundle, pins, make_verifier))


def broken(bundle: Bundle, pins: Pins | None) -> str:
    """The link that breaks; fails where none does, or more than one, or not the last."""
    links = check(bundle, pins)
    assert [link.ok for link in links[:-1]] == [True] * (len(links) - 1), links
    assert links[-1].ok is False, links
    assert links[-1].detail
    return links[-1].name


def test_every_certificate_is_accepted_link_by_link(published: Published) -> None:
    for bundle in published.bundles:
        links = check(bundle, published.pins)
        assert [(link.name, link.ok) for link in links] == [(name, True) for name in ALL]


def test_a_bundle_is_read_from_its_zip_and_pins_from_their_text(published: Published) -> None:
    bundle = published.bundles[0]
    assert archive.unpack(archive.pack(bundle)) == bundle
    pins = Pins.parse(canonical.encode(published.pins.to_json()))
    assert pins.issuers == published.pins.issuers
    assert all(link.ok for link in check(bundle, pins))


def test_without_pins_a_bundle_is_consistent_and_its_issuer_and_ledger_are_not_known(
    published: Published,
) -> None:
    links = check(published.bundles[0], None)
    found = {link.name: link.ok for link in links}
    assert found == {
        **dict.fromkeys(ALL[:-1], True),
        **dict.fromkeys(["issuer", "key-period", "unit-key", "ledger-head"]),
    }
    assert "not pinned" in next(link.detail for link in links if link.name == "issuer")


# The credential


def vc_link(path: tuple[str | int, ...]) -> str:
    """Which link a changed leaf of the credential breaks."""
    if path[0] == "type":
        return "form"
    if path[0] == "@context" or path[:2] == ("proof", "@context"):
        return "credential-proof"
    if path[0] == "proof" and path[1] in ("type", "cryptosuite", "proofPurpose"):
        return "credential-proof"
    if path in (("issuer", "id"), ("proof", "verificationMethod")):
        return "issuer"
    return "credential-signature"


def others(value: Json) -> list[Json]:
    """Other leaves in place of one."""
    if isinstance(value, str):
        turned = chr(ord(value[-1]) ^ 1) if value else "a"
        return [value[:-1] + turned, value + " ", "", None, [value]]
    if isinstance(value, int):
        return [value + 1, -value - 1, str(value), None]
    return ["x"]


def test_every_changed_leaf_of_the_credential_is_noticed(published: Published) -> None:
    bundle = published.bundles[1]
    value = canonical.decode(bundle.credential)
    paths = leaves(value)
    assert len(paths) > 25
    for path in paths:
        for other in others(leaf_at(value, path)):
            forged = replace(bundle, credential=canonical.encode(changed(value, path, other)))
            assert broken(forged, published.pins) == vc_link(path), (path, other)
            found = [link.ok for link in check(forged, None)]
            assert found[-1] is False, (path, other)


def test_a_leaf_more_or_less_is_noticed(published: Published) -> None:
    bundle = published.bundles[1]
    value = canonical.decode(bundle.credential)
    assert isinstance(value, dict)
    for name in value:
        less = {key: item for key, item in value.items() if key != name}
        forged = replace(bundle, credential=canonical.encode(less))
        assert broken(forged, published.pins) in (
            "form",
            "credential-proof",
            "issuer",
            "credential-signature",
        )
    for more in ({"name": "x"}, {"validUntil": "2036-01-01T00:00:00Z"}):
        forged = replace(bundle, credential=canonical.encode({**value, **more}))
        assert broken(forged, published.pins) == "credential-signature"


def test_a_name_that_stands_twice_is_not_read(published: Published) -> None:
    bundle = published.bundles[1]
    twice = bundle.credential.replace(b'{"@context"', b'{"id":"urn:uuid:0","@context"', 1)
    assert broken(replace(bundle, credential=twice), published.pins) == "form"


# The proof


def test_every_changed_line_of_the_proof_is_noticed(published: Published) -> None:
    bundle = published.bundles[1]
    lines = bundle.proof.decode().split("\n")
    empty = lines.index("")
    assert lines[1] == "index 1"
    for at, line in enumerate(lines[:-1]):
        for other in filter(
            line.__ne__, (line + "x", line[1:], line[:-1], "", line.swapcase(), line + "\nx")
        ):
            forged = "\n".join([*lines[:at], other, *lines[at + 1 :]]).encode()
            link = broken(replace(bundle, proof=forged), published.pins)
            expected = (
                {"certificate-proof"} if at < empty else {"certificate-proof", "certificate-checkpoint"}
            )
            # An empty line in the header ends it there, and the checkpoint is another one.
            expected |= set() if other else {"certificate-checkpoint"}
            # A line less or more in the checkpoint is another note: only the digest in the ledger tells.
            assert link in expected | ({"anchor"} if at > empty else set()), (at, other)


def test_every_changed_byte_of_the_proof_is_noticed(published: Published) -> None:
    bundle = published.bundles[2]
    for at in range(len(bundle.proof)):
        forged = bytearray(bundle.proof)
        forged[at] ^= 1
        link = broken(replace(bundle, proof=bytes(forged)), published.pins)
        assert link in ("certificate-proof", "certificate-checkpoint", "anchor"), at


def test_another_index_is_not_the_certificates_place(published: Published) -> None:
    bundle = published.bundles[1]
    for index in (b"0", b"2", b"3", b"01", b"-1", b"99999999999999999999"):
        forged = bundle.proof.replace(b"index 1", b"index " + index)
        assert broken(replace(bundle, proof=forged), published.pins) == "certificate-proof"


def test_the_proof_of_another_certificate_does_not_fit(published: Published) -> None:
    first, second = published.bundles[:2]
    assert broken(replace(first, proof=second.proof), published.pins) == "certificate-proof"


# The anchor


def anchor_links(name: str) -> set[str]:
    return {
        "ledger": {"ledger-pins"},
        "entry": {"form", "anchor"},
        "index": {"form", "ledger-inclusion"},
        "proof": {"form", "ledger-inclusion"},
        "size": {"form", "ledger-head"},
        "root": {"form", "ledger-head"},
        "attestation": {"form", "ledger-head"},
    }[name]


def test_every_changed_field_of_the_anchor_is_noticed(published: Published) -> None:
    bundle = published.bundles[0]
    value = canonical.decode(bundle.anchor)
    for path in leaves(value):
        name = str(path[-1])
        for other in others(leaf_at(value, path)):
            forged = replace(bundle, anchor=canonical.encode(changed(value, path, other)))
            expected = anchor_links(name) | ({"form"} if not isinstance(other, str) else set())
            assert broken(forged, published.pins) in expected, (path, other)


def test_every_changed_byte_behind_the_anchors_base64_is_noticed(published: Published) -> None:
    bundle = published.bundles[0]
    value = canonical.decode(bundle.anchor)
    links: dict[tuple[str | int, ...], str] = {
        ("entry",): "anchor",
        ("proof",): "ledger-inclusion",
        ("head", "attestation"): "ledger-head",
    }
    for path, link in links.items():
        data = base64.b64decode(str(leaf_at(value, path)))
        for at in range(len(data)):
            flipped = bytearray(data)
            flipped[at] ^= 0x20
            other = base64.b64encode(bytes(flipped)).decode()
            forged = replace(bundle, anchor=canonical.encode(changed(value, path, other)))
            assert broken(forged, published.pins) == link, (path, at)


def test_base64_in_another_form_is_refused(published: Published) -> None:
    bundle = published.bundles[0]
    value = canonical.decode(bundle.anchor)
    text = str(leaf_at(value, ("entry",)))
    for other in (text + "====", text[:4] + "\n" + text[4:], " " + text, text.replace("=", "")):
        if other != text:
            forged = replace(bundle, anchor=canonical.encode(changed(value, ("entry",), other)))
            assert broken(forged, published.pins) == "form"


# The status list


def test_every_changed_leaf_of_the_status_list_is_noticed(published: Published) -> None:
    bundle = published.bundles[0]
    value = canonical.decode(bundle.status)
    paths = leaves(value)
    assert len(paths) > 15
    for path in paths:
        for other in others(leaf_at(value, path)):
            forged = replace(bundle, status=canonical.encode(changed(value, path, other)))
            assert broken(forged, published.pins) == "status-signature", (path, other)
            unpinned = [link.ok for link in check(forged, None) if link.name == "status-signature"]
            assert unpinned != [True], "refused, or another key is named and so not known"


# Whole parts


def test_parts_of_two_publications_do_not_fit_together(published: Published, tmp_path: Path) -> None:
    other = publish(tmp_path / "other", Signers(10), name="mot-viec-khac").bundles[0]
    mine = published.bundles[0]
    assert broken(replace(mine, proof=other.proof), published.pins) == "certificate-proof"
    assert broken(replace(mine, anchor=other.anchor), published.pins) == "anchor"
    assert broken(replace(mine, status=other.status), published.pins) == "status"
    assert broken(replace(other, anchor=mine.anchor), published.pins) == "anchor"
    assert broken(replace(other, proof=mine.proof, anchor=mine.anchor), published.pins) == "certificate-proof"
    swapped = replace(other, proof=mine.proof, anchor=mine.anchor, status=mine.status)
    assert broken(swapped, published.pins) == "status"


def test_a_bundle_forged_under_fresh_keys_is_refused_by_pins_and_merely_consistent_without(
    published: Published, tmp_path: Path
) -> None:
    theirs = publish(tmp_path / "theirs", Signers(20), did="did:web:gia-mao.example").bundles[0]
    assert broken(theirs, published.pins) == "issuer"
    same_name = publish(tmp_path / "same", Signers(20)).bundles[0]
    assert broken(same_name, published.pins) == "credential-signature", "the pinned key, not the bundle's"
    for forged in (theirs, same_name):
        found = {link.name: link.ok for link in check(forged, None)}
        assert False not in found.values()
        assert found["issuer"] is None
        assert found["ledger-head"] is None


def test_a_ledger_under_fresh_keys_is_refused_by_its_own_pins(published: Published, tmp_path: Path) -> None:
    other = publish(tmp_path, Signers(30))
    pins = replace(published.pins, issuers=other.pins.issuers)
    assert broken(other.bundles[0], pins) == "ledger-head"


def test_pins_that_do_not_name_the_ledger_or_do_not_fit_it_refuse(published: Published) -> None:
    bundle = published.bundles[0]
    assert broken(bundle, replace(published.pins, ledgers={})) == "ledger-pins"
    assert broken(bundle, replace(published.pins, ledgers={"signed-db": {}})) == "ledger-pins"
    assert broken(bundle, replace(published.pins, issuers={})) == "issuer"

    def failing(_name: str, _pins: Mapping[str, Json]) -> Verifier:
        raise Unavailable("no library for this ledger here")

    links = list(bundles.verify(bundle, published.pins, failing))
    assert (links[-1].name, links[-1].ok) == ("ledger-pins", False)
    assert "no library" in links[-1].detail


@given(st.binary(max_size=300), st.integers(0, 3))
def test_any_bytes_for_any_part_break_a_link_and_raise_nothing(data: bytes, part: int) -> None:
    bundle = Bundle(*(data if at == part else b"{}" for at in range(4)))
    links = check(bundle, None)
    assert links[-1].ok is False


def test_a_part_that_is_too_long_is_refused(published: Published) -> None:
    with pytest.raises(VerificationError, match="at most 1000000"):
        replace(published.bundles[0], proof=bytes(1_000_001))


@given(st.binary(max_size=300))
def test_any_bytes_for_the_zip_or_the_pins_are_refused(data: bytes) -> None:
    with pytest.raises(VerificationError):
        archive.unpack(data)
    with pytest.raises(ValueError, match=r"."):
        Pins.parse(data)


@pytest.mark.parametrize(
    "value",
    [
        [],
        {"v": 1, "issuers": {}},
        {"v": 2, "issuers": {}, "ledgers": {}},
        {"v": 1, "issuers": [], "ledgers": {}},
        {"v": 1, "issuers": {f"{DID}#key-1": "z"}, "ledgers": {}},
        {"v": 1, "issuers": {f"{DID}#key-1": 5}, "ledgers": {}},
        {"v": 1, "issuers": {}, "ledgers": {"signed-db": "key"}},
        {"v": True, "issuers": {}, "ledgers": {}},
        {"v": 1, "issuers": {}, "ledgers": {}, "more": []},
        {"v": 1, "issuers": {}, "ledgers": {}, "roots": {}},
        {"v": 1, "issuers": {}, "ledgers": {}, "roots": ["?"]},
        {"v": 1, "issuers": {f"{DID}#key-1": {}}, "ledgers": {}},
        {"v": 1, "issuers": {f"{DID}#key-1": {"key": KEY, "more": ""}}, "ledgers": {}},
        {"v": 1, "issuers": {f"{DID}#key-1": {"key": KEY, "until": 5}}, "ledgers": {}},
        {"v": 1, "issuers": {f"{DID}#key-1": {"key": KEY, "until": "2026"}}, "ledgers": {}},
        {"v": 1, "issuers": {f"{DID}#key-1": {"key": KEY, "from": LATER, "until": CREATED}}, "ledgers": {}},
    ],
)
def test_pins_that_are_not_pins_are_refused(value: Json) -> None:
    with pytest.raises(ValueError, match=r"."):
        Pins.parse(canonical.encode(value))


@given(any_json)
def test_any_json_is_a_pinned_key_that_is_written_alike_or_a_value_error(value: Json) -> None:
    for tried in (value, {"key": KEY, "until": value}):
        with suppress(ValueError):
            assert PinnedKey.parse("#k", PinnedKey.parse("#k", tried).to_json()) == PinnedKey.parse(
                "#k", tried
            )


@given(
    any_json,
    st.sampled_from(["issuer", "proof", "type", "credentialStatus", "credentialSubject", "@context"]),
)
def test_any_json_anywhere_in_credential_or_list_breaks_a_link(
    published: Published, value: Json, name: str
) -> None:
    bundle = published.bundles[0]
    for part in ("credential", "status"):
        whole = canonical.decode(bundle.credential if part == "credential" else bundle.status)
        assert isinstance(whole, dict)
        data = canonical.encode({**whole, name: value})
        forged = replace(bundle, credential=data) if part == "credential" else replace(bundle, status=data)
        assert check(forged, published.pins)[-1].ok is False


def test_an_issuer_given_as_a_text_counts_too(published: Published) -> None:
    """VC 2.0 allows `issuer` as a URL; a key of somebody else's is refused there as well."""
    value = canonical.decode(published.bundles[0].credential)
    for issuer in (DID, "did:web:other.example"):
        forged = canonical.encode(changed(value, ("issuer",), issuer))
        link = broken(replace(published.bundles[0], credential=forged), published.pins)
        assert link == ("credential-signature" if issuer == DID else "issuer")
