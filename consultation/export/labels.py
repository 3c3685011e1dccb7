"""What members of closed sets are called, and the phrases of the exports: from `labels.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files


class Language(StrEnum):
    """The languages of the papers."""

    VI = "vi"
    EN = "en"


class Column(StrEnum):
    """The columns of the table, in their order."""

    NUMBER = "number"
    PROVISION = "provision"
    COMMENTER = "commenter"
    STANCE = "stance"
    CONTENT = "content"
    RESPONSE = "response"
    SIZE = "size"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Labels:
    """Names and phrases in one language."""

    language: Language
    _tables: Mapping[str, Mapping[str, str]]

    def name(self, member: StrEnum) -> str:
        """What a member of a closed set is called. Raises KeyError for one that has no line."""
        return self._tables[type(member).__name__][member.value]

    def phrase(self, name: str, value: object = "") -> str:
        """A phrase, with the value in its place where it has one. Raises KeyError for an unknown one."""
        return self._tables["Phrase"][name].replace("{}", str(value))


def load(language: Language = Language.VI) -> Labels:
    """Read the names in a language."""
    text = files("consultation.export").joinpath("labels.toml").read_text(encoding="utf-8")
    tables: dict[str, dict[str, dict[str, str]]] = tomllib.loads(text)
    found = {
        name: {member: names[language.value] for member, names in table.items()}
        for name, table in tables.items()
    }
    return Labels(language, found)
