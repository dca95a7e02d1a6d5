"""AWS Signature Version 4 for S3, which Google took over: URLs are signed and requests checked by it."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import quote, unquote, urlsplit

import attrs
from starlette.requests import Request

from safelight.clock import Clock
from safelight.sandbox.front import Refused

REGION = "us-east-1"
UNSIGNED = "UNSIGNED-PAYLOAD"

TIME = "%Y%m%dT%H%M%SZ"

_ALGORITHM = "AWS4-HMAC-SHA256"
_SIGNATURE = "X-Amz-Signature"
_LONGEST_SECONDS = 7 * 86400
_SKEW_SECONDS = 15 * 60
_AUTHORIZATION = re.compile(rf"{_ALGORITHM} +Credential=([^, ]+), *SignedHeaders=([^, ]+), *Signature=([0-9a-f]{{64}})")


@attrs.frozen
class AccessKey:
    """What a client of the store signs with.

    Attributes:
        id: Its name, which requests carry.
        secret: What they do not carry.
    """

    id: str = attrs.field(factory=lambda: "SANDBOX" + secrets.token_hex(8).upper())
    secret: str = attrs.field(factory=lambda: secrets.token_urlsafe(30), repr=False)


@attrs.frozen
class _Claim:
    """What a request says of its own signature."""

    credential: str
    time: str
    signed_headers: Sequence[str]
    payload: str
    signature: str


class Signer:
    """Makes signed URLs and checks signatures, by one key.

    Args:
        clock: Decides when signatures expire.
        origin: The start of the URLs.
        key: The key; a new one if not given.

    Attributes:
        key: The same.
        skew_seconds: How far the store's clock is ahead of its clients'.
    """

    def __init__(self, clock: Clock, *, origin: str, key: AccessKey | None = None) -> None:
        self.key = key or AccessKey()
        self.skew_seconds = 0.0
        self._clock = clock
        self._origin = origin

    def url(self, method: str, path: str, seconds: float, parameters: Mapping[str, str] | None = None) -> str:
        """A URL for one method, good for so many seconds.

        Args:
            method: The method.
            path: The path, not encoded.
            seconds: How long.
            parameters: More of the query; signed, too.
        """
        time = datetime.fromtimestamp(self._clock.now(), UTC).strftime(TIME)
        pairs = {
            **(parameters or {}),
            "X-Amz-Algorithm": _ALGORITHM,
            "X-Amz-Credential": f"{self.key.id}/{scope_of(time)}",
            "X-Amz-Date": time,
            "X-Amz-Expires": str(int(seconds)),
            "X-Amz-SignedHeaders": "host",
        }.items()
        headers = {"host": urlsplit(self._origin).netloc}
        signature = signature_of(self.key.secret, method, path, pairs, headers, UNSIGNED, time)
        return f"{self._origin}{_encoded_path(path)}?{encoded_query(pairs)}&{_SIGNATURE}={signature}"

    def check(self, request: Request, *, method: str | None = None) -> str:
        """Let a request pass whose URL or whose headers are signed, and which is in time.

        Args:
            request: The request.
            method: The method that must have been signed, where it is not the request's own.

        Returns:
            The SHA-256 that its body must have, in hex; or `UNSIGNED-PAYLOAD`.

        Raises:
            Refused: With S3's statuses and codes.
        """
        in_url = _SIGNATURE in request.query_params
        if in_url and "authorization" in request.headers:
            raise Refused(400, "Only one auth mechanism allowed", code="InvalidArgument")
        if not in_url and "authorization" not in request.headers:
            raise Refused(403, "Access Denied", code="AccessDenied")
        if "x-amz-security-token" in request.headers or "X-Amz-Security-Token" in request.query_params:
            raise Refused(400, "The key of this store has no session token.", code="InvalidToken")
        claim = self._claim_of_url(request) if in_url else self._claim_of_headers(request)
        self._check_scope(claim, "AuthorizationQueryParametersError" if in_url else "AuthorizationHeaderMalformed")
        headers = {name: ",".join(request.headers.getlist(name)) for name in claim.signed_headers}
        pairs = [pair for pair in request.query_params.multi_items() if pair[0] != _SIGNATURE]
        expected = signature_of(
            self.key.secret, method or request.method, path_of(request), pairs, headers, claim.payload, claim.time
        )
        if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
            raise Refused(403, "The signature does not fit the request.", code="SignatureDoesNotMatch")
        return claim.payload

    def _claim_of_url(self, request: Request) -> _Claim:
        code = "AuthorizationQueryParametersError"
        values: dict[str, str] = {}
        for name in ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"):
            given = request.query_params.getlist(f"X-Amz-{name}")
            if len(given) != 1:
                raise Refused(400, f"X-Amz-{name} must be given once.", code=code)
            values[name] = given[0]
        lifetime = values["Expires"]
        if not (lifetime.isascii() and lifetime.isdigit() and 1 <= int(lifetime[:10]) <= _LONGEST_SECONDS):
            raise Refused(400, f"X-Amz-Expires must be from 1 to {_LONGEST_SECONDS}.", code=code)
        begins, now = _moment(values["Date"], code), self._clock.now() + self.skew_seconds
        if now < begins - _SKEW_SECONDS:
            raise Refused(403, "Request is not yet valid", code="AccessDenied")
        if now >= begins + int(lifetime):
            raise Refused(403, "Request has expired", code="AccessDenied")
        return _Claim(
            values["Credential"], values["Date"], _names(values["SignedHeaders"]), UNSIGNED, values["Signature"]
        )

    def _claim_of_headers(self, request: Request) -> _Claim:
        match = _AUTHORIZATION.fullmatch(request.headers["authorization"].strip())
        if match is None:
            raise Refused(400, "The authorization header cannot be read.", code="AuthorizationHeaderMalformed")
        credential, listed, signature = match.groups()
        time = request.headers.get("x-amz-date", "")
        if abs(self._clock.now() + self.skew_seconds - _moment(time, "AccessDenied")) > _SKEW_SECONDS:
            message = "The difference between the request time and the current time is too large."
            raise Refused(403, message, code="RequestTimeTooSkewed")
        payload = request.headers.get("x-amz-content-sha256", "")
        if payload.startswith("STREAMING-"):
            raise Refused(501, "Bodies that are signed in chunks are not taken.", code="NotImplemented")
        if payload != UNSIGNED and not re.fullmatch("[0-9a-f]{64}", payload):
            raise Refused(400, "x-amz-content-sha256 is missing or wrong.", code="InvalidArgument")
        names = _names(listed)
        unsigned = {name for name in request.headers if name.startswith("x-amz-")} - set(names)
        if unsigned:
            raise Refused(403, f"These headers are not signed: {', '.join(sorted(unsigned))}.", code="AccessDenied")
        return _Claim(credential, time, names, payload, signature)

    def _check_scope(self, claim: _Claim, code: str) -> None:
        key_id, _, scope = claim.credential.partition("/")
        if key_id != self.key.id:
            raise Refused(403, "The access key does not exist.", code="InvalidAccessKeyId")
        if scope != scope_of(claim.time):
            raise Refused(400, f"The credential must be for {scope_of(claim.time)}, and is for {scope}.", code=code)
        if "host" not in claim.signed_headers:
            raise Refused(403, "The host is not signed.", code="AccessDenied")


@attrs.frozen
class Dialect:
    """Whose version of the signature it is.

    Attributes:
        algorithm: Its name.
        prefix: What the key's secret begins with.
        ends: What the scope ends in, behind the region.
    """

    algorithm: str
    prefix: str
    ends: tuple[str, str]


AWS = Dialect(_ALGORITHM, "AWS4", ("s3", "aws4_request"))
GOOGLE = Dialect("GOOG4-HMAC-SHA256", "GOOG4", ("storage", "goog4_request"))


def signature_of(
    secret: str,
    method: str,
    path: str,
    query: Iterable[tuple[str, str]],
    headers: Mapping[str, str],
    payload: str,
    time: str,
    region: str = REGION,
    dialect: Dialect = AWS,
) -> str:
    """The signature of a request.

    Args:
        secret: The key's secret.
        method: The method.
        path: The path, not encoded.
        query: The query's pairs, not encoded, without the signature.
        headers: The signed headers by their names in lower case.
        payload: The body's SHA-256 in hex, or `UNSIGNED-PAYLOAD`.
        time: Like `20130524T000000Z`.
        region: Where the store is.
        dialect: Whose store it is.
    """
    names = sorted(headers)
    request = [
        method,
        _encoded_path(path),
        encoded_query(query),
        *(f"{name}:{' '.join(headers[name].split())}" for name in names),
        "",
        ";".join(names),
        payload,
    ]
    digest = hashlib.sha256("\n".join(request).encode()).hexdigest()
    key = f"{dialect.prefix}{secret}".encode()
    for step in (time[:8], region, *dialect.ends):
        key = hmac.digest(key, step.encode(), "sha256")
    told = "\n".join([dialect.algorithm, time, scope_of(time, region, dialect), digest])
    return hmac.digest(key, told.encode(), "sha256").hex()


def scope_of(time: str, region: str = REGION, dialect: Dialect = AWS) -> str:
    """What a signature of this time is good for, as the credential names it."""
    return "/".join((time[:8], region, *dialect.ends))


def path_of(request: Request) -> str:
    """A request's path as it was signed: decoded once, from what was sent."""
    return unquote(request.scope.get("raw_path", b"").decode("latin-1") or quote(request.url.path))


def encoded_query(pairs: Iterable[tuple[str, str]]) -> str:
    """The query as it is signed: encoded and in order."""
    encoded = sorted((quote(name, safe=""), quote(value, safe="")) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def _encoded_path(path: str) -> str:
    return quote(path)


def _names(listed: str) -> list[str]:
    return sorted(set(listed.lower().split(";")))


def _moment(time: str, code: str) -> float:
    try:
        return datetime.strptime(time, TIME).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise Refused(403, "The date of the signature is missing or cannot be read.", code=code) from None
