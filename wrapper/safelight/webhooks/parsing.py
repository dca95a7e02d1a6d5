"""From a request that claims to be a webhook to an event, or to the reason why it is none."""

from __future__ import annotations

import json
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from safelight.errors import ConfigError, InvalidWebhook
from safelight.webhooks.checks import Headers, Secret, check_secret, header_pairs, is_verified, service_named
from safelight.webhooks.events import Event, event_of

LARGEST_BODY = 1024 * 1024
"""Bytes of a webhook's body at the most; Haut.AI's, which have up to 3 MB, may have four times as many."""

_MORE = {"hautai": 4 * LARGEST_BODY}

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 100


def parse(service: str, headers: Headers, body: bytes, *, secret: Secret | None = None, url: str = "") -> Event:
    """Verify and read what a service posted. Asks nobody, and needs no web framework.

    Who sent it is shown by:

    - Teleport: `X-Teleport-Signature`, the HMAC-SHA256 of the raw body, in hexadecimal digits or base64, with or
      without `sha256=` before it.
    - Haut.AI: what the webhook was registered with, as a bearer token, a basic password or a parameter of the query.
    - Immersity and Let's Enhance sign nothing: with a secret, the address that was called has to have it as its
      token (see `with_token`); without one the event is not `verified`. Either way it is a hint, on which the service
      is asked (`Event.confirm`).

    Args:
        service: `teleport`, `immersity` (or `leiapix`), `letsenhance` or `hautai`.
        headers: The request's: a mapping or pairs, of texts or bytes.
        body: The request's, as it was received: a body that was decoded and encoded again has another signature.
        secret: What the sender has to know. For Haut.AI the `authorization_value`, or a tuple of the
            `authorization_key` and it.
        url: The address that was called, or its path and query; what is checked in it is the query.

    Raises:
        InvalidWebhook: It is forged (`status` 401), too large (413), of another type (415) or cannot be read (400).
        ConfigError: The service is none, its secret is missing, or the body is not bytes.
    """
    service = service_named(service)
    check_secret(service, secret)
    if not isinstance(body, bytes | bytearray | memoryview):
        raise ConfigError(f"body is a {type(body).__name__}: pass the request's raw body, as bytes.")
    body = bytes(body)
    if len(body) > largest_body(service):
        raise too_large(service)
    pairs = header_pairs(headers)
    verified = is_verified(service, pairs, body, secret, url)
    facts = _decoded(service, [value for name, value in pairs if name == "content-type"], body)
    return event_of(service, facts, verified=verified)


def largest_body(service: str) -> int:
    """Bytes that a body of the service's may have."""
    return _MORE.get(service, LARGEST_BODY)


def too_large(service: str) -> InvalidWebhook:
    """The refusal of a body that has more."""
    return InvalidWebhook(
        f"The body is larger than {largest_body(service)} bytes, as no webhook of {service} is.", status=413
    )


def _decoded(service: str, content_types: list[str], body: bytes) -> dict[str, Any]:
    kinds = {kind.partition(";")[0].strip().lower() for kind in content_types if kind}
    if kinds == {_FORM} and service == "letsenhance":  # what it sends is not documented
        return _form(body)
    if not all(kind in ("application/json", "text/json") or kind.endswith("+json") for kind in kinds):
        raise InvalidWebhook("The body is not of the type application/json, as the service's webhooks are.", status=415)
    try:
        facts = json.loads(body, parse_constant=_refused)
    except (ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict):
        # What the parser says is left out, as it quotes the body; `from None`, as its error holds all of it.
        raise InvalidWebhook("The body is no JSON object: it was damaged, or something else was sent.") from None
    return facts


def _form(body: bytes) -> dict[str, Any]:
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise InvalidWebhook("The body is no form: it was damaged, or something else was sent.") from None


def _refused(constant: str) -> NoReturn:
    raise ValueError(constant)
