"""Calls to a running service that are not part of the measured load: acts of the unit, reading, metering."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass

from consultation.web.access import Role

_TIMEOUT_S = 180.0


class ServiceError(Exception):
    """The service refused or did not answer."""


@dataclass(frozen=True, slots=True)
class Client:
    """A service by its address, with every role's token."""

    url: str
    tokens: Mapping[Role, str]

    def get(self, path: str, role: Role) -> bytes:
        return self._call("GET", path, role, None)

    def post(self, path: str, role: Role, body: Mapping[str, object] | None = None) -> bytes:
        return self._call("POST", path, role, json.dumps(body or {}).encode())

    def _call(self, method: str, path: str, role: Role, body: bytes | None) -> bytes:
        headers = {"Authorization": f"Bearer {self.tokens[role]}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data=body, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
                data: bytes = answer.read()
                return data
        except urllib.error.HTTPError as error:
            said = error.read()[:2000].decode(errors="replace")
            raise ServiceError(f"{method} {_shown(path)}: {error.code}: {_detail(said)}") from error
        except OSError as error:
            raise ServiceError(f"{method} {_shown(path)}: the service does not answer: {error}") from error


def _shown(path: str) -> str:
    """A path without the participant that it may name: the message is kept in the run."""
    before, found, _ = path.partition("/certificates/")
    return before + found


def _detail(said: str) -> str:
    try:
        return str(json.loads(said)["detail"])
    except (ValueError, KeyError, TypeError):
        return said
