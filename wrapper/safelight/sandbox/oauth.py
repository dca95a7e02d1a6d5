"""OAuth2 client credentials (RFC 6749, section 4.4): tokens that expire by the sandbox's clock."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import threading
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from safelight.clock import Clock
from safelight.sandbox.front import Refused, Target

_LARGEST_FORM = 64 * 1024


class Tokens:
    """A service's memory of the tokens it gave.

    Args:
        clock: Decides when tokens expire.
        lifetime: How long a token is good for, in seconds.
    """

    def __init__(self, clock: Clock, lifetime: float) -> None:
        self.lifetime = lifetime
        self._clock = clock
        self._lock = threading.Lock()
        self._expiries: dict[str, float] = {}

    def issue(self, seconds: float | None = None) -> str:
        """A new token, good for so many seconds if not for the usual time."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._expiries[token] = self._clock.now() + (self.lifetime if seconds is None else seconds)
        return token

    def revoke(self, token: str) -> None:
        """Let this token be valid no longer."""
        with self._lock:
            self._expiries.pop(token, None)

    def revoke_all(self) -> None:
        """Let no token that was given so far be valid any longer."""
        with self._lock:
            self._expiries.clear()

    def problem_of(self, token: str) -> str | None:
        """What is wrong with a token, or None."""
        with self._lock:
            expiry = self._expiries.get(token)
        if expiry is None:
            return "Invalid token"
        return "Token has expired" if self._clock.now() >= expiry else None

    def check(self, authorization: str | None) -> None:
        """Let a request pass that carries a token of this service which has not expired.

        Raises:
            Refused: 401.
        """
        scheme, _, token = (authorization or "").partition(" ")
        problem = "Not authenticated" if scheme.lower() != "bearer" else self.problem_of(token.strip())
        if problem:
            raise Refused(401, problem, headers={"WWW-Authenticate": "Bearer"})


class TokenEndpoint(Tokens):
    """The token endpoint of one service, with its tokens.

    Args:
        service: The service whose tokens these are.
        path: Where it listens.
        clock: Decides when tokens expire.
        lifetime: How long a token is good for, in seconds.
    """

    operations = frozenset({"token"})

    def __init__(self, service: str, *, path: str, clock: Clock, lifetime: float) -> None:
        super().__init__(clock, lifetime)
        self.name = service
        self.path = path
        self.client_id = f"sandbox-{secrets.token_hex(6)}"
        self.client_secret = secrets.token_urlsafe(24)

    def recognise(self, request: Request) -> Target | None:
        """A POST to the endpoint's path asks for a token."""
        if request.url.path != self.path:
            return None
        return Target("token") if request.method == "POST" else Target(None, allow=("POST",))

    async def answer(self, target: Target, request: Request) -> Response:
        """Give a token for the right credentials.

        Raises:
            Refused: The credentials or the form are wrong.
        """
        form = await _form(request)
        client_id, client_secret = _credentials(request.headers.get("authorization"), form)
        right = hmac.compare_digest(client_id.encode(), self.client_id.encode())
        right &= hmac.compare_digest(client_secret.encode(), self.client_secret.encode())
        if not right:
            headers = {"WWW-Authenticate": "Basic"} if "authorization" in request.headers else {}
            raise Refused(401, "The client is not known by this id and secret.", code="invalid_client", headers=headers)
        if "grant_type" not in form:
            raise Refused(400, "grant_type is missing.", code="invalid_request")
        if form["grant_type"] != "client_credentials":
            raise Refused(400, "Only client_credentials is granted.", code="unsupported_grant_type")
        reply = {"access_token": self.issue(), "expires_in": int(self.lifetime), "token_type": "bearer"}
        return JSONResponse(reply, headers={"Cache-Control": "no-store"})

    def refusal(self, refused: Refused) -> Response:
        """RFC 6749, section 5.2."""
        code = refused.code or ("temporarily_unavailable" if refused.status >= 500 else "invalid_request")
        return JSONResponse(
            {"error": code, "error_description": str(refused.detail)}, refused.status, headers=refused.headers
        )


async def _form(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Refused(400, "The body must be form-encoded.", code="invalid_request")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_FORM:
            raise Refused(413, "The form is too large.", code="invalid_request")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body))
    except ValueError:
        raise Refused(400, "The form cannot be read.", code="invalid_request") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise Refused(400, "A parameter is repeated.", code="invalid_request")
    return form


def _credentials(header: str | None, form: Mapping[str, str]) -> tuple[str, str]:
    """The client's id and secret, from HTTP Basic or from the form."""
    if header is None:
        return form.get("client_id", ""), form.get("client_secret", "")
    scheme, _, encoded = header.partition(" ")
    try:
        text = base64.b64decode(encoded, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        text = ""
    client_id, _, client_secret = text.partition(":")
    # RFC 6749, section 2.3.1: both are form-encoded before they are joined.
    return unquote_plus(client_id), unquote_plus(client_secret)
