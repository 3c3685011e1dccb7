"""The summary table of one consultation, from the store: first the opinions, then the unit's responses."""

from collections.abc import Sequence
from dataclasses import dataclass

from consultation.core import canonical, tally
from consultation.core.canonical import Json
from consultation.core.drafts import Outcome
from consultation.service.live import Live
from consultation.service.problems import Problem
from consultation.service.reader import Reader
from consultation.service.schema import ACTIVE
from consultation.service.store import Store


@dataclass(frozen=True, slots=True)
class Response:
    """The unit's answer to what was said on one provision."""

    provision: str
    outcome: Outcome
    text: str

    def to_json(self) -> dict[str, Json]:
        return {"provision": self.provision, "outcome": self.outcome.value, "text": self.text}


class Table:
    """Reads the opinions that are counted and sets them in rows."""

    def __init__(self, store: Store, reader: Reader) -> None:
        self._store, self._reader = store, reader

    def of_opinions(self, live: Live) -> dict[str, Json]:
        """The table without responses: rows sorted by content, so that a place does not tell when it came."""
        opinions = [kept.opinion for kept in self._reader.opinions(live.id, ACTIVE)]
        said: list[Json] = [
            {
                "provision": opinion.provision,
                "stance": opinion.stance.value,
                "text": opinion.text,
                "proposal": opinion.proposal,
                "reason": opinion.reason,
            }
            for opinion in opinions
        ]
        return {
            "consultation": live.id,
            "received": self._store.received(live.id),
            "counted": len(opinions),
            "totals": tally.totals(opinions).to_json(),
            "rows": sorted(said, key=lambda row: canonical.encode(row)),
        }

    def with_responses(self, live: Live, responses: Sequence[Response]) -> dict[str, Json]:
        """The table with the unit's responses. Raises Problem(422) where one has no provision."""
        unknown = {response.provision for response in responses} - live.provisions.keys()
        if unknown:
            raise Problem(422, "unknown-provision", "No such provision", f"found {min(unknown)!r}")
        given: list[Json] = [response.to_json() for response in responses]
        return {**self.of_opinions(live), "responses": given}
