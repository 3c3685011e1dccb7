"""SQL kept in files of its own: each statement after a comment that names it, and ended by a semicolon."""

import re
from collections.abc import Mapping
from importlib.resources import files

_NAMED = re.compile(r"^-- name: (\w+)\n(.*?);\n", re.MULTILINE | re.DOTALL)


def text_of(package: str, file: str) -> str:
    """A file beside the modules of a package."""
    return files(package).joinpath(file).read_text(encoding="utf-8")


def named(package: str, file: str) -> Mapping[str, str]:
    """Its statements by name, without the semicolon."""
    return dict(_NAMED.findall(text_of(package, file)))
