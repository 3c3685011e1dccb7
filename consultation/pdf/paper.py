"""A bundle as the signed PDF that its holder is given: page, attachment, signature, in one step."""

from dataclasses import dataclass
from datetime import datetime

from consultation import archive
from consultation.core import canonical
from consultation.core.bundle import Bundle
from consultation.core.errors import VerificationError
from consultation.pdf.content import content_of
from consultation.pdf.page import render
from consultation.pdf.signing import PdfSigner, TimeStamps, sign


@dataclass(frozen=True, slots=True)
class Paper:
    """Who signs the PDFs, and which authority stamps the time, if any."""

    signer: PdfSigner
    stamps: TimeStamps | None = None

    def of(self, bundle: Bundle, at: datetime) -> bytes:
        """The PDF, signed at `at` (UTC). Raises Rejected, TimeStampError, VerificationError('form')."""
        credential = canonical.decode(bundle.credential)
        if not isinstance(credential, dict):
            raise VerificationError("form", "a credential is an object")
        return sign(render(content_of(credential), archive.pack(bundle)), self.signer, self.stamps, at)
