"""The words of a bench's figures and pages: the report's, and `bench.<language>.toml`."""

from reports.texts import Language, Texts, texts


def words(language: Language) -> Texts:
    """One language's, read once."""
    return texts(language, "bench")
