"""Why a request was refused, in the shape of RFC 9457 problem details."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Problem(Exception):
    """A refusal: nothing was stored. `slug` is the stable end of the problem's type URI."""

    status: int
    slug: str
    title: str
    detail: str
    extra: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, str | int]:
        return {
            "type": f"https://pilot.example/problems/{self.slug}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.extra,
        }


def not_found(what: str, found: str) -> Problem:
    return Problem(404, "not-found", "Not found", f"there is no {what} {found!r}")


def unavailable(detail: str) -> Problem:
    return Problem(503, "unavailable", "Try again later", detail)
