"""What is published of a consultation, for anybody: the table as a document, and all it takes to recount."""

import io
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.params import Depends

from consultation.core import merkle
from consultation.core.errors import LedgerError
from consultation.core.ledger import Head, Ledger
from consultation.export import csv_file, docx_file, labels, publication, table, xlsx
from consultation.export.labels import Language
from consultation.service.problems import Problem, unavailable
from consultation.service.service import Service


class Form(StrEnum):
    """The documents that the table comes as."""

    XLSX = "xlsx"
    DOCX = "docx"
    CSV = "csv"
    JSON = "json"


_MEDIA: Mapping[Form, str] = {
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Form.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Form.CSV: "text/csv; charset=utf-8",
    Form.JSON: "application/json",
}


def routes(service: Service, anybody: Depends) -> APIRouter:
    """Routes that every role may call."""
    router = APIRouter(prefix="/consultations", dependencies=[anybody])
    office = service.office

    @router.get("/{name}/table/{form}")
    def document(name: str, form: Form, lang: Language = Language.VI) -> Response:
        """The published table (bản tổng hợp, tiếp thu, giải trình) as XLSX, DOCX, CSV or canonical JSON."""
        found, words = office.table(name), labels.load(lang)
        laid = table.lay_out(found, words)
        made: Mapping[Form, Callable[[], bytes]] = {
            Form.XLSX: lambda: xlsx.write(laid, words),
            Form.DOCX: lambda: docx_file.write(laid, words),
            Form.CSV: lambda: csv_file.write(laid, bom=True),
            Form.JSON: found.encode,
        }
        headers = {"Content-Disposition": f'attachment; filename="{name}.{form.value}"'}
        return Response(made[form](), media_type=_MEDIA[form], headers=headers)

    @router.get("/{name}/publication")
    def published(name: str) -> Response:
        """Every entry of the ledger, the table, and a script of sixty lines that counts again: a zip."""
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            write(folder, service, name)
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:
                for path in sorted(folder.iterdir()):
                    zipped.write(path, path.name)
        headers = {"Content-Disposition": f'attachment; filename="{name}.zip"'}
        return Response(buffer.getvalue(), media_type="application/zip", headers=headers)

    return router


def write(folder: Path, service: Service, name: str) -> None:
    """The publication of a consultation, from the ledger as it is now. Raises Problem(404, 503)."""
    found = service.office.table(name)
    try:
        head = service.ledger.head()
        entries = service.ledger.scan(0, head.size)
        root = _root_of_tree(service.ledger, head)
        publication.publish(folder, entries, head.size, root, found, labels.load())
    except LedgerError as error:
        raise unavailable(f"the ledger cannot be read: {error}") from error
    except publication.PublicationError as error:
        raise Problem(409, "no-publication", "Cannot be published", str(error)) from error


def _root_of_tree(ledger: Ledger, head: Head) -> bytes:
    """The root of RFC 9162, section 2.1.1, over the entries below `head`: 32 bytes.

    A ledger that proves consistency commits to it in its head. Another's head is of another kind, so its
    entries are read once more.
    """
    if ledger.traits.consistency:
        return head.root
    return merkle.root_of(map(merkle.leaf_hash, ledger.scan(0, head.size)))
