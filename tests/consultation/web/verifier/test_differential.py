"""Two verifiers, written apart: whatever is changed in a bundle, both name the same broken link."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultation import archive
from consultation.core import canonical
from consultation.core.bundle import Bundle
from consultation.core.canonical import Json
from tests.consultation.core.bundles import Published, Signers, changed, leaf_at, leaves, publish
from tests.consultation.web.verifier.differential import ask_both, ask_core, to_text
from tests.consultation.web.verifier.page_script import PageScript


def other_leaves(value: Json) -> list[Json]:
    """Other leaves in place of one."""
    match value:
        case str():
            turned = chr(ord(value[-1]) ^ 1) if value else "a"
            return [value[:-1] + turned, value + " ", "", None, [value], {}, 0]
        case int():
            return [value + 1, -value - 1, str(value), None, True, 2**60]
    return ["x"]


def variants(bundle: Bundle) -> Iterator[tuple[str, Bundle]]:
    """Every leaf of every JSON part changed, missing or one too many, and every line of the proof."""
    for part, data in asdict(bundle).items():
        if part == "proof":
            continue
        value = canonical.decode(data)
        for path in leaves(value):
            for other in other_leaves(leaf_at(value, path)):
                forged = json.dumps(changed(value, path, other)).encode()
                yield f"{part} {path} {other!r:.40}", replace(bundle, **{part: forged})
        assert isinstance(value, dict)
        for name in value:
            less = {key: item for key, item in value.items() if key != name}
            if name != "credentialStatus":
                yield f"{part} without {name}", replace(bundle, **{part: canonical.encode(less)})
        yield f"{part} and more", replace(bundle, **{part: canonical.encode({**value, "more": "x"})})
    lines = bundle.proof.decode().split("\n")
    for at, line in enumerate(lines):
        for lines_there in ([], [line, line], [line + "A"], [line[:-1]], [""]):
            forged = "\n".join([*lines[:at], *lines_there, *lines[at + 1 :]]).encode()
            yield f"proof line {at} {lines_there!r:.60}", replace(bundle, proof=forged)


def behind_base64(bundle: Bundle) -> Iterator[tuple[str, Bundle]]:
    """Each byte of the anchor's entry, proof and attestation turned."""
    value = canonical.decode(bundle.anchor)
    for path in (("entry",), ("proof",), ("head", "attestation")):
        data = base64.b64decode(str(leaf_at(value, path)))
        for at in range(0, len(data), 3):
            turned = bytearray(data)
            turned[at] ^= 0x01
            other = base64.b64encode(bytes(turned)).decode()
            yield f"{path} {at}", replace(bundle, anchor=canonical.encode(changed(value, path, other)))


def test_the_honest_certificates_are_accepted_by_both(script: PageScript, published: Published) -> None:
    for bundle in published.bundles:
        both = ask_both(script, archive.pack(bundle), published.pins)
        assert both.agree() is None
        assert both.page.verdict == "valid"


def test_without_pins_both_say_consistent_and_not_valid(script: PageScript, published: Published) -> None:
    for bundle in published.bundles:
        both = ask_both(script, archive.pack(bundle), None)
        assert both.agree() is None
        assert both.page.verdict == "consistent"
        assert dict(both.page.links)["issuer"] is None


@pytest.mark.parametrize("make", [variants, behind_base64])
def test_every_tampered_bundle_is_refused_by_both_at_the_same_link(
    script: PageScript,
    published: Published,
    make: Callable[[Bundle], Iterator[tuple[str, Bundle]]],
) -> None:
    honest = published.bundles[1]
    named: dict[str, int] = {}
    differ = []
    for what, forged in make(honest):
        if forged == honest:
            continue
        both = ask_both(script, archive.pack(forged), published.pins)
        if both.page.links != both.core or both.page.broken is None:
            differ.append((what, both.core[-1], both.page.links[-1], both.page.detail))
        named[str(both.page.broken)] = named.get(str(both.page.broken), 0) + 1
    assert differ == []
    assert sum(named.values()) > 100
    assert len(named) >= 3, named


def test_the_line_that_a_proof_may_carry_beside_changes_nothing_in_either(
    script: PageScript, published: Published
) -> None:
    """c2sp.org/tlog-proof: `extra` is not authenticated, so nothing may hang on it."""
    bundle = published.bundles[0]
    forged = replace(bundle, proof=bundle.proof.replace(b"\nindex", b"\nextra AAAA\nindex", 1))
    assert ask_both(script, archive.pack(forged), published.pins).agree() is None


def test_links_that_break_without_pins_are_the_same_too(script: PageScript, published: Published) -> None:
    for at, (what, forged) in enumerate(variants(published.bundles[0])):
        if at % 5 == 0:
            both = ask_both(script, archive.pack(forged), None)
            assert both.page.links == both.core, what
            assert both.page.verdict != "valid"


def test_parts_of_two_publications_are_refused_by_both_at_the_same_link(
    script: PageScript, published: Published, tmp_path: Path
) -> None:
    mine = published.bundles[0]
    neighbour = published.bundles[1]
    other = publish(tmp_path / "other", Signers(10), name="mot-viec-khac").bundles[0]
    strange = publish(tmp_path / "strange", Signers(20)).bundles[0]
    broken = set()
    for donor in (neighbour, other, strange):
        for part, data in asdict(donor).items():
            forged = replace(mine, **{part: data})
            if forged != mine:
                broken.add(ask_both(script, archive.pack(forged), published.pins).agree())
    assert {"certificate-proof", "anchor"} <= broken


def test_a_whole_bundle_forged_under_fresh_keys_is_refused_and_merely_consistent_without_pins(
    script: PageScript, published: Published, tmp_path: Path
) -> None:
    theirs = publish(tmp_path / "theirs", Signers(20), did="did:web:gia-mao.example").bundles[0]
    same_name = publish(tmp_path / "same", Signers(20)).bundles[0]
    for forged, link in ((theirs, "issuer"), (same_name, "credential-signature")):
        assert ask_both(script, archive.pack(forged), published.pins).agree() == link
        assert ask_both(script, archive.pack(forged), None).page.verdict == "consistent"


def test_pins_that_do_not_name_issuer_or_ledger_refuse_in_both(
    script: PageScript, published: Published, tmp_path: Path
) -> None:
    file, pins = archive.pack(published.bundles[0]), published.pins
    strange = publish(tmp_path, Signers(30)).pins
    for other, link in (
        (replace(pins, issuers={}), "issuer"),
        (replace(pins, ledgers={}), "ledger-pins"),
        (replace(pins, ledgers={"signed-db": {}}), "ledger-pins"),
        (replace(pins, ledgers={"signed-db": {"backend": "signed-db", "vkey": "x"}}), "ledger-pins"),
        (replace(pins, ledgers={"signed-db": {"backend": "memory"}}), "ledger-pins"),
        (replace(pins, issuers=strange.issuers), "credential-signature"),
        (replace(pins, ledgers=strange.ledgers), "ledger-head"),
    ):
        assert ask_both(script, file, other).agree() == link


@settings(max_examples=200)
@given(data=st.data())
def test_a_byte_turned_anywhere_breaks_the_same_link_in_both(
    script: PageScript, published: Published, data: st.DataObject
) -> None:
    bundle = data.draw(st.sampled_from(published.bundles))
    part = data.draw(st.sampled_from(sorted(asdict(bundle))))
    turned = bytearray(asdict(bundle)[part])
    at = data.draw(st.integers(0, len(turned) - 1))
    turned[at] ^= data.draw(st.integers(1, 255))
    both = ask_both(script, archive.pack(replace(bundle, **{part: bytes(turned)})), published.pins)
    assert both.agree() is not None


@settings(max_examples=200)
@given(data=st.data())
def test_a_byte_turned_in_the_zip_is_never_accepted_by_the_page_alone(
    script: PageScript, published: Published, data: st.DataObject
) -> None:
    """Of a zip's own headers the page takes less than Python's library does, and nothing more."""
    turned = bytearray(archive.pack(published.bundles[0]))
    at = data.draw(st.integers(0, len(turned) - 1))
    turned[at] ^= data.draw(st.integers(1, 255))
    page = script.verify(bytes(turned), to_text(published.pins))
    core = ask_core(bytes(turned), published.pins)
    assert page.links in (core, (("form", False),))


@settings(max_examples=100)
@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", b"%PDF-1.7\n", b"PK\x05\x06"]))
def test_any_bytes_for_a_file_are_refused_and_nothing_is_thrown(
    script: PageScript, data: bytes, start: bytes
) -> None:
    told = script.verify(start + data, None)
    assert told.verdict == "refused"
    assert told.broken in ("form", "pdf")
