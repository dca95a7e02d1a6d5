"""Requests and replies of the services' APIs, compared by openapi-core with the documents the clients are made from."""

from __future__ import annotations

import functools
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

import attrs
import httpx
from jsonschema import ValidationError
from jsonschema.exceptions import best_match
from jsonschema_path import SchemaPath
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.templating.security.exceptions import SecurityNotFound
from openapi_core.validation.schemas.exceptions import InvalidSchemaValue
from openapi_core.validation.schemas.factories import DialectSchemaValidatorsFactory
from openapi_core.validation.schemas.validators import SchemaValidator
from openapi_schema_validator import OAS31_BASE_DIALECT_ID, OAS31Validator
from werkzeug.datastructures import Headers, ImmutableMultiDict

from safelight.sandbox import Sandbox
from safelight.sandbox.contract import Operation, contract_of

# LeiaPix is Immersity over older hosts.
DOCUMENTS = {
    "TELEPORT": "teleport",
    "IMMERSITY": "immersity",
    "LEIAPIX": "immersity",
    "LETSENHANCE": "letsenhance",
    "HAUTAI": "hautai",
}
_WRAPPER = Path(__file__).resolve().parents[2] / "wrapper/safelight/_async"
# Haut.AI's tokens are fetched below the generated modules.
_BY_HAND = {"hautai": {"login", "refresh_token"}}
# How `safelight doctor` finds out whether anybody is there.
_KNOCK = ("HEAD", "/")
# The faults that put something of their own in the place of the service's reply.
_REPLACED = ("status", "garbage")
# Polls ask the same again and again, and are told the same but for these.
_ALWAYS_NEW = ("date", "x-request-id")

Fields = tuple[tuple[str, str], ...]


@attrs.define
class _Request:
    """What openapi-core wants to know of a request."""

    host_url: str
    path: str
    method: str
    body: bytes
    content_type: str
    parameters: RequestParameters


@attrs.define
class _Reply:
    """What openapi-core wants to know of a reply."""

    status_code: int
    headers: Mapping[str, str]
    content_type: str
    data: bytes


class Judge:
    """One service's document."""

    def __init__(self, service: str) -> None:
        self.service = service
        document = json.loads((resources.files("safelight_api") / service / "openapi.json").read_text())
        self._host: str = document["servers"][0]["url"]
        for scheme in document["components"]["securitySchemes"].values():
            if scheme["type"] == "oauth2":
                # openapi-core passes over oauth2: on the wire it is a bearer's token.
                scheme.update(type="http", scheme="bearer")
        # A reply may tell more than the document, a request may not: a misspelt property would have no effect.
        self._requests = _opened(document, additional_properties_default_policy="forbid")
        # The services leave the zone out of their timestamps, against the format that they document.
        self._replies = _opened(document, extra_format_validators={"date-time": _is_timestamp})
        self._about_request = functools.lru_cache(maxsize=500)(self._find_in_request)
        self._about_reply = functools.lru_cache(maxsize=500)(self._find_in_reply)

    def find(self, method: str, path: str) -> Operation | None:
        """The operation that has this method and path."""
        found = contract_of(self.service).find(method, path)
        return None if isinstance(found, list) else found[0]

    def about_request(self, operation: Operation, request: httpx.Request) -> Sequence[str]:
        """What is wrong with a request."""
        fields = tuple(request.headers.multi_items())
        return self._about_request(operation.id, request.url.raw_path, fields, request.content)

    def about_reply(self, operation: Operation, reply: httpx.Response) -> Sequence[str]:
        """What is wrong with a reply that has been read."""
        fields = tuple((name, value) for name, value in reply.headers.multi_items() if name not in _ALWAYS_NEW)
        path = reply.request.url.raw_path
        return self._about_reply(operation.id, path, reply.status_code, fields, reply.content)

    def _find_in_request(self, operation_id: str, raw_path: bytes, fields: Fields, content: bytes) -> Sequence[str]:
        operation = contract_of(self.service).operations[operation_id]
        request = self._request(operation, raw_path, fields, content)
        # openapi-core passes over what is too much.
        known = {parameter["name"] for parameter in operation.parameters if parameter["in"] == "query"}
        found = [
            f"the query has {name}, and the spec has not" for name in request.parameters.query if name not in known
        ]
        if content and "requestBody" not in operation.definition:
            found.append("it has a body, and the spec has none")
        return [*found, *_told(self._requests.iter_apicall_request_errors(request))]

    def _find_in_reply(
        self, operation_id: str, raw_path: bytes, status: int, fields: Fields, content: bytes
    ) -> Sequence[str]:
        operation = contract_of(self.service).operations[operation_id]
        responses = operation.definition["responses"]
        documented = next((responses[key] for key in (str(status), f"{status // 100}XX") if key in responses), None)
        if documented is None:
            return ["the spec does not have this status"]
        if content and not documented.keys() & {"content", "$ref"}:
            return ["it has a body, and the spec has none"]
        headers = dict(fields)
        reply = _Reply(status, headers, headers.get("content-type", ""), content)
        request = self._request(operation, raw_path, (), b"")
        return [*_told(self._replies.iter_apicall_response_errors(request, reply))]

    def _request(self, operation: Operation, raw_path: bytes, fields: Fields, content: bytes) -> _Request:
        path, _, query = raw_path.decode().partition("?")
        parameters = RequestParameters(
            query=ImmutableMultiDict(httpx.QueryParams(query).multi_items()), header=Headers(fields)
        )
        content_type = parameters.header.get("content-type", "")
        return _Request(self._host, path, operation.method.lower(), content, content_type, parameters)


judge_of = functools.cache(Judge)


class _Validators(DialectSchemaValidatorsFactory):
    """Keeps the validators of schemas: openapi-core makes one for each value, which takes most of its time."""

    def __init__(self) -> None:
        super().__init__(OAS31Validator, OAS31_BASE_DIALECT_ID)
        self._made: dict[SchemaPath, SchemaValidator] = {}

    def create(self, spec: SchemaPath, schema: SchemaPath, *args: Any, **options: Any) -> SchemaValidator:
        if schema not in self._made:
            self._made[schema] = super().create(spec, schema, *args, **options)
        return self._made[schema]


@attrs.frozen
class Excuse:
    """An operation that a test uses against its spec on purpose, and why."""

    operation: str
    reason: str


class Held:
    """Knows which addresses are the services', what passed, and what was wrong with it.

    Attributes:
        seen: How many replies were compared, by service and operation.
        deviations: What was wrong: the operation ("" if there is none), and the whole story.
    """

    def __init__(self) -> None:
        self.seen: Counter[tuple[str, str]] = Counter()
        self.deviations: list[tuple[str, str]] = []
        self._lock = threading.Lock()
        self._services: dict[str, list[str]] = {}
        self._token_urls: set[str] = set()
        self._sandboxes: list[Sandbox] = []

    def add(self, env: Mapping[str, str], sandbox: Sandbox | None = None) -> None:
        """Hold what goes to the services' addresses in these environment variables.

        What goes elsewhere is passed over: to stored files, to webhooks' receivers, to other tests' servers. So is what
        goes to an address that gives tokens, which is in no spec.
        """
        for name, service in DOCUMENTS.items():
            if address := env.get(f"{name}_BASE_URL"):
                services = self._services.setdefault(origin(httpx.URL(address)), [])
                services += [service] if service not in services else []
            if address := env.get(f"{name}_TOKEN_URL"):
                self._token_urls.add(address)
        if sandbox is not None:
            self._sandboxes.append(sandbox)

    def knows(self, url: httpx.URL) -> bool:
        """Whether a service is there."""
        return origin(url) in self._services

    def request(self, request: httpx.Request) -> tuple[Judge, Operation] | None:
        """Compare a request, and say what it is aimed at; None where no spec is about it."""
        services = self._services.get(origin(request.url))
        if services is None or str(request.url.copy_with(query=None)) in self._token_urls:
            return None
        if (request.method, request.url.path) == _KNOCK:
            return None
        for judge in map(judge_of, services):
            if operation := judge.find(request.method, request.url.path):
                for problem in judge.about_request(operation, request):
                    self.note(operation.id, f"{operation.id} ({judge.service}): the request: {problem}")
                return judge, operation
        self.note("", f"{request.method} {request.url.path}: no operation of {', '.join(services)}")
        return None

    def reply(self, judge: Judge, operation: Operation, reply: httpx.Response) -> None:
        """Compare a reply that has been read, and knows its request."""
        with self._lock:
            self.seen[judge.service, operation.id] += 1
        problems = judge.about_reply(operation, reply)
        if problems and not self._is_a_fault(reply):
            for problem in problems:
                told = f"{operation.id} ({judge.service}): the reply with {reply.status_code}: {problem}"
                self.note(operation.id, told)

    def settle(self, excuses: Sequence[Excuse] = ()) -> None:
        """The end of a test.

        Raises:
            AssertionError: Something deviated without an excuse, or nothing did that has one.
        """
        with self._lock:
            deviations, self.deviations = self.deviations, []
        excused = {excuse.operation for excuse in excuses}
        told = dict.fromkeys(text for operation, text in deviations if operation not in excused)
        assert not told, "\n".join(["against the built specs:", *told])
        unneeded = sorted(excused - {operation for operation, _ in deviations})
        assert not unneeded, f"off_spec names what keeps to its spec: {', '.join(unneeded)}. Remove the mark."

    def note(self, operation: str, text: str) -> None:
        """Remember what is wrong."""
        with self._lock:
            self.deviations.append((operation, text))

    def _is_a_fault(self, reply: httpx.Response) -> bool:
        """Whether a sandbox was asked to answer so, in the place of the service."""
        made = (reply.request.method, reply.request.url.path, reply.status_code)
        return any(
            (record.method, record.path, record.status) == made and record.fault in _REPLACED
            for sandbox in self._sandboxes
            for record in sandbox.requests
        )


def called(service: str) -> set[str]:
    """The operations that the wrapper uses, by what it imports."""
    pattern = re.compile(rf"from safelight_api\.{service}\.api\.\w+ import (.+)")
    lines = [line for path in _WRAPPER.glob("*.py") for line in pattern.findall(path.read_text())]
    return {name.strip() for line in lines for name in line.split(",")} | _BY_HAND.get(service, set())


def origin(url: httpx.URL) -> str:
    """Scheme, host and port."""
    return f"{url.scheme}://{url.netloc.decode()}"


def _opened(document: dict[str, Any], **options: Any) -> OpenAPI:
    # `make check` has validated the document.
    options |= {"spec_validator_cls": None, "schema_validators_factory": _Validators()}
    return OpenAPI.from_dict(document, config=Config(**options))


def _told(errors: Iterator[Exception]) -> Iterator[str]:
    """What is wrong, and where, without any value that was sent: it may be a secret."""
    for error in errors:
        name, cause = getattr(error, "name", None), error.__cause__
        place = f"the {getattr(error, 'location', 'header')} parameter {name}" if name else "the body"
        if isinstance(cause, InvalidSchemaValue):
            for problem in cause.schema_errors:
                assert isinstance(problem, ValidationError)
                yield f"{place} at {_schema_problem(problem)}"
        elif isinstance(cause, SecurityNotFound):
            yield "the spec asks for other credentials"
        elif cause is not None:
            yield f"{place}: {type(cause).__name__}"
        else:
            yield f"{place}: {type(error).__name__}"


def _schema_problem(problem: ValidationError) -> str:
    problem = best_match([problem]) or problem
    rule, wanted = problem.validator, str(problem.validator_value)
    if rule == "required":
        return f"{problem.json_path}: {problem.message}"  # it names the property, and nothing that was sent
    if rule in ("properties", "additionalProperties") and isinstance(problem.instance, dict):
        assert isinstance(problem.schema, dict)
        strange = sorted(set(problem.instance) - set(problem.schema.get("properties", {})))
        return f"{problem.json_path}: {', '.join(strange)} is not in the spec"
    return f"{problem.json_path}: {rule} {wanted[:200]}"


def _is_timestamp(value: object) -> bool:
    if not isinstance(value, str):
        return True
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return len(value) > len("2026-01-01")
