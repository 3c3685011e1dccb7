"""Modules of our own as processes: by this interpreter, from where this code was imported."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import backends


def module(name: str) -> Sequence[str]:
    """The beginning of a command that runs a module; `environment` lets it find that."""
    return [sys.executable, "-m", name]


def environment() -> Mapping[str, str]:
    """This process's, with the folder that holds `backends` first on the path."""
    root = str(Path(backends.__file__).parents[1])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path}
