"""From a reply to a value or an error: pure, no I/O."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import CodeType
from typing import Any, Protocol, TypeVar

import httpx

from safelight import errors
from safelight.config import check_id
from safelight.redaction import Secret, SignedURL, bare_url, redacted
from safelight.retry import retry_after
from safelight.times import read_time

T = TypeVar("T")

_LONGEST_MESSAGE = 300
_SHORTEST_SECRET = 4
_SECRETS = frozenset({"access_token", "authorization_value", "refresh_token", "secret_key", "token_access"})
"""The names of the properties that are secrets in the services' replies."""


class Endpoint(Protocol):
    """A generated endpoint module."""

    @property
    def __name__(self) -> str: ...

    @property
    def _get_kwargs(self) -> Any: ...

    @property
    def _parse_response(self) -> Any: ...


def path_parameters(endpoint: Endpoint) -> tuple[str, ...]:
    """The names of the endpoint's path parameters: the generator makes exactly those positional."""
    code: CodeType = endpoint._get_kwargs.__code__
    return code.co_varnames[: code.co_argcount]


def body_type(endpoint: Endpoint) -> Any:
    """The model of the endpoint's body."""
    return endpoint._get_kwargs.__annotations__["body"]


def check_path_arguments(endpoint: Endpoint, arguments: dict[str, Any]) -> None:
    """Refuse what would turn the request's path into another one: `DELETE /captures/..` is `DELETE /`.

    Raises:
        ConfigError: A path argument is missing, empty, `.` or `..`.
    """
    for name in path_parameters(endpoint):
        check_id(name, arguments.get(name))


class _Decoded:
    """What a generated parser reads of a response, with the body decoded once and its timestamps in order."""

    def __init__(self, response: httpx.Response, body: Any) -> None:
        self.status_code = response.status_code
        self.headers = response.headers
        self.content = response.content
        self._body = body

    def json(self) -> Any:
        return self._body


def value_of(response: httpx.Response, endpoint: Endpoint, expect: type[T], timestamps: Collection[str]) -> T:
    """The value that the generated parser makes of a successful reply.

    Args:
        response: The reply, read to its end.
        endpoint: The generated module.
        expect: The type that the reply must turn out to be; `type(None)` where there is no body.
        timestamps: The names of the service's timestamps.

    Raises:
        UnexpectedReply: The body is not what the contract says.
    """
    if expect is type(None):
        return expect()
    try:
        body = response.json()
    except (ValueError, RecursionError) as error:
        raise unexpected(response, f"the body is not JSON but {_beginning(response)}") from error
    try:
        prepare(body, timestamps)
        value = endpoint._parse_response(client=_Lenient, response=_Decoded(response, body))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        problem = f"{type(error).__name__}: {redacted(str(error))}"
        raise unexpected(response, f"the body does not fit the contract ({problem})", body) from error
    if not isinstance(value, expect):
        raise unexpected(response, "the status or the body does not fit the contract", body)
    return value


class _Lenient:
    """Stands in for the generated client in its parsers, which read nothing of it but this."""

    raise_on_unexpected_status = False


def prepare(body: Any, timestamps: Collection[str]) -> None:
    """Give the timestamps in decoded JSON a zone and a form that every parser reads, and make its URLs and secrets shy.

    What is no timestamp stays as it is: the parser that comes after this is the one to complain.
    """
    places = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for place, value in places:
        if isinstance(value, str):
            if place in timestamps:
                body[place] = _with_zone(value)
            elif place in _SECRETS:
                body[place] = Secret(value)
            elif value.startswith("http") and "?" in value:
                body[place] = SignedURL(value)
        elif value and isinstance(value, (dict, list)):
            prepare(value, timestamps)


def _with_zone(text: str) -> str:
    try:
        return read_time(text).isoformat()
    except (ValueError, OverflowError):
        return text


def unexpected(response: httpx.Response, message: str, body: Any = None) -> errors.UnexpectedReply:
    """An `UnexpectedReply` about this response."""
    return errors.UnexpectedReply(
        message,
        **_facts(response, body),
        advice="If it keeps happening, the service has changed: look for a newer safelight.",
    )


def error_of(response: httpx.Response, now: float, advice_on: Mapping[str, str] = {}) -> errors.APIError:
    """The error that a reply without success stands for.

    Args:
        response: The reply, read to its end.
        now: The wall clock's seconds since 1970, for a Retry-After that is a date.
        advice_on: What to do about the service's own error codes; under "" about all others.
    """
    try:
        body = response.json()
    except (ValueError, RecursionError):
        body = _text(response) or None
    status, message = response.status_code, _message(response, body)
    facts = _facts(response, body)
    if status in (401, 403):
        advice = (
            "Check the credentials: the service does not take them."
            if status == 401
            else "The credentials are valid but do not allow this: check the account's plan and permissions."
        )
        return errors.AuthError(message, **facts, advice=advice)
    if status == 402:
        return errors.OutOfCredits(message, **facts, advice="Buy credits, then try again.")
    if status == 404:
        return errors.NotFound(message, **facts, advice="Check the id, and that these credentials own it.")
    if status == 429:
        wait = retry_after(response.headers, now)
        advice = (
            f"Try again in {wait:.0f} s." if wait is not None else "Try again later, or with fewer requests at once."
        )
        return errors.RateLimited(message, retry_after=wait, **facts, advice=advice)
    if status >= 500:
        return errors.ServerError(message, **facts, advice="The service failed: try again later.")
    if 400 <= status < 500:
        advice = advice_on.get(facts["code"]) or advice_on.get("", "")
        return errors.InvalidRequest(message, details=_details(body), **facts, advice=advice)
    advice = "Check the base URL: the service sends its clients elsewhere." if status >= 300 else ""
    return errors.UnexpectedReply(message, **facts, advice=advice)


def _facts(response: httpx.Response, body: Any) -> dict[str, Any]:
    code = body.get("errorCode") or body.get("code") if isinstance(body, dict) else None
    headers = response.headers
    return {
        "status": response.status_code,
        "code": str(code) if code else None,
        "body": body,
        "request_id": headers.get("x-request-id") or headers.get("x-amz-request-id"),
        "method": response.request.method,
        "url": bare_url(response.request.url),
    }


def _details(body: Any) -> list[dict[str, Any]]:
    details = body.get("detail") if isinstance(body, dict) else None
    return [item for item in details if isinstance(item, dict)] if isinstance(details, list) else []


def _message(response: httpx.Response, body: Any) -> str:
    if details := _details(body):
        text = "; ".join(f"{_place(item.get('loc'))}: {item.get('msg', '')}".lstrip(": ") for item in details)
    elif isinstance(body, dict):
        known = ("detail", "message", "error_description", "error", "reason", "errorCode")
        text = next((str(body[key]) for key in known if body.get(key)), response.reason_phrase)
    else:
        text = _beginning(response) if body else response.reason_phrase
    text = _told(text, response)
    return text if len(text) <= _LONGEST_MESSAGE else text[:_LONGEST_MESSAGE] + "..."


def _told(text: str, response: httpx.Response) -> str:
    """What a service says, in one line, without secrets: not even those of the request, should it repeat them."""
    for name in ("Authorization", "X-API-KEY"):
        secret = response.request.headers.get(name, "").rpartition(" ")[2]
        if len(secret) >= _SHORTEST_SECRET:  # a shorter one would be cut out of every word
            text = text.replace(secret, "...")
    return redacted(" ".join(text.split()))


def _place(loc: object) -> str:
    return ".".join(map(str, loc)) if isinstance(loc, list) else str(loc or "")


def _beginning(response: httpx.Response) -> str:
    if not response.content:
        return "empty"
    kind = response.headers.get("content-type", "of no named type").split(";")[0]
    return f"{kind}, beginning with {_told(_text(response)[:120], response)!r}"


def _text(response: httpx.Response) -> str:
    """The body as text, whatever encoding the service claims: some that it may name do not decode texts at all."""
    return response.content.decode("utf-8", "replace")
