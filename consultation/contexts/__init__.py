"""JSON-LD contexts by URL, shipped with us, so that a credential is processed with no network.

Ours is a file beside this module. The W3C's own are listed with their digests and not copied: every tool that
processes credentials brings them, and the specifications tell it to treat them as already fetched.
"""

from collections.abc import Mapping
from importlib import resources

from consultation.core.certificate import CONTEXT

NEEDED: Mapping[str, str] = {
    "https://www.w3.org/ns/credentials/v2": (
        "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"
    ),
}
"""URL to SHA-256, hex, of what it resolves to: VC Data Model 2.0, B.1. It also has the words of proofs and
status lists."""
_OURS: Mapping[str, str] = {CONTEXT: "consultation-v1.json"}


def load(url: str) -> bytes:
    """The bytes of a context of ours. Raises KeyError on another URL, saying what there is."""
    name = _OURS.get(url)
    if name is None:
        raise KeyError(
            f"{url!r} is not shipped here: there is {', '.join(_OURS)}; needed besides: {', '.join(NEEDED)}"
        )
    return (resources.files(__package__) / name).read_bytes()
