"""Credentials: each `httpx.Auth` serves the blocking and the async clients, and sends nothing to other hosts."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Generator
from typing import TYPE_CHECKING, Any, Self

import httpx

from safelight import errors
from safelight.bridge import PerLoop
from safelight.clock import SYSTEM_CLOCK, Clock
from safelight.config import address, required
from safelight.redaction import bare_url
from safelight.replies import error_of, unexpected
from safelight.transport import USER_AGENT

if TYPE_CHECKING:
    import asyncio

_SKEW = 60.0
_ATTEMPTS_AT_A_TOKEN = 3


class ClientCredentials(httpx.Auth):
    """OAuth2 client credentials (RFC 6749, section 4.4): gets a token, keeps it while it lasts, and renews it.

    Requests that wait for a token at the same time share one token request. A token is renewed a minute before it
    ends (half its life before, if it is short), and once when the service answers 401.
    """

    def __init__(
        self, client_id: str, client_secret: str, *, token_url: str, base_url: str, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        self.client_id = client_id
        self._client_secret = client_secret
        self._token_url = token_url
        self._origin = _origin(httpx.URL(base_url))
        self._clock = clock
        self._token: str | None = None
        self._renew_at = float("inf")
        self._lock = threading.Lock()
        self._async_locks = PerLoop(_new_async_lock)

    @classmethod
    def of(
        cls,
        service: str,
        *,
        client_id: str | None,
        client_secret: str | None,
        token_url: str | None,
        usual_token_url: str,
        base_url: str,
        clock: Clock,
    ) -> Self:
        """The credentials that were given as arguments, or in the environment.

        Args:
            service: What the service's environment variables begin with, such as `TELEPORT`.
            client_id: The argument.
            client_secret: The argument.
            token_url: The argument.
            usual_token_url: Where tokens come from if nobody says otherwise.
            base_url: The service's address.
            clock: The time.

        Raises:
            ConfigError: One is missing, or the address is none.
        """
        return cls(
            required(client_id, "client_id", f"{service}_CLIENT_ID"),
            required(client_secret, "client_secret", f"{service}_CLIENT_SECRET"),
            token_url=address(token_url, "token_url", f"{service}_TOKEN_URL", usual_token_url),
            base_url=base_url,
            clock=clock,
        )

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request with a token; with a new one if the service does not take the first."""
        refused = None
        for _ in range(2):
            with self._lock:
                for attempt in range(_ATTEMPTS_AT_A_TOKEN):
                    if not self._needs_token(refused):
                        break
                    response = yield self._token_request()
                    response.read()
                    self._keep(response, final=attempt == _ATTEMPTS_AT_A_TOKEN - 1)
                self._sign(request)
            response = yield request
            refused = self._refused(request, response)
            if refused is None:
                return

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """The async twin of `sync_auth_flow`."""
        refused = None
        for _ in range(2):
            async with self._async_locks.get():
                for attempt in range(_ATTEMPTS_AT_A_TOKEN):
                    if not self._needs_token(refused):
                        break
                    response = yield self._token_request()
                    await response.aread()
                    self._keep(response, final=attempt == _ATTEMPTS_AT_A_TOKEN - 1)
                self._sign(request)
            response = yield request
            refused = self._refused(request, response)
            if refused is None:
                return

    def _needs_token(self, refused: str | None) -> bool:
        return self._token in (None, refused) or self._clock.monotonic() >= self._renew_at

    def _token_request(self) -> httpx.Request:
        return httpx.Request(
            "POST",
            self._token_url,
            data={
                "grant_type": "client_credentials",
                "client_id": self.client_id,
                "client_secret": self._client_secret,
            },
            headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": USER_AGENT},
            extensions={"safelight": {"repeatable": True}},
        )

    def _keep(self, response: httpx.Response, *, final: bool) -> None:
        """Keep the token; pass over a reply without one, such as a proxy's page, unless it is the final one."""
        if response.status_code in (400, 401, 403):
            raise errors.AuthError(
                f"the credentials are refused ({_oauth_error(response).replace(self._client_secret, '...')})",
                status=response.status_code,
                method="POST",
                url=bare_url(self._token_url),
                advice="Check the client id and the client secret, and that they are for this service.",
            )
        if not response.is_success:
            bare = httpx.Response(response.status_code, headers=response.headers, request=response.request)
            raise error_of(bare, self._clock.now())  # without the body: it may repeat what it was sent
        try:
            body = response.json()
            token = body["access_token"]
            if not (isinstance(token, str) and token.isascii() and token.isprintable() and token.strip()):
                raise ValueError("not a token that a header can hold")
            lifetime = float(body.get("expires_in") or "inf")
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            if final:
                raise unexpected(response, "the token endpoint's reply holds no token") from error
            return
        self._token = token
        self._renew_at = self._clock.monotonic() + max(lifetime / 2, lifetime - _SKEW)

    def _sign(self, request: httpx.Request) -> None:
        if _origin(request.url) == self._origin:
            request.headers["Authorization"] = f"Bearer {self._token}"

    def _refused(self, request: httpx.Request, response: httpx.Response) -> str | None:
        """The token, if the service did not take it; another task may have replaced it since."""
        if response.status_code != 401:
            return None
        return request.headers.get("Authorization", "").removeprefix("Bearer ") or None


class ApiKey(httpx.Auth):
    """A key in a header of its own."""

    def __init__(self, header: str, key: str, *, base_url: str) -> None:
        if not (key.isascii() and key.isprintable()):
            raise errors.ConfigError("the API key has characters that no key can have: copy it again.")
        self._header = header
        self._key = key
        self._origin = _origin(httpx.URL(base_url))

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request with the key."""
        if _origin(request.url) == self._origin:
            request.headers[self._header] = self._key
        yield request


def _new_async_lock() -> asyncio.Lock:
    import asyncio

    return asyncio.Lock()


def _origin(url: httpx.URL) -> tuple[Any, ...]:
    port = url.port or {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.host, port


def _oauth_error(response: httpx.Response) -> str:
    try:
        body = response.json()
        return str(body.get("error_description") or body["error"])[:200]
    except (ValueError, TypeError, KeyError, AttributeError):
        return response.reason_phrase
