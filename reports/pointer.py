"""References into a run: `file#/key/key`, a JSON pointer (RFC 6901) after the file's name."""

from collections.abc import Mapping, Sequence

from reports.errors import RunError
from reports.files import Json
from reports.run import Run


class Absent:
    """The answer where a reference leads nowhere."""


ABSENT = Absent()


def ref(file: str, *keys: str | int) -> str:
    """Build a reference, escaping `~` and `/` as RFC 6901 section 3 says."""
    return file + "#" + "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in keys)


def resolve(run: Run, reference: str) -> Json | Absent:
    """The value at a reference, or ABSENT. Raises RunError where the reference itself is malformed."""
    file, mark, pointer = reference.partition("#")
    if not mark or (pointer and not pointer.startswith("/")):
        raise RunError(f"reference '{reference}': allowed: file#/key/key (RFC 6901)")
    value = run.document(file)
    if value is None:
        return ABSENT
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping):
            if key not in value:
                return ABSENT
            value = value[key]
        elif isinstance(value, Sequence) and not isinstance(value, str):
            if not key.isdigit() or int(key) >= len(value):
                return ABSENT
            value = value[int(key)]
        else:
            return ABSENT
    return value
