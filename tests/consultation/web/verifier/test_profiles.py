"""Both profiles, keys over time, and revocation: the core's own table of forgeries, put to the page too."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultation import archive
from consultation.core import canonical, status_list
from consultation.core.bundle import Bundle, Pins
from consultation.core.canonical import Json
from consultation.core.certificate import Kind
from consultation.core.issuer import Issuer
from consultation.core.moments import Period
from consultation.core.multikey import Ed25519Key, Ed25519Method
from consultation.core.status_list import StatusList
from consultation.core.trust import PinnedKey
from tests.consultation.core.bundles import CREATED, DID, LATER, Signers, publish, snapshot
from tests.consultation.core.samples import NAME, STRANGER
from tests.consultation.core.test_tampered_bundles import ED25519, P256, TAMPERED, Stage, pinned, set_up
from tests.consultation.web.verifier.differential import ask_both, to_text
from tests.consultation.web.verifier.page_script import PageScript, Told, encode


@pytest.fixture(scope="module", params=[ED25519, P256])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return set_up(tmp_path_factory.mktemp(request.param), p256=request.param == P256)


def agreed(script: PageScript, bundle: Bundle, pins: Pins | None) -> Told:
    """The page's answer, which is also the core's."""
    both = ask_both(script, archive.pack(bundle), pins)
    both.agree()
    return both.page


def test_both_profiles_are_valid_with_pins_and_consistent_without(script: PageScript, stage: Stage) -> None:
    for bundle in stage.mine.bundles:
        assert agreed(script, bundle, stage.mine.pins).verdict == "valid"
        unpinned = agreed(script, bundle, None)
        assert unpinned.verdict == "consistent"
        signature = dict(unpinned.links)["credential-signature"]
        assert signature is (True if stage.mine.method.id == f"{DID}#key-1" else None)


@pytest.mark.parametrize(("name", "link"), [(row[0], row[2]) for row in TAMPERED])
def test_each_forgery_of_the_table_breaks_its_link_in_the_page_too(
    script: PageScript, stage: Stage, name: str, link: str
) -> None:
    [tamper] = [row[1] for row in TAMPERED if row[0] == name]
    forged = tamper(stage)
    assert agreed(script, forged, stage.mine.pins).broken == link
    assert agreed(script, forged, None).verdict != "valid"


def test_a_bundle_forged_whole_is_refused_in_either_profile(
    script: PageScript, stage: Stage, tmp_path: Path
) -> None:
    pins, p256 = stage.mine.pins, stage.p256
    same_name = publish(tmp_path / "same", Signers(20), p256=p256).bundles[0]
    other_name = publish(tmp_path / "other", Signers(20), did="did:web:gia-mao.example", p256=p256).bundles[0]
    assert agreed(script, same_name, pins).broken == "credential-signature"
    assert agreed(script, other_name, pins).broken == "issuer"
    assert agreed(script, other_name, None).verdict == "consistent"


def test_a_bundle_without_its_status_list_is_not_whole(script: PageScript, stage: Stage) -> None:
    """Whoever could leave it out could hide that a certificate was revoked."""
    bundle = replace(stage.bundle, status=b"{}")
    whole = archive.pack(bundle)
    assert agreed(script, bundle, stage.mine.pins).broken == "status-signature"
    told = script.verify(whole.replace(b"status.vc.json", b"status.vc.jsoX"), to_text(stage.mine.pins))
    assert told.broken == "form"


def test_a_revoked_certificate_is_refused_as_of_the_snapshot_and_its_neighbours_are_not(
    script: PageScript, stage: Stage
) -> None:
    listed = snapshot(stage.mine, [0, 2])
    for index, bundle in enumerate(stage.mine.bundles):
        told = agreed(script, replace(bundle, status=listed), stage.mine.pins)
        assert told.broken == (None if index == 1 else "status")
        assert f"as of {LATER}" in told.details["status"]


@given(st.sets(st.integers(0, 19)), st.integers(0, 19))
def test_the_bit_that_the_core_sets_is_the_one_that_the_page_reads(
    script: PageScript, revoked: set[int], index: int
) -> None:
    url = "https://don-vi.example/status/x"
    method = Ed25519Method(f"{DID}#key-1", STRANGER)
    listed = status_list.issue(url, Issuer(DID, "Sở").to_json(), StatusList.of(20, revoked), LATER, method)
    question: dict[str, Json] = {"list": canonical.encode(listed).decode(), "url": url, "index": index}
    assert script.ask("revoked", question) == {"revoked": index in revoked}


@settings(max_examples=60)
@given(data=st.data())
def test_a_byte_turned_anywhere_breaks_the_same_link_in_either_profile(
    script: PageScript, stage: Stage, data: st.DataObject
) -> None:
    parts = asdict(stage.bundle)
    part = data.draw(st.sampled_from(list(parts)))
    turned = bytearray(parts[part])
    at = data.draw(st.integers(0, len(turned) - 1))
    turned[at] ^= data.draw(st.integers(1, 255))
    forged = replace(stage.bundle, **{part: bytes(turned)})
    assert agreed(script, forged, stage.mine.pins).broken is not None


# Keys over time


def test_a_key_counts_from_its_first_moment_and_before_its_last(script: PageScript, stage: Stage) -> None:
    for period, link in (
        (Period("2026-01-01T00:00:00Z", LATER), None),
        (Period(since=CREATED), None),
        (Period(since="2026-11-23T17:11:12+07:00"), None),
        (Period(since="2026-11-23T10:11:12.000001Z"), "key-period"),
        (Period(since=LATER), "key-period"),
        (Period(until=CREATED), "key-period"),
    ):
        told = agreed(script, stage.bundle, pinned(stage, period))
        assert told.broken == link, period


def test_the_units_own_key_must_be_pinned_and_in_its_period(
    script: PageScript, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stage = set_up(tmp_path_factory.mktemp(P256), p256=True)
    mine, method = stage.mine, stage.mine.issuer.method
    unit = mine.pins.issuers[method]
    rest = {name: key for name, key in mine.pins.issuers.items() if key != unit}
    for pins in (
        pinned(stage, Period(until=CREATED), method),
        replace(mine.pins, issuers=rest),
        replace(mine.pins, issuers={**rest, "did:web:gia-mao.example#key-1": unit}),
    ):
        assert agreed(script, stage.bundle, pins).broken == "unit-key"


def test_a_list_by_the_next_key_counts_while_that_key_does(script: PageScript, stage: Stage) -> None:
    issuer = stage.mine.issuer
    new = Ed25519Method(f"{DID}#key-2", STRANGER)
    signed = status_list.issue(issuer.status_url(NAME), issuer.to_json(), StatusList.of(3), LATER, new)
    bundle = replace(stage.bundle, status=canonical.encode(signed))
    for period, link in ((Period(since=LATER), None), (Period(until=LATER), "status-signature")):
        issuers = {**stage.mine.pins.issuers, new.id: PinnedKey(new.public, period)}
        assert agreed(script, bundle, replace(stage.mine.pins, issuers=issuers)).broken == link
    assert dict(agreed(script, bundle, None).links)["status-signature"] is None


def test_a_key_of_the_other_kind_under_the_right_name_is_refused(script: PageScript, stage: Stage) -> None:
    other = PinnedKey(Ed25519Key(bytes(STRANGER.verify_key)))
    pins = replace(stage.mine.pins, issuers={**stage.mine.pins.issuers, stage.mine.method.id: other})
    assert agreed(script, stage.bundle, pins).broken in ("credential-signature", "credential-proof")


@pytest.mark.parametrize("value", [{}, {"key": 5}, {"from": CREATED}, {"key": "z", "note": "x"}, ["z"]])
def test_a_pin_of_another_form_is_refused_by_both(script: PageScript, stage: Stage, value: Json) -> None:
    whole = {**stage.mine.pins.to_json(), "issuers": {stage.mine.method.id: value}}
    text = canonical.encode(whole)
    with pytest.raises(ValueError, match=r"."):
        Pins.parse(text)
    assert "flaw" in script.ask("pins", {"text": encode(text)})


@pytest.mark.parametrize(
    ("since", "until"), [(LATER, CREATED), (CREATED, CREATED), ("today", ""), ("", "2026-02-30T00:00:00Z")]
)
def test_a_period_that_is_none_is_refused_by_both(
    script: PageScript, stage: Stage, since: str, until: str
) -> None:
    value: Json = {"key": stage.mine.method.public.multikey, "from": since, "until": until}
    text = canonical.encode({**stage.mine.pins.to_json(), "issuers": {stage.mine.method.id: value}})
    with pytest.raises(ValueError, match=r"."):
        Pins.parse(text)
    assert "flaw" in script.ask("pins", {"text": encode(text)})


# The other kind


@pytest.mark.parametrize("p256", [False, True], ids=[ED25519, P256])
def test_a_units_opinion_is_verified_by_the_same_links(
    script: PageScript, tmp_path: Path, *, p256: bool
) -> None:
    published = publish(tmp_path, Signers(10), p256=p256, kind=Kind.UNIT_OPINION)
    for bundle in published.bundles:
        assert agreed(script, bundle, published.pins).verdict == "valid"
