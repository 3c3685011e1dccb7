"""The zip of a certificate: the same bytes each time, and nothing but its four parts is read."""

import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation import archive
from consultation.core.bundle import (
    ANCHOR_NAME,
    MAX_PART_BYTES,
    NAMES,
    PROOF_NAME,
    STATUS_NAME,
    VC_NAME,
    Bundle,
)
from consultation.core.errors import VerificationError

_BUNDLE = Bundle(b'{"id": "urn:x"}' * 20, b"proof\n" * 20, b'{"ledger": "memory"}' * 20, b"{}" * 20)
_PACKED = archive.pack(_BUNDLE)


def zipped(parts: list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, part in parts:
            made.writestr(name, part)
    return buffer.getvalue()


def test_equal_bundles_have_equal_bytes_and_are_read_back() -> None:
    assert archive.pack(_BUNDLE) == _PACKED
    assert archive.unpack(_PACKED) == _BUNDLE


@given(st.integers(0, len(_PACKED) - 1), st.integers(1, 255))
def test_a_changed_byte_gives_the_bundle_or_a_verification_error(at: int, flip: int) -> None:
    changed = bytearray(_PACKED)
    changed[at] ^= flip
    with suppress(VerificationError):
        assert archive.unpack(bytes(changed)) == _BUNDLE, "zip checks what it holds"


@given(st.integers(0, len(_PACKED) - 1))
def test_a_truncated_zip_is_refused(size: int) -> None:
    with pytest.raises(VerificationError):
        archive.unpack(_PACKED[:size])


def test_an_encrypted_member_is_refused() -> None:
    changed = bytearray(_PACKED)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(mark)
        while at >= 0:
            changed[at + offset] |= 1
            at = changed.find(mark, at + 1)
    with pytest.raises(VerificationError, match="form"):
        archive.unpack(bytes(changed))


@pytest.mark.filterwarnings("ignore:Duplicate name")  # that one is meant
@pytest.mark.parametrize(
    "parts",
    [
        [],
        [(VC_NAME, b"")],
        [(VC_NAME, b""), (PROOF_NAME, b""), (ANCHOR_NAME, b"")],
        [*((name, b"") for name in NAMES), ("more", b"")],
        [*((name, b"") for name in NAMES), (VC_NAME, b"")],
        [(VC_NAME, b""), (PROOF_NAME, b""), ("../anchor.json", b""), (STATUS_NAME, b"")],
        [(VC_NAME, b""), (PROOF_NAME, b""), (ANCHOR_NAME, b""), (STATUS_NAME, bytes(MAX_PART_BYTES + 1))],
    ],
)
def test_a_zip_with_other_members_or_large_ones_is_refused(parts: list[tuple[str, bytes]]) -> None:
    with pytest.raises(VerificationError):
        archive.unpack(zipped(parts))
