"""Signed URLs that expire, with the parameter names of S3's presigned URLs."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from safelight.clock import Clock
from safelight.sandbox.front import Refused

_ALGORITHM = "SANDBOX-HMAC-SHA256"
_SIGNATURE = "X-Amz-Signature"
_TIME = "%Y%m%dT%H%M%SZ"


class Signer:
    """Makes signed URLs and checks them, by one secret that lives as long as the sandbox."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._secret = secrets.token_bytes(32)

    def query(self, method: str, path: str, parameters: dict[str, str], seconds: float) -> str:
        """The signed query for a request with this method and path, good for so many seconds."""
        parameters = {
            **parameters,
            "X-Amz-Algorithm": _ALGORITHM,
            "X-Amz-Date": datetime.fromtimestamp(self._clock.now(), UTC).strftime(_TIME),
            "X-Amz-Expires": str(int(seconds)),
            "X-Amz-SignedHeaders": "host",
        }
        return urlencode({**parameters, _SIGNATURE: self._signature(method, path, parameters.items())})

    def check(self, method: str, path: str, parameters: Iterable[tuple[str, str]]) -> None:
        """Let a request pass that was signed and is in time. HEAD passes with the signature of a GET.

        Raises:
            Refused: 403, with S3's codes.
        """
        pairs = list(parameters)
        given = [value for name, value in pairs if name == _SIGNATURE]
        if len(given) != 1:
            raise Refused(403, "Access Denied", code="AccessDenied")
        signed = [(name, value) for name, value in pairs if name != _SIGNATURE]
        expected = self._signature("GET" if method == "HEAD" else method, path, signed)
        if not hmac.compare_digest(expected.encode(), given[0].encode()):
            raise Refused(403, "The signature does not fit the request.", code="SignatureDoesNotMatch")
        # Everything below was signed by us, so it can be read without doubt.
        names = dict(signed)
        begins = datetime.strptime(names["X-Amz-Date"], _TIME).replace(tzinfo=UTC)
        if self._clock.now() >= (begins + timedelta(seconds=int(names["X-Amz-Expires"]))).timestamp():
            raise Refused(403, "Request has expired", code="AccessDenied")

    def _signature(self, method: str, path: str, parameters: Iterable[tuple[str, str]]) -> str:
        message = "\n".join([method, quote(path), urlencode(sorted(parameters))])
        return hmac.new(self._secret, message.encode(), hashlib.sha256).hexdigest()
