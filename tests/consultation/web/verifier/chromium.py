"""A headless Chromium, driven over two pipes with the DevTools protocol: no port, no driver, no package."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import close, pipe, read, write
from pathlib import Path
from threading import Timer

from consultation.core.canonical import Json

_LATE_S = 60.0
_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)
HERE = Path(__file__).parent
_IN_PAGE = (HERE / "in_page.js").read_text(encoding="utf-8").rstrip().removesuffix(";")
"""One object of functions."""


def find_chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for path in map(shutil.which, names) if path), None)


class Chromium:
    """One browser with one tab; `stop` ends it."""

    def __init__(self, program: str, profile: Path) -> None:
        there, self._commands = pipe()
        self._answers, back = pipe()
        self._process = subprocess.Popen(
            [
                *(sys.executable, str(HERE / "on_pipes.py"), str(there), str(back), program),
                *(*_QUIET, f"--user-data-dir={profile}"),
            ],
            pass_fds=(there, back),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        close(there)
        close(back)
        self._pending = b""
        self._number = 0
        self._loaded = False
        self._session = ""
        self.requests: list[str] = []
        """Every address that the tab asked for."""
        self.complaints: list[str] = []
        """What the page threw or the browser blocked."""
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        assert isinstance(session, str)
        self._session = session
        for domain in ("Page", "Network", "Runtime", "DOM", "Log", "Accessibility"):
            self.call(f"{domain}.enable", {})

    def call(self, method: str, params: Mapping[str, Json]) -> dict[str, Json]:
        """One command's result. Fails the test when the browser refuses it or ends."""
        self._number += 1
        command: dict[str, Json] = {"id": self._number, "method": method, "params": params}
        if self._session:
            command["sessionId"] = self._session
        with self._in_time():
            write(self._commands, json.dumps(command).encode() + b"\0")
            while True:
                message = self._next()
                if message.get("id") == self._number:
                    assert "error" not in message, message["error"]
                    result = message["result"]
                    assert isinstance(result, dict)
                    return result
                self._note(message)

    def ask(self, function: str, *arguments: Json) -> Json:
        """What a function of `in_page.js` returns in the page, awaited where it is a promise."""
        called = f"{_IN_PAGE}.{function}({', '.join(map(json.dumps, arguments))})"
        options: dict[str, Json] = {"expression": called, "awaitPromise": True, "returnByValue": True}
        answer = self.call("Runtime.evaluate", options)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        result = answer["result"]
        assert isinstance(result, dict)
        return result.get("value")

    def open(self, url: str) -> None:
        """Load a page and wait until it has loaded.

        Nothing is asked of the page meanwhile: an answer may be lost with the page that was left.
        """
        self._loaded = False
        self.call("Page.navigate", {"url": url})
        with self._in_time():
            while not self._loaded:
                self._note(self._next())

    def choose(self, selector: str, files: Sequence[Path]) -> None:
        """Put files into a file input as a user's choice does; a relative path would kill the page."""
        root = self.call("DOM.getDocument", {})["root"]
        assert isinstance(root, dict)
        node = self.call("DOM.querySelector", {"nodeId": root["nodeId"], "selector": selector})["nodeId"]
        self.call("DOM.setFileInputFiles", {"nodeId": node, "files": [str(path.resolve()) for path in files]})

    def stop(self) -> None:
        self._session = ""
        try:
            self.call("Browser.close", {})
        finally:
            self._process.wait(_LATE_S)
            close(self._commands)
            close(self._answers)

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """A browser that does not answer is ended, so that its pipe is too."""
        late = Timer(_LATE_S, self._process.kill)
        late.start()
        try:
            yield
        finally:
            late.cancel()

    def _next(self) -> dict[str, Json]:
        while b"\0" not in self._pending:
            chunk = read(self._answers, 1 << 16)
            assert chunk, "the browser ended, or gave no answer in time"
            self._pending += chunk
        line, _, self._pending = self._pending.partition(b"\0")
        message: dict[str, Json] = json.loads(line)
        return message

    def _note(self, message: Mapping[str, Json]) -> None:
        params = message.get("params")
        if not isinstance(params, dict):
            return
        match message.get("method"):
            case "Page.loadEventFired":
                self._loaded = True
            case "Network.requestWillBeSent":
                request = params["request"]
                assert isinstance(request, dict)
                self.requests.append(str(request["url"]))
            case "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(params["exceptionDetails"]))
            case "Log.entryAdded":
                entry = params["entry"]
                assert isinstance(entry, dict)
                self.complaints.append(str(entry["text"]))
