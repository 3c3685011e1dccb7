"""One file out of the page's sources: modules in the order of their imports, the style sheet, and a policy.

The policy allows the one script and the one style sheet by their digests and nothing else, so that no
connection is made and no other code runs: Content Security Policy Level 3.
"""

import base64
import re
from collections.abc import Callable
from hashlib import sha256

ENTRY = "page.js"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class) )", re.MULTILINE)
_DECLARED = re.compile(r"^(?:async )?(?:function|const|let|class) ([A-Za-z0-9_$]+)", re.MULTILINE)

ReadText = Callable[[str], str]
"""From a source's name to its text."""


class BuildError(ValueError):
    """The sources do not make one file: which, why, and what is allowed."""


def assemble(read: ReadText) -> str:
    """The page as one file. Raises BuildError."""
    script, style = "\n" + bundle(read), "\n" + read("verify.css")
    page = read("verify.html.in")
    for name, text in (("policy", policy(script, style)), ("style", style), ("script", script)):
        mark = f"{{{name}}}"
        if page.count(mark) != 1:
            raise BuildError(f"verify.html.in has {mark} {page.count(mark)} times, it must have it once")
        page = page.replace(mark, text)
    return page


def bundle(read: ReadText) -> str:
    """One module out of all that the entry imports, each after what it needs. Raises BuildError."""
    parts: dict[str, str] = {}
    _add(ENTRY, read, parts, ())
    owners: dict[str, str] = {}
    for name, text in parts.items():
        for declared in _DECLARED.findall(text):
            if declared in owners:
                raise BuildError(f"{declared!r} is declared in {owners[declared]} and {name}: rename one")
            owners[declared] = name
    script = "\n".join(parts.values())
    for closing in ("</script", "<!--"):
        if closing in script:
            raise BuildError(f"{closing!r} in a script would end it in HTML: write it in another way")
    return script


def policy(script: str, style: str) -> str:
    """What the browser is told to allow."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_source(script)}",
            f"style-src {_source(style)}",
            "connect-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _add(name: str, read: ReadText, parts: dict[str, str], within: tuple[str, ...]) -> None:
    if name in within:
        raise BuildError(f"modules import each other in a circle: {' -> '.join((*within, name))}")
    if name in parts:
        return
    text = read(name)
    for needed in _IMPORT.findall(text):
        _add(needed, read, parts, (*within, name))
    plain = _EXPORT.sub("", _IMPORT.sub("", text))
    for line in plain.splitlines():
        if re.match(r"\s*(?:import|export)\b", line):
            raise BuildError(f"{name}: imports read 'import {{ a }} from \"./b.js\";', found {line[:60]!r}")
    parts[name] = plain


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"
