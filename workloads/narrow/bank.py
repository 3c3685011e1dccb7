"""What the TOML files here hold, read and checked: units, names, phrases, habits, arguments, responses."""

import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from workloads.consultations import Outcome, Stance


class _Data(BaseModel):
    """A misspelt or missing key of a data file is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class UnitRow(_Data):
    id: str
    kind: str
    name: str
    short: str
    place: str


class Units(_Data):
    unit: list[UnitRow]


class GivenNames(_Data):
    middle: list[str]
    given: list[str]


class Names(_Data):
    """Family names with their weights; a middle and a given name go with one another."""

    family: dict[str, int]
    women: GivenNames
    men: GivenNames


class Openings(_Data):
    """How an opinion begins; `short` is all that some write."""

    opening: list[str]
    short: list[str] = []


class ByStance(_Data):
    agree: Openings
    agree_with_comments: Openings
    disagree: Openings
    no_opinion: Openings

    def of(self, stance: Stance) -> Openings:
        found = {
            Stance.AGREE: self.agree,
            Stance.AGREE_WITH_COMMENTS: self.agree_with_comments,
            Stance.DISAGREE: self.disagree,
            Stance.NO_OPINION: self.no_opinion,
        }
        return found[stance]


class ByKind(_Data):
    """Phrases of officials and of citizens."""

    official: list[str] = []
    citizen: list[str] = []

    def of(self, official: bool) -> list[str]:
        return self.official if official else self.citizen


class Persona(_Data):
    """A sort of citizen; `self` is the word they use for I."""

    id: str
    self: str = "tôi"
    weight: int
    about_self: list[str]


class Phrases(_Data):
    official: ByStance
    citizen: ByStance
    going_on: ByKind
    ending: ByKind
    greeting: ByKind
    whole: ByKind
    amending: ByKind
    withdrawing: ByKind
    persona: list[Persona]


class Habits(_Data):
    share: dict[str, int]
    decomposed_percent: dict[str, int]
    chat: dict[str, list[str]]
    misspelling: dict[str, list[str]]


class Argument(_Data):
    """A reason that fits the provisions in `at`: as an official and as a citizen would write it.

    Reasons of different camps contradict one another: nobody gives both.
    """

    at: list[str] = [""]
    side: str
    camp: str = ""
    official: list[str]
    citizen: list[str]
    proposal: str = ""
    reason: str = ""
    by: list[str] = []
    not_by: list[str] = []

    def fits(self, persona: str) -> bool:
        """Whether this persona ('' for an official) may say it and has words for it."""
        allowed = persona not in self.not_by and (not self.by or persona in self.by)
        return allowed and bool(self.citizen if persona else self.official)


class Article(_Data):
    """What is said on one article; `stances` are the shares of Stance's members in their order."""

    id: str
    about: str
    weight: float
    stances: list[int]
    argument: list[Argument]


class Articles(_Data):
    article: list[Article]


class ResponseRow(_Data):
    article: str
    stance: Stance
    outcome: Outcome
    text: str


class AnyResponses(_Data):
    agree: list[str]
    no_opinion: list[str]
    shared: str


class Responses(_Data):
    any: AnyResponses
    response: list[ResponseRow]


DataT = TypeVar("DataT", bound=_Data)


def read(shape: type[DataT], name: str) -> DataT:
    """The data file `name` of this package. Raises pydantic's ValidationError naming a key that is wrong."""
    return _parse(shape, files(__package__).joinpath(name))


def articles() -> list[Article]:
    """All arguments, in the order of the files' names."""
    folder = files(__package__).joinpath("arguments")
    names = sorted(it.name for it in folder.iterdir() if it.name.endswith(".toml"))
    return [article for name in names for article in _parse(Articles, folder.joinpath(name)).article]


def _parse(shape: type[DataT], file: Traversable) -> DataT:
    return shape.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
