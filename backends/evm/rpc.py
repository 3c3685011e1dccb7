"""One Ethereum node through web3.py, over one session of kept connections. Safe from several threads.

`w3.batch_requests()` refuses `eth_sendRawTransaction`, and single calls take two to three times as long as a
batch on loopback; so batches go through web3's HTTP provider itself. Every call that this package makes
may be repeated (a raw transaction sent again is 'already known').
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from json import JSONDecodeError
from typing import cast
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import NewConnectionError
from web3 import HTTPProvider, Web3
from web3.exceptions import ContractLogicError, Web3Exception, Web3RPCError
from web3.middleware import ExtraDataToPOAMiddleware
from web3.types import RPCEndpoint

from backends.evm.answers import BadAnswer, as_list, as_object
from consultation.core.canonical import Json

Call = tuple[str, Sequence[Json]]

_LEAST_TIMEOUT_S = 0.01


class NotSent(Exception):
    """No connection to the node: the request has certainly not reached it."""


class NoAnswer(Exception):
    """The request may have reached the node, and there is no usable answer."""


class Refused(Exception):
    """The node answered with an error."""


@dataclass(frozen=True, slots=True)
class RpcError:
    """An error as the answer to one call of a batch."""

    message: str


class Rpc:
    """One endpoint. `timeout_s` is for a whole request; a call may ask for less."""

    def __init__(self, url: str, timeout_s: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"a node's address reads 'http://host:port/path', found {url!r}")
        self.url = url
        self._timeout_s = timeout_s
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy for the web is none for a node on loopback
        self._web3 = self._over(self._provider(timeout_s))

    def web3(self, timeout_s: float | None = None) -> Web3:
        """The client; use it within `failures`. For less than the usual time it is made anew, in 0.3 ms."""
        if timeout_s is None or timeout_s >= self._timeout_s:
            return self._web3
        return self._over(self._provider(timeout_s))

    @contextmanager
    def failures(self) -> Iterator[None]:
        """Tell apart what requests and web3.py raise. Raises NotSent, NoAnswer, Refused, BadAnswer."""
        try:
            yield
        except requests.ConnectTimeout as error:
            raise NotSent(f"{self.url} cannot be reached: it takes no connection in time") from error
        except requests.Timeout as error:
            raise NoAnswer(f"{self.url} did not answer within the time allowed: {error}") from error
        except requests.ConnectionError as error:
            reason = getattr(error.args[0], "reason", None) if error.args else None
            if isinstance(reason, NewConnectionError):
                raise NotSent(f"{self.url} cannot be reached: {reason}") from error
            raise NoAnswer(f"{self.url} broke off: {error}") from error
        except (requests.RequestException, JSONDecodeError, UnicodeDecodeError) as error:
            raise NoAnswer(f"{self.url} answered no JSON-RPC: {error}") from error
        except Web3RPCError as error:
            raise Refused(_said(error)) from error
        except ContractLogicError as error:
            raise Refused(str(error)) from error
        except (Web3Exception, LookupError, TypeError, ValueError) as error:
            raise BadAnswer(f"{self.url} answered what web3.py cannot read: {error!r:.200}") from error

    def call(self, method: str, *params: Json, timeout_s: float | None = None) -> Json:
        """One call's result as the node wrote it. Raises NotSent, NoAnswer, Refused, BadAnswer."""
        with self.failures():
            answer = self._raw(timeout_s).make_request(RPCEndpoint(method), params)
        result = _result(as_object(cast(Json, answer)))
        if isinstance(result, RpcError):
            raise Refused(f"{method}: {result.message}")
        return result

    def batch(self, calls: Sequence[Call]) -> list[Json | RpcError]:
        """The results in the order of the calls. Raises NotSent, NoAnswer, BadAnswer."""
        if not calls:
            return []
        requested = [(RPCEndpoint(method), params) for method, params in calls]
        with self.failures():
            answers = self._raw(None).make_batch_request(requested)
        found = [_result(as_object(answer)) for answer in as_list(cast(Json, answers))]
        if len(found) != len(calls):
            raise BadAnswer(f"a batch of {len(calls)} calls has {len(found)} answers")
        return found

    def close(self) -> None:
        """Drop the kept connections."""
        self._session.close()

    def _raw(self, timeout_s: float | None) -> HTTPProvider:
        return self._provider(self._timeout_s if timeout_s is None else min(timeout_s, self._timeout_s))

    def _provider(self, timeout_s: float) -> HTTPProvider:
        """web3's own retries are off: they would make three of a timeout, and of a refused connection."""
        return HTTPProvider(
            self.url,
            request_kwargs={"timeout": max(_LEAST_TIMEOUT_S, timeout_s)},
            session=self._session,
            exception_retry_configuration=None,
        )

    def _over(self, provider: HTTPProvider) -> Web3:
        web3 = Web3(provider)
        # Chains with proof of authority put seals into `extraData`, which web3.py by itself refuses to read.
        web3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
        return web3


def _result(answer: Mapping[str, Json]) -> Json | RpcError:
    error = answer.get("error")
    if error is None:
        return answer.get("result")
    message = error.get("message") if isinstance(error, Mapping) else error
    return RpcError(str(message))


def _said(error: Web3RPCError) -> str:
    """The node's own message, where it has one."""
    answer = error.rpc_response or {}
    found = answer.get("error")
    return str(found.get("message", error) if isinstance(found, Mapping) else error)
