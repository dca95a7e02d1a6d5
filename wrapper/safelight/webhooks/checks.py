"""Whether a call comes from whom it says: decisions only, all comparisons in constant time."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from safelight.errors import ConfigError, InvalidWebhook

Secret = str | tuple[str, str]
"""A secret; for Haut.AI also the key and the value that the webhook was registered with."""

Headers = Mapping[str, str] | Mapping[bytes, bytes] | Iterable[tuple[str | bytes, str | bytes]]
"""Names and values; a name may come several times."""

_VARIABLES = {
    "teleport": "TELEPORT_WEBHOOK_SECRET",
    "immersity": "IMMERSITY_WEBHOOK_SECRET",
    "letsenhance": "LETSENHANCE_WEBHOOK_SECRET",
    "hautai": "HAUTAI_WEBHOOK_SECRET",
}
_ALIASES = {"leiapix": "immersity"}
_UNSIGNED = frozenset({"immersity", "letsenhance"})
_SIGNATURE = "x-teleport-signature"
_TOKEN = "token"  # noqa: S105 - the parameter's name
_MOST_PARAMETERS = 100


def service_named(name: str) -> str:
    """The service that events of this name are, LeiaPix being Immersity.

    Raises:
        ConfigError: There is none.
    """
    service = _ALIASES.get(name, name)
    if service not in _VARIABLES:
        raise ConfigError(f"service is {name!r}: give one of {', '.join([*_VARIABLES, *_ALIASES])}.")
    return service


def check_secret(service: str, secret: Secret | None) -> None:
    """Make sure that there is a secret of the right form, if the service needs one.

    Raises:
        ConfigError: There is none, or it is empty or of another form.
    """
    if secret is None and service in _UNSIGNED:
        return
    if isinstance(secret, tuple) and (service != "hautai" or len(secret) != 2):
        raise ConfigError(f"secret is a tuple: give {service}'s as a text (Haut.AI's may be a key and a value).")
    parts = secret if isinstance(secret, tuple) else (secret,)
    if not all(isinstance(part, str) and part.strip() for part in parts):
        raise ConfigError(
            f"secret is {'missing' if secret is None else 'empty or no text'}: pass the secret of {service}'s webhook "
            f"(secret=..., or secrets={{{service!r}: ...}}; at the terminal, {_VARIABLES[service]})."
        )


def is_verified(service: str, headers: list[tuple[str, str]], body: bytes, secret: Secret | None, url: str) -> bool:
    """Whether the sender has shown that it knows the secret; False where none is asked for.

    Args:
        service: Which.
        headers: Names in lower case, with values.
        body: As it was received.
        secret: As `check_secret` lets through.
        url: The address that was called, or its path and query.

    Raises:
        InvalidWebhook: 401, it has not.
    """
    if service == "teleport":
        assert isinstance(secret, str)
        signatures = [value for name, value in headers if name == _SIGNATURE]
        if len(signatures) != 1 or not _is_signed(signatures[0], body, secret):
            raise InvalidWebhook(
                f"The webhook has {'a wrong' if signatures else 'no'} X-Teleport-Signature: "
                "check that the secret is that of the organisation's webhook, and that the body is the raw one.",
                status=401,
            )
    elif service == "hautai":
        assert secret is not None
        authorizations = [value for name, value in headers if name == "authorization"]
        if len(authorizations) > 1 or not _is_authorized("".join(authorizations), secret, url):
            raise InvalidWebhook(
                "The webhook does not have the authorization that it was registered with: check that the secret is "
                "its authorization_value, or (authorization_key, authorization_value), and that url= has the query.",
                status=401,
            )
    elif secret is not None:
        assert isinstance(secret, str)
        tokens = [value for name, value in _query(url) if name == _TOKEN]
        if len(tokens) != 1 or not _is_one_of(_bytes(secret), map(_bytes, tokens)):
            raise InvalidWebhook(
                "The address that was called does not have the token: check that the job was given "
                "with_token(address, secret), that the secret is still the same, and that url= has the query.",
                status=401,
            )
    return secret is not None


def with_token(url: str, secret: str) -> str:
    """The address with the secret as its `token`, by which `parse` knows that the call was asked for.

    For services that do not sign what they send (Immersity, Let's Enhance): whoever does not know the address cannot
    call it. Make the secret by `secrets.token_urlsafe()`, and the address an https one: a token in plain http can be
    read on the way. A token that it has already is replaced.

    Args:
        url: Your receiver's, for `notify_url` or `callback_url`.
        secret: What nobody can guess.

    Raises:
        ConfigError: This is no http or https address, or the secret is empty.
    """
    check_secret("letsenhance", secret or "")
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_address = False
    if not is_address:
        raise ConfigError("url is not an address that starts with https:// (or http://): check it for typing errors.")
    kept = [pair for pair in parts.query.split("&") if pair and pair.partition("=")[0] != _TOKEN]
    return urlunsplit(parts._replace(query="&".join([*kept, f"{_TOKEN}={quote(secret, safe='')}"])))


def header_pairs(headers: Headers) -> list[tuple[str, str]]:
    """The headers with their names in lower case, whatever a framework keeps them in."""
    pairs: Any = getattr(headers, "items", lambda: headers)()
    return [(_as_text(name).strip().lower(), _as_text(value).strip()) for name, value in pairs]


def _as_text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _is_signed(signature: str, body: bytes, secret: str) -> bool:
    expected = hmac.new(_bytes(secret), body, hashlib.sha256).digest()
    return _is_one_of(expected, _decodings(signature))


def _decodings(signature: str) -> list[bytes]:
    """What a signature may stand for: nobody says in which encoding it comes."""
    prefix, _, rest = signature.partition("=")
    text = (rest if prefix.strip().lower() == "sha256" else signature).strip()
    unpadded = text.rstrip("=").replace("-", "+").replace("_", "/")
    decodings = []
    with contextlib.suppress(ValueError):
        decodings.append(binascii.unhexlify(text))
    with contextlib.suppress(ValueError):
        decodings.append(base64.b64decode(unpadded + "=" * (-len(unpadded) % 4), validate=True))
    return decodings


def _is_authorized(authorization: str, secret: Secret, url: str) -> bool:
    key, value = secret if isinstance(secret, tuple) else ("", secret)
    scheme, _, credentials = authorization.partition(" ")
    given = [value for name, value in _query(url) if key in ("", name)]
    if scheme.lower() == "bearer":
        given.append(credentials.strip())
    elif scheme.lower() == "basic":
        pair = _unpacked(credentials.strip())
        user, _, password = pair.partition(":")
        given += [password] if key == user else [] if key else [password, pair]
    return _is_one_of(_bytes(value), map(_bytes, given))


def _unpacked(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode("utf-8")
    except ValueError:
        return ""


def _is_one_of(expected: bytes, given: Iterable[bytes]) -> bool:
    """Whether one of those given is it. All are compared, so that the time taken does not tell which."""
    return sum(hmac.compare_digest(one, expected) for one in given) > 0


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _query(url: str) -> list[tuple[str, str]]:
    """The parameters of an address; none where they are too many to be meant."""
    query = url.partition("#")[0].partition("?")[2]
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        return []
