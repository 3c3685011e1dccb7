"""Options that name a time-stamp authority of the tests', and faults of one: real tokens over real HTTP."""

from collections.abc import Mapping
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from backends.ports import Option
from tests.consultation.pdf.authority import Authority


def options(authority: Authority, pem: Path, age_s: float = 0.0) -> Mapping[str, Option]:
    """The operator and the authority alone, as fast as both can; the certificate is written to `pem`."""
    certificate = x509.load_der_x509_certificate(authority.certificate)
    pem.write_bytes(certificate.public_bytes(Encoding.PEM))
    return {
        "witnesses": 0,
        "batch_age_s": 0.0,
        "timestamps": authority.url,
        "timestamp_age_s": age_s,
        "timestamp_root": str(pem),
    }


class Switch:
    """A fault of an authority, on or off: while it is on, its answers are empty."""

    def __init__(self) -> None:
        self.on = False
        self.answers = 0
        """Given so far, empty ones too."""

    def __call__(self, answer: bytes) -> bytes:
        self.answers += 1
        return b"" if self.on else answer
