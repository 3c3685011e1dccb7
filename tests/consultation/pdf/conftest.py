"""One page signed once, and the keys of a time-stamp authority."""

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from consultation.pdf.page import render
from consultation.pdf.signing import PdfSigner, TimeStamps, sign
from tests.consultation.pdf.authority import Authority, listening
from tests.consultation.pdf.samples import AT, FULL, ZIP, signer


@pytest.fixture(scope="session")
def unit() -> PdfSigner:
    return signer(1)


@pytest.fixture(scope="session")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="session")
def authority(rsa_key: rsa.RSAPrivateKey) -> Iterator[Authority]:
    with listening(rsa_key) as one:
        yield one


@pytest.fixture(scope="session")
def page() -> bytes:
    return render(FULL, ZIP)


@pytest.fixture(scope="session")
def signed(page: bytes, unit: PdfSigner) -> bytes:
    """PAdES-B-B."""
    return sign(page, unit, None, AT)


@pytest.fixture(scope="session")
def stamped(page: bytes, unit: PdfSigner, authority: Authority) -> bytes:
    """PAdES-B-T."""
    return sign(page, unit, TimeStamps(authority.url), AT)
