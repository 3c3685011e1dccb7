"""A second verifier, that runs in the browser from one static file: `verify.html`.

Written from the specifications and not from `consultation.core`, in another language and over other
libraries, so that an error in one is not an error in both; the tests hold the two against each other.
`python -m consultation.web.verifier` makes the file from its sources, which stand beside it.
"""

from importlib.resources import files

__all__ = ["page", "read_source"]


def page() -> bytes:
    """The page as it is committed and served."""
    return files(__name__).joinpath("verify.html").read_bytes()


def read_source(name: str) -> str:
    """The text of one of the page's sources."""
    return files(__name__).joinpath(name).read_text(encoding="utf-8")
