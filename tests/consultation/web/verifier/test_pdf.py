"""The bundle inside a PDF: found where it is embedded, and the PDF itself never called valid."""

import json
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import typst
from hypothesis import given
from hypothesis import strategies as st

from consultation import archive
from tests.consultation.core.bundles import Published
from tests.consultation.web.verifier.differential import ask_core, to_text
from tests.consultation.web.verifier.page_script import PageScript

TEMPLATE = Path(__file__).with_name("attached.typ").read_bytes()
MADE = datetime(2026, 11, 23, tzinfo=UTC)


def set_page(bundle: bytes) -> bytes:
    """A PDF/A-3 with the bundle attached, by the program that sets certificates."""
    inputs = {"bundle": json.dumps(list(bundle))}
    compiler = typst.Compiler(ignore_system_fonts=True)
    made = compiler.compile(TEMPLATE, format="pdf", sys_inputs=inputs, pdf_standards=["a-3b"], timestamp=MADE)
    assert isinstance(made, bytes)
    return made


def embedded(data: bytes, number: int = 7, filter_: bytes = b"", length: bytes = b"") -> bytes:
    """An object that embeds a file: ISO 32000-1 7.11.4."""
    size = length or b"%d" % len(data)
    return (
        b"%d 0 obj\n<< /Type /EmbeddedFile %s /Length %s >>\nstream\r\n" % (number, filter_, size)
        + data
        + b"\nendstream\nendobj\n"
    )


def pdf_with(*objects: bytes) -> bytes:
    """As much of a PDF as these objects, in the order of its updates."""
    return b"%PDF-1.7\n" + b"".join(objects) + b"%%EOF\n"


def test_a_bundle_that_typst_attached_is_verified_and_the_pdf_itself_is_left(
    script: PageScript, published: Published
) -> None:
    bundle = archive.pack(published.bundles[0])
    told = script.verify(set_page(bundle), to_text(published.pins))
    assert told.links == (("pdf-signature", None), *ask_core(bundle, published.pins))
    assert told.verdict == "partial", "whoever reads 'valid' would believe the page that is printed too"


def test_a_bundle_is_found_in_each_way_that_writers_write_it(
    script: PageScript, published: Published
) -> None:
    bundle = archive.pack(published.bundles[0])
    packed, own = zlib.compress(bundle), b"99 0 obj\n%d\nendobj\n"
    for pdf in (
        pdf_with(embedded(bundle)),
        pdf_with(embedded(packed, filter_=b"/Filter /FlateDecode")),
        pdf_with(embedded(packed, filter_=b"/Filter [ /FlateDecode ]")),
        pdf_with(embedded(bundle, length=b"99 0 R"), own % len(bundle)),
        pdf_with(own % 7, embedded(bundle, length=b"99 0 R"), own % len(bundle)),
        pdf_with(embedded(b"another file", 8), embedded(bundle)),
        pdf_with(embedded(bundle), embedded(packed, 8, filter_=b"/Filter/FlateDecode")),
    ):
        assert script.verify(pdf, to_text(published.pins)).verdict == "partial", pdf[:200]


def test_a_forged_bundle_in_a_pdf_is_refused_at_its_link(script: PageScript, published: Published) -> None:
    honest = published.bundles[0]
    forged = replace(honest, credential=honest.credential.replace(b"took part", b"won it all"))
    told = script.verify(pdf_with(embedded(archive.pack(forged))), to_text(published.pins))
    assert (told.verdict, told.broken) == ("refused", "credential-signature")


def test_a_pdf_without_one_readable_bundle_is_refused_and_the_zip_asked_for(
    script: PageScript, published: Published
) -> None:
    first, second = (archive.pack(bundle) for bundle in published.bundles[:2])
    packed = zlib.compress(first)
    for pdf, said in (
        (pdf_with(), "No readable zip"),
        (pdf_with(embedded(b"no zip")), "No readable zip"),
        (pdf_with(embedded(first), embedded(second, 8)), "2 different zips"),
        (pdf_with(embedded(first))[:-100], "No readable zip"),
        (pdf_with(embedded(packed, filter_=b"/Filter /LZWDecode")), "No readable zip"),
        (pdf_with(embedded(packed, filter_=b"/Filter /FlateDecode /DecodeParms 1 0 R")), "No readable zip"),
        (pdf_with(embedded(packed[:-9], filter_=b"/Filter /FlateDecode")), "No readable zip"),
        (pdf_with(embedded(first, length=b"99 0 R")), "No readable zip"),
        (pdf_with(embedded(first, length=b"7")), "No readable zip"),
        (pdf_with(embedded(first, length=b"999999999")), "No readable zip"),
        (b"%PDF-1.7\n" + b"/Type /EmbeddedFile " * 100, "More than 64 files"),
        (b"%PDF-1.7\ntrailer << /Encrypt 5 0 R >>", "encrypted"),
    ):
        told = script.verify(pdf, to_text(published.pins))
        assert (told.verdict, told.broken) == ("refused", "pdf")
        assert said in told.detail


@given(data=st.data())
def test_a_pdf_with_bytes_turned_is_refused_or_still_holds_the_bundle(
    script: PageScript, published: Published, data: st.DataObject
) -> None:
    bundle = archive.pack(published.bundles[0])
    turned = bytearray(pdf_with(embedded(bundle)))
    for _ in range(data.draw(st.integers(1, 4))):
        turned[data.draw(st.integers(5, len(turned) - 1))] = data.draw(st.integers(0, 255))
    told = script.verify(bytes(turned), to_text(published.pins))
    assert told.verdict in ("refused", "partial")
    if told.verdict == "partial":
        assert told.links[1:] == ask_core(bundle, published.pins)
