"""The signature library, pyHanko, as the pages' signatures and time stamps outside of PDF both take it."""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.keys.internal import translate_pyca_cryptography_cert_to_asn1
from pyhanko_certvalidator import ValidationContext


def trusting(pinned: Sequence[x509.Certificate], at: datetime) -> ValidationContext:
    """To check a signature with, as of `at`: nothing is fetched, no revocation list either."""
    roots = list(map(translate_pyca_cryptography_cert_to_asn1, pinned))
    return ValidationContext(trust_roots=roots, moment=at, allow_fetching=False, revocation_mode="soft-fail")


def stamps(certificate: x509.Certificate) -> bool:
    """RFC 3161 2.3: only a certificate for stamping stamps; the library lets one without a use pass."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return ExtendedKeyUsageOID.TIME_STAMPING in usage


def said(error: Exception) -> str:
    """What an exception of the library says, in one bounded line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]
