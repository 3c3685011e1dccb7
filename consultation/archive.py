"""A certificate's bundle as a zip: four files, nothing else, the same bytes each time."""

import io
import lzma
import struct
import zipfile
import zlib

from consultation.core.bundle import MAX_PART_BYTES, NAMES, Bundle
from consultation.core.errors import VerificationError

# All that zipfile lets through of a file that is no zip; RuntimeError stands for an encrypted one.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
)


def pack(bundle: Bundle) -> bytes:
    """The zip's bytes; dates are fixed, so equal bundles give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, part in bundle.parts().items():
            zipped.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def unpack(data: bytes) -> Bundle:
    """Read a zip. Raises VerificationError('form') unless it holds exactly the four parts."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as zipped:
            if sorted(zipped.namelist()) != sorted(NAMES):
                raise VerificationError(
                    "form", f"a bundle holds exactly {', '.join(NAMES)}, found {zipped.namelist()[:8]}"
                )
            large = [info.filename for info in zipped.infolist() if info.file_size > MAX_PART_BYTES]
            if large:
                raise VerificationError("form", f"{large[0]} has more than {MAX_PART_BYTES} bytes")
            return Bundle(*(zipped.read(name) for name in NAMES))
    except _BROKEN as error:
        raise VerificationError("form", f"not a zip file: {error}") from error
