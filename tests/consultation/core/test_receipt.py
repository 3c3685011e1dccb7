"""Receipts: signed, read back, and refused after any change."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.core import canonical, receipt
from consultation.core.canonical import Json
from consultation.core.errors import VerificationError
from consultation.core.receipt import Receipt
from tests.consultation.core.samples import SERVICE, SERVICE_KEY, STRANGER, digest

_RECEIPT = Receipt("cho", "ab" * 16, digest(5), "2026-11-23T10:11:12Z", 3600)
_SIGNED = receipt.sign(_RECEIPT, SERVICE)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
receipts = st.builds(Receipt, texts, texts, texts, texts, st.integers(0, 2**53 - 1))


@given(receipts)
def test_what_is_signed_is_read_back_also_from_its_text(promise: Receipt) -> None:
    signed = receipt.sign(promise, SERVICE)
    assert receipt.verify(signed, SERVICE_KEY) == promise
    assert receipt.verify(canonical.decode(canonical.encode(signed)), SERVICE_KEY) == promise


@pytest.mark.parametrize("name", sorted(_SIGNED))
@pytest.mark.parametrize("value", ["", "x", 1, True, None, [], {}, "00" * 64])
def test_a_changed_field_breaks_the_receipt(name: str, value: Json) -> None:
    with pytest.raises(VerificationError) as refused:
        receipt.verify({**_SIGNED, name: value}, SERVICE_KEY)
    assert refused.value.link == "receipt"


def test_only_the_pinned_key_counts_and_never_the_one_that_comes_along() -> None:
    forged = receipt.sign(_RECEIPT, STRANGER)
    with pytest.raises(VerificationError, match="pinned service key"):
        receipt.verify(forged, SERVICE_KEY)
    with pytest.raises(VerificationError, match="signature"):
        receipt.verify({**forged, "key": SERVICE_KEY}, SERVICE_KEY)


def test_a_signature_has_one_form() -> None:
    signature = str(_SIGNED["signature"])
    for other in (signature.upper(), f" {signature}", f"{signature}\n", signature[:-2], signature + "00"):
        with pytest.raises(VerificationError, match="signature"):
            receipt.verify({**_SIGNED, "signature": other}, SERVICE_KEY)


def test_a_receipt_has_no_field_more_and_none_less() -> None:
    for name in _SIGNED:
        with pytest.raises(VerificationError, match="exactly"):
            receipt.verify({key: value for key, value in _SIGNED.items() if key != name}, SERVICE_KEY)
    with pytest.raises(VerificationError, match="exactly"):
        receipt.verify({**_SIGNED, "note": ""}, SERVICE_KEY)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=9),
    max_leaves=9,
)


@given(json_values)
def test_any_value_is_refused_with_a_verification_error(value: Json) -> None:
    with pytest.raises(VerificationError):
        receipt.verify(value, SERVICE_KEY)


def test_every_field_of_the_promise_is_signed() -> None:
    others = [
        replace(_RECEIPT, consultation="duong"),
        replace(_RECEIPT, opinion="cd" * 16),
        replace(_RECEIPT, leaf=digest(6)),
        replace(_RECEIPT, accepted="2026-11-23T10:11:13Z"),
        replace(_RECEIPT, within_s=7200),
    ]
    signatures = {str(receipt.sign(one, SERVICE)["signature"]) for one in [_RECEIPT, *others]}
    assert len(signatures) == 6
