"""Reading a PDF that somebody sent: within bounds, and to the attached bundle.

The library's parser meets bytes made to harm it here. Whatever it raises on them is turned into one
VerificationError('pdf') that says what was found; sizes are bounded before and while it reads.
"""

import io
import logging
from collections.abc import Iterator

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodeLimits, DocumentDecodeBudget, StreamDecodeLimits
from pyhanko.pdf_utils.reader import PdfFileReader

from consultation.core.errors import VerificationError
from consultation.pdf.library import said
from consultation.pdf.page import BUNDLE_NAME, MAX_BUNDLE_BYTES

MAX_PDF_BYTES = 8_000_000
_MAX_NODES = 64
"""Nodes and names of the tree of attachments; ours has one of each."""
_LIMITS = DecodeLimits(
    per_stream=StreamDecodeLimits(max_output_size=MAX_BUNDLE_BYTES),
    document_budget=DocumentDecodeBudget(base_allowance=4 * MAX_BUNDLE_BYTES, max_ratio=1),
)
_SILENT = logging.NullHandler()


def open_pdf(data: bytes) -> PdfFileReader:
    """A reader over the newest revision. Raises VerificationError('pdf')."""
    if len(data) > MAX_PDF_BYTES:
        raise VerificationError("pdf", f"the file has {len(data)} bytes, at most {MAX_PDF_BYTES} are allowed")
    if not data.startswith(b"%PDF-"):
        raise VerificationError("pdf", f"a PDF begins with '%PDF-', found {data[:8]!r}")
    for library in ("pyhanko", "pyhanko_certvalidator"):
        # They log what they raise too, and an unconfigured log would print it beside the links.
        logging.getLogger(library).addHandler(_SILENT)
    try:
        reader = PdfFileReader(io.BytesIO(data), strict=True, decode_limits=_LIMITS)
        encrypted = reader.encrypted
    except Exception as error:
        raise VerificationError(
            "pdf",
            f"the PDF of {len(data)} bytes cannot be read, it may be cut short or damaged: {said(error)}",
        ) from error
    if encrypted:
        raise VerificationError("pdf", "the PDF is encrypted; a certificate never is: use the file as issued")
    return reader


def extract(data: bytes) -> bytes:
    """The attached `bundle.zip`. Raises VerificationError('pdf').

    Of a file to which something was appended this is the newest bundle: `check_signature` tells.
    """
    reader = open_pdf(data)
    try:
        attached = [(str(name), file) for name, file in _attachments(reader)]
        names = [name for name, _ in attached]
        found = [file for name, file in attached if name == BUNDLE_NAME]
        if len(found) == 1:
            return _content(found[0])
    except VerificationError:
        raise
    except Exception as error:
        raise VerificationError("pdf", f"the PDF's attachments cannot be read: {said(error)}") from error
    if found:
        raise VerificationError("pdf", f"{len(found)} attachments are called {BUNDLE_NAME!r}, one is allowed")
    others = f"only {', '.join(map(repr, names[:5]))}"[:200] if names else "nothing at all"
    raise VerificationError(
        "pdf", f"a certificate has {BUNDLE_NAME!r} attached, this PDF has {others}: use the file as issued"
    )


def _attachments(reader: PdfFileReader) -> Iterator[tuple[generic.PdfObject, generic.PdfObject]]:
    """Names and file specifications in the document's name tree: ISO 32000-1 7.9.6 and 7.11.4."""
    names = _entry(reader.root, "/Names")
    tree = _entry(names, "/EmbeddedFiles")
    waiting = [] if tree is None else [tree]
    seen = 0
    while waiting:
        node = waiting.pop()
        seen += 1
        if not isinstance(node, generic.DictionaryObject):
            raise VerificationError("pdf", "a node of the tree of attachments is not a dictionary")
        pairs = _items(node, "/Names")
        kids = _items(node, "/Kids")
        seen += len(pairs) + len(kids)
        if seen > _MAX_NODES or len(pairs) % 2:
            raise VerificationError("pdf", f"the tree of attachments is odd or has over {_MAX_NODES} nodes")
        waiting += kids
        yield from zip(pairs[::2], pairs[1::2], strict=True)


def _entry(holder: generic.PdfObject | None, key: str) -> generic.PdfObject | None:
    """A dictionary's value, a reference followed, which the library's `get` does not."""
    if not isinstance(holder, generic.DictionaryObject) or key not in holder:
        return None
    value: generic.PdfObject = holder[key]
    return value


def _items(node: generic.DictionaryObject, key: str) -> list[generic.PdfObject]:
    """An array's items, references followed; none where there is no array."""
    array = _entry(node, key)
    if not isinstance(array, generic.ArrayObject):
        return []
    if len(array) > _MAX_NODES:
        raise VerificationError("pdf", f"the tree of attachments has over {_MAX_NODES} nodes")
    return [array[at] for at in range(len(array))]


def _content(file: generic.PdfObject) -> bytes:
    """The bytes behind a file specification."""
    held = _entry(file, "/EF")
    streams = [stream for stream in (_entry(held, "/F"), _entry(held, "/UF")) if stream is not None]
    contents = {bytes(stream.data) for stream in streams if isinstance(stream, generic.StreamObject)}
    if len(contents) != 1:
        raise VerificationError(
            "pdf", f"the attachment {BUNDLE_NAME!r} is one stream of bytes, found {len(contents)}"
        )
    return contents.pop()
