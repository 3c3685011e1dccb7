"""Asking a time-stamp authority over HTTP (RFC 3161 3.4) for a token over a text."""

from hashlib import sha256
from urllib.parse import urlsplit

from asn1crypto import tsp  # type: ignore[import-untyped]
from pyhanko.sign.timestamps.api import TimeStamper
from pyhanko.sign.timestamps.common_utils import handle_tsp_response

from backends.merkle_log.post import NoAnswer, Poster
from consultation.pdf.library import said


class NoTimeStamp(Exception):
    """No answer, or none with a token in it. Try again later."""


class AuthorityClient:
    """One authority over one kept-alive connection; used by one thread at a time."""

    def __init__(self, url: str, timeout_s: float) -> None:
        parts = urlsplit(url)
        self._url = url
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._poster = Poster(f"http://{parts.netloc}", timeout_s, "application/timestamp-query")
        # The library leaves this constructor untyped.
        self._requests = TimeStamper()  # type: ignore[no-untyped-call]

    def stamp(self, text: bytes) -> bytes:
        """A token, DER, which answers this request; whether it holds is the caller's to check.

        Raises NoTimeStamp.
        """
        nonce, request = self._requests.request_cms(sha256(text).digest(), "sha256")  # type: ignore[no-untyped-call]
        try:
            answer = self._poster.post(self._target, request.dump())
        except (NoAnswer, UnicodeError) as error:
            raise NoTimeStamp(f"the time-stamp authority {self._url} does not answer: {error}") from error
        if answer.status != 200:
            raise NoTimeStamp(f"the time-stamp authority {self._url} answered HTTP {answer.status}")
        try:
            response = tsp.TimeStampResp.load(answer.body, strict=True)
            token: bytes = handle_tsp_response(response, nonce).dump()
        except Exception as error:  # whatever an authority answers, the library's parser may raise
            raise NoTimeStamp(
                f"the time-stamp authority {self._url} gave no token for this request: {said(error)}"
            ) from error
        return token

    @property
    def network_bytes(self) -> int:
        """Sent and received so far."""
        return self._poster.network_bytes

    def close(self) -> None:
        self._poster.close()
