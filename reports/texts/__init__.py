"""The words of a report, one TOML file for each language, and translations of what runs record."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, cast

from markupsafe import Markup

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")
Tree = Mapping[str, "str | Sequence[str] | Tree"]


class Texts:
    """The words of one language. Same keys in each; a missing one is a KeyError with its path."""

    def __init__(self, language: Language, *more: str) -> None:
        """`more` names further files, `<name>.<language>.toml`, whose tables and phrases are added."""
        self.language: Language = language
        files = [_read(f"{language}.toml"), *(_read(f"{name}.{language}.toml") for name in more)]
        self.tree: Tree = {key: value for file in files for key, value in file.items()}
        listed = [cast(Sequence[Mapping[str, str]], file.get("phrases", ())) for file in files]
        phrases = [item for items in listed for item in items]
        self._phrases = [(re.compile(item["match"]), item["text"]) for item in phrases]

    def _at(self, path: Sequence[str]) -> "str | Sequence[str] | Tree":
        node: str | Sequence[str] | Tree = self.tree
        for key in path:
            if not isinstance(node, Mapping) or key not in node:
                raise KeyError(f"{self.language}.toml: {'.'.join(path)}")
            node = node[key]
        return node

    def text(self, *path: str) -> str:
        """One text."""
        found = self._at(path)
        if not isinstance(found, str):
            raise KeyError(f"{self.language}.toml: {'.'.join(path)} is no text")
        return found

    def markup(self, *path: str) -> Markup:
        """One text for a page: what is formatted into it is escaped. `**bold**` and `*emphasis*` are kept."""
        return emphasis(self.text(*path))

    def items(self, *path: str) -> list[Markup]:
        """A list of texts for a page."""
        found = self._at(path)
        if isinstance(found, str | Mapping):
            raise KeyError(f"{self.language}.toml: {'.'.join(path)} is no list")
        return [emphasis(item) for item in found]

    def has(self, *path: str) -> bool:
        try:
            self._at(path)
        except KeyError:
            return False
        return True

    def phrase(self, recorded: str) -> str | None:
        """What a run recorded, in this language; None where no translation is known."""
        for pattern, text in self._phrases:
            found = pattern.fullmatch(recorded.strip())
            if found is not None:
                for place, part in enumerate(found.groups(""), start=1):
                    text = text.replace(f"\\{place}", self.phrase(part) or part)
                return text
        return recorded if self.language == "en" else None


def _read(file: str) -> Tree:
    return cast(Tree, tomllib.loads((Path(__file__).parent / file).read_text(encoding="utf-8")))


def emphasis(text: str) -> Markup:
    """Escape, then turn `**bold**` and `*emphasis*` into elements."""
    escaped = str(Markup.escape(text))
    strong = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escaped)
    return Markup(re.sub(r"(?<!\*)\*([^*\s][^*]*?)\*(?!\*)", r"<em>\1</em>", strong))


@cache
def texts(language: Language, *more: str) -> Texts:
    """The words of a language, read once; `more` as in Texts."""
    return Texts(language, *more)
