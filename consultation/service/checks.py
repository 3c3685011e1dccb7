"""What an opinion is refused for beyond its form: against the draft, and against what stands already."""

import difflib
from collections.abc import Mapping

from consultation.core.drafts import MAX_TEXT_CHARACTERS
from consultation.service.live import Live, Standing
from consultation.service.problems import Problem


def opinion(live: Live, provision: str, fields: Mapping[str, str]) -> None:
    """Its provision is one of the draft's, its texts are not too long. Raises Problem(422)."""
    if provision not in live.provisions:
        near = difflib.get_close_matches(provision[:128], live.provisions, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise Problem(
            422,
            "unknown-provision",
            "No such provision",
            f"the draft has no provision {provision[:128]!r}{hint} (empty means the whole draft)",
        )
    for name in ("text", "proposal", "reason"):
        length = len(fields[name])
        if length > MAX_TEXT_CHARACTERS:
            raise Problem(
                422,
                "too-long",
                "Too long",
                f"{name} has {length} characters, at most {MAX_TEXT_CHARACTERS} are allowed",
            )


def supersedes(earlier: Standing | None, named: str) -> None:
    """It names the opinion that it replaces, where one stands, and no other. Raises Problem(409)."""
    if earlier and not named:
        raise Problem(
            409,
            "opinion-stands",
            "An opinion stands already",
            "send 'supersedes' with the id of the opinion that this one replaces",
            {"opinion": earlier.opinion},
        )
    if named and (earlier is None or earlier.opinion != named):
        raise Problem(
            409,
            "not-standing",
            "Nothing to supersede",
            f"the opinion {named!r} does not stand for this participant and provision",
        )
