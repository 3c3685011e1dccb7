"""What Locust's users need to find: an open consultation, a closed one, a published one, and who took part.

Only the routes that people use are called, so this works on any ledger and over any distance.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TIMEOUT_S = 180.0
PROVISIONS = 5
TEXT = "Đề nghị làm rõ thời hạn."
AFTER_CLOSING = ("reconcile", "summary", "responses", "publish")
_RESPONSES = {"responses": [{"outcome": "explained", "text": "Đã giải trình tại bản tổng hợp."}]}


class ServiceRefused(Exception):
    """The service did not do as asked, and why."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service that is up, and the tokens of those who use it."""

    url: str
    citizen_token: str
    officer_token: str

    def post(self, path: str, body: Mapping[str, object], *, key: str = "") -> None:
        """As a citizen where there is an idempotency key, else as an officer. Raises ServiceRefused."""
        token = self.citizen_token if key else self.officer_token
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        request = urllib.request.Request(
            f"{self.url}/consultations{path}", json.dumps(body).encode(), headers, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S):
                pass
        except urllib.error.HTTPError as error:
            said = error.read()[:500].decode(errors="replace")
            raise ServiceRefused(f"POST /consultations{path}: {error.code}: {said}") from error
        except OSError as error:
            raise ServiceRefused(f"{self.url} does not answer: {error}") from error


def prepare(service: Service, folder: Path, pins: Path | None, name: str, holders: int) -> Path:
    """Lay down NAME-open, NAME-closed and NAME-published; returns Locust's options as a file in `folder`.

    Raises ServiceRefused, also where a consultation of that name is there already; OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    opened, closed, published = (f"{name}-{stage}" for stage in ("open", "closed", "published"))
    people = [f"{name}-holder-{number}" for number in range(1, holders + 1)]
    _lay_open(service, opened)
    for consultation in (closed, published):
        _lay_open(service, consultation)
        _fill(service, consultation, people)
        service.post(f"/{consultation}/close", {})
    for act in AFTER_CLOSING:
        service.post(f"/{published}/{act}", _RESPONSES if act == "responses" else {})
    (folder / "holders.txt").write_text("\n".join([*people, ""]), encoding="utf-8")
    options = {
        "host": service.url,
        "consultation": opened,
        "closed": closed,
        "published": published,
        "citizen-token": service.citizen_token,
        "officer-token": service.officer_token,
        "holders": str((folder / "holders.txt").resolve()),
        "observations": str((folder / "observed.jsonl").resolve()),
        **({"pins": str(pins.resolve())} if pins else {}),
    }
    file = folder / "locust.conf"
    file.touch(mode=0o600)  # it has tokens
    file.write_text("".join(f"{option} = {value}\n" for option, value in options.items()), encoding="utf-8")
    return file


def _lay_open(service: Service, consultation: str) -> None:
    provisions = [
        {"id": f"dieu-{number}", "label": f"Điều {number}", "text": f"Nội dung Điều {number}."}
        for number in range(1, PROVISIONS + 1)
    ]
    draft = {
        "id": consultation,
        "title": "Thử tải",
        "issuer": "Ủy ban nhân dân Thành phố",
        "provisions": provisions,
    }
    service.post("", draft)
    service.post(f"/{consultation}/approve", {})
    service.post(f"/{consultation}/open", {})


def _fill(service: Service, consultation: str, people: Sequence[str]) -> None:
    """One opinion a person, on the provisions in turn."""
    for number, person in enumerate(people):
        body = {
            "participant": person,
            "provision": f"dieu-{number % PROVISIONS + 1}",
            "stance": "agree_with_comments",
            "text": TEXT,
        }
        service.post(f"/{consultation}/opinions", body, key=f"{consultation}-{person}")
