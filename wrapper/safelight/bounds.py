"""Whether a request fits the service's contract, before anything is sent or paid: pure, no network.

The ranges stand in one place, the document that the service's client was generated from.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any

from safelight.errors import ConfigError
from safelight.replies import Endpoint

_TYPES: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "integer": ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    "number": ("a number", lambda value: _is_number(value)),
    "string": ("a text", lambda value: isinstance(value, str)),
    "boolean": ("True or False", lambda value: isinstance(value, bool)),
    "array": ("a list", lambda value: isinstance(value, (list, tuple))),
    "object": ("a mapping", lambda value: isinstance(value, Mapping)),
    "null": ("None", lambda value: value is None),
}


def check_body(endpoint: Endpoint, body: Mapping[str, Any]) -> None:
    """Compare a request's body with the contract.

    Args:
        endpoint: The generated module of the operation.
        body: The decoded JSON that would be sent.

    Raises:
        ConfigError: It does not fit; the message names the parameter and what it may be.
    """
    _, service, *_, operation = endpoint.__name__.split(".")
    document = _document(service)
    for problem in _problems(document, _body_schema(document, operation), body, ""):
        raise ConfigError(problem)


@functools.cache
def _document(service: str) -> dict[str, Any]:
    text = (resources.files("safelight_api") / service / "openapi.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def _body_schema(document: dict[str, Any], operation: str) -> dict[str, Any]:
    methods = (method for path in document["paths"].values() for method in path.values())
    found = next(m for m in methods if isinstance(m, dict) and m.get("operationId") == operation)
    schema: dict[str, Any] = found["requestBody"]["content"]["application/json"]["schema"]
    return schema


def required(endpoint: Endpoint) -> set[str]:
    """The names, as Python has them, of what a request's body has to have."""
    _, service, *_, operation = endpoint.__name__.split(".")
    document = _document(service)
    return {_pythonic(name) for name in _followed(document, _body_schema(document, operation)).get("required", [])}


def _problems(document: dict[str, Any], schema: dict[str, Any], value: Any, name: str) -> list[str]:
    schema = _followed(document, schema)
    if choices := [_followed(document, choice) for choice in schema.get("oneOf") or schema.get("anyOf") or ()]:
        meant = [choice for choice in choices if _is_meant(choice, value)] or choices
        each = [_problems(document, choice, value, name) for choice in meant]
        return [] if [] in each else each[-1]
    if wanted := _wanted(schema, value):
        return [f"{name or 'the request'} is {value!r}: give {wanted}."]
    if isinstance(value, Mapping):
        return _in_mapping(document, schema, value, name)
    if isinstance(value, (list, tuple)):
        items = schema.get("items", {})
        return [p for index, item in enumerate(value) for p in _problems(document, items, item, f"{name}[{index}]")]
    return []


def _followed(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = functools.reduce(lambda found, step: found[step], schema["$ref"].split("/")[1:], document)
    return schema


def _is_meant(choice: dict[str, Any], value: Any) -> bool:
    """Whether a value has the constants by which one of several forms is told from the others."""
    constants = {key: inner["const"] for key, inner in choice.get("properties", {}).items() if "const" in inner}
    return bool(constants) and isinstance(value, Mapping) and constants.items() <= {**value}.items()


def _in_mapping(document: dict[str, Any], schema: dict[str, Any], value: Mapping[str, Any], name: str) -> list[str]:
    places = {key: f"{name}.{_pythonic(key)}".lstrip(".") for key in (*schema.get("properties", {}), *value)}
    problems = [f"{places[key]} is missing." for key in schema.get("required", []) if key not in value]
    for key, inner in value.items():
        problems += _problems(document, schema.get("properties", {}).get(key, {}), inner, places[key])
    return problems


def _wanted(schema: dict[str, Any], value: Any) -> str:
    """What the value would have to be, or nothing where it is that."""
    choices = [schema["const"]] if "const" in schema else schema.get("enum")
    if choices is not None:
        taken = any(type(value) is type(choice) and value == choice for choice in choices)  # True is no 1 here
        return "" if taken else "one of " + ", ".join(map(repr, choices))
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        return f"a text of the form {schema['pattern']}"
    if isinstance(value, float) and not math.isfinite(value):
        return "a number that JSON knows"
    if isinstance(value, str) and not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", math.inf):
        return f"a text of {schema.get('minLength', 0)} to {schema.get('maxLength', 'any number of')} characters"
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    least, most = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    fits = not types or any(_TYPES[kind][1](value) for kind in types)
    if fits and not (_is_number(value) and not least <= value <= most):
        fewest = schema.get("minItems", 0)
        return f"at least {fewest}" if isinstance(value, (list, tuple)) and len(value) < fewest else ""
    words = " or ".join(_TYPES[kind][0] for kind in types)
    if least > -math.inf:
        return f"{words} from {least:g} " + (f"to {most:g}" if most < math.inf else "on")
    return f"{words} of at most {most:g}" if most < math.inf else words


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _pythonic(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
