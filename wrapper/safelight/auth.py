"""Credentials: each `httpx.Auth` serves the blocking and the async clients, and sends nothing to other hosts."""

from __future__ import annotations

import copy
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Generator
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

import httpx

from safelight import errors
from safelight.bridge import Once, PerLoop
from safelight.clock import SYSTEM_CLOCK, Clock
from safelight.config import address, required
from safelight.redaction import bare_url, shown
from safelight.replies import error_of, unexpected
from safelight.transport import USER_AGENT

if TYPE_CHECKING:
    import asyncio

_SKEW = 60.0
_ATTEMPTS_AT_A_TOKEN = 3
_LIFE_OF_A_LOGIN = 3600.0
_REFUSED_FOR = 60.0
_SHORTEST_SECRET = 4


class _Tokens(httpx.Auth, ABC):
    """Bearer tokens: gets one, keeps it while it lasts, and renews it.

    Requests that wait for a token at the same time share one token request, and its failure. A token is renewed a
    minute before it ends (half its life before, if it is short), and once when the service answers 401.
    """

    def __init__(self, *, base_url: str, clock: Clock) -> None:
        self._origin = _origin(httpx.URL(base_url))
        self._clock = clock
        self._token: str | None = None
        self._renew_at = float("inf")
        self._failure: tuple[float, errors.SafelightError] | None = None
        self._locks = Once(threading.Lock)
        self._async_locks = PerLoop(_new_async_lock)

    @abstractmethod
    def _token_request(self) -> httpx.Request:
        """The request for a token."""

    @abstractmethod
    def _keep(self, response: httpx.Response, *, final: bool) -> None:
        """Keep the token; pass over a reply without one, such as a proxy's page, unless it is the final one."""

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request with a token; with a new one if the service does not take the first."""
        refused = None
        for _ in range(2):
            if self._needs_token(refused):
                begun = self._clock.monotonic()
                with self._locks.get():
                    for attempt in range(_ATTEMPTS_AT_A_TOKEN):
                        if not self._needs_token(refused):
                            break
                        self._check_failure(begun)
                        try:
                            response = yield self._token_request()
                            response.read()
                            self._keep(response, final=attempt == _ATTEMPTS_AT_A_TOKEN - 1)
                        except errors.SafelightError as error:
                            self._note_failure(error)
                            raise
            self._sign(request)
            response = yield request
            refused = self._refused(request, response)
            if refused is None:
                return

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """The async twin of `sync_auth_flow`."""
        refused = None
        for _ in range(2):
            if self._needs_token(refused):
                begun = self._clock.monotonic()
                async with self._async_locks.get():
                    for attempt in range(_ATTEMPTS_AT_A_TOKEN):
                        if not self._needs_token(refused):
                            break
                        self._check_failure(begun)
                        try:
                            response = yield self._token_request()
                            await response.aread()
                            self._keep(response, final=attempt == _ATTEMPTS_AT_A_TOKEN - 1)
                        except errors.SafelightError as error:
                            self._note_failure(error)
                            raise
            self._sign(request)
            response = yield request
            refused = self._refused(request, response)
            if refused is None:
                return

    def _check_failure(self, begun: float) -> None:
        """Raise what came of the token request that was waited for since `begun`: one after another they take long."""
        if self._failure is not None and self._failure[0] > begun:
            raise copy.copy(self._failure[1])

    def _note_failure(self, error: errors.SafelightError) -> None:
        self._failure = self._clock.monotonic(), copy.copy(error)  # notes that somebody adds are that one's

    def _note_loss(self, error: httpx.TransportError) -> None:
        lost = f"there is no token: no reply ({shown(error)}). Check the network and the address, then try again."
        self._note_failure(errors.ConnectionFailed(lost))

    def _request(self, url: str, **body: Any) -> httpx.Request:
        """A request for a token, of which this hears if there is no reply: httpx closes the flow without a word."""
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": USER_AGENT}
        wishes = {"repeatable": True, "lost": self._note_loss}
        return httpx.Request("POST", url, headers=headers, extensions={"safelight": wishes}, **body)

    def _needs_token(self, refused: str | None) -> bool:
        return self._token in (None, refused) or self._clock.monotonic() >= self._renew_at

    def _take(self, token: object, lifetime: float) -> None:
        """Keep a token that lives so many seconds.

        Raises:
            ValueError: It is none.
        """
        if not (isinstance(token, str) and token.isascii() and token.isprintable() and token.strip()):
            raise ValueError("not a token that a header can hold")
        self._token, self._failure = token, None
        self._renew_at = self._clock.monotonic() + max(lifetime / 2, lifetime - _SKEW)

    def _sign(self, request: httpx.Request) -> None:
        if _origin(request.url) == self._origin:
            request.headers["Authorization"] = f"Bearer {self._token}"

    def _refused(self, request: httpx.Request, response: httpx.Response) -> str | None:
        """The token, if the service did not take it; another task may have replaced it since."""
        if response.status_code != 401:
            return None
        return request.headers.get("Authorization", "").removeprefix("Bearer ") or None


class ClientCredentials(_Tokens):
    """OAuth2 client credentials (RFC 6749, section 4.4)."""

    def __init__(
        self, client_id: str, client_secret: str, *, token_url: str, base_url: str, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        super().__init__(base_url=base_url, clock=clock)
        self.client_id = client_id
        self._client_secret = client_secret
        self._token_url = token_url

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

    def _token_request(self) -> httpx.Request:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self._client_secret,
        }
        return self._request(self._token_url, data=form)

    def _keep(self, response: httpx.Response, *, final: bool) -> None:
        if response.status_code in (400, 401, 403):
            raise errors.AuthError(
                f"the credentials are refused ({_reason(response, self._client_secret)})",
                status=response.status_code,
                method="POST",
                url=bare_url(self._token_url),
                advice="Check the client id and the client secret, and that they are for this service.",
            )
        _check_token_reply(response, self._clock)
        try:
            body = response.json()
            self._take(body["access_token"], float(body.get("expires_in") or "inf"))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            if final:
                raise unexpected(response, "the token endpoint's reply holds no token") from error


class Login(_Tokens):
    """A login by user name and password, as Haut.AI has it.

    One login serves any number of requests. Its token, which lives an hour, is renewed by its refresh token before it
    ends, and by another login where the service takes one of them no more. A refused login is not repeated for a while,
    nor is a login whose token is refused: accounts get locked.

    Attributes:
        company_id: The company that the login belongs to, once it has told it.
    """

    OF_THE_LOGIN = "company-of-the-login"
    """Stands in a path for the company id that only the login tells."""

    def __init__(self, username: str, password: str, *, base_url: str, clock: Clock = SYSTEM_CLOCK) -> None:
        super().__init__(base_url=base_url, clock=clock)
        self.company_id: str | None = None
        self._username = username
        self._password = password
        self._base_url = base_url
        self._refresh_token: str | None = None
        self._refusal: tuple[float, httpx.Response] | None = None
        self._again_at = float("-inf")

    def _token_request(self) -> httpx.Request:
        if self._refusal and self._clock.monotonic() < self._refusal[0]:
            raise self._refused_login(self._refusal[1])
        body, path = {"username": self._username, "password": self._password}, "login"
        # Not for one that was refused before its end: what comes of it may be the same for another hour.
        if self._refresh_token and self._clock.monotonic() >= self._renew_at:
            body, path = {"refresh_token": self._refresh_token}, "refresh"
        return self._request(f"{self._base_url}/api/v1/auth/{path}/", json=body)

    def _keep(self, response: httpx.Response, *, final: bool) -> None:
        refreshed, self._refresh_token = self._refresh_token, None
        was_refresh = response.request.url.path.endswith("/refresh/")
        if was_refresh and not response.is_success and not final:
            return  # the next attempt is a login
        if response.status_code in (400, 401, 403):
            self._refusal = self._clock.monotonic() + _REFUSED_FOR, response
            raise self._refused_login(response)
        _check_token_reply(response, self._clock)
        try:
            body = response.json()
            was_refused = self._token is not None and self._clock.monotonic() < self._renew_at
            self._take(body.get("access_token") or body["token_access"], _LIFE_OF_A_LOGIN)
            if was_refused:
                self._again_at = self._clock.monotonic() + _REFUSED_FOR
            self._refresh_token = body.get("refresh_token") or (refreshed if was_refresh else None)
            if body.get("company_id") is not None:
                self.company_id = str(body["company_id"])
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            if final:
                raise unexpected(response, "the login's reply holds no token") from error

    def _sign(self, request: httpx.Request) -> None:
        super()._sign(request)
        if self.OF_THE_LOGIN in request.url.path:
            if not self.company_id:
                raise errors.ConfigError(
                    "company_id is missing, and the login does not tell it: "
                    "pass company_id=..., or set HAUTAI_COMPANY_ID in the environment."
                )
            company = quote(self.company_id, safe="").encode()
            path = request.url.raw_path.replace(self.OF_THE_LOGIN.encode(), company, 1)
            request.url = request.url.copy_with(raw_path=path)

    def _refused(self, request: httpx.Request, response: httpx.Response) -> str | None:
        refused = super()._refused(request, response)
        return None if refused == self._token and self._clock.monotonic() < self._again_at else refused

    def _refused_login(self, response: httpx.Response) -> errors.AuthError:
        advice = "Check the user name and the password."
        if response.status_code == 400:
            advice += (
                " The service also answers 400 where the account asks for a second factor: "
                "then make a private token, and use it as token (HAUTAI_TOKEN)."
            )
        return errors.AuthError(
            f"the login is refused ({_reason(response, self._password, self._username)})",
            status=response.status_code,
            method="POST",
            url=bare_url(response.request.url),
            advice=advice,
        )


class ApiKey(httpx.Auth):
    """A key or a token that stays the same, in a header."""

    def __init__(self, header: str, key: str, *, base_url: str) -> None:
        if not (key.isascii() and key.isprintable()):
            raise errors.ConfigError("the API key (or token) has characters that none can have: copy it again.")
        self._header = header
        self._key = key
        self._origin = _origin(httpx.URL(base_url))

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request with the key."""
        if _origin(request.url) == self._origin:
            request.headers[self._header] = self._key
        yield request


def _check_token_reply(response: httpx.Response, clock: Clock) -> None:
    """Raise what a reply without success stands for, but without its body, which may repeat what it was sent."""
    if not response.is_success:
        bare = httpx.Response(response.status_code, headers=response.headers, request=response.request)
        raise error_of(bare, clock.now())


def _new_async_lock() -> asyncio.Lock:
    import asyncio

    return asyncio.Lock()


def _origin(url: httpx.URL) -> tuple[Any, ...]:
    port = url.port or {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.host, port


def _reason(response: httpx.Response, *secrets: str) -> str:
    """What a token endpoint says of its refusal, in one short line, without what it was sent."""
    try:
        body = response.json()
        known = (body.get(key) for key in ("error_description", "error", "detail", "message"))
        said = next(text for text in known if isinstance(text, str) and text)
    except (ValueError, AttributeError, StopIteration):
        return response.reason_phrase
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:  # a shorter one would be cut out of every word
            said = said.replace(secret, "...")
    return " ".join(said.split())[:200]
