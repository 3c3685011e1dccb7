"""Certificates of a unit's signing key that no authority has vouched for: for the pilot and its tests.

Whoever pins one believes in exactly that key. A city would use a certificate by an authority of the
country instead; nothing else changes.
"""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.x509.oid import NameOID

from consultation.core.errors import Rejected

SigningKey = EllipticCurvePrivateKey | RSAPrivateKey
MIN_RSA_BITS = 2048
_MAX_COMMON_NAME_BYTES = 64
"""RFC 5280 appendix A.1, ub-common-name, counted in UTF-8 bytes by the library."""


def self_signed_unit_certificate(
    key: SigningKey, name: str, not_before: datetime, not_after: datetime, serial: int
) -> x509.Certificate:
    """A certificate for signing documents, by the key itself; the same bytes each time for a P-256 key.

    A name past 64 bytes is whole in the organisation and cut in the common name. Raises Rejected.
    """
    check_strength(key.public_key())
    short = name.encode()[:_MAX_COMMON_NAME_BYTES].decode(errors="ignore")
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
            x509.NameAttribute(NameOID.COMMON_NAME, short),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if isinstance(key, EllipticCurvePrivateKey):
        return builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    salted = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    return builder.sign(key, hashes.SHA256(), rsa_padding=salted)


def check_strength(public: object) -> None:
    """P-256, or RSA of at least 2048 bits: what Circular 15/2025/TT-BKHCN asks software to offer.

    Raises Rejected saying what was found.
    """
    if isinstance(public, EllipticCurvePublicKey) and isinstance(public.curve, SECP256R1):
        return
    if isinstance(public, RSAPublicKey) and public.key_size >= MIN_RSA_BITS:
        return
    found = f"a {type(public).__name__}"
    if isinstance(public, EllipticCurvePublicKey):
        found = f"a key on the curve {public.curve.name}"
    elif isinstance(public, RSAPublicKey):
        found = f"an RSA key of {public.key_size} bits"
    raise Rejected(f"a PDF is signed with P-256 or RSA of at least {MIN_RSA_BITS} bits, found {found}")
