"""TOML files that people write, read strictly: a mistake is named with its place and what is allowed."""

import difflib
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from pilot.errors import InputError


class Part(BaseModel):
    """A table of a file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_toml(path: Path, hint: str) -> dict[str, object]:
    """The file's tables; `hint` says where such files are. Raises InputError."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; {hint}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text: {error}") from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not TOML: {error}") from error


def explain(model: type[BaseModel], error: ValidationError, where: str) -> InputError:
    """Every mistake of a file that should be a `model`, one a line."""
    found = ((list(item["loc"]), item["msg"]) for item in error.errors())
    return InputError("\n".join(f"{where}: {_mistake(model, place, message)}" for place, message in found))


def unknown(key: str, allowed: Sequence[str]) -> str:
    """That a key is none of those allowed, with the nearest one."""
    near = difflib.get_close_matches(key, allowed, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"unknown key {key!r}{hint} Allowed are: {', '.join(sorted(allowed)) or 'none'}"


def _mistake(model: type[BaseModel], place: Sequence[int | str], message: str) -> str:
    shown = ".".join(str(at) for at in place)
    if message.startswith("Extra inputs"):
        table = shown.rpartition(".")[0]
        allowed = list(_table(model, place[:-1]).model_fields)
        return f"{table + ': ' if table else ''}{unknown(str(place[-1]), allowed)}"
    said = message.removeprefix("Value error, ")
    return f"{shown}: {said}" if shown else said


def _table(model: type[BaseModel], place: Sequence[int | str]) -> type[BaseModel]:
    """The model of the table at a place, the narrowest that is known."""
    for at in place:
        kind = model.model_fields[at].annotation if at in model.model_fields else None
        inner = next((one for one in (kind, *get_args(kind)) if _is_model(one)), None)
        if inner is not None:
            model = inner
    return model


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
