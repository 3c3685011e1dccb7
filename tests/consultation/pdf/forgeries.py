"""PDFs that are not as issued: something appended, attached twice, encrypted, or signed another way.

The library leaves some of its functions untyped, hence the marks.
"""

import io

from pyhanko.keys.internal import (
    translate_pyca_cryptography_cert_to_asn1,
    translate_pyca_cryptography_key_to_asn1,
)
from pyhanko.pdf_utils import embed, generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import BasePdfFileWriter, copy_into_new_writer
from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

from consultation.pdf.signing import PdfSigner


def appended(pdf: bytes, name: str, content: bytes, declared: str | None = None) -> bytes:
    """An incremental update that attaches one more file."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    file = embed.EmbeddedFileObject.from_file_data(writer, content)
    embed.embed_file(writer, embed.FileSpec(name, file_name=declared or name, embedded_data=file))
    return _written(writer)


def repainted(pdf: bytes) -> bytes:
    """An incremental update that paints over the page."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    paint = generic.StreamObject(stream_data=b"q 1 1 1 rg 0 0 600 850 re f Q")
    writer.add_stream_to_page(0, writer.add_object(paint))  # type: ignore[no-untyped-call]
    return _written(writer)


def encrypted(pdf: bytes) -> bytes:
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(pdf)))
    writer.encrypt("secret", "")  # type: ignore[no-untyped-call]
    return _written(writer)


def signed_otherwise(pdf: bytes, unit: PdfSigner, kind: SigSeedSubFilter, field: str = "Other") -> bytes:
    """Signed by the library's own signer: PKCS#1 v1.5 where the key is RSA, and without certifying."""
    signer = SimpleSigner(
        translate_pyca_cryptography_cert_to_asn1(unit.certificate),
        translate_pyca_cryptography_key_to_asn1(unit.key),
        SimpleCertificateStore(),  # type: ignore[no-untyped-call]
    )
    about = PdfSignatureMetadata(field_name=field, md_algorithm="sha256", subfilter=kind)
    output = sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), about, signer)
    return bytes(output.getvalue())


def _written(writer: BasePdfFileWriter) -> bytes:
    output = io.BytesIO()
    writer.write(output)  # type: ignore[no-untyped-call]
    return output.getvalue()
