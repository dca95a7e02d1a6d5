"""A service's `openapi.json` as a judge: of requests before they are answered, of replies in tests."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from typing import Any, NoReturn, cast

import attrs
from jsonschema import Draft202012Validator, ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from safelight.sandbox.front import Refused

_ROOT = "urn:safelight:openapi"
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_LARGEST_BODY = 8 * 1024 * 1024
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_TRUE, _FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off")


class ContractBroken(AssertionError):
    """A reply is not what the contract says."""


@attrs.frozen
class Operation:
    """One operation of the contract.

    Attributes:
        id: Its operationId.
        method: In upper case.
        pattern: Matches its path, with a group for each parameter.
        definition: What the document says of it.
        parameters: Its parameters, those of its path included.
    """

    id: str
    method: str
    pattern: re.Pattern[str]
    definition: Mapping[str, Any]
    parameters: list[Mapping[str, Any]]


@attrs.frozen
class Call:
    """A request that fits the contract.

    Attributes:
        path: The path parameters by name.
        query: The query parameters that were given, by name, as values of their types.
        body: The decoded body, or None.
    """

    path: Mapping[str, Any]
    query: Mapping[str, Any]
    body: Any = None


class Contract:
    """One OpenAPI 3.1 document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        resource = Resource.from_contents(document, default_specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource(_ROOT, resource)
        self.operations = {operation.id: operation for operation in self._read_operations()}

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | list[str]:
        """The operation and its path parameters as text, or the methods that the path does have."""
        allowed = []
        for operation in self.operations.values():
            if match := operation.pattern.fullmatch(path):
                if operation.method == method:
                    return operation, match.groupdict()
                allowed.append(operation.method)
        return allowed

    def read_request(
        self,
        operation: Operation,
        path: Mapping[str, str],
        query: Iterable[tuple[str, str]],
        content_type: str,
        body: bytes,
    ) -> Call:
        """The request's values, if it fits the contract.

        Raises:
            Refused: 422 with FastAPI's list of complaints.
        """
        complaints: list[dict[str, Any]] = []
        values: dict[str, dict[str, Any]] = {"path": {}, "query": {}}
        given: dict[str, dict[str, list[str]]] = {"path": {name: [text] for name, text in path.items()}, "query": {}}
        for name, text in query:
            given["query"].setdefault(name, []).append(text)
        for parameter in operation.parameters:
            place, name = parameter["in"], parameter["name"]
            if place not in given:
                continue
            texts = given[place].get(name)
            if texts is None:
                if parameter.get("required"):
                    complaints.append(_missing([place, name]))
                continue
            value = self._typed(parameter["schema"], texts)
            values[place][name] = value
            complaints += self._complaints(parameter["schema"], value, [place, name])
        decoded, about_body = self._read_body(operation, content_type, body)
        complaints += about_body
        if complaints:
            raise Refused(422, complaints)
        return Call(values["path"], values["query"], decoded)

    def check_reply(self, operation_id: str, status: int, body: Any) -> None:
        """Compare a reply with the contract.

        Args:
            operation_id: The operation that was called.
            status: The reply's status.
            body: The decoded JSON body; None where there is none.

        Raises:
            ContractBroken: The status is not documented, or the body does not fit its schema.
        """
        responses = self.operations[operation_id].definition["responses"]
        keys = (str(status), f"{status // 100}XX", "default")
        response = next((self._followed(responses[key]) for key in keys if key in responses), None)
        if response is None:
            raise ContractBroken(f"{operation_id}: the status {status} is not documented")
        content = response.get("content", {})
        if not content:
            if body is not None:
                raise ContractBroken(f"{operation_id}: a reply with {status} has no body, but one came: {body!r}")
            return
        for error in self._errors(content["application/json"].get("schema", {}), body):
            raise ContractBroken(f"{operation_id}: {status} at {error.json_path}: {error.message}")

    def _read_operations(self) -> Iterator[Operation]:
        for path, item in self._document["paths"].items():
            # A parameter matches one segment, as in the frameworks that serve such documents.
            pattern = re.compile(
                "".join(
                    f"(?P<{piece}>[^/]+)" if index % 2 else re.escape(piece)
                    for index, piece in enumerate(_PLACEHOLDER.split(path))
                )
            )
            for method in _METHODS:
                if (definition := item.get(method)) is None:
                    continue
                parameters = [*item.get("parameters", []), *definition.get("parameters", [])]
                yield Operation(
                    definition["operationId"],
                    method.upper(),
                    pattern,
                    definition,
                    [self._followed(parameter) for parameter in parameters],
                )

    def _read_body(self, operation: Operation, content_type: str, body: bytes) -> tuple[Any, list[dict[str, Any]]]:
        definition = operation.definition.get("requestBody")
        if definition is None:
            return None, []
        definition = self._followed(definition)
        if not body:
            return None, [_missing(["body"])] if definition.get("required") else []
        kind = content_type.partition(";")[0].strip().lower()
        if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
            message = "Input should be a valid dictionary or object: send application/json"
            return None, [{"loc": ["body"], "msg": message, "type": "model_attributes_type"}]
        try:
            value = json.loads(body, parse_constant=_refuse_constant, parse_float=_number)
            # A lone surrogate can be written in JSON but not be sent on.
            json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            position = getattr(error, "pos", 0)
            return None, [{"loc": ["body", position], "msg": "JSON decode error", "type": "json_invalid"}]
        return value, self._complaints(definition["content"]["application/json"].get("schema", {}), value, ["body"])

    def _complaints(self, schema: Any, value: Any, place: list[Any]) -> list[dict[str, Any]]:
        return [complaint for error in self._errors(schema, value) for complaint in _told(error, place)]

    def _errors(self, schema: Any, value: Any) -> Iterator[ValidationError]:
        validator = Draft202012Validator(_absolute(schema), registry=self._registry)
        yield from validator.iter_errors(value)

    def _followed(self, value: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in value:
            reference = value["$ref"]
            found: Any = self._document
            for step in reference.removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            value = found
        return value

    def _types(self, schema: Mapping[str, Any]) -> set[str]:
        schema = self._followed(schema)
        own = schema.get("type", [])
        types = {own} if isinstance(own, str) else set(own)
        for variant in [*schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])]:
            types |= self._types(variant)
        return types

    def _typed(self, schema: Mapping[str, Any], texts: list[str]) -> Any:
        """The value of a parameter: what can be read as one of the schema's types is, the rest stays text."""
        types = self._types(schema)
        if "array" in types:
            items = next((found for found in self._arrays(schema)), {})
            return [self._typed(items, [text]) for text in texts]
        text = texts[-1]
        if "integer" in types and re.fullmatch(r"[+-]?[0-9]{1,30}", text):
            return int(text)
        if "number" in types and re.fullmatch(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]{1,2})?", text):
            return float(text)
        if "boolean" in types and text.lower() in (*_TRUE, *_FALSE):
            return text.lower() in _TRUE
        return text

    def _arrays(self, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        schema = self._followed(schema)
        if "items" in schema:
            yield schema["items"]
        for variant in [*schema.get("anyOf", []), *schema.get("oneOf", [])]:
            yield from self._arrays(variant)


@functools.cache
def contract_of(service: str) -> Contract:
    """The contract that the generated client of this service was made from."""
    text = (resources.files("safelight_api") / service / "openapi.json").read_text(encoding="utf-8")
    return Contract(json.loads(text))


def check_reply(operation_id: str, status: int, body: Any, *, service: str = "teleport") -> None:
    """Compare a reply with the service's contract, for tests.

    Raises:
        ContractBroken: It does not fit.
    """
    contract_of(service).check_reply(operation_id, status, body)


async def limited_body(stream: Any) -> bytes:
    """A request's body, as long as it is of a sane size.

    Raises:
        Refused: 422; the contract knows no 413.
    """
    body = bytearray()
    async for chunk in stream:
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise Refused(422, f"The body is larger than {_LARGEST_BODY} bytes")
    return bytes(body)


def _absolute(schema: Any) -> Any:
    """The schema with its `$ref`s made independent of where it stands."""
    if isinstance(schema, Mapping):
        return {
            key: _ROOT + value
            if key == "$ref" and isinstance(value, str) and value.startswith("#")
            else _absolute(value)
            for key, value in schema.items()
        }
    return [_absolute(item) for item in schema] if isinstance(schema, list) else schema


def _told(error: ValidationError, place: list[Any]) -> Iterator[dict[str, Any]]:
    """A complaint in FastAPI's words."""
    if error.context:
        # Of several variants the one that the value misses least is told: what tells variants apart fits it.
        variants: dict[Any, list[ValidationError]] = {}
        for inner in error.context:
            variants.setdefault(inner.relative_schema_path[0], []).append(inner)
        for inner in min(variants.values(), key=len):
            yield from _told(inner, place)
        return
    where = [*place, *error.absolute_path]
    if error.validator == "required" and isinstance(error.instance, dict):
        required = cast("list[str]", error.validator_value)
        names = [name for name in required if name not in error.instance]
        # jsonschema reports each missing property by its own error; only the one it speaks of is told.
        yield from (_missing([*where, name]) for name in names if error.message.startswith(repr(name)))
    elif error.validator == "type":
        yield {"loc": where, "msg": f"Input should be a valid {error.validator_value}", "type": "type_error"}
    else:
        yield {"loc": where, "msg": error.message[:200], "type": str(error.validator)}


def _missing(where: list[Any]) -> dict[str, Any]:
    return {"loc": where, "msg": "Field required", "type": "missing"}


def _number(text: str) -> float:
    """A JSON number with a point or an exponent: an integer where it is a whole one, as JSON Schema takes it."""
    value = float(text)
    return int(value) if abs(value) < 2**53 and value.is_integer() else value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
